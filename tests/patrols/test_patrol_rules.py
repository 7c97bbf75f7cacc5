"""Decisions about patrols: pure, so tried with many inputs."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from patrols.rules import session_end, start_problem, teams_for

START = datetime(2026, 11, 22, 18, tzinfo=UTC)
END = START + timedelta(hours=2)


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
