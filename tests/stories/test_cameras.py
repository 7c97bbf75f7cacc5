"""Cameras in a real browser: turned by dragging and by keyboard, inspected on a phone, edited by two at once."""

import json
import re

import pytest
from sqlalchemy import text

from data.database import connect, session_scope
from tests.stories.test_every_page import barriers
from tests.stories.waiting import wait_until


@pytest.fixture(scope="module")
def ask(county_url):
    """`ask("SELECT …")`: one row of the county's database."""
    engine = connect(county_url, pool_size=1)

    def one(question: str, **facts):
        with session_scope(engine) as session:
            return session.execute(text(question), facts).one()

    yield one
    engine.dispose()


def camera_code(ask, number: int) -> str:
    """The number-th online camera that is no dome, sees something and stands in a cell."""
    return ask(
        "SELECT cameras.code FROM cameras JOIN camera_views ON camera_id = cameras.id WHERE status = 'online'"
        " AND hfov_deg < 120 AND exact_area_m2 > 500 AND snapped_m = 0 AND cameras.cell_id IS NOT NULL"
        " ORDER BY cameras.code OFFSET :number LIMIT 1",
        number=number,
    ).code


def open_record(visitor, code: str):
    """The record with its view drawn."""
    page = visitor.go(f"/cameras/{code}")
    visitor.has_map()
    page.wait_for_selector("body[data-seen=yes]", timeout=60_000)
    return page


def drag(page, handle, right: float, down: float) -> None:
    """Take a handle on the map and pull it."""
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y + down / 2, steps=4)
    page.mouse.move(x + right, y + down, steps=4)
    page.mouse.up()


@pytest.mark.browser
def test_staff_turns_a_camera_by_dragging_and_the_open_map_follows(visit, ask):
    code = camera_code(ask, 0)
    visitor = visit("staff", "desktop", "en")
    page = open_record(visitor, code)
    other = page.context.new_page()
    other.goto(f"{visitor.base}/map#15/34.0029/122.49172/cells,watched,cameras,camera_views")
    other.wait_for_selector(".leaflet-container[data-ready=yes]", timeout=60_000)
    tiles: list[str] = []
    other.on("request", lambda request: tiles.append(request.url) if "/tiles/" in request.url else None)
    page.bring_to_front()
    before = float(page.input_value("#bearing_deg"))
    place, handle = page.locator(".cam-place").bounding_box(), page.locator(".cam-bearing").bounding_box()
    # a third of a turn about the camera: to where a perpendicular of the shaft ends
    right, down = handle["x"] - place["x"], handle["y"] - place["y"]
    drag(page, page.locator(".cam-bearing"), -down - right, right - down)
    wait_until(page, lambda: abs(float(page.input_value("#bearing_deg")) - before) > 45)
    wait_until(page, lambda: "→" in page.locator("#seen-area").inner_text())
    assert page.locator(".leaflet-kept-pane path").count() >= 2, "the kept view stays as an outline"
    other.bring_to_front()
    wait_until(other, lambda: not other.evaluate("document.hidden"))
    page.locator("#save").click()
    page.wait_for_selector("body[data-version]", timeout=20_000)
    assert page.locator("#cells-changed").inner_text().count("→") >= 1 or "No cell" in page.inner_text("#cells-changed")
    wait_until(page, lambda: bool(tiles))
    kept = ask("SELECT bearing_deg, version FROM cameras WHERE code = :code", code=code)
    assert abs(kept.bearing_deg - float(page.input_value("#bearing_deg"))) < 0.06
    assert kept.version > 1
    visitor.check()


@pytest.mark.browser
def test_staff_turns_and_moves_a_camera_by_keyboard_and_sees_the_new_share(visit, ask):
    code = camera_code(ask, 1)
    visitor = visit("staff", "desktop", "zh")
    page = open_record(visitor, code)
    before = float(page.input_value("#bearing_deg"))
    page.focus(".cam-bearing")
    for _ in range(6):
        page.keyboard.press("Shift+ArrowRight")
    now = float(page.input_value("#bearing_deg"))
    assert (now - before) % 360 == pytest.approx(60, abs=0.2)
    assert page.get_attribute(".cam-bearing", "aria-valuenow") == str(round(now))
    lat = page.evaluate("Number(document.getElementById('lat').value)")
    page.focus(".cam-place")
    page.keyboard.press("Shift+ArrowUp")
    moved_m = (page.evaluate("Number(document.getElementById('lat').value)") - lat) * 110_930
    assert moved_m == pytest.approx(5, abs=0.1)
    page.fill("#range_m", "40")
    wait_until(page, lambda: "→" in page.locator("#seen-area").inner_text())
    page.focus("#save")
    page.keyboard.press("Enter")
    page.wait_for_selector("#cells-changed li[data-code]", timeout=20_000)
    shares = re.findall(r"[\d.]+ %", page.locator("#cells-changed").inner_text())
    share = ask(
        "SELECT watched_share FROM cell_coverages JOIN cameras USING (cell_id) WHERE cameras.code = :code", code=code
    ).watched_share
    assert f"{100 * share:.1f}" in {value.removesuffix(" %") for value in shares}
    assert barriers(page) == []
    visitor.check()


@pytest.mark.browser
def test_two_edit_the_same_camera_and_the_second_is_told(visit, ask):
    code = camera_code(ask, 2)
    first, second = visit("staff", "desktop", "en"), visit("admin", "desktop", "en")
    pages = [open_record(visitor, code) for visitor in (first, second)]
    for page, height in zip(pages, ("5.5", "7"), strict=True):
        page.fill("#mount_height_m", height)
        page.click("#save")
        page.wait_for_selector("#said:not([hidden])", timeout=20_000)
    wait_until(pages[1], lambda: "Somebody else has changed this camera" in pages[1].inner_text("#said"))
    assert ask("SELECT mount_height_m FROM cameras WHERE code = :code", code=code).mount_height_m == 5.5
    pages[1].on("dialog", lambda dialog: dialog.accept())
    open_record(second, code)
    assert pages[1].input_value("#mount_height_m") == "5.5"


@pytest.mark.browser
def test_staff_switches_a_camera_off_and_asks_what_if(visit, ask):
    code = camera_code(ask, 3)
    visitor = visit("staff", "phone", "en")
    page = visitor.go(f"/cameras/what-if?code={code}")
    visitor.has_map()
    page.wait_for_selector("#cells tr", timeout=20_000)
    assert "would no longer be seen" in page.inner_text("#lost")
    assert page.locator(".leaflet-lost-pane path").count() >= 1
    assert ask("SELECT status FROM cameras WHERE code = :code", code=code).status == "online"
    visitor.check()
    page = open_record(visitor, code)
    page.click("button[data-status=offline]")
    page.wait_for_selector("#cells-changed:not([hidden]) li", timeout=20_000)
    assert "Offline" in page.inner_text("#status-now")
    assert "Online → Offline" in page.inner_text(".cam-panel")
    visitor.check()


@pytest.mark.browser
def test_staff_adds_a_camera_by_clicking_the_map(visit, ask):
    near = ask("SELECT st_x(place) AS lon, st_y(place) AS lat FROM cameras ORDER BY code LIMIT 1")
    visitor = visit("staff", "desktop", "zh")
    page = visitor.go("/cameras/new")
    visitor.has_map()
    assert page.is_disabled("#save")
    page.fill("#code", "STORY-1")
    page.fill("#camera-name", "故事一号")
    page.mouse.click(500, 450)
    page.wait_for_selector(".cam-bearing")
    page.evaluate("document.querySelector('.cam-more').open = true")
    page.fill("#lon", f"{near.lon + 0.0001:.7f}")
    page.fill("#lat", f"{near.lat + 0.0001:.7f}")
    page.wait_for_selector("body[data-seen=yes]")
    page.click("#save")
    page.wait_for_url("**/cameras/STORY-1")
    assert "故事一号" in page.inner_text("h1")
    kept = ask("SELECT st_x(place) AS lon, status FROM cameras WHERE code = 'STORY-1'")
    assert (round(kept.lon, 6), kept.status) == (round(near.lon + 0.0001, 6), "online")
    visitor.check()


@pytest.mark.browser
def test_worker_inspects_a_camera_of_the_own_cell_on_the_phone(visit, ask):
    visitor = visit("worker", "phone", "zh")
    page = visitor.go("/cameras/inspections")
    first = page.locator(".cam-due a").first
    code = first.locator("code").inner_text()
    first.click()
    visitor.has_map()
    visitor.check()
    small = page.evaluate(
        "() => [...document.querySelectorAll('.cam-check label.btn, .sticky-actions button')]"
        ".map((e) => e.getBoundingClientRect().height).filter((height) => height < 44)"
    )
    assert small == []
    page.click("label[for=picture_clear-ok]")
    page.click("label[for=mount_firm-fault]")
    page.fill("#measured_bearing_deg", "123.5")
    page.fill("#note", "支架松动 <img src=x onerror=alert(1)>")
    page.check("#set-fault")
    page.click(".sticky-actions button")
    page.wait_for_url("**/cameras/inspections")
    assert code not in page.inner_text("main")
    kept = ask(
        "SELECT cameras.status, mount_firm, picture_clear, sign_present, measured_bearing_deg, users.username"
        "  FROM camera_inspections JOIN cameras ON cameras.id = camera_id JOIN users ON users.id = inspected_by"
        " WHERE cameras.code = :code",
        code=code,
    )
    assert json.loads(json.dumps(tuple(kept))) == ["fault", "fault", "ok", "unchecked", 123.5, "worker"]
    visitor.check()
