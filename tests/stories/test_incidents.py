"""A phone without a network, an answer that is lost, two dispatchers at once: nothing is lost, nothing is doubled."""

import re
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import text

from tests.stories.waiting import wait_until

pytestmark = pytest.mark.browser

COUNT_TAPS = "window.__taps = 0; addEventListener('pointerdown', () => { window.__taps += 1; }, true)"


@pytest.fixture
def photo(tmp_path):
    """A real JPEG, another one in each test."""
    path = tmp_path / "photo.jpg"
    Image.effect_noise((2000, 1500), 60).convert("RGB").save(path, "JPEG")
    return path


def rows(engine, note):
    """The incidents with that note."""
    question = (
        "SELECT id, number, status, (SELECT count(*) FROM incident_photos WHERE incident_id = incidents.id) AS photos,"
        " (SELECT max(width_px) FROM incident_photos WHERE incident_id = incidents.id) AS width_px"
        " FROM incidents WHERE description = :note"
    )
    with engine.connect() as connection:
        return connection.execute(text(question), {"note": note}).all()


def change(engine, question, **facts):
    with engine.begin() as connection:
        connection.execute(text(question), facts)


def open_report(visitor):
    page = visitor.go("/worker/report")
    page.wait_for_selector("#report[data-ready=yes]")
    page.wait_for_function("() => document.querySelector('.map-hint').textContent.includes('12')")
    return page


def fill(page, note, photo=None):
    page.locator(".category").first.click()
    if photo:
        page.set_input_files("#photo-take", photo)
        page.wait_for_selector("#photos img")
    page.fill("#note", note)


def no_post(route):
    """As if there were no network for what is sent."""
    return route.abort() if route.request.method == "POST" else route.fallback()


def unique(words="Bags"):
    return f"{words} {uuid4().hex[:10]}"


def wait_sent(page):
    page.wait_for_selector("#sent:not([hidden])", timeout=20_000)


def test_report_when_opened_takes_at_most_four_taps(visit, county, photo):
    worker = visit("worker", "phone")
    worker.page.add_init_script(COUNT_TAPS)
    page = open_report(worker)
    page.locator(".category").first.tap()
    with page.expect_file_chooser() as camera:
        page.locator("label:has(#photo-take)").tap()
    camera.value.set_files(photo)
    page.wait_for_selector("#photos img")
    number = sent_number(page, tap=True)
    assert page.evaluate("window.__taps") == 3
    with county.connect() as connection:
        found = connection.execute(
            text(
                "SELECT accuracy_m, channel, (SELECT max(width_px) FROM incident_photos"
                " WHERE incident_id = incidents.id) FROM incidents WHERE number = :number"
            ),
            {"number": number},
        ).one()
    assert tuple(found) == (12, "app", 1600)
    worker.check()


def sent_number(page, *, tap=False):
    page.locator("#send").tap() if tap else page.locator("#send").click()
    wait_sent(page)
    return re.search(r"\d{8}-\d{6}", page.inner_text("#sent"))[0]


def test_report_when_the_answer_is_lost_is_sent_again_and_stays_one(visit, county, photo):
    worker = visit("worker", "phone")
    page = open_report(worker)
    note = unique()
    lost = []

    def swallow(route):
        if route.request.method != "POST" or len(lost) >= 2:
            return route.fallback()
        route.fetch()  # the server does its work, but the phone never hears of it
        lost.append(route.request.post_data_json)
        return route.abort()

    page.route("**/api/incidents", swallow)
    fill(page, note, photo)
    page.click("#send")
    page.wait_for_selector(".report-problem:not([hidden])")
    assert len(rows(county, note)) == 1
    page.click("#send")
    page.wait_for_function("() => !document.getElementById('send').disabled")
    page.click("#send")
    wait_sent(page)
    assert len(lost) == 2
    assert lost[0] == lost[1]
    kept = rows(county, note)
    assert len(kept) == 1
    assert kept[0].photos == 1
    worker.check()


def test_report_when_there_is_no_network_waits_on_the_phone_through_a_reload(visit, county, photo):
    worker = visit("worker", "phone")
    page = open_report(worker)
    note = unique()
    page.route(
        "**/api/incidents**", lambda route: route.abort() if route.request.method == "POST" else route.fallback()
    )
    fill(page, note, photo)
    page.click("#send")
    page.wait_for_selector(".report-problem:not([hidden])")
    assert rows(county, note) == []
    worker.go("/worker")
    page.wait_for_selector("#unsent:not([hidden])")
    page.unroute("**/api/incidents**")
    page.click("#unsent a")
    page.wait_for_function("() => document.getElementById('report')?.dataset.ready === 'yes'")
    wait_until(page, lambda: [(row.status, row.photos) for row in rows(county, note)] == [("reported", 1)])
    worker.go("/worker")
    page.wait_for_selector("[data-ready=yes]")
    assert page.locator("#unsent").is_hidden()


def test_report_when_the_session_ends_meanwhile_is_kept_and_sent_after_signing_in(visit, county):
    worker = visit("worker", "phone", "en")
    page = open_report(worker)
    note = unique()
    fill(page, note)
    change(county, "DELETE FROM user_sessions WHERE user_id = (SELECT id FROM users WHERE username = 'worker')")
    page.click("#send")
    page.wait_for_function("() => document.querySelector('.report-problem').textContent.includes('sign in')")
    assert rows(county, note) == []
    page.goto(worker.base + "/login")
    page.fill("#username", "worker")
    page.fill("#password", "gridbeat-demo")
    page.click("main form button")
    page.wait_for_url(lambda url: "/login" not in url)
    worker.go("/worker/report")
    page.wait_for_function("() => document.getElementById('report')?.dataset.ready === 'yes'")
    page.wait_for_function("() => document.getElementById('unsent').hidden")
    assert len(rows(county, note)) == 1


def test_report_when_another_person_uses_the_phone_is_not_sent_in_their_name(visit, county):
    worker = visit("worker", "phone")
    page = open_report(worker)
    note = unique()
    page.route("**/api/incidents", no_post)
    fill(page, note)
    page.click("#send")
    page.wait_for_selector(".report-problem:not([hidden])")
    page.unroute("**/api/incidents")
    page.context.clear_cookies(name="gridbeat")
    page.goto(worker.base + "/login")
    page.fill("#username", "volunteer")
    page.fill("#password", "gridbeat-demo")
    page.click("main form button")
    page.wait_for_url(lambda url: "/login" not in url)
    worker.go("/worker/report")
    page.wait_for_function("() => document.getElementById('report')?.dataset.ready === 'yes'")
    page.wait_for_timeout(1500)
    assert page.locator("#unsent").is_hidden()
    assert rows(county, note) == []


def test_report_when_settled_on_the_spot_waits_for_verification(visit, county, photo):
    worker = visit("worker", "phone")
    place = own_place(county)
    worker.page.context.set_geolocation({"longitude": place.lon, "latitude": place.lat, "accuracy": 12})
    page = open_report(worker)
    note = unique()
    fill(page, note)
    page.check("#settled")
    page.click("#send")
    assert page.locator(".report-problem").is_visible()
    page.set_input_files("#photo-choose", photo)
    page.wait_for_selector("#photos img")
    sent_number(page)
    kept = rows(county, note)
    assert [(row.status, row.photos) for row in kept] == [("handled", 1)]
    worker.check()


def own_place(engine):
    question = (
        "SELECT st_x(st_pointonsurface(area)) AS lon, st_y(st_pointonsurface(area)) AS lat FROM cells"
        " JOIN cell_assignments ON cell_id = cells.id JOIN workers ON workers.id = worker_id"
        " JOIN users ON users.id = workers.user_id WHERE username = 'worker' ORDER BY duty, cells.code LIMIT 1"
    )
    with engine.connect() as connection:
        return connection.execute(text(question)).one()


def test_report_when_something_is_missing_or_no_photo_says_so_and_keeps_what_was_written(visit, tmp_path):
    worker = visit("worker", "phone", "en")
    page = open_report(worker)
    page.click("#send")
    assert "Choose what it is." in page.inner_text(".report-problem")
    fill(page, "call 13812345678 about the bags")
    assert "telephone" in page.inner_text("#personal-hint")
    false = tmp_path / "false.jpg"
    false.write_text("only text")
    page.set_input_files("#photo-take", false)
    page.wait_for_function("() => document.querySelector('.report-problem').textContent.includes('no photo')")
    assert page.locator("#photos li").count() == 0
    page.reload()
    page.wait_for_selector("#report[data-ready=yes]")
    assert page.input_value("#note") == "call 13812345678 about the bags"
    assert page.locator(".chosen-category").is_visible()
    worker.check()


def test_category_when_searched_is_found_by_any_language_and_chosen_by_keyboard(visit):
    page = open_report(visit("worker", "desktop", "en"))
    page.fill("#category-search", "井盖")
    assert page.locator(".category:visible").count() == 1
    page.keyboard.press("Enter")
    assert "Open manhole" in page.inner_text(".chosen-name")
    page.click("[data-change]")
    page.fill("#category-search", "nothing like it")
    assert page.locator(".category-none").is_visible()


def test_place_when_no_position_is_allowed_has_to_be_set_by_hand(visit, county):
    worker = visit("worker", "phone", "en")
    worker.page.context.clear_permissions()
    page = worker.go("/worker/report")
    page.wait_for_selector("#report[data-ready=yes]")
    note = unique()
    fill(page, note)
    page.click("#send")
    assert "Set the place" in page.inner_text(".report-problem")
    assert rows(county, note) == []
    page.locator(".report-map .leaflet-container").click(position={"x": 120, "y": 120})
    sent_number(page)
    assert len(rows(county, note)) == 1


# --- the desk -----------------------------------------------------------------------------------------------------


def new_incident(engine, words, priority="urgent"):
    """An incident that comes in while the desk is open."""
    number = uuid4()
    change(
        engine,
        "INSERT INTO incidents"
        " (id, scheme, category_code, priority, description, place_text, channel, reported_at, due_at, place)"
        " SELECT :id, 'cjt214', '2103', :priority, :words, :words, 'public', now(), now() + interval '1 hour', place"
        " FROM incidents WHERE location_code IS NOT NULL LIMIT 1",
        id=number, words=words, priority=priority,
    )  # fmt: skip
    return str(number)


def test_desk_when_something_new_comes_in_shows_it_by_itself_and_in_the_title(visit, county):
    desk = visit("dispatcher", "desktop", "en")
    page = desk.go("/dispatch")
    desk.has_map()
    page.evaluate("document.hasFocus = () => false")
    words = unique("Gas")
    id_ = new_incident(county, words)
    page.wait_for_selector(f".desk-item[data-id='{id_}']", timeout=15_000)
    assert page.title().startswith("(")
    assert "new" in page.inner_text("#desk-say")
    desk.check()


def test_desk_when_driven_by_keys_opens_the_next_case_and_closes_it(visit, county):
    new_incident(county, unique())
    desk = visit("dispatcher", "desktop", "en")
    page = desk.go("/dispatch")
    desk.has_map()
    ids = [item.get_attribute("data-id") for item in page.locator(".desk-item").all()[:3]]
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#desk-case [data-case='{ids[0]}']")
    assert f"case={ids[0]}" in page.url
    page.keyboard.press("Escape")
    assert page.locator("#desk-case").is_hidden()
    assert "case=" not in page.url
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("no such words anywhere")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=no+such+words+anywhere**")
    assert page.locator(".desk-item").count() == 0
    desk.check()


def test_desk_when_two_dispatchers_decide_at_once_the_second_hears_who_was_faster(visit, county):
    id_ = new_incident(county, unique())
    first, second = visit("dispatcher", "desktop", "en"), visit("dispatcher2", "desktop", "en")
    pages = []
    for person in (first, second):
        page = person.go(f"/dispatch?case={id_}")
        person.has_map()
        page.wait_for_selector("#desk-case form[data-step=file]")
        pages.append(page)
    pages[0].click("#desk-case form[data-step=file] button")
    pages[0].wait_for_selector("#desk-case form[data-step=file]", state="detached")
    pages[1].click("#desk-case form[data-step=file] button")
    pages[1].wait_for_selector(".case-problem:not([hidden])")
    assert "has filed this case in the meantime" in pages[1].inner_text(".case-problem")
    first.check()
    second.check()


def test_desk_when_a_case_is_dispatched_shows_it_with_its_handler(visit, county):
    id_ = new_incident(county, unique())
    desk = visit("dispatcher", "desktop", "en")
    page = desk.go(f"/dispatch?case={id_}")
    desk.has_map()
    name = page.locator("#desk-case .candidate:has(input:checked) .candidate-name").inner_text()
    page.click("#desk-case form[data-step=dispatch] button")
    page.wait_for_selector("#desk-case form[data-step=remind]")
    assert name in page.inner_text("#desk-case")
    assert name in page.inner_text(f".desk-item[data-id='{id_}']")
    desk.check()


def test_desk_when_on_a_phone_shows_the_list_or_the_map_and_leads_to_the_case(visit, county):
    id_ = new_incident(county, unique())
    desk = visit("dispatcher", "phone", "zh")
    page = desk.go("/dispatch")
    page.click("[data-show=map]")
    page.wait_for_selector(".desk-map .leaflet-container")
    assert page.locator(".desk-side").is_hidden()
    page.click("[data-show=list]")
    page.click(f".desk-item[data-id='{id_}']")
    page.wait_for_url(f"**/incidents/{id_}")
    desk.check()
