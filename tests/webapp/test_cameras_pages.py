"""The camera pages without a script: who sees what, what is kept, what is refused, and that looking is written down."""

import csv
import io

import pytest
from shapely import box
from sqlalchemy import select, text

from cameras.coverage import update_coverage
from cameras.models import Camera, CameraInspection
from data.events import Event
from tests.build import CELL, COUNTY, TOWNSHIP

HERE = {"lon": 122.3025, "lat": 33.8025}


@pytest.fixture
def camera(build, session):
    build.cell(CELL, box(122.3, 33.8, 122.305, 33.805), name="Market cell")
    build.street("122.3005 33.8025, 122.3045 33.8025")
    made = build.camera("GATE/1", **HERE, name="<b>Gate</b>", owner_class=2, retention_days=30, legal_basis="art7_gov")
    build.camera("NEAR", 122.3027, 33.8026, hfov_deg=360)
    update_coverage(session)
    session.refresh(made)
    return made


@pytest.fixture
def worker(build, signed_in, camera):
    browser = signed_in("grid_worker", TOWNSHIP, username="wang")
    from grids.models import Cell

    cell = build.session.scalar(select(Cell).where(Cell.code == CELL))
    build.assignment(cell, build.worker("Wang", user=build.user("wang")))
    return browser


def events(session, kind):
    return session.scalars(select(Event.payload).where(Event.kind == kind).order_by(Event.id)).all()


def test_list_when_opened_shows_cameras_and_writes_down_who_looked(staff, camera, session):
    page = staff.get("/cameras?q=gate").text
    assert "GATE/1" in page
    assert "&lt;b&gt;Gate" in page
    assert "<b>Gate" not in page
    assert "1 found" in page
    assert events(session, "cameras_listed") == [{"codes": ["GATE/1"], "filters": {"words": "gate"}}]
    assert "No camera fits" in staff.get("/cameras?kind=panoramic").text


def test_list_when_taken_as_a_file_has_every_field_and_no_formula(staff, camera, session, build):
    build.camera("=1+1", **HERE)
    answer = staff.get("/cameras.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row["code"] for row in rows] == ["'=1+1", "GATE/1", "NEAR"]
    assert rows[1]["lon"] == "122.3025"
    assert rows[1]["retention_days"] == "30"
    assert events(session, "cameras_exported")[0]["rows"] == 3


def test_record_when_opened_says_all_with_units_and_the_look_is_written_down(staff, camera, session):
    page = staff.get("/cameras/GATE/1").text
    for words in (
        "Market cell",
        "4.5 m",
        "2,560 px",
        "30 days",
        "Class 2",
        "Decree 799 Art. 7, government",
        "in common",
    ):
        assert words in page, words
    assert "of its view nobody else sees" in page
    assert "Nobody has inspected it yet" in page
    assert events(session, "camera_looked_up") == [{"code": "GATE/1"}]


def test_record_when_outside_the_area_or_unknown_is_not_found(signed_in, camera):
    elsewhere = signed_in("centre_staff", TOWNSHIP)
    assert elsewhere.get("/cameras/GATE/1").status_code == 200
    assert elsewhere.get("/cameras/OTHER").status_code == 404


def test_record_when_edited_keeps_the_fields_and_tells_the_log(staff, camera, session):
    form = {"version": camera.version, "name": "North gate", "kind": "dome", "owner_class": "1", "owner": "Office",
            "legal_basis": "art9", "signage": "present", "sign_seen_on": "2026-11-01", "filing_no": "F-1",
            "filed_on": "", "retention_days": "90", "installed_on": "", "gb_code": ""}  # fmt: skip
    assert staff.post("/cameras/GATE/1/record", data=form).status_code == 302
    session.expire_all()
    assert (camera.name, camera.owner_class, camera.retention_days) == ("North gate", 1, 90)
    page = staff.get("/cameras/GATE/1").text
    assert "Recordings kept: 30 days → 90 days" in page
    again = staff.post("/cameras/GATE/1/record", data=form | {"name": "Other"})
    assert again.status_code == 409
    assert "Somebody else has changed this camera" in again.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("kind", "x"),
        ("signage", ""),
        ("filed_on", "soon"),
        ("retention_days", "-1"),
        ("owner_class", "9"),
        ("gb_code", "12"),
    ],
)
def test_record_when_a_field_is_impossible_is_refused(staff, camera, session, field, value):
    form = {"version": camera.version, "name": "G", "kind": "dome", "legal_basis": "art9", "signage": "present"}
    assert staff.post("/cameras/GATE/1/record", data=form | {field: value}).status_code == 422
    session.expire_all()
    assert camera.name == "<b>Gate</b>"


def test_retire_when_a_reason_is_given_keeps_the_record(staff, camera, session):
    assert staff.post("/cameras/GATE/1/retire", data={"version": camera.version, "reason": " "}).status_code == 422
    staff.post("/cameras/GATE/1/retire", data={"version": camera.version, "reason": "Pole hit"})
    session.expire_all()
    assert camera.status == "removed"
    page = staff.get("/cameras/GATE/1").text
    assert "Pole hit" in page
    assert "It is not online" in page


def test_pages_when_asked_by_other_roles_are_closed(signed_in, worker, camera):
    assert worker.get("/cameras").status_code == 403
    assert worker.get("/cameras/GATE/1").status_code == 403
    dispatcher = signed_in("dispatcher", COUNTY)
    assert dispatcher.get("/cameras/GATE/1").status_code == 200
    assert 'id="edit"' not in dispatcher.get("/cameras/GATE/1").text
    assert dispatcher.get("/cameras/new").status_code == 403
    assert signed_in("volunteer", TOWNSHIP).get("/cameras/inspections").status_code == 403


def test_inspection_when_done_by_the_worker_of_the_cell_is_kept_and_can_report_a_fault(worker, camera, session):
    due = worker.get("/cameras/inspections").text
    assert "GATE/1" in due
    assert "never inspected" in due
    form = {"version": camera.version, "mount_firm": "fault", "view_free": "ok", "note": "loose",
            "measured_bearing_deg": "45", "set_status": "fault"}  # fmt: skip
    assert "Keep the inspection" in worker.get("/cameras/GATE/1/inspect").text
    assert worker.post("/cameras/GATE/1/inspect", data=form).status_code == 302
    session.expire_all()
    kept = session.scalars(select(CameraInspection)).one()
    assert (kept.mount_firm, kept.picture_clear, kept.has_fault, kept.note) == ("fault", "unchecked", True, "loose")
    assert camera.status == "fault"
    assert "GATE/1" not in worker.get("/cameras/inspections").text
    assert worker.post("/cameras/GATE/1/inspect", data={"version": 1}).status_code == 422


def test_inspection_when_the_camera_is_in_somebody_elses_cell_is_not_found(worker, camera, session, build):
    build.camera("FAR", 122.35, 33.85)
    assert worker.get("/cameras/FAR/inspect").status_code == 404
    assert "FAR" not in worker.get("/cameras/inspections").text
    session.execute(text("DELETE FROM cell_assignments"))
    assert worker.get("/cameras/GATE/1/inspect").status_code == 404


def test_inspection_when_seen_by_the_centre_stands_in_the_record(staff, camera, session):
    staff.post("/cameras/GATE/1/inspect", data={"version": camera.version, "time_correct": "fault"})
    page = staff.get("/cameras/GATE/1").text
    assert "The time in the picture is right" in page
    assert "Camera inspected" in page
    assert session.scalar(select(Camera.status).where(Camera.code == "GATE/1")) == "online"


def test_map_when_a_camera_is_clicked_links_to_its_record(staff, camera):
    found = staff.get("/api/map/cameras/NEAR").get_json()
    assert found["link"] == "/cameras/NEAR"
