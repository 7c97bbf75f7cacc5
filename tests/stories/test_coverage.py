"""Centre staff judge coverage in a real browser: figures, gaps beside the map, a run that is watched."""

import pytest
from sqlalchemy import text

from cameras.runs import find_open_run, perform_run
from data.database import connect, session_scope


@pytest.fixture(scope="module")
def engine(county_url):
    made = connect(county_url, pool_size=2)
    yield made
    made.dispose()


@pytest.mark.browser
@pytest.mark.parametrize(("size", "locale"), [("desktop", "zh"), ("phone", "en")])
def test_staff_drill_down_from_the_whole_area_to_cells(visit, engine, size, locale):
    visitor = visit("staff", size, locale)
    page = visitor.go("/coverage")
    for _ in range(2):
        page.locator("table a[href*='area=']").first.click()
        visitor.check()
    assert page.locator("table code").first.inner_text().startswith("990101")
    assert len(page.locator("table code").first.inner_text()) == 15


@pytest.mark.browser
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_staff_go_from_the_list_of_gaps_to_the_map_and_back_by_keyboard(visit, engine, size):
    visitor = visit("staff", size)
    page = visitor.go("/coverage/gaps?sort=incidents")
    visitor.has_map()
    page.wait_for_selector(".gap-number")
    lines, marks = page.locator("#gap-list [data-code]"), page.locator(".gap-number")
    assert lines.count() == marks.count() > 1
    lines.nth(1).locator("button").focus()
    page.keyboard.press("Enter")
    assert lines.nth(1).get_attribute("aria-current") == "true"
    name = lines.nth(0).locator(".gap-rank").inner_text()
    page.locator(f".gap-number[aria-label*=' {name} ']").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#gap-list [data-code]:first-child[aria-current=true]")
    visitor.check()


@pytest.mark.browser
def test_staff_start_a_run_watch_it_and_find_it_among_the_former_ones(visit, engine):
    visitor = visit("staff", locale="en")
    page = visitor.go("/coverage")
    page.locator("section form button").click()
    page.wait_for_selector("[data-progress]")
    assert page.locator("progress").get_attribute("value") == "0"
    with session_scope(engine) as session:
        run_id = find_open_run(session).id
    perform_run(engine, run_id)
    page.wait_for_selector("[data-progress]", state="detached", timeout=30_000)
    page.goto(visitor.base + "/coverage/runs")
    assert page.locator("tbody tr").count() >= 2
    visitor.check()
    with session_scope(engine) as session:
        session.execute(text("DELETE FROM procrastinate_jobs WHERE task_name = 'run_coverage'"))


@pytest.mark.browser
def test_staff_sort_the_cells_and_take_them_away(visit, engine):
    visitor = visit("staff", locale="en")
    page = visitor.go("/coverage/cells")
    page.locator("th a", has_text="Watched").click()
    assert page.locator("th[aria-sort=descending]").inner_text().strip() == "Watched"
    page.locator(".page-head .dropdown-toggle").click()
    with page.expect_download() as taken:
        page.locator(".dropdown-item", has_text="GeoPackage").click()
    assert taken.value.suggested_filename.endswith(".gpkg")
    visitor.check()
