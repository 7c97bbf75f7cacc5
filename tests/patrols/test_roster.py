"""The roster: rounds, repeats over weeks, substitutes, teaming up by a code, notes, hours."""

import doctest
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

import patrols.roster_rules
from data.errors import Conflict, NotFound, Refused
from patrols.commands import assign_member, cancel_shift, end_patrol, start_patrol
from patrols.models import Shift, ShiftMember
from patrols.roster import (
    answer_substitution,
    ask_substitute,
    find_shift_by_code,
    hand_over,
    join_by_code,
    plan_rounds,
    repeat_shift,
    repeat_week,
)
from patrols.roster_queries import (
    list_handovers,
    list_hours,
    list_own_hours,
    list_possible_substitutes,
    list_substitutions,
    list_week,
)
from patrols.roster_rules import days_later, rounds_of
from patrols.walking import pause_patrol, resume_patrol
from tests.build import TOWNSHIP

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime.now(UTC)
TOMORROW = (NOW + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)


def members_of(session, shift):
    return set(session.scalars(select(ShiftMember.member_id).where(ShiftMember.shift_id == shift.id)))


@pytest.fixture
def team(build):
    return build.team("T1", kind="volunteer")


@pytest.fixture
def zhao(build, team):
    return build.member("Zhao", user=build.user("zhao", "volunteer", TOWNSHIP), team_id=team.id)


@pytest.fixture
def qian(build, team):
    return build.member("Qian", user=build.user("qian", "volunteer", TOWNSHIP), team_id=team.id)


@pytest.fixture
def shift(build, session, team, zhao):
    made = build.shift(starts_at=TOMORROW, team_id=team.id)
    assign_member(session, made, zhao.id, actor_id=None)
    return made


def test_examples_when_run_say_what_they_say():
    found = doctest.testmod(patrols.roster_rules)
    assert (found.attempted > 5, found.failed) == (True, 0)


def test_rounds_when_there_is_a_frequency_fill_the_shift_and_never_stick_out():
    for frequency_min in (10, 45, 60, 119, 120, 121):
        rounds = rounds_of(TOMORROW, TOMORROW + timedelta(hours=2), frequency_min, 4)
        assert len(rounds) == 120 // frequency_min
        assert all(one.due_at + timedelta(minutes=frequency_min) <= TOMORROW + timedelta(hours=2) for one in rounds)
        assert all(TOMORROW <= one.earliest_at <= one.due_at <= one.latest_at for one in rounds)


@pytest.mark.parametrize(("frequency_min", "tolerance_min"), [(5, 1), (30, 15), (30, -1), (2000, 1)])
def test_rounds_when_impossible_are_refused(shift, frequency_min, tolerance_min):
    with pytest.raises(Refused):
        plan_rounds(shift, frequency_min, tolerance_min)


def test_shift_when_repeated_comes_every_week_once_and_names_who_is_busy(build, session, shift, zhao, qian):
    plan_rounds(shift, 60, 10)
    assign_member(session, shift, qian.id, actor_id=None)
    elsewhere = build.shift(name="Market", starts_at=TOMORROW + timedelta(days=14, minutes=30))
    assign_member(session, elsewhere, qian.id, actor_id=None)
    done = repeat_shift(session, shift, 3, with_members=True, zone=SHANGHAI, actor_id=None)
    assert [(one.starts_at - TOMORROW).days for one in done.shifts] == [7, 14, 21]
    assert [(one.frequency_min, one.tolerance_min, one.repeat_of) for one in done.shifts] == [(60, 10, shift.id)] * 3
    assert done.busy == [("Qian", TOMORROW + timedelta(days=14))]
    assert [len(members_of(session, one)) for one in done.shifts] == [2, 1, 2]
    assert repeat_shift(session, shift, 3, with_members=True, zone=SHANGHAI, actor_id=None).shifts == []
    with pytest.raises(Refused, match="1 to 12 weeks"):
        repeat_shift(session, shift, 13, with_members=True, zone=SHANGHAI, actor_id=None)


def test_week_when_repeated_leaves_out_what_was_called_off(build, session, shift):
    off = build.shift(name="Off", starts_at=TOMORROW)
    cancel_shift(session, off, actor_id=None)
    done = repeat_week(session, [shift], with_members=False, zone=SHANGHAI, actor_id=None)
    assert [members_of(session, one) for one in done.shifts] == [set()]
    lines = list_week(session, (TOWNSHIP,), TOMORROW - timedelta(days=1), TOMORROW + timedelta(days=8))
    assert [(line["name"], len(line["people"])) for line in lines] == [("Evening", 1), ("Evening", 0)]


def test_shift_when_summer_time_comes_in_between_keeps_its_hour():
    berlin = ZoneInfo("Europe/Berlin")
    at = datetime(2026, 3, 26, 17, 0, tzinfo=UTC)
    assert days_later(at, 7, berlin).astimezone(berlin).hour == at.astimezone(berlin).hour == 18


def test_code_when_scanned_puts_in_also_who_was_not_offered_the_shift(build, session, shift):
    stranger = build.member("Sun", user=build.user("sun", "volunteer", TOWNSHIP))
    found = find_shift_by_code(session, shift.join_code)
    join_by_code(session, found, stranger, now=NOW, actor_id=stranger.user_id)
    assert stranger.id in members_of(session, shift)
    with pytest.raises(NotFound):
        find_shift_by_code(session, "guess")
    with pytest.raises(Refused, match="over"):
        join_by_code(session, shift, stranger, now=shift.ends_at, actor_id=stranger.user_id)


def test_substitute_when_accepting_walks_instead(session, shift, zhao, qian):
    asked = ask_substitute(session, shift, zhao, qian, " fever ", now=NOW)
    assert [(line["member"], line["note"]) for line in list_substitutions(session, member_id=qian.id)] == [
        ("Zhao", "fever")
    ]
    with pytest.raises(Conflict, match="asked somebody already"):
        ask_substitute(session, shift, zhao, qian, "", now=NOW)
    with pytest.raises(NotFound):
        answer_substitution(session, asked.id, zhao, "accepted", now=NOW)
    answer_substitution(session, asked.id, qian, "accepted", now=NOW)
    assert members_of(session, shift) == {qian.id}
    with pytest.raises(Conflict, match="answered already"):
        answer_substitution(session, asked.id, qian, "declined", now=NOW)


@pytest.mark.parametrize("answer", ["declined", "withdrawn"])
def test_substitute_when_not_accepting_changes_nothing_and_another_can_be_asked(session, shift, zhao, qian, answer):
    asked = ask_substitute(session, shift, zhao, qian, "", now=NOW)
    answer_substitution(session, asked.id, zhao if answer == "withdrawn" else qian, answer, now=NOW)
    assert members_of(session, shift) == {zhao.id}
    ask_substitute(session, shift, zhao, qian, "", now=NOW)


def test_substitute_when_busy_meanwhile_is_refused_by_the_database_and_the_asker_stays(
    build, session, shift, zhao, qian
):
    asked = ask_substitute(session, shift, zhao, qian, "", now=NOW)
    assign_member(session, build.shift(name="Market", starts_at=TOMORROW), qian.id, actor_id=None)
    with pytest.raises(Exception, match="ex_shift_members_one_shift_at_a_time"), session.begin_nested():
        answer_substitution(session, asked.id, qian, "accepted", now=NOW)
    assert members_of(session, shift) == {zhao.id}
    assert list_possible_substitutes(session, shift, zhao) == []


def test_substitute_when_the_shift_has_begun_is_too_late(session, shift, zhao, qian):
    asked = ask_substitute(session, shift, zhao, qian, "", now=NOW)
    with pytest.raises(Refused, match="before the shift begins"):
        answer_substitution(session, asked.id, qian, "accepted", now=TOMORROW)


def test_note_when_handed_over_is_read_in_the_next_shift_of_the_team_only(build, session, team, shift, zhao):
    hand_over(session, shift, "The gate is broken.\nA lamp too.", actor_id=zhao.user_id)
    following = build.shift(name="Night", starts_at=shift.ends_at, team_id=team.id)
    others = build.shift(name="Other", starts_at=shift.ends_at)
    assert [(line["is_own"], line["shift"]) for line in list_handovers(session, following)] == [(False, "Evening")]
    assert [line["is_own"] for line in list_handovers(session, shift)] == [True]
    assert list_handovers(session, others) == []
    with pytest.raises(Refused, match="Write what"):
        hand_over(session, shift, "  ", actor_id=zhao.user_id)


def test_hours_when_counted_leave_pauses_out(build, session, zhao):
    began = NOW - timedelta(hours=2)
    today = build.shift(name="Today", starts_at=began)
    assign_member(session, today, zhao.id, actor_id=None)
    patrol = start_patrol(session, zhao, today, session_id=uuid4(), now=began, actor_id=zhao.user_id)
    pause_patrol(session, patrol, said_at=began + timedelta(minutes=20), now=NOW)
    resume_patrol(session, patrol, said_at=began + timedelta(minutes=50), now=NOW)
    end_patrol(session, zhao, patrol.id, now=NOW, actor_id=zhao.user_id)
    local = began.astimezone(SHANGHAI).date()
    line = list_hours(session, (TOWNSHIP,), local, local, "Asia/Shanghai")[0]
    assert (line["name"], line["patrols"], line["seconds"]) == ("Zhao", 1, 90 * 60)
    assert list_hours(session, ("990101002",), local, local, "Asia/Shanghai") == []
    assert list_own_hours(session, zhao.id, local.year, "Asia/Shanghai")[0]["seconds"] == 90 * 60
    assert session.get(Shift, today.id).status == "published"
