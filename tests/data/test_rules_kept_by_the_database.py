"""What the database refuses by itself, whoever writes: one test a rule, with its sentence."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from psycopg2.extras import DateTimeTZRange
from shapely import Polygon, affinity, box
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from data.constraints import refusal_of
from patrols.models import PatrolSession, PositionFix, ShiftMember
from tests.build import CELL_BOX, VILLAGE, wkt

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def refuses(session):
    """`refuses("words of the sentence", act, …)`: the act breaks a rule, and the rule has this sentence."""

    def check(words: str, act, *args, **more):
        with pytest.raises(DBAPIError) as caught, session.begin_nested():  # noqa: PT012 - deferred rules speak last
            act(*args, **more)
            session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
        refusal = refusal_of(caught.value)
        assert refusal is not None, caught.value
        assert words in str(refusal)

    return check


def test_cells_when_siblings_overlap_are_refused_with_both_codes(build, refuses):
    build.cell()
    shifted = affinity.translate(CELL_BOX, 0.01, 0)
    refuses("990101001001001 and", build.cell, "990101001001002", shifted)


def test_cells_when_they_only_touch_or_differ_by_a_hair_are_kept(build, session):
    build.cell()
    build.cell("990101001001002", box(122.35 - 1e-7, 33.8, 122.4, 33.9))
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_cells_when_overlapping_in_space_but_not_in_time_are_kept(build, session):
    build.cell(valid_from=date(2020, 1, 1), valid_to=date(2025, 1, 1))
    build.cell("990101001001002", CELL_BOX, valid_from=date(2025, 1, 1))
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_cells_when_swapped_within_one_transaction_may_overlap_in_between(build, session):
    west = build.cell()
    east = build.cell("990101001001002", box(122.35, 33.8, 122.4, 33.9))
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    for cell, area in ((west, box(122.3, 33.8, 122.38, 33.9)), (east, box(122.38, 33.8, 122.4, 33.9))):
        cell.area = wkt(area)
        session.flush()
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_cell_when_outside_its_village_is_refused(build, refuses):
    refuses("outside its village", build.cell, "990101001001009", box(122.39, 33.8, 122.45, 33.9))


def test_cell_when_its_border_crosses_itself_is_refused(build, refuses):
    bow_tie = Polygon([(122.3, 33.8), (122.31, 33.81), (122.31, 33.8), (122.3, 33.81)])
    refuses("crosses itself", build.cell, "990101001001009", bow_tie)


@pytest.mark.parametrize("code", ["99010100100100", "99010100100100x", "9901010010010011"])
def test_cell_when_its_code_is_malformed_is_refused(build, refuses, session, code):
    village = build.division(VILLAGE)
    refuses(
        "15 digits",
        session.execute,
        text("INSERT INTO cells (code, name, village_id, area) VALUES (:code, 'x', :village, ST_GeomFromEWKT(:area))"),
        {"code": code, "village": village.id, "area": wkt(CELL_BOX)},
    )


def test_cell_when_its_code_names_another_village_is_refused(build, refuses, session):
    village = build.division(VILLAGE)
    refuses(
        "code of its village",
        session.execute,
        text("INSERT INTO cells (code, name, village_id, area) VALUES (:code, 'x', :village, ST_GeomFromEWKT(:area))"),
        {"code": "990101001002001", "village": village.id, "area": wkt(CELL_BOX)},
    )


def test_cell_when_the_same_code_is_valid_twice_is_refused(build, refuses, session):
    cell = build.cell()
    refuses(
        "another cell with this code",
        session.execute,
        text(
            "INSERT INTO cells (code, name, village_id, area)"
            " SELECT code, name, village_id, area FROM cells WHERE id = :id"
        ),
        {"id": cell.id},
    )


def test_division_when_its_code_does_not_continue_its_parents_is_refused(build, refuses, session):
    county = build.division()
    refuses(
        "begin with the code of the division above",
        session.execute,
        text(
            "INSERT INTO divisions (code, name, parent_id, area)"
            " SELECT '990202001', 'x', id, area FROM divisions WHERE id = :id"
        ),
        {"id": county.id},
    )


def test_assignment_when_two_lead_the_same_cell_at_once_is_refused(build, refuses):
    cell = build.cell()
    build.assignment(cell, build.worker("A"), date(2026, 1, 1), ends_on=date(2026, 6, 1))
    build.assignment(cell, build.worker("B"), date(2026, 6, 1))
    refuses("Somebody else has this duty", build.assignment, cell, build.worker("C"), date(2026, 5, 31))
    build.assignment(cell, build.worker("D"), date(2026, 5, 31), duty="substitute")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("bearing_deg", 360, "bearing"),
        ("hfov_deg", 0, "field of view"),
        ("hfov_deg", 720, "field of view"),
        ("hfov_deg", float("nan"), "field of view"),
        ("range_m", -5, "range"),
        ("gb_code", "32072200001110000001", "GB/T 28181"),
        ("gb_code", "3207220000132000000", "GB/T 28181"),
    ],
)
def test_camera_when_a_value_is_impossible_is_refused(build, refuses, field, value, words):
    refuses(words, build.camera, **{field: value})


def test_camera_when_its_gb_code_is_the_standards_example_is_kept(build):
    assert build.camera(gb_code="32072200001320000001").id


def test_camera_when_placed_gets_its_cell_from_the_database_and_again_when_moved(build, session):
    cell = build.cell()
    camera = build.camera()
    session.refresh(camera)
    assert (camera.cell_id, camera.location_code) == (cell.id, cell.code)
    camera.place = "SRID=4326;POINT(122.6 34.1)"
    session.flush()
    session.refresh(camera)
    assert (camera.cell_id, camera.location_code) == (None, "990101")


def test_incident_when_on_the_border_of_two_cells_belongs_to_the_lower_code(build, session):
    build.cell("990101001001002", box(122.35, 33.8, 122.4, 33.9))
    lower = build.cell()
    incident = build.incident(lon=122.35)
    session.refresh(incident)
    assert incident.cell_id == lower.id


def test_incident_when_dispatched_to_nobody_is_refused(build, refuses):
    refuses("Choose a worker or a team", build.incident, status="dispatched")


def test_incident_when_id_comes_twice_is_one_row(build, session):
    same = uuid4()
    build.incident(id=same)
    with pytest.raises(DBAPIError), session.begin_nested():
        build.incident(id=same)


def test_shift_members_when_in_two_shifts_at_once_are_refused(build, refuses, session):
    member = build.member()
    first = build.shift(starts_at=NOW)
    second = build.shift(starts_at=NOW + timedelta(hours=1))
    later = build.shift(starts_at=NOW + timedelta(hours=2))

    def join(shift):
        period = DateTimeTZRange(shift.starts_at, shift.ends_at)
        session.add(ShiftMember(shift_id=shift.id, member_id=member.id, period=period, joined_how="joined"))
        session.flush()

    join(first)
    refuses("in another shift", join, second)
    join(later)


def test_shift_when_longer_than_a_day_is_refused(build, refuses):
    refuses("at most 24 hours", build.shift, hours=25)


def test_positions_when_outside_the_patrol_are_refused(build, refuses, session):
    patrol = PatrolSession(id=uuid4(), member_id=build.member().id, started_at=NOW, ended_at=NOW + timedelta(hours=1))
    session.add(patrol)
    session.flush()

    def fix(at):
        session.add(PositionFix(session_id=patrol.id, fixed_at=at, place="SRID=4326;POINT(122.3 33.8)"))
        session.flush()

    fix(NOW + timedelta(minutes=30))
    refuses("between the start and the end", fix, NOW + timedelta(minutes=61))
    refuses("between the start and the end", fix, NOW - timedelta(minutes=2))


def test_patrol_when_started_twice_is_refused(build, refuses, session):
    member = build.member()

    def start():
        session.add(PatrolSession(id=uuid4(), member_id=member.id, started_at=NOW))
        session.flush()

    start()
    refuses("on patrol already", start)


def test_events_when_changed_or_deleted_are_refused(session, refuses):
    session.execute(text("INSERT INTO events (kind) VALUES ('something_happened')"))
    refuses("audit log cannot be changed", session.execute, text("UPDATE events SET kind = 'nothing'"))
    refuses("audit log cannot be changed", session.execute, text("DELETE FROM events"))
