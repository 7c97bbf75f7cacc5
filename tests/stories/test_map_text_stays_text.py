"""Whatever people write into any field, on the map it is text: nothing runs, nothing becomes an element."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from shapely import box
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from data.database import connect, migrate
from grids.ground import LandCover, Place
from patrols.models import Checkpoint, PatrolSession, PositionFix, RoutePlan
from tests.build import COUNTY, TOWNSHIP, Build, wkt
from tests.stories.conftest import free_port
from webapp import create_app
from webapp.settings import Settings

LON, LAT = 122.32, 33.85
EVIL = "${window.__x=1}<img src=x onerror=window.__x=1>\"'><script>window.__x=1</script>{{7*7}}"
EVERY_LAYER = "divisions,cells,vacant,watched,cameras,camera_views,coverage_gaps,route_plans,positions,incidents,heat"

#: Anything that came from somebody's words and became an element, or ran.
FIND_MARKUP = """() => [
  ...(window.__x === undefined ? [] : ["it ran"]),
  ...[...document.querySelectorAll('img[src="x"], [onerror]')].map((e) => e.outerHTML),
  ...[...document.scripts].filter((e) => e.textContent.startsWith("window.__x")).map((e) => e.outerHTML),
]"""


def write_evil_everywhere(build: Build, session: Session) -> str:
    """One row of everything a map shows, each editable text hostile; returns the token of a signed-in person."""
    build.division(COUNTY, name=EVIL, name_en=EVIL)
    build.division(TOWNSHIP, name=EVIL, name_en=EVIL)
    cell = build.cell(name=EVIL, area=box(LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01))
    build.assignment(cell, build.worker(EVIL))
    build.camera("C1" + EVIL[:40], LON, LAT, name=EVIL, owner=EVIL)
    build.street(f"{LON - 0.003} {LAT}, {LON + 0.003} {LAT}", name=EVIL)
    build.building(box(LON + 0.0002, LAT, LON + 0.0006, LAT + 0.0003), name=EVIL)
    build.category("0102", name_zh=EVIL, name_en=EVIL, group_code=EVIL[:30])
    build.incident(LON + 0.0004, LAT - 0.0004, description=EVIL, place_text=EVIL, priority="urgent")
    session.add(
        Place(source="t", source_ref="p", kind="school", name=EVIL, place=f"SRID=4326;POINT({LON} {LAT + 0.0006})")
    )
    session.add(
        LandCover(
            source="t",
            source_ref="l",
            kind="water",
            name=EVIL,
            area=wkt(box(LON - 0.003, LAT - 0.003, LON, LAT - 0.001)),
        )
    )
    session.flush()
    write_evil_patrol(build, session)
    user = build.user("staff", "centre_staff")
    user.name = EVIL[:60]
    session.flush()
    return build.session_token(user)


def write_evil_patrol(build: Build, session: Session) -> None:
    """A route with a checkpoint, and a member of a team on patrol now."""
    path = f"SRID=4326;LINESTRING({LON - 0.002} {LAT - 0.0006}, {LON + 0.002} {LAT - 0.0006})"
    route = RoutePlan(
        name=EVIL[:110],
        division_id=build.division(TOWNSHIP).id,
        method="drawn",
        status="published",
        walk_s=60,
        path=path,
    )
    session.add(route)
    session.flush()
    session.add(
        Checkpoint(route_plan_id=route.id, seq=1, name=EVIL, place=f"SRID=4326;POINT({LON - 0.001} {LAT - 0.0006})")
    )
    team = build.team()
    team.name = EVIL
    member = build.member(EVIL, team_id=team.id)
    patrol = PatrolSession(member_id=member.id, started_at=datetime.now(UTC) - timedelta(minutes=5))
    session.add(patrol)
    session.flush()
    session.add(
        PositionFix(
            session_id=patrol.id, fixed_at=datetime.now(UTC), place=f"SRID=4326;POINT({LON - 0.0006} {LAT + 0.0004})"
        )
    )
    session.flush()


@pytest.fixture(scope="module")
def hostile(make_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server whose every word is hostile, and the token of a person who may see everything there."""
    url = make_database("hostile")
    migrate(url)
    engine = connect(url, pool_size=2)
    with Session(engine) as session:
        token = write_evil_everywhere(Build(session), session)
        session.commit()
    engine.dispose()
    home: Path = tmp_path_factory.mktemp("hostile")
    server = make_server(
        "127.0.0.1", free_port(), create_app(Settings(url, "k" * 40, home=home, is_demo=True)), threaded=True
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}", token
    server.shutdown()
    thread.join(10)


@pytest.fixture(params=["zh_Hans_CN", "en"])
def page(request: pytest.FixtureRequest, browser: Browser, hostile: tuple[str, str]) -> Iterator[Page]:
    """The map with every layer on, in the middle of all the hostile words."""
    base, token = hostile
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies(
        [
            {"name": name, "value": value, "url": base}
            for name, value in (("gridbeat", token), ("gridbeat_language", request.param))
        ]
    )
    made = context.new_page()
    made.on("dialog", lambda _dialog: pytest.fail("a dialog opened"))
    made.goto(f"{base}/map#17/{LAT}/{LON}/{EVERY_LAYER}")
    made.wait_for_selector(".leaflet-container[data-ready=yes]")
    made.wait_for_selector(".row-button")
    yield made
    context.close()


def test_check_when_markup_is_planted_finds_it(page: Page) -> None:
    page.evaluate(
        "(evil) => { const e = document.createElement('div'); e.innerHTML = evil; document.body.append(e); }", EVIL
    )
    assert page.evaluate(FIND_MARKUP) != []


#: camera and street, incident, route with its checkpoint, member, nothing but the cell
SPOTS = ((0, 0), (0.0004, -0.0004), (-0.001, -0.0006), (-0.0006, 0.0004), (0.004, 0.004))


def test_words_in_every_popup_are_text(page: Page) -> None:
    frame = page.locator(".folium-map").bounding_box()
    seen = ""
    for east, north in SPOTS:
        page.evaluate(f"location.hash = '#18/{LAT + north}/{LON + east}/{EVERY_LAYER}'")
        page.wait_for_timeout(300)
        page.mouse.click(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
        page.wait_for_selector(".map-popup .map-lines", timeout=20_000)
        page.evaluate("() => document.querySelectorAll('.map-popup details').forEach((d) => (d.open = true))")
        seen += page.locator(".map-popup").inner_text()
        assert page.evaluate(FIND_MARKUP) == []
        page.keyboard.press("Escape")
        page.wait_for_selector(".map-popup", state="detached")
    assert seen.count("${window.__x=1}<img src=x") >= 8


@pytest.mark.parametrize("words", ["${window", "<img src=x", "C1"])
def test_words_in_search_results_are_text(page: Page, words: str) -> None:
    page.fill("#map-search", words)
    page.wait_for_selector("#map-results li")
    assert "${window.__x=1}" in page.locator("#map-results").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_timeout(600)
    assert page.evaluate(FIND_MARKUP) == []


def test_words_in_the_list_its_panel_and_the_filter_are_text(page: Page) -> None:
    assert "${window.__x=1}" in page.locator(".cell-table").inner_text()
    page.click(".row-button")
    page.wait_for_selector(".cell-panel h3")
    assert "<img src=x onerror" in page.locator(".cell-panel").inner_text()
    assert "${window.__x=1}" in page.locator("#filter-category").inner_text()
    assert page.evaluate(FIND_MARKUP) == []


def test_hostile_addresses_do_nothing(page: Page, hostile: tuple[str, str]) -> None:
    for tail in (
        f"#17/{LAT}/{LON}/{EVIL}",
        f"#{EVIL}/{EVIL}",
        "#NaN/NaN/NaN/",
        f"#17/{LAT}/{LON}/cells?status={EVIL}&days={EVIL}",
    ):
        page.goto("about:blank")
        page.goto(f"{hostile[0]}/map{tail}")
        page.wait_for_selector(".leaflet-container[data-ready=yes]")
        page.wait_for_timeout(400)
        assert page.evaluate(FIND_MARKUP) == []
