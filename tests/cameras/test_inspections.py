"""Inspections: what is kept, what is refused, who is due when; the camera's health and its neighbours."""

from datetime import UTC, date, datetime, timedelta

import pytest
from shapely import box
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from cameras import register
from cameras.commands import add_camera, change_camera, remove_camera
from cameras.coverage import update_coverage
from cameras.failing import lost_parts
from cameras.health import StatusChange, health
from cameras.inspections import CHECKS, inspect_camera, list_due, list_inspections
from cameras.models import CellCoverage
from cameras.previewing import what_if
from data.constraints import refusal_of
from data.errors import Conflict, NotFound, Refused
from data.events import Event
from tests.build import CELL, COUNTY

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
TODAY = date(2026, 11, 22)
EVERYWHERE = ("",)
SMALL_BOX = box(122.3, 33.8, 122.305, 33.805)
ALL_FINE = dict.fromkeys(CHECKS, "ok")
HERE = {"lon": 122.3025, "lat": 33.8025}


@pytest.fixture
def cell(build):
    made = build.cell(CELL, SMALL_BOX, name="Market cell")
    build.street("122.3005 33.8025, 122.3045 33.8025")
    return made


@pytest.fixture
def inspector(build):
    return build.user("inspector", "centre_staff", COUNTY).id


def look(session, camera, inspector, findings=None, **said):
    given = {"version": camera.version, "scope": EVERYWHERE, "actor_id": inspector, "now": NOW, "today": TODAY} | said
    return inspect_camera(session, camera.id, findings=ALL_FINE if findings is None else findings, **given)


def test_inspection_when_all_is_fine_is_kept_and_due_again_in_a_quarter(build, session, cell, inspector):
    camera = build.camera("A", **HERE)
    made = look(session, camera, inspector, note=" fine ", measured_bearing_deg=361.0)
    assert (made.has_fault, made.note, made.measured_bearing_deg) == (False, "fine", 1.0)
    assert made.next_due_on == TODAY + timedelta(days=90)
    kept = list_inspections(session, camera.id)
    assert [(row["inspector"], row["mount_firm"]) for row in kept] == [("Inspector", "ok")]
    event = session.scalars(select(Event.payload).where(Event.kind == "camera_inspected")).one()
    assert event == {"code": "A", "faults": [], "next_due_on": "2027-02-20"}


def test_inspection_when_a_fault_takes_the_camera_off_coverage_follows(build, session, cell, inspector):
    camera = build.camera("A", **HERE)
    update_coverage(session)
    assert session.get(CellCoverage, cell.id).watched_area_m2 > 100
    session.refresh(camera)
    made = look(session, camera, inspector, {"power_network": "fault"}, set_status="fault")
    session.expire_all()
    assert made.has_fault
    assert made.next_due_on == TODAY + timedelta(days=14)
    assert camera.status == "fault"
    assert session.get(CellCoverage, cell.id).watched_area_m2 == 0


@pytest.mark.parametrize(
    ("findings", "said", "words"),
    [
        ({}, {}, "at least one line"),
        (dict.fromkeys(CHECKS, "unchecked"), {}, "at least one line"),
        ({"colour": "ok"}, {}, "not known here"),
        ({"mount_firm": "perhaps"}, {}, "not known here"),
        (ALL_FINE, {"note": "x" * 1001}, "1,000"),
        (ALL_FINE, {"measured_bearing_deg": float("nan")}, "bearing"),
        (ALL_FINE, {"set_status": "removed"}, "can only say"),
    ],
)
def test_inspection_when_filled_in_wrongly_is_refused(build, session, cell, inspector, findings, said, words):
    with pytest.raises(Refused, match=words):
        look(session, build.camera("A", **HERE), inspector, findings, **said)


def test_inspection_when_outside_the_scope_or_taken_down_is_refused(build, session, cell, inspector):
    camera = build.camera("A", **HERE)
    session.refresh(camera)
    with pytest.raises(NotFound):
        look(session, camera, inspector, scope=("999999",))
    remove_camera(session, camera.id, version=1, scope=EVERYWHERE, actor_id=None, reason="gone")
    with pytest.raises(Conflict, match="taken down"):
        look(session, camera, inspector)


def test_inspection_when_rewritten_is_refused_by_the_database(build, session, cell, inspector):
    made = look(session, build.camera("A", **HERE), inspector)
    with pytest.raises(DBAPIError) as caught, session.begin_nested():
        session.execute(text("UPDATE camera_inspections SET note = 'other' WHERE id = :id"), {"id": made.id})
    assert "never changed" in str(refusal_of(caught.value))


def test_due_when_asked_names_never_inspected_and_overdue_ones_of_the_scope(build, session, cell, inspector):
    build.camera("NEVER", **HERE)
    fresh, old = build.camera("FRESH", **HERE), build.camera("OLD", **HERE)
    build.camera("GONE", **HERE, status="removed")
    build.camera("FAR", 122.6, 34.1)
    look(session, fresh, inspector)
    look(session, old, inspector, now=NOW - timedelta(days=100), today=TODAY - timedelta(days=100))
    assert [row["code"] for row in list_due(session, (CELL,), today=TODAY)] == ["OLD", "NEVER"]
    assert [row["code"] for row in list_due(session, (), today=TODAY)] == []
    assert {row["total"] for row in list_due(session, EVERYWHERE, today=TODAY, limit=1)} == {3}


def test_health_when_states_changed_counts_only_known_time():
    faulty = StatusChange(NOW - timedelta(days=10), "online", "fault")
    again = StatusChange(NOW - timedelta(days=4), "fault", "online")
    found = health("online", [faulty, again], NOW)
    assert found.online_share == pytest.approx(24 / 30)
    assert found.since == again.at
    new = StatusChange(NOW - timedelta(days=2), None, "online")
    assert health("online", [new], NOW).known == timedelta(days=2)
    assert health("online", [], NOW).online_share is None
    long_ago = StatusChange(NOW - timedelta(days=400), "online", "offline")
    assert health("offline", [long_ago], NOW).online_share == 0


def test_health_when_read_from_events_knows_each_change(session, cell):
    camera = add_camera(session, "N1", **HERE, scope=EVERYWHERE, actor_id=None)
    change_camera(session, camera.id, version=1, scope=EVERYWHERE, actor_id=None, status="fault")
    found, changes = register.camera_health(session, "N1", "fault", datetime.now(UTC) + timedelta(hours=1))
    assert [(change.before, change.after) for change in changes] == [("online", "fault"), (None, "online")]
    assert found.status == "fault"
    assert found.online_share == pytest.approx(0, abs=1e-9)


def test_neighbours_when_views_overlap_are_named_with_the_ground_in_common(build, session, cell):
    one = build.camera("A", **HERE, hfov_deg=360, range_m=60)
    build.camera("B", 122.3032, 33.8025, hfov_deg=360, range_m=60)
    build.camera("C", 122.3045, 33.8045, hfov_deg=360, range_m=20)
    update_coverage(session)
    near = register.list_neighbours(session, one.id, EVERYWHERE)
    apart_m = 0.0007 * 92_500
    # two equal circles: 2 r² acos(d / 2r) - d/2 sqrt(4 r² - d²)
    from math import acos, sqrt

    lens = 2 * 60**2 * acos(apart_m / 120) - apart_m / 2 * sqrt(4 * 60**2 - apart_m**2)
    assert [row["code"] for row in near] == ["B"]
    assert near[0]["overlap_m2"] == pytest.approx(lens, rel=0.02)
    assert register.alone_share(session, one.id) == pytest.approx(1 - lens / (3.14159 * 60**2), rel=0.02)
    assert register.list_neighbours(session, one.id, ("999999",)) == []


def test_lost_parts_when_a_camera_fails_are_what_only_it_saw(build, session, cell):
    fails = build.camera("A", **HERE, hfov_deg=360, range_m=60)
    update_coverage(session)
    found = what_if(session, [fails.id])
    parts = lost_parts(session, found.gaps, [fails.id])
    assert parts[0].cell_name == "Market cell"
    assert parts[0].area_m2 == pytest.approx(120 * 24, rel=0.1), "the street's strip, 12 m to each side"
    assert parts[0].area_m2 < parts[0].gap.area_m2


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ({"words": "mark"}, ["A", "B"]),
        ({"words": "b"}, ["B"]),
        ({"words": CELL}, ["A", "B"]),
        ({"status": "fault"}, ["B"]),
        ({"status": "removed"}, ["R"]),
        ({"kind": "dome"}, ["B"]),
        ({"owner_class": 3}, ["A"]),
        ({"only_due": True}, ["A", "B", "F"]),
        ({}, ["A", "B", "F"]),
    ],
)
def test_list_when_filtered_shows_those_and_no_others(build, session, cell, wanted, codes):
    build.camera("A", **HERE, owner_class=3)
    build.camera("B", **HERE, status="fault", kind="dome")
    build.camera("F", 122.6, 34.1)
    build.camera("R", **HERE, status="removed")
    lines = register.list_cameras(session, EVERYWHERE, register.Wanted(**wanted), today=TODAY)
    assert [line["code"] for line in lines] == codes


def test_list_when_only_blind_or_snapped_shows_those(build, session, cell):
    build.building(box(122.302, 33.8024, 122.303, 33.8026))
    build.camera("IN", **HERE)
    build.camera("OUT", 122.304, 33.804)
    update_coverage(session)
    snapped = register.list_cameras(session, EVERYWHERE, register.Wanted(only_snapped=True), today=TODAY)
    assert [line["code"] for line in snapped] == ["IN"]
    session.execute(text("UPDATE camera_views SET is_blind = true WHERE snapped_m = 0"))
    blind = register.list_cameras(session, EVERYWHERE, register.Wanted(only_blind=True), today=TODAY)
    assert [line["code"] for line in blind] == ["OUT"]


def test_failing_when_chosen_by_class_cell_or_code_finds_online_ones(build, session, cell):
    build.camera("A", **HERE, owner_class=2)
    build.camera("B", **HERE, status="fault", owner_class=2)
    build.camera("F", 122.6, 34.1)

    def chosen(**said):
        return [row["code"] for row in register.cameras_that_fail(session, EVERYWHERE, **({"codes": []} | said))]

    assert chosen(owner_class=2) == ["A"]
    assert chosen(cell_code=CELL) == ["A"]
    assert chosen(codes=["F"], owner_class=2) == ["A", "F"]
    with pytest.raises(NotFound, match="B"):
        chosen(codes=["B"])
