"""The pages of worker, dispatcher and centre staff, as plain pages without any script."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select

from data.events import Event
from incidents.models import Incident, IncidentAction, IncidentPhoto
from tests.build import CELL, COUNTY, TOWNSHIP
from webapp.cases import deadline, long

NOW = datetime.now(UTC)


@pytest.fixture
def worker(build, signed_in):
    build.category(icon="trash")
    browser = signed_in("grid_worker", TOWNSHIP, username="wang")
    build.assignment(build.cell(CELL, name="Market cell"), build.worker("Wang", user=build.user("wang")))
    return browser


@pytest.fixture
def worker_row(worker, session):
    from grids.models import Worker

    return session.scalar(select(Worker).where(Worker.name == "Wang"))


@pytest.fixture
def dispatcher(signed_in):
    return signed_in("dispatcher", COUNTY, username="deng")


def picture() -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "JPEG")
    out.seek(0)
    return out, "result.jpg"


def test_worker_home_when_opened_shows_cell_work_with_deadline_and_the_big_button(worker, worker_row, build):
    build.incident(
        status="dispatched",
        worker_id=worker_row.id,
        place_text="North gate",
        due_at=NOW + timedelta(hours=3, minutes=30),
        received_at=NOW - timedelta(minutes=1),
    )
    late = build.incident(status="handling", worker_id=worker_row.id, due_at=NOW - timedelta(minutes=5))
    page = worker.get("/worker").text
    assert "Market cell" in page
    assert "/worker/report" in page
    assert "North gate" in page
    assert "3 h" in page
    assert "Overdue by" in page
    assert f"/worker/tasks/{late.id}" in page


def test_worker_home_when_there_is_no_cell_today_says_so(signed_in):
    page = signed_in("grid_worker", TOWNSHIP).get("/worker").text
    assert "No cell has been given to you today." in page
    assert "Nothing waits for you." in page


def test_report_page_when_opened_has_the_most_used_category_first_and_the_line_about_danger(worker, build):
    build.category("0104", name_en="Dirty street", position=1)
    build.category("0199", name_en="Gone", is_active=False)
    for _ in range(3):
        build.incident()
    page = worker.get("/worker/report").text
    assert page.index("Litter") < page.index("Dirty street")
    assert 'value="0104"' in page
    assert 'value="0199"' not in page
    assert "call 110, 119 or 120 first" in page
    assert "I have settled it already" in page


@pytest.mark.parametrize("role", ["volunteer", "patrol_leader", "dispatcher", "centre_staff"])
def test_report_page_when_opened_by_others_cannot_settle(signed_in, build, role):
    build.category()
    page = signed_in(role, TOWNSHIP).get("/worker/report")
    assert page.status_code == 200
    assert "I have settled it already" not in page.text


def test_task_when_worked_on_without_scripts_goes_from_accept_to_finish(worker, worker_row, build, session):
    incident = build.incident(status="dispatched", worker_id=worker_row.id)
    address = f"/worker/tasks/{incident.id}"
    assert "Accept" in worker.get(address).text
    assert worker.post(f"{address}/accept", data={"version": "1"}).headers["Location"] == address
    page = worker.get(address).text
    assert "Take a photo of the result" in page
    refused = worker.post(f"{address}/finish", data={"version": "2", "note": "\u200b"})
    assert refused.status_code == 422
    assert "Say what was done" in refused.text
    done = worker.post(
        f"{address}/finish",
        data={"version": "2", "note": "", "photo": [picture(), (io.BytesIO(), "")]},
        content_type="multipart/form-data",
    )
    assert done.headers["Location"] == "/worker"
    session.refresh(incident)
    assert incident.status == "handled"
    assert session.scalar(select(IncidentPhoto.stage)) == "handling"
    assert "Waiting for verification" in worker.get("/worker", follow_redirects=True).text


def test_task_when_returned_needs_a_reason_and_leaves_the_list(worker, worker_row, build, session):
    incident = build.incident(status="dispatched", worker_id=worker_row.id)
    address = f"/worker/tasks/{incident.id}/return"
    assert worker.post(address, data={"version": "1", "note": " "}).status_code == 422
    assert worker.post(address, data={"version": "1", "note": "wrong cell"}).status_code == 302
    session.refresh(incident)
    assert (incident.status, incident.worker_id) == ("filed", None)


def test_task_when_a_photo_that_is_none_comes_along_nothing_is_kept(worker, worker_row, build, session):
    incident = build.incident(status="handling", worker_id=worker_row.id)
    answer = worker.post(
        f"/worker/tasks/{incident.id}/finish",
        data={"version": "1", "note": "done", "photo": (io.BytesIO(b"text"), "p.jpg")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert "not a photo" in answer.text
    session.refresh(incident)
    assert incident.status == "handling"
    assert session.scalar(select(IncidentAction.id)) is None


def test_queue_when_opened_lists_urgent_first_with_counts_and_candidates(dispatcher, worker, worker_row, build):
    build.incident(place_text="Quiet lane")
    urgent = build.incident(priority="urgent", place_text="Gas street", due_at=NOW - timedelta(hours=1))
    page = dispatcher.get("/dispatch").text
    assert page.index("Gas street") < page.index("Quiet lane")
    assert "1 overdue" in page
    panel = dispatcher.get(f"/dispatch/cases/{urgent.id}").text
    assert "Lead of this cell" in panel
    assert f'value="worker:{worker_row.id}"' in panel
    assert "Reject" in panel


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"Gas street", "Quiet lane"}),
        ("?priority=urgent", {"Gas street"}),
        ("?q=quiet", {"Quiet lane"}),
        ("?overdue=1", {"Gas street"}),
        ("?status=handled", set()),
        ("?status=nonsense&priority=x&page=-4&page=zz", {"Gas street", "Quiet lane"}),
        (f"?cell={CELL}", {"Gas street", "Quiet lane"}),
        ("?cell=990102", set()),
    ],
)
def test_queue_when_filtered_by_its_address_shows_those_only(dispatcher, build, query, shown):
    build.cell(CELL)
    build.incident(place_text="Quiet lane")
    build.incident(priority="urgent", place_text="Gas street", due_at=NOW - timedelta(hours=1))
    for path in ("/dispatch", "/dispatch/list"):
        page = dispatcher.get(path + query).text
        assert {place for place in ("Gas street", "Quiet lane") if place in page} == shown


def test_case_when_worked_on_without_scripts_goes_to_its_end(dispatcher, worker, worker_row, build, session):
    incident = build.incident()
    address = f"/incidents/{incident.id}"
    for action, data in (
        ("file", {"version": 1}),
        ("prioritise", {"version": 2, "priority": "important"}),
        ("dispatch", {"version": 3, "assignee": f"worker:{worker_row.id}", "note": "bring gloves"}),
        ("remind", {"version": 4}),
    ):
        assert dispatcher.post(f"{address}/{action}", data=data).status_code == 302
    page = dispatcher.get(address).text
    assert "Reminded" in page
    assert "bring gloves" in page
    assert re.search(r"Priority changed.*?Important", page, re.DOTALL)
    assert "bring gloves" not in worker.get("/worker").text
    task = f"/worker/tasks/{incident.id}"
    worker.post(f"{task}/accept", data={"version": 4})
    worker.post(f"{task}/finish", data={"version": 5, "note": "swept"})
    assert dispatcher.post(f"{address}/close", data={"version": 6}).status_code == 302
    session.refresh(incident)
    assert incident.status == "closed"
    assert "Verified and closed" in dispatcher.get(address).text


@pytest.mark.parametrize("assignee", ["", "worker:", "worker:x", "king:1", "worker:-1", "team:99999999999999999999"])
def test_dispatch_when_nobody_sensible_is_chosen_is_refused(dispatcher, build, assignee, session):
    incident = build.incident()
    answer = dispatcher.post(f"/incidents/{incident.id}/dispatch", data={"version": 1, "assignee": assignee})
    assert answer.status_code == 422
    assert "Choose a worker or a team first." in answer.text
    session.refresh(incident)
    assert incident.status == "reported"


def test_csv_when_saved_has_what_the_filter_shows_and_no_formula(dispatcher, build, session):
    build.cell(CELL)
    build.incident(description='=HYPERLINK("http://evil.example")', place_text="+1", priority="urgent")
    build.incident(description="plain, with comma\nand line")
    build.incident(status="closed", closed_at=NOW)
    answer = dispatcher.get("/incidents.csv?status=open")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 2
    assert {row["Description"] for row in rows} == {
        '\'=HYPERLINK("http://evil.example")',
        "plain, with comma\nand line",
    }
    assert {row["Place"] for row in rows} == {"'+1", ""}
    assert {row["Cell code"] for row in rows} == {CELL}
    taken = session.scalar(select(Event.payload).where(Event.kind == "incidents_exported"))
    assert taken == {"rows": 2, "filters": {"status": "open"}}


def test_csv_when_a_description_has_lines_counts_rows_not_lines(dispatcher, build, session):
    build.incident(description="one\r\ntwo\r\nthree")
    dispatcher.get("/incidents.csv")
    assert session.scalar(select(Event.payload).where(Event.kind == "incidents_exported"))["rows"] == 1


def test_list_when_longer_than_a_page_leads_on_and_keeps_the_filter(dispatcher, build):
    for _ in range(51):
        build.incident(priority="urgent")
    page = dispatcher.get("/incidents?priority=urgent").text
    link = re.search(r'rel="next" href="([^"]+)"', page)
    assert link is not None
    second = dispatcher.get(link[1].replace("&amp;", "&")).text
    assert second.count("stretched-link-row") == 1
    assert "priority=urgent" in link[1]


def test_new_report_page_when_opened_asks_for_no_caller(dispatcher, build):
    build.category()
    page = dispatcher.get("/incidents/new").text
    assert "Litter" in page
    assert "hand the call to 110" in page
    assert not re.search(r'name="(caller|phone|name)"', page)


def test_pages_when_the_incident_is_unknown_answer_404(dispatcher, worker):
    assert dispatcher.get(f"/incidents/{uuid4()}").status_code == 404
    assert dispatcher.get(f"/dispatch/cases/{uuid4()}").status_code == 404
    assert worker.get(f"/worker/tasks/{uuid4()}").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"due_at": NOW + timedelta(hours=5, minutes=30)}, "5 h 30 min left"),
        ({"due_at": NOW + timedelta(days=2, hours=3, minutes=1)}, "2 d 3 h left"),
        ({"due_at": NOW + timedelta(days=40)}, "40 d left"),
        ({"due_at": NOW - timedelta(minutes=7)}, "Overdue by 7 min"),
        ({"due_at": None}, "No deadline"),
        ({"status": "parked", "due_at": NOW - timedelta(days=1)}, "Clock stopped"),
        ({"status": "closed", "closed_at": NOW, "due_at": NOW - timedelta(days=1)}, "Closed late"),
        ({"status": "closed", "closed_at": NOW, "due_at": NOW + timedelta(days=1)}, "Ended"),
        ({"status": "void", "closed_at": NOW, "due_at": NOW - timedelta(days=1)}, "Ended"),
    ],
)
def test_deadline_when_shown_has_words(app, build, change, words):
    incident = build.incident(received_at=NOW - timedelta(days=1), **change)
    assert isinstance(incident, Incident)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert deadline(incident, NOW).words == words


def test_long_when_given_a_length_uses_the_units_that_matter(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        lengths = [timedelta(minutes=-3), timedelta(minutes=59), timedelta(hours=23), timedelta(days=1, hours=1)]
        assert [long(length) for length in lengths] == ["0 min", "59 min", "23 h", "1 d 1 h"]


def test_finish_without_a_photo_says_the_rule_and_the_verifier_sees_it(worker, worker_row, dispatcher, build, session):
    case = build.incident(status="handling", worker_id=worker_row.id)
    page = worker.get(f"/worker/tasks/{case.id}").text
    assert "Without a photo the centre sees that there is none" in page
    worker.post(f"/worker/tasks/{case.id}/finish", data={"version": case.version, "note": "swept"})
    assert "No photo shows the result" in dispatcher.get(f"/incidents/{case.id}").text
    build.session.add(
        IncidentPhoto(incident_id=case.id, sha256="a" * 64, stage="handling", width_px=1, height_px=1, size_bytes=1)
    )
    build.session.flush()
    assert "No photo shows the result" not in dispatcher.get(f"/incidents/{case.id}").text


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://localhost/dispatch?status=filed&amp;q=gate", "/dispatch?status=filed&amp;q=gate"),
        ("http://localhost/incidents?overdue=1", "/incidents?overdue=1"),
        ("http://evil.example/dispatch?status=filed", "/dispatch"),
        ("http://localhost/admin/users", "/dispatch"),
        (None, "/dispatch"),
    ],
)
def test_case_when_opened_has_the_way_back_to_the_list_with_its_filter(dispatcher, build, came_from, leads_to):
    case = build.incident()
    headers = {"Referer": came_from.replace("&amp;", "&")} if came_from else {}
    page = dispatcher.get(f"/incidents/{case.id}", headers=headers).text
    assert f'<p class="way-back no-print"><a href="{leads_to}">' in page


def test_case_when_a_step_was_taken_still_knows_the_way_back(dispatcher, build):
    case = build.incident()
    page = dispatcher.get(f"/incidents/{case.id}", headers={"Referer": "http://localhost/dispatch?q=gate"}).text
    action = re.search(r'action="([^"]+/file[^"]*)"', page)[1].replace("&amp;", "&")
    page = dispatcher.post(action, data={"version": case.version}, follow_redirects=True).text
    assert '<a href="/dispatch?q=gate">' in page
    stolen = dispatcher.get(f"/incidents/{case.id}?back=https://evil.example/dispatch").text
    assert "evil.example" not in re.search(r"way-back.*?</p>", stolen)[0]
