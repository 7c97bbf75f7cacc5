"""A walked patrol on real PostGIS: streets counted, checkpoints judged, days counted once however often."""

import doctest
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import select, text

import patrols.walked
import patrols.walked_rules
from patrols import network
from patrols.models import PatrolSession, PatrolVerification, PositionFix, StreetPartDay, WalkedPart
from patrols.planning import Stop, keep_route, route_along
from patrols.retention import keep_positions_private
from patrols.rules import Fix
from patrols.taking import take_positions
from patrols.verifying import verify_patrol
from patrols.walked import list_cells_walked, list_streets_walked
from tests.build import CELL, COUNTY

NOW = datetime.now(UTC).replace(microsecond=0)
BEGIN = NOW - timedelta(hours=2)
LON_M, LAT_M = 92_600.0, 110_925.0
#: A ladder of streets in the test cell: two long ones, three across; each part is a street of its own.
STREETS = (
    "122.31 33.81, 122.315 33.81, 122.32 33.81", "122.31 33.815, 122.315 33.815, 122.32 33.815",
    "122.31 33.81, 122.31 33.815", "122.315 33.81, 122.315 33.815", "122.32 33.81, 122.32 33.815",
)  # fmt: skip


@pytest.mark.parametrize("module", [patrols.walked, patrols.walked_rules])
def test_examples_when_run_say_what_they_say(module):
    found = doctest.testmod(module)
    assert found.attempted >= 1
    assert found.failed == 0


@pytest.fixture(autouse=True)
def _no_network_of_another_test(monkeypatch):
    monkeypatch.setattr(network, "_kept", {})


@pytest.fixture
def member(build):
    return build.member(user=build.user("walker", "volunteer", COUNTY))


@pytest.fixture
def plan(build, session):
    build.cell()
    for number, path in enumerate(STREETS):
        build.street(path, ref=f"s{number}", name=f"Street {number}")
    stops = [
        Stop(122.31, 33.81, name="Start"),
        Stop(122.315, 33.81, name="School", is_checkpoint=True),
        Stop(122.32, 33.81, name="Market", is_checkpoint=True, dwell_min=5),
        Stop(122.32, 33.815, name="Station", is_checkpoint=True),
    ]
    route = route_along(session, stops)
    division = build.division(COUNTY)
    return keep_route(session, route, stops, name="Evening", division=division, method="drawn", actor_id=None)


@pytest.fixture
def patrol(build, session, member, plan):
    shift = build.shift(starts_at=BEGIN, hours=3, route_plan_id=plan.id)
    made = PatrolSession(id=uuid4(), member_id=member.id, shift_id=shift.id, started_at=BEGIN)
    session.add(made)
    session.flush()
    return made


def walk(*corners, begin_s=0.0, stays=None, every_s=15.0, noise_m=3.0, seed=1, **more):
    """Fixes of a walk at 1.3 m/s through corners (lon, lat); `stays` are seconds stood still at a corner."""
    random = np.random.default_rng(seed)
    xy = np.array(corners) * (LON_M, LAT_M)
    at, times = [xy[0]], [0.0]
    for number, corner in enumerate(xy[1:], start=1):
        times.append(times[-1] + float(np.hypot(*(corner - at[-1]))) / 1.3)
        at.append(corner)
        stay = (stays or {}).get(number, 0.0)
        if stay:
            times.append(times[-1] + stay)
            at.append(corner)
    ask = np.arange(0.0, times[-1] + 1, every_s)
    path = np.column_stack([np.interp(ask, times, np.array(at)[:, axis]) for axis in (0, 1)])
    lonlat = (path + random.normal(0, noise_m, path.shape)) / (LON_M, LAT_M)
    return [
        Fix(BEGIN + timedelta(seconds=begin_s + float(second)), float(lon), float(lat), 5.0, **more)
        for second, (lon, lat) in zip(ask, lonlat, strict=True)
    ]


def take(session, patrol, fixes, **more):
    return take_positions(
        session, fixes, member_id=patrol.member_id, source="app", now=NOW, session_id=patrol.id, **more
    )


WHOLE = ((122.31, 33.81), (122.315, 33.81), (122.32, 33.81), (122.32, 33.815))


def verified(session, patrol, now=NOW):
    patrol.ended_at = patrol.ended_at or NOW
    session.flush()
    return verify_patrol(session, patrol.id, now)


def test_patrol_when_walked_as_planned_covers_all_and_did_every_checkpoint(session, patrol):
    fixes = walk(*WHOLE, stays={2: 320.0})
    patrol.ended_at = fixes[-1].fixed_at + timedelta(seconds=5)
    take(session, patrol, fixes)
    found = verified(session, patrol)
    figures = found.figures
    assert found.verdict == "sound"
    assert figures["planned_m"] == pytest.approx(0.01 * LON_M + 0.005 * LAT_M, rel=0.02)
    assert figures["planned_covered_m"] == figures["planned_m"]
    assert figures["missed_parts"] == figures["gaps"] == figures["deviations"] == []
    assert [(one["name"], one["state"]) for one in figures["checkpoints"]] == [
        ("School", "done"), ("Market", "done"), ("Station", "done"),
    ]  # fmt: skip
    assert figures["checkpoints"][1]["stayed_s"] >= 300
    counted = session.scalars(select(WalkedPart).where(WalkedPart.is_counted)).all()
    assert len(counted) == figures["counted_parts"] == 3
    assert not any(part.is_voluntary for part in counted)


def test_patrol_when_verified_again_counts_once_and_late_positions_add(session, patrol):
    fixes = walk(*WHOLE)
    take(session, patrol, fixes[:30])
    before = verified(session, patrol).figures["counted_parts"]
    days = session.scalars(select(StreetPartDay)).all()
    assert before == len(days) == 1
    late = take(session, patrol, fixes[30:])
    assert late.late == (patrol.id,)
    for _ in range(2):
        figures = verified(session, patrol).figures
        session.expire_all()
        days = session.scalars(select(StreetPartDay)).all()
        assert (figures["counted_parts"], len(days), {day.passes for day in days}) == (3, 3, {1})
    cells = {row["code"]: row for row in list_cells_walked(session, (COUNTY,), days=7, today=NOW.date())}
    assert (cells[CELL]["passes"], cells[CELL]["voluntary_passes"]) == (3, 0)
    assert cells[CELL]["walked_m"] == pytest.approx(figures["planned_m"], rel=0.02)
    streets = list_streets_walked(session, CELL, days=7, today=NOW.date())
    assert {row["name"]: row["passes"] for row in streets} == {"Street 0": 2, "Street 4": 1}


def test_checkpoints_when_missed_say_why_and_gaps_are_not_credited(session, patrol):
    first = walk((122.31, 33.81), (122.3135, 33.81))
    last = walk((122.32, 33.8105), (122.32, 33.815), begin_s=1500.0)
    take(session, patrol, [*first, *last])
    patrol.ended_at = BEGIN + timedelta(seconds=1900)
    figures = verified(session, patrol).figures
    assert [(one["state"], one["reason"]) for one in figures["checkpoints"]] == [
        ("missed", "no_fix"), ("missed", "passed_by"), ("done", ""),
    ]  # fmt: skip
    assert [gap["reason"] for gap in figures["gaps"]] == ["silent"]
    assert len(figures["gaps"][0]["line"]) == 2
    assert figures["counted_parts"] == 1
    assert len(figures["missed_parts"]) == 2


def test_patrol_when_it_leaves_the_route_says_so_once(session, patrol):
    away = ((122.31, 33.81), (122.315, 33.81), (122.315, 33.815), (122.31, 33.815))
    take(session, patrol, walk(*away))
    figures = verified(session, patrol).figures
    (off,) = figures["deviations"]
    assert off["most_m"] == pytest.approx(0.005 * LAT_M, rel=0.05)


def test_positions_when_the_device_calls_them_mocked_count_only_after_a_leader_accepts(session, build, patrol):
    take(session, patrol, walk(*WHOLE, is_mocked=True))
    found = verified(session, patrol)
    assert (found.verdict, found.reasons[0]["code"]) == ("mocked", "said")
    assert session.scalars(select(StreetPartDay)).all() == []
    assert set(session.scalars(select(PositionFix.mark))) == {"mocked"}
    leader = build.user("leader", "patrol_leader", COUNTY)
    found.decision, found.decided_by, found.decided_at, found.decision_note = "accepted", leader.id, NOW, "test device"
    session.flush()
    assert verified(session, patrol).figures["counted_parts"] == 3
    assert len(session.scalars(select(StreetPartDay)).all()) == 3


def test_round_when_voluntary_is_counted_apart(session, patrol):
    patrol.shift_id = None
    take(session, patrol, walk(*WHOLE))
    found = verified(session, patrol)
    assert (found.is_voluntary, found.figures["planned_m"]) == (True, 0)
    days = session.scalars(select(StreetPartDay)).all()
    assert {(day.passes, day.voluntary_passes) for day in days} == {(0, 1)}


def test_positions_when_a_day_old_are_coarse_and_credit_stays_when_more_come(session, patrol):
    fixes = walk(*WHOLE)
    take(session, patrol, fixes[:48])
    verified(session, patrol)
    counted = session.scalar(text("SELECT count(*) FROM walked_parts WHERE is_counted"))
    tomorrow = NOW + timedelta(hours=21)
    done = keep_positions_private(session, tomorrow)
    assert (done.exact, done.coarse) == (0, 0)
    tomorrow = NOW + timedelta(hours=25)
    done = keep_positions_private(session, tomorrow)
    assert done.exact == 48
    assert 11 <= done.coarse <= 14
    rows = session.execute(
        text("SELECT st_x(place) AS lon, extract(second FROM fixed_at) AS s, is_coarse FROM position_fixes")
    ).all()
    assert all(row.is_coarse and abs(row.lon * 1000 - round(row.lon * 1000)) < 1e-6 for row in rows)
    assert keep_positions_private(session, tomorrow).exact == 0
    take(session, patrol, fixes[48:])
    found = verify_patrol(session, patrol.id, tomorrow)
    assert found.figures["late_fixes"] == len(fixes) - 48
    assert session.scalar(text("SELECT count(*) FROM walked_parts WHERE is_counted")) >= counted
    assert session.scalar(text("SELECT count(*) FROM walked_parts WHERE is_counted")) == 3


def test_positions_when_a_month_old_are_gone_with_their_day_and_the_counts_stay(session, patrol):
    take(session, patrol, walk(*WHOLE))
    verified(session, patrol)
    later = NOW + timedelta(days=32)
    done = keep_positions_private(session, later)
    assert done.positions_dropped > 0
    assert any(name.endswith(f"{BEGIN:%Y%m%d}") for name in done.days_dropped)
    assert session.scalar(text("SELECT count(*) FROM position_fixes")) == 0
    assert session.scalar(text("SELECT count(*) FROM walked_parts")) == 0
    assert session.scalar(text("SELECT sum(passes) FROM street_part_days")) == 3
    assert "gaps" not in session.scalar(select(PatrolVerification.figures))
    assert verify_patrol(session, patrol.id, later) is None


def test_positions_when_no_day_is_made_for_them_wait_and_move_in_later(session, patrol):
    far = NOW + timedelta(days=60)
    patrol.started_at, patrol.ended_at = far - timedelta(minutes=5), far + timedelta(minutes=5)
    session.flush()
    batch = [Fix(far, 122.31, 33.81)]
    take_positions(session, batch, member_id=patrol.member_id, source="gpx", now=far, session_id=patrol.id)
    assert session.scalar(text("SELECT tableoid::regclass::text FROM position_fixes")) == "position_fixes_rest"
    session.execute(text("SELECT make_position_days(CAST(:day AS date), 1)"), {"day": far.date()})
    assert session.scalar(text("SELECT tableoid::regclass::text FROM position_fixes")) == f"position_fixes_{far:%Y%m%d}"


def test_pause_when_taken_explains_its_gap_and_a_check_in_counts_without_a_position(session, patrol, plan):
    fixes = walk(*WHOLE)
    paused = (BEGIN + timedelta(seconds=200), BEGIN + timedelta(seconds=620))
    session.execute(
        text("INSERT INTO session_pauses (session_id, started_at, ended_at) VALUES (:id, :begins, :ends)"),
        {"id": patrol.id, "begins": paused[0], "ends": paused[1]},
    )
    session.execute(
        text("INSERT INTO checkpoint_visits (session_id, checkpoint_id, visited_at, how)"
             " SELECT :id, id, :at, 'qr' FROM checkpoints WHERE name = 'School'"),
        {"id": patrol.id, "at": BEGIN + timedelta(seconds=360)},
    )  # fmt: skip
    taken = take(session, patrol, fixes)
    assert taken.refused == {"paused": 28}
    patrol.ended_at = fixes[-1].fixed_at
    figures = verified(session, patrol).figures
    assert [gap["reason"] for gap in figures["gaps"]] == ["paused"]
    assert figures["checkpoints"][0]["state"] == "done"
    assert figures["counted_parts"] == 1
