"""On patrol: pauses keep no positions, check-ins want the place or the sign, a call for help always comes through."""

import doctest
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

import patrols.walking_rules
from data.errors import Conflict, NotFound, Refused
from patrols.commands import add_fixes, assign_member, start_patrol
from patrols.models import Checkpoint, PositionFix, RoutePlan
from patrols.rules import Fix
from patrols.walking import (
    Here,
    answer_alert,
    call_for_help,
    check_in,
    close_alert,
    end_pauses,
    find_pause,
    own_patrol,
    pause_patrol,
    resume_patrol,
)
from patrols.walking_models import CheckpointVisit, SessionPause
from patrols.walking_queries import list_alerts, list_checkpoints
from tests.build import COUNTY, TOWNSHIP

NOW = datetime.now(UTC)
BEGAN = NOW - timedelta(hours=1)
LON, LAT = 122.4, 33.9


def after(minutes: float) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


@pytest.fixture
def route(build, session):
    """A route with two checkpoints, 1.1 km apart."""
    plan = RoutePlan(
        name="Round", division_id=build.division(TOWNSHIP).id, method="drawn", status="published", walk_s=900,
        path=f"SRID=4326;LINESTRING({LON} {LAT},{LON} {LAT + 0.01})",
    )  # fmt: skip
    session.add(plan)
    session.flush()
    for seq in (1, 2):
        place = f"SRID=4326;POINT({LON} {LAT + 0.01 * (seq - 1)})"
        session.add(Checkpoint(route_plan_id=plan.id, seq=seq, name=f"Gate {seq}", place=place))
    session.flush()
    return plan


@pytest.fixture
def member(build):
    return build.member("Zhao", user=build.user("zhao", "volunteer", TOWNSHIP))


@pytest.fixture
def patrol(build, session, member, route):
    shift = build.shift(starts_at=BEGAN, route_plan_id=route.id)
    assign_member(session, shift, member.id, actor_id=None)
    return start_patrol(session, member, shift, session_id=uuid4(), now=BEGAN, actor_id=member.user_id)


def pauses(session):
    found = session.execute(select(SessionPause.started_at, SessionPause.ended_at).order_by(SessionPause.started_at))
    return [tuple(at and round((at - BEGAN).total_seconds() / 60) for at in line) for line in found]


def minutes_of_fixes(session):
    return [
        round((at - BEGAN).total_seconds() / 60)
        for at in session.scalars(select(PositionFix.fixed_at).order_by("fixed_at"))
    ]


def test_examples_when_run_say_what_they_say():
    found = doctest.testmod(patrols.walking_rules)
    assert (found.attempted > 3, found.failed) == (True, 0)


def test_positions_when_pausing_are_not_kept_whatever_sends_them(session, member, patrol):
    fixes = [Fix(after(minute), LON, LAT) for minute in range(0, 50, 10)]
    pause_patrol(session, patrol, said_at=after(15), now=NOW)
    resume_patrol(session, patrol, said_at=after(35), now=NOW)
    assert add_fixes(session, member, patrol.id, fixes, now=NOW)[0] == 3
    assert minutes_of_fixes(session) == [0, 10, 40]


def test_positions_when_the_pause_is_told_of_later_are_forgotten(session, member, patrol):
    add_fixes(session, member, patrol.id, [Fix(after(minute), LON, LAT) for minute in (10, 20, 30)], now=NOW)
    pause_patrol(session, patrol, said_at=after(15), now=NOW)
    assert minutes_of_fixes(session) == [10]


def test_pauses_when_told_twice_late_or_in_any_order_are_the_same(session, patrol):
    for _ in range(2):
        pause_patrol(session, patrol, said_at=after(30), now=NOW)
    pause_patrol(session, patrol, said_at=after(40), now=NOW)
    pause_patrol(session, patrol, said_at=after(10), now=NOW)
    assert pauses(session) == [(10, 30), (30, None)]
    for _ in range(2):
        resume_patrol(session, patrol, said_at=after(45), now=NOW)
    assert pauses(session) == [(10, 30), (30, 45)]
    assert find_pause(session, patrol.id) is None
    pause_patrol(session, patrol, said_at=NOW + timedelta(days=1), now=NOW)
    assert pauses(session)[-1] == (60, None), "a phone's clock that is ahead is not believed"
    end_pauses(session, patrol.id, NOW)
    assert find_pause(session, patrol.id) is None


def test_pause_when_the_patrol_has_ended_is_refused(session, patrol):
    patrol.ended_at = after(20)
    with pytest.raises(Refused, match="has ended"):
        pause_patrol(session, patrol, said_at=after(30), now=NOW)


def test_pauses_when_they_overlap_are_refused_by_the_database(session, patrol):
    session.add(SessionPause(session_id=patrol.id, started_at=after(1), ended_at=after(5)))
    session.flush()
    with pytest.raises(Exception, match="ex_session_pauses_one_at_a_time"), session.begin_nested():
        session.execute(
            text("INSERT INTO session_pauses VALUES (:id, :a, :b)"), {"id": patrol.id, "a": after(4), "b": after(9)}
        )


@pytest.mark.parametrize(
    ("away_deg", "accuracy_m", "is_there"),
    [(0.0004, None, True), (0.0006, None, False), (0.0006, 30.0, True), (0.002, 5000.0, False)],
)
def test_check_in_by_place_when_near_enough_counts(session, patrol, route, away_deg, accuracy_m, is_there):
    first = list_checkpoints(session, route.id, patrol.id)[0]
    here = Here(LON, LAT + away_deg, accuracy_m)
    if is_there:
        visit = check_in(session, patrol, first["id"], said_at=after(5), now=NOW, here=here)
        assert (visit.how, visit.visited_at, round(visit.distance_m)) == ("place", after(5), round(away_deg * 110_900))
    else:
        with pytest.raises(Refused, match=r"You are \d+ m away"):
            check_in(session, patrol, first["id"], said_at=after(5), now=NOW, here=here)


def test_check_in_by_sign_when_the_code_is_right_counts_once(session, patrol, route):
    first, second = list_checkpoints(session, route.id, patrol.id)
    with pytest.raises(Refused, match="another checkpoint"):
        check_in(session, patrol, first["id"], said_at=after(5), now=NOW, code=second["code"])
    with pytest.raises(Refused, match="Say where you are"):
        check_in(session, patrol, first["id"], said_at=after(5), now=NOW)
    for minute in (5, 25):
        visit = check_in(session, patrol, first["id"], said_at=after(minute), now=NOW, code=first["code"])
        assert (visit.how, visit.visited_at, visit.distance_m) == ("qr", after(5), None)
    assert session.scalar(select(func.count()).select_from(CheckpointVisit)) == 1
    assert [line["how"] for line in list_checkpoints(session, route.id, patrol.id)] == ["qr", None]


def test_check_in_when_the_checkpoint_is_not_on_the_route_finds_none(session, patrol, build):
    with pytest.raises(NotFound):
        check_in(session, patrol, 999_999, said_at=after(5), now=NOW, here=Here(LON, LAT))


def test_patrol_of_somebody_else_when_asked_for_does_not_exist(build, session, patrol):
    with pytest.raises(NotFound):
        own_patrol(session, build.member("Other"), patrol.id)


def test_call_for_help_when_sent_again_is_one_and_is_seen_in_the_area_until_it_is_over(session, member, patrol, build):
    alert_id, user = uuid4(), build.user("deng", "dispatcher", COUNTY)
    pause_patrol(session, patrol, said_at=after(1), now=NOW)
    for _ in range(2):
        called = call_for_help(
            session, member, patrol, alert_id=alert_id, said_at=after(20), now=NOW, here=Here(LON, LAT, 9.0)
        )
    line = list_alerts(session, (TOWNSHIP,))[0]
    assert (line["name"], line["raised_at"], round(line["lat"], 4), line["answered_by"]) == (
        "Zhao",
        after(20),
        LAT,
        None,
    )
    assert list_alerts(session, ("990101002",)) == []
    answer_alert(session, called, actor_id=user.id, now=NOW)
    answer_alert(session, called, actor_id=member.user_id, now=NOW)
    assert list_alerts(session, (COUNTY,))[0]["answered_by"] == "Deng", "the first one stays"
    with pytest.raises(Refused, match="Write what it was"):
        close_alert(session, called, "  ", actor_id=user.id, now=NOW)
    close_alert(session, called, "A fall; taken home.", actor_id=user.id, now=NOW)
    assert list_alerts(session, (COUNTY,)) == []
    assert list_alerts(session, (COUNTY,), only_open=False)[0]["note"] == "A fall; taken home."
    with pytest.raises(Conflict, match="over already"):
        answer_alert(session, called, actor_id=user.id, now=NOW)


def test_call_for_help_when_the_phone_knows_no_place_shows_the_last_one(session, member, patrol):
    add_fixes(session, member, patrol.id, [Fix(after(50), LON, LAT + 0.003, 12.0)], now=NOW)
    call_for_help(session, member, patrol, alert_id=uuid4(), said_at=NOW, now=NOW, here=None)
    line = list_alerts(session, (COUNTY,))[0]
    assert (round(line["lat"], 4), line["accuracy_m"]) == (LAT + 0.003, 12.0)
