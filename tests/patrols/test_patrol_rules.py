"""Decisions about patrols: pure, so tried with many inputs."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from patrols.rules import CLOCK_SKEW, Fix, session_end, sort_out, start_problem, teams_for

START = datetime(2026, 11, 22, 18, tzinfo=UTC)
END = START + timedelta(hours=2)

fixes = st.builds(
    Fix,
    fixed_at=st.integers(-200, 400).map(lambda minutes: START + timedelta(minutes=minutes)),
    lon=st.floats(-200, 200),
    lat=st.floats(-95, 95),
)


@given(st.lists(fixes, max_size=40), st.booleans())
def test_fixes_when_sorted_out_lie_within_the_patrol_once_and_none_is_lost_silently(given_fixes, is_ended):
    now = END + timedelta(minutes=30)
    ended_at = END if is_ended else None
    kept, refused = sort_out(given_fixes, START, ended_at, now)
    assert len(kept) + sum(refused.values()) == len(given_fixes)
    assert [fix.fixed_at for fix in kept] == sorted({fix.fixed_at for fix in kept})
    for fix in kept:
        assert START <= fix.fixed_at <= (ended_at or now + CLOCK_SKEW)
        assert -180 <= fix.lon <= 180


@given(st.integers(0, 500), st.integers(1, 12))
def test_teams_when_made_leave_nobody_out_and_are_never_too_large(members, size):
    teams = teams_for(members, size)
    assert teams * size >= members
    assert (teams - 1) * size < max(members, 1)


def test_patrol_when_started_early_late_or_cancelled_says_why():
    assert "too early" in start_problem(START - timedelta(minutes=31), START, END, "published")
    assert start_problem(START - timedelta(minutes=29), START, END, "published") is None
    assert start_problem(END, START, END, "published") is None
    assert "over" in start_problem(END + timedelta(seconds=1), START, END, "published")
    assert "cancelled" in start_problem(START, START, END, "cancelled")


def test_patrol_when_forgotten_ends_two_hours_after_its_shift():
    assert session_end(START, END, END + timedelta(hours=1)) is None
    assert session_end(START, END, END + timedelta(hours=3)) == END + timedelta(hours=2)
