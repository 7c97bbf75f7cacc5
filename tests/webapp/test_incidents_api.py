"""The reports' own address: strict about what comes in, the same answer to every retry, nothing for strangers."""

import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from markupsafe import escape
from PIL import Image
from shapely import box
from sqlalchemy import func, select

from data.events import Event
from incidents.models import Incident, IncidentPhoto
from tests.build import CELL, COUNTY, TOWNSHIP
from webapp.photos import photo_path

SPOT = {"lon": 122.32, "lat": 33.85}


def body(**more):
    return {"id": str(uuid4()), "category": "0102", **SPOT, "description": "bags"} | more


def picture(colour="red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def worker(build, signed_in):
    """The grid worker of the test cell, signed in."""
    build.category()
    browser = signed_in("grid_worker", TOWNSHIP, username="wang")
    build.assignment(build.cell(CELL), build.worker("Wang", user=build.user("wang")))
    return browser


@pytest.fixture
def dispatcher(signed_in):
    return signed_in("dispatcher", COUNTY, username="deng")


def count(session) -> int:
    return session.scalar(select(func.count()).select_from(Incident))


def test_report_when_sent_twice_is_kept_once_and_answered_alike(worker, session):
    sent = body(reported_at="2026-03-04T12:00:00+08:00", accuracy_m=8.5, crs="wgs84", place_text="by the bridge")
    first = worker.post("/api/incidents", json=sent)
    again = worker.post("/api/incidents", json=dict(reversed(sent.items())))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json["id"] == sent["id"]
    assert first.json["location_code"] == CELL
    assert count(session) == 1


def test_report_when_the_id_was_used_for_other_content_is_refused_and_recorded(worker, session):
    sent = body()
    worker.post("/api/incidents", json=sent)
    answer = worker.post("/api/incidents", json=sent | {"description": "something else"})
    assert answer.status_code == 409
    assert "other content" in answer.json["error"]
    assert session.scalar(select(Incident.description)) == "bags"
    kept = session.scalar(select(Event.payload).where(Event.kind == "incident_content_refused"))
    assert len({kept["kept_sha256"], kept["refused_sha256"]}) == 2


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"colour": "red"}, 400),
        ({"status": "closed"}, 400),
        ({"reporter_id": 1}, 400),
        ({"id": "1"}, 400),
        ({"id": None}, 400),
        ({"id": 7}, 400),
        ({"category": ["0102"]}, 400),
        ({"category": ""}, 400),
        ({"lon": "122.3"}, 400),
        ({"lon": True}, 400),
        ({"lat": None}, 400),
        ({"lat": 1e300}, 400),
        ({"reported_at": "yesterday"}, 400),
        ({"self_handled": "yes"}, 400),
        ({"description": {"$ne": ""}}, 400),
        ({"category": "9999"}, 422),
        ({"lat": 89.0}, 422),
        ({"lon": 999.0}, 422),
        ({"crs": "mars"}, 422),
        ({"description": "x" * 2001}, 422),
        ({"priority": "urgent"}, 403),
        ({"accuracy_m": -3}, 422),
    ],
)
def test_report_when_a_field_is_wrong_says_which_and_keeps_nothing(worker, session, change, status):
    answer = worker.post("/api/incidents", json=body(**change))
    assert answer.status_code == status, answer.text
    assert answer.json["error"].endswith((".", "?"))
    assert count(session) == 0


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'"text"', "application/json"),
        (b"null", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"id": NaN}', "application/json"),
        (b"\xff\xfe\x00", "application/json"),
        (b"id=1&category=0102", "application/x-www-form-urlencoded"),
        (json.dumps({"id": "x"}).encode(), "text/plain"),
    ],
)
def test_report_when_the_body_is_no_json_object_answers_400_in_one_sentence(worker, session, data, kind):
    answer = worker.post("/api/incidents", data=data, content_type=kind)
    assert answer.status_code == 400
    assert answer.json["error"]
    assert count(session) == 0


def test_report_when_too_large_answers_413(worker):
    answer = worker.post("/api/incidents", json=body(description="x" * 300_000))
    assert answer.status_code == 413
    assert answer.json["error"]


def test_report_when_the_session_has_expired_answers_401_and_keeps_nothing(app, build, session):
    build.category()
    browser = app.test_client()
    user = build.user("late", "grid_worker", TOWNSHIP)
    browser.set_cookie("gridbeat_language", "en")
    browser.set_cookie("gridbeat", build.session_token(user, expires_in=timedelta(seconds=-1)))
    answer = browser.post("/api/incidents", json=body())
    assert answer.status_code == 401
    assert "expired" in answer.json["error"]
    photo = browser.post(f"/api/incidents/{uuid4()}/photos", data=picture(), content_type="image/jpeg")
    assert photo.status_code == 401
    assert count(session) == 0


def test_report_when_the_text_holds_a_telephone_number_is_kept_with_a_warning(worker):
    answer = worker.post("/api/incidents", json=body(description="call 13812345678"))
    assert answer.status_code == 201
    assert "telephone" in answer.json["warnings"][0]


@pytest.mark.parametrize(
    "text",
    [
        "🔥👩🏽\u200d🚒",
        "حريق في السوق",
        "\u202eevil\u202c",
        "a\u200bb",
        "<script>alert(1)</script>",
        "{{7*7}}${1}",
        "%s %(x)s {0}",
    ],
)
def test_text_when_strange_is_shown_as_text_everywhere(worker, dispatcher, session, text):
    sent = body(description=text, place_text=text[:200])
    number = worker.post("/api/incidents", json=sent).json["number"]
    assert session.scalar(select(Incident.description)) == text
    for browser, path in (
        (dispatcher, f"/incidents/{sent['id']}"),
        (dispatcher, "/dispatch"),
        (dispatcher, f"/dispatch/cases/{sent['id']}"),
        (dispatcher, "/incidents"),
        (worker, "/worker"),
        (worker, f"/worker/tasks/{sent['id']}"),
    ):
        page = browser.get(path)
        assert page.status_code == 200
        assert number in page.text or path == "/worker"
        assert "<script>alert" not in page.text
        assert str(escape(text)) in page.text


def test_photo_when_sent_is_kept_under_its_hash_and_served_as_our_jpeg(worker, session, settings):
    sent = body()
    worker.post("/api/incidents", json=sent)
    jpeg = picture()
    answers = [
        worker.post(f"/api/incidents/{sent['id']}/photos?stage=report", data=jpeg, content_type="image/jpeg"),
        worker.post(
            f"/api/incidents/{sent['id']}/photos", data={"photo": (io.BytesIO(jpeg), "p.jpg"), "stage": "report"}
        ),
    ]
    assert [answer.status_code for answer in answers] == [201, 200]
    digest = hashlib.sha256(jpeg).hexdigest()
    assert {answer.json["sha256"] for answer in answers} == {digest}
    assert session.scalar(select(func.count()).select_from(IncidentPhoto)) == 1
    assert photo_path(settings.photo_folder, digest).is_file()
    served = worker.get(answers[0].json["url"])
    assert served.headers["Content-Type"] == "image/jpeg"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.data[:3] == b"\xff\xd8\xff"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"only text",
        picture()[:150],
        b"<html>" + picture(),
        b"GIF89a" + b"\0" * 50,
        b"\x89PNG\r\n\x1a\n" + b"x" * 90,
    ],
)
def test_photo_when_it_is_none_answers_422_and_leaves_neither_row_nor_file(worker, session, settings, sent):
    report = body()
    worker.post("/api/incidents", json=report)
    answer = worker.post(f"/api/incidents/{report['id']}/photos", data=sent, content_type="image/jpeg")
    assert answer.status_code == 422
    assert answer.json["error"].count(".") >= 1
    assert session.scalar(select(func.count()).select_from(IncidentPhoto)) == 0
    assert [path for path in Path(settings.photo_folder).rglob("*") if path.is_file()] == []


def test_photo_when_larger_than_allowed_answers_413_but_a_large_one_passes(worker, settings):
    report = body()
    worker.post("/api/incidents", json=report)
    address = f"/api/incidents/{report['id']}/photos"
    large = picture() + b"\0" * 5_000_000
    assert worker.post(address, data=large, content_type="image/jpeg").status_code == 201
    assert worker.post(address, data={"photo": (io.BytesIO(large + b"1"), "p.jpg")}).status_code == 201
    too_large = picture() + b"\0" * (settings.max_photo_mb * 1_000_000 + 20_000)
    assert worker.post(address, data=too_large, content_type="image/jpeg").status_code == 413


def test_incident_when_it_is_a_strangers_answers_404_at_every_address(worker, build, signed_in):
    build.division("990102", area=box(123, 33.8, 123.4, 34.2))
    report = body()
    worker.post("/api/incidents", json=report)
    photo = worker.post(f"/api/incidents/{report['id']}/photos", data=picture(), content_type="image/jpeg").json["url"]
    id_ = report["id"]
    for stranger in (signed_in("dispatcher", "990102"), signed_in("grid_worker", "990102")):
        answers = {
            "photo": stranger.get(photo),
            "case": stranger.get(f"/api/incidents/{id_}"),
            "page": stranger.get(f"/incidents/{id_}"),
            "add": stranger.post(f"/api/incidents/{id_}/photos", data=picture("blue"), content_type="image/jpeg"),
            "act": stranger.post(f"/api/incidents/{id_}/actions", json={"action": "file", "version": 1}),
            "form": stranger.post(f"/incidents/{id_}/file", data={"version": 1}),
        }
        assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 404)
        listed = stranger.get("/api/incidents?bbox=122,33,123,34")
        assert listed.json["features"] == []
    assert worker.get(photo).status_code == 200


def test_action_when_taken_moves_the_case_and_a_late_one_hears_who_was_faster(worker, dispatcher, signed_in):
    report = body()
    worker.post("/api/incidents", json=report)
    address = f"/api/incidents/{report['id']}"
    assert dispatcher.get(address).json["actions"] == ["file", "void", "dispatch", "escalate", "prioritise", "park"]
    assert worker.get(address).json["actions"] == ["self_handle"]
    step = {"action": "file", "version": 1}
    assert dispatcher.post(f"{address}/actions", json=step).json["status"] == "filed"
    assert dispatcher.post(f"{address}/actions", json=step).json["version"] == 2
    late = signed_in("dispatcher", COUNTY, username="other").post(f"{address}/actions", json=step)
    assert late.status_code == 409
    assert late.json["error"].startswith("Deng has filed this case")
    assert worker.post(f"{address}/actions", json={"action": "close", "version": 2}).status_code == 403
    assert dispatcher.post(f"{address}/actions", json={"action": "void", "version": 2}).status_code == 422
    assert dispatcher.post(f"{address}/actions", json=step | {"status": "closed"}).status_code == 400


def test_conflict_when_the_reader_reads_chinese_is_said_in_chinese(worker, dispatcher, signed_in):
    report = body()
    worker.post("/api/incidents", json=report)
    dispatcher.post(f"/api/incidents/{report['id']}/actions", json={"action": "file", "version": 1})
    late = signed_in("dispatcher", COUNTY, locale="zh_Hans_CN", username="li")
    answer = late.post(f"/api/incidents/{report['id']}/actions", json={"action": "park", "version": 1, "note": "x"})
    assert "Deng 已将该案件立案" in answer.json["error"]


def test_near_and_list_when_asked_badly_answer_400(worker):
    assert worker.get("/api/incidents").status_code == 400
    assert worker.get("/api/incidents?bbox=1,2,3").status_code == 400
    assert worker.get("/api/incidents?bbox=1,2,3,4&colour=red").status_code == 400
    assert worker.get("/api/incidents/near?lon=x&lat=1").status_code == 400


def test_near_when_something_is_open_there_names_it_with_its_distance(worker):
    worker.post("/api/incidents", json=body(lat=33.8501))
    near = worker.get("/api/incidents/near?lon=122.32&lat=33.85").json["near"]
    assert [(line["title"], line["away_m"]) for line in near] == [("Litter", 11)]


def test_place_in_another_cell_when_reported_is_named_before_and_after(worker, build, session):
    other = build.cell(CELL[:12] + "002", box(122.35, 33.8, 122.4, 33.9), name="Harbour cell")
    there = {"lon": 122.37, "lat": 33.85}

    def said(place):
        before = worker.get("/api/incidents/near", query_string=place).json["remark"]
        after = worker.post("/api/incidents", json=body(**place)).json["warnings"]
        assert after == ([before] if before else [])
        return before

    assert said(SPOT) == ""
    assert said(there) == "This lies in cell Harbour cell, where nobody works today; it goes to the centre."
    build.assignment(other, build.worker("Li"))
    assert said(there) == "This lies in cell Harbour cell; it goes to Li there."
    assert said({"lon": 122.6, "lat": 34.1}) == "This lies outside of every cell; it goes to the centre."


def test_place_anywhere_when_a_dispatcher_asks_needs_no_remark(dispatcher, build):
    build.cell(CELL)
    assert dispatcher.get("/api/incidents/near", query_string=SPOT).json["remark"] == ""


def test_forms_when_sent_without_their_token_change_nothing(app, worker, session):
    app.config["WTF_CSRF_ENABLED"] = True
    answer = worker.post("/api/incidents", json=body())
    assert answer.status_code == 400
    assert count(session) == 0
