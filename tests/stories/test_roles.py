"""The main job, end to end, by all six roles in a real browser.

Selectors name what things are, never their words, so that one story is told in both languages.
"""

import os
import re
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import text

ROOT = Path(__file__).resolve().parents[2]
SHANGHAI = ZoneInfo("Asia/Shanghai")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("locale", ["zh", "en"]),
    pytest.mark.parametrize("size", ["desktop", "phone"]),
]


@pytest.fixture
def photo(tmp_path):
    """A real JPEG, another one in each test."""
    path = tmp_path / "photo.jpg"
    Image.effect_noise((640, 480), 60).convert("RGB").save(path, "JPEG")
    return path


def one(engine, question, **facts):
    """The single row that answers `question`."""
    with engine.connect() as connection:
        return connection.execute(text(question), facts).one()


def own_cell(engine):
    """A place inside the cell that the demo's worker leads."""
    return one(
        engine,
        "SELECT cells.code, st_x(st_pointonsurface(area)) AS lon, st_y(st_pointonsurface(area)) AS lat FROM cells"
        " JOIN cell_assignments ON cell_id = cells.id JOIN workers ON workers.id = worker_id"
        " JOIN users ON users.id = workers.user_id WHERE username = 'worker' AND duty = 'lead' ORDER BY 1 LIMIT 1",
    )


def test_incident_from_the_phone_to_the_closed_case(visit, county, photo, size, locale):
    place = own_cell(county)
    worker = visit("worker", size, locale)
    worker.page.context.set_geolocation({"longitude": place.lon, "latitude": place.lat, "accuracy": 8})
    note = f"Bins overflow {uuid4().hex[:8]}"
    number = report(worker, note, photo)

    case = one(county, "SELECT id, status, location_code FROM incidents WHERE number = :number", number=number)
    assert (case.status, case.location_code) == ("reported", place.code)
    assert one(county, "SELECT count(*) FROM incident_photos WHERE incident_id = :id", id=case.id)[0] == 1

    dispatcher = visit("dispatcher", size, locale)
    page = dispatcher.go(f"/incidents/{case.id}")
    assert note in page.content()
    step(page, "file")
    page.locator("form[data-step=dispatch]").evaluate("form => form.closest('details').open = true")
    page.locator("form[data-step=dispatch] input[value^='worker:']").first.check()
    step(page, "dispatch")

    page = worker.go(f"/worker/tasks/{case.id}")
    step(page, "accept")
    page.locator("form[data-step=finish] input[type=file]").last.set_input_files(photo_of_the_result(photo))
    page.fill("form[data-step=finish] [name=note]", "Emptied")
    step(page, "finish")
    deadline = time.monotonic() + 30  # photos travel first, then the word that it is done
    question = "SELECT status FROM incidents WHERE id = :id"
    while one(county, question, id=case.id).status != "handled" and time.monotonic() < deadline:
        page.wait_for_timeout(300)

    page = dispatcher.go(f"/incidents/{case.id}")
    step(page, "close")
    assert one(county, "SELECT status FROM incidents WHERE id = :id", id=case.id).status == "closed"
    log = one(county, "SELECT array_agg(action ORDER BY id) FROM incident_actions WHERE incident_id = :id", id=case.id)[
        0
    ]
    assert log == ["report", "file", "dispatch", "accept", "finish", "close"]
    worker.check()
    dispatcher.check()


def report(visitor, note, photo):
    """Report an incident in at most four taps and thirty seconds; returns the case's number."""
    page = visitor.go("/worker")
    visitor.has_map()
    begun, taps = time.monotonic(), 0
    page.click("a[href='/worker/report']")
    visitor.has_map()
    page.wait_for_timeout(1500)  # the phone finds its position meanwhile; a person looks for the category
    taps += 1
    page.locator(".category-grid label.category").first.click()
    taps += 1
    page.set_input_files("#photo-take", photo)  # the camera's own button is the third tap
    taps += 1
    page.fill("#note", note)
    page.wait_for_selector("#photos li")
    page.click("#send")
    taps += 1
    page.wait_for_selector("#sent:not([hidden])", timeout=30_000)
    assert taps <= 4
    assert time.monotonic() - begun < 30
    return re.search(r"\d{8}-\d{6}", page.inner_text("#sent"))[0]


def photo_of_the_result(photo):
    """A second, different picture."""
    path = photo.with_name("result.jpg")
    Image.effect_noise((320, 240), 90).convert("RGB").save(path, "JPEG")
    return path


def step(page, action):
    """Take a step of a case and wait until the page stands again."""
    form = page.locator(f"form[data-step={action}]").first
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.status < 400):
        form.locator("button").last.click()
    page.wait_for_load_state("networkidle")


def test_leader_draws_a_route_publishes_a_shift_and_a_volunteer_walks_it(visit, county, size, locale):
    leader = visit("leader", size, locale)
    name = f"Route {uuid4().hex[:6]}"
    plan_page = draw_route(leader, name, own_cell(county).code)
    plan_id = int(plan_page.rsplit("/", 1)[1])
    plan = one(county, "SELECT length_m, method, st_astext(path) AS path FROM route_plans WHERE id = :id", id=plan_id)
    assert plan.method == "drawn"
    assert plan.length_m > 50
    assert on_streets(county, plan_id) > 0.99
    gpx = leader.page.request.get(f"{leader.base}{plan_page}.gpx")
    points = ET.fromstring(gpx.body()).findall(".//{http://www.topografix.com/GPX/1/1}rtept")  # noqa: S314 - ours
    assert len(points) == plan.path.count(",") + 1
    page = leader.go(f"{plan_page}?print=1")
    leader.has_map()
    assert page.locator(".turns li").count() >= 2
    leader.check()

    shift_id = publish_shift(leader, plan_id, f"Shift {uuid4().hex[:6]}")
    first = leader.page.locator(".candidates form button").first
    first.click()
    leader.page.wait_for_load_state()
    assert one(county, "SELECT count(*) FROM shift_members WHERE shift_id = :id", id=shift_id)[0] == 1
    walk(visit("volunteer", size, locale), county, shift_id)


def test_leader_asks_for_a_suggestion_and_publishes_a_route_of_it(visit, county, size, locale):
    leader = visit("leader", size, locale)
    page = leader.go("/patrols/plans/new")
    leader.has_map()
    page.locator("label[for=how-suggest]").click()
    page.select_option("#station", index=1)
    page.fill("#members", "8")
    page.fill("#hours", "1")
    page.click("#ask")
    page.wait_for_selector("#teams .team-line", timeout=30_000)
    page.locator("#teams .team-line form button").first.click()
    page.wait_for_url(re.compile(r"/patrols/plans/\d+$"))
    leader.has_map()
    plan_id = int(page.url.rsplit("/", 1)[1])
    plan = one(county, "SELECT status, method, walk_s FROM route_plans WHERE id = :id", id=plan_id)
    assert (plan.status, plan.method) == ("published", "suggested")
    assert plan.walk_s <= 3600
    assert on_streets(county, plan_id) > 0.99
    leader.check()


def draw_route(leader, name, cell_code):
    """Look a cell of the town up, click three places in it and save; returns the route's page."""
    page = leader.go("/patrols/plans/new")
    leader.has_map()
    page.locator("input[role=combobox], .map-search input").first.fill(cell_code)
    page.locator("[role=option]").first.click()
    page.wait_for_timeout(800)  # the map has moved there
    box = page.locator(".leaflet-container").bounding_box()
    for right, down in ((0.42, 0.5), (0.5, 0.55), (0.56, 0.48)):
        page.mouse.click(box["x"] + box["width"] * right, box["y"] + box["height"] * down)
        page.wait_for_timeout(400)
    expect(page.locator("#length")).not_to_have_text("–", timeout=60_000)
    page.fill("#name", name)
    page.click("#save")
    page.wait_for_url(re.compile(r"/patrols/plans/\d+$"), timeout=20_000)
    leader.has_map()
    return page.url.removeprefix(leader.base)


def on_streets(engine, plan_id):
    """The share of a route that lies within a metre of some street; what is walked twice counts once."""
    return one(
        engine,
        "SELECT st_length(st_intersection(st_unaryunion(path),"
        " (SELECT st_union(st_buffer(streets.path::geography, 1)::geometry)"
        " FROM streets WHERE streets.path && route_plans.path))) / st_length(st_unaryunion(path))"
        " FROM route_plans WHERE id = :id",
        id=plan_id,
    )[0]


def publish_shift(leader, plan_id, name):
    """Publish a shift that is going on now and open to volunteers; returns its id."""
    page = leader.go(f"/patrols/shifts/new?plan={plan_id}")
    now = datetime.now(SHANGHAI)
    page.fill("#name", name)
    page.fill("#on", (now - timedelta(minutes=10)).strftime("%Y-%m-%d"))
    page.fill("#begins", (now - timedelta(minutes=10)).strftime("%H:%M"))
    page.fill("#ends", (now + timedelta(hours=1)).strftime("%H:%M"))
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(re.compile(r"/patrols/shifts/\d+$"))
    return int(page.url.rsplit("/", 1)[1])


def walk(volunteer, county, shift_id):
    """Join, start, move, end; positions exist only in between."""
    # whatever an earlier story left open for this member is over before this one begins
    member = one(
        county,
        "SELECT m.id FROM patrol_members m JOIN users u ON u.id = m.user_id WHERE username = 'volunteer'",
    ).id
    with county.begin() as connection:
        connection.execute(
            text(
                "DELETE FROM shift_members USING shifts s"
                " WHERE s.id = shift_id AND member_id = :m AND s.ends_at > now()"
            ),
            {"m": member},
        )
    page = volunteer.go(f"/my-patrols/shifts/{shift_id}")
    page.locator("form[action$='/join'] button").click()
    page.wait_for_selector("#walk-start:not([hidden])", timeout=20_000)
    page.click("#walk-start")
    page.wait_for_selector("#walk-end", state="visible")
    route = one(county, "SELECT st_x(st_startpoint(path)) AS lon, st_y(st_startpoint(path)) AS lat FROM route_plans"
                " JOIN shifts ON route_plan_id = route_plans.id WHERE shifts.id = :id", id=shift_id)  # fmt: skip
    for step_number in range(4):
        page.context.set_geolocation(
            {"longitude": route.lon + 0.0003 * step_number, "latitude": route.lat, "accuracy": 6}
        )
        page.wait_for_timeout(1200)
    page.click("#walk-pause")
    page.click("#walk-resume")
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#walk-end")
    page.wait_for_selector("#walk-start", state="visible", timeout=20_000)
    patrol = one(county, "SELECT id, started_at, ended_at FROM patrol_sessions WHERE shift_id = :id", id=shift_id)
    fixes = one(county, "SELECT count(*) AS n, min(fixed_at) AS first, max(fixed_at) AS last FROM position_fixes"
                " WHERE session_id = :id", id=patrol.id)  # fmt: skip
    assert fixes.n >= 2
    assert one(county, "SELECT count(*) FROM session_pauses WHERE session_id = :id AND ended_at IS NOT NULL",
               id=patrol.id)[0] == 1  # fmt: skip
    assert patrol.started_at <= fixes.first <= fixes.last <= patrol.ended_at
    volunteer.check()


def test_centre_staff_see_layers_find_a_cell_and_choose_its_worker(visit, county, size, locale):
    staff = visit("staff", size, locale)
    page = staff.go("/map")
    staff.has_map()
    if size == "phone":
        page.click(".map-layers-toggle")
    page.locator("#layer-watched").check()  # another colour for what the tiles already bring
    for layer in ("cameras", "camera_views", "coverage_gaps"):
        box = page.locator(f"#layer-{layer}")
        with page.expect_response(
            lambda answer: "/tiles/" in answer.url and answer.status in {200, 304}, timeout=20_000
        ):
            box.check()
    assert page.locator(".map-legend li").count() > 5
    cell = own_cell(county)
    if size == "phone":
        page.keyboard.press("Escape")
    search = page.locator("input[role=combobox], .map-search input").first
    search.fill(cell.code)
    page.locator("[role=option]").first.wait_for(timeout=20_000)
    page.locator("[role=option]").first.click()
    page.wait_for_timeout(800)
    staff.check()

    page = staff.go(f"/staffing/cells/{cell.code}")
    staff.has_map()
    before = one(
        county, "SELECT count(*) FROM cell_assignments JOIN cells ON cells.id = cell_id WHERE code = :c", c=cell.code
    )[0]
    page.locator("form[action$='/assign'] button[value=substitute]").last.click()
    page.wait_for_load_state()
    after = one(
        county, "SELECT count(*) FROM cell_assignments JOIN cells ON cells.id = cell_id WHERE code = :c", c=cell.code
    )[0]
    assert after == before + 1
    staff.check()


def test_administrator_adds_a_user_imports_cameras_and_finds_both_in_the_log(
    visit, county, county_url, tmp_path, size, locale
):
    admin = visit("admin", size, locale)
    username = f"new.{uuid4().hex[:8]}"
    page = admin.go("/admin/users/new")
    page.fill("#username", username)
    page.fill("#name", "新来的坐席")
    page.fill("#password", "a long first password")
    page.select_option("#role", "dispatcher")
    page.select_option("#division_code", "990101")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(re.compile(r"/admin/users$"))

    cell = own_cell(county)
    code = uuid4().hex[:8]
    file = tmp_path / "cameras.csv"
    rows = [f"{code}-1,北门,{cell.lon},{cell.lat},90", f"{code}-2,南门,{cell.lon},{cell.lat},400"]
    file.write_text("code,name,lon,lat,bearing_deg\n" + "\n".join(rows), encoding="utf-8")
    page = admin.go("/admin/imports/new")
    page.select_option("#kind", "cameras")
    page.set_input_files("#file", file)
    page.select_option("#crs", "wgs84")
    page.uncheck("#is_dry_run")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(re.compile(r"/admin/imports/\d+$"))
    do_jobs(county_url)
    page.wait_for_selector("table tbody tr", timeout=30_000)  # the page asks again by itself
    assert page.locator("table tbody tr").count() == 1  # the refused row
    stored = one(county, "SELECT count(*), max(location_code) FROM cameras WHERE code LIKE :code", code=f"{code}%")
    assert tuple(stored) == (1, cell.code)
    admin.check()

    page = admin.go(f"/admin/audit?q={username}")
    assert username in page.inner_text("table")
    admin.check()
    newcomer = visit(None, size, locale)
    page = newcomer.go("/login")
    page.fill("#username", username)
    page.fill("#password", "a long first password")
    page.click("main form button")
    page.wait_for_url(re.compile(r"/password$"))


def do_jobs(url):
    """What the worker does, until nothing is left."""
    gridbeat = str(Path(sys.executable).parent / "gridbeat")
    subprocess.run(
        [gridbeat, "worker", "--until-empty"], env=os.environ | {"DATABASE_URL": url}, cwd=ROOT, check=True, timeout=120
    )


def test_session_when_expired_leads_to_sign_in_and_back(visit, county, size, locale):
    visitor = visit("dispatcher", size, locale)
    with county.begin() as connection:
        connection.execute(
            text("DELETE FROM user_sessions USING users WHERE users.id = user_id AND username = 'dispatcher'")
        )
    page = visitor.go("/incidents")
    assert "/login?next=" in page.url
    page.fill("#username", "dispatcher")
    page.fill("#password", "gridbeat-demo")
    page.click("main form button")
    page.wait_for_url(re.compile(r"/incidents"))
    visitor.check()
