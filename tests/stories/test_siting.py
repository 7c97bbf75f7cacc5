"""Centre staff ask where cameras would help most, judge the proposals and ask again, in a real browser."""

import pytest
from sqlalchemy import text

from cameras.siting import perform_study
from data.database import connect, session_scope
from webapp.coverage_jobs import recent_incidents


@pytest.fixture(scope="module")
def engine(county_url):
    made = connect(county_url, pool_size=3)
    yield made
    with session_scope(made) as session:
        session.execute(text("TRUNCATE siting_studies CASCADE"))
        session.execute(text("DELETE FROM procrastinate_jobs WHERE task_name = 'run_siting'"))
    made.dispose()


def work_off(engine) -> None:
    """Do the newest study, as the worker would."""
    with session_scope(engine) as session:
        study_id = session.scalar(text("SELECT max(id) FROM siting_studies"))
        incidents = recent_incidents(session)
    assert perform_study(engine, study_id, incidents) == "done"


def ask(page, name: str) -> None:
    """Fill in the form for one village."""
    page.fill("#name", name)
    page.select_option("#area", "990101100001")
    page.fill("#k", "3")
    page.fill("#time_limit_s", "5")
    page.locator(".sticky-actions button").click()
    page.wait_for_selector("[data-progress]")


@pytest.mark.browser
@pytest.mark.parametrize(("size", "locale"), [("desktop", "zh"), ("phone", "en")])
def test_staff_ask_watch_judge_and_solve_again(visit, engine, size, locale):
    visitor = visit("staff", size, locale)
    page = visitor.go("/siting/new")
    visitor.has_map()
    visitor.check()
    ask(page, f"Study {size}")
    work_off(engine)
    page.wait_for_selector("#proposal-list [data-code]", timeout=30_000)
    visitor.has_map()
    page.wait_for_selector(".proposal-number")
    assert page.locator(".proposal-number").count() == page.locator("#proposal-list [data-code]").count() == 3
    first, second = (page.locator("#proposal-list [data-code]").nth(at) for at in range(2))
    first.locator("button.gap-line").focus()
    page.keyboard.press("Enter")
    assert first.get_attribute("aria-current") == "true"
    first.locator("label[for$=-locked]").click()
    second.locator("label[for$=-excluded]").click()
    visitor.check()
    page.locator("button[value=again]").click()
    page.wait_for_selector("[data-progress]")
    work_off(engine)
    page.wait_for_selector("#proposal-list .tag-info", timeout=30_000)
    page.goto(visitor.base + "/siting")
    for box in (0, 1):
        page.locator("input[name=study]").nth(box).check()
    page.locator("main form button").click()
    assert page.locator("tbody tr").count() > 5
    visitor.check()


@pytest.mark.browser
def test_staff_take_the_part_of_the_map_they_see(visit, engine):
    visitor = visit("staff", "desktop", "en")
    page = visitor.go("/siting/new")
    visitor.has_map()
    page.click("#take-view")
    west, south, east, north = (float(part) for part in page.locator("#box").input_value().split(","))
    assert west < 122.53 < east
    assert south < north
    page.click("#take-view")
    assert page.locator("#box").input_value() == ""
    visitor.check()
