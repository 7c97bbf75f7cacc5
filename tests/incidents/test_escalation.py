"""Cases nobody acts on rise by themselves, once a stage's length, to the county at most; dispatchers pass them on."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from data.errors import Conflict, Refused
from incidents import commands
from incidents.commands import Details
from incidents.escalation import escalate_late
from incidents.queries import get_case

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def late(build, session):
    """A case that should have been filed within the hour before `NOW`."""
    build.cell()
    case = build.incident(status="reported", status_since=NOW - timedelta(hours=2))
    case.state_due_at, case.state_yellow_at = NOW - timedelta(hours=1), NOW - timedelta(hours=1, minutes=15)
    session.flush()
    return case


def test_case_when_its_stage_is_late_rises_once_a_stage_s_length_up_to_the_county(session, late):
    assert escalate_late(session, NOW) == 1
    assert (late.level, late.escalated_at) == ("township", NOW)
    assert escalate_late(session, NOW + timedelta(minutes=59)) == 0
    assert escalate_late(session, NOW + timedelta(minutes=60)) == 1
    assert late.level == "county"
    assert escalate_late(session, NOW + timedelta(days=9)) == 0
    lines = session.execute(text("SELECT action, actor_id, facts->>'level' FROM incident_actions ORDER BY id")).all()
    assert lines == [("escalate", None, "township"), ("escalate", None, "county")]
    assert session.scalar(text("SELECT count(*) FROM events WHERE kind = 'incident_escalated'")) == 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE incidents SET state_due_at = '2026-11-23 09:01+00', state_yellow_at = NULL",
        "UPDATE incidents SET state_due_at = NULL, state_yellow_at = NULL",
        "UPDATE incidents SET status = 'parked'",
        "UPDATE incidents SET level = 'county'",
        "UPDATE incidents SET status = 'void', closed_at = now(), state_due_at = NULL, state_yellow_at = NULL",
    ],
)
def test_case_when_it_is_not_late_or_waits_with_reason_stays(session, late, change):
    session.execute(text(change))
    session.expire_all()
    assert escalate_late(session, NOW) == 0


def test_case_when_somebody_acts_begins_anew_in_the_next_stage(session, late, dispatcher):
    escalate_late(session, NOW)
    commands.act(session, late.id, "file", dispatcher, version=1, now=NOW + timedelta(minutes=5))
    assert late.state_due_at > NOW
    assert escalate_late(session, NOW + timedelta(hours=1)) == 0
    assert late.level == "township"


def test_case_when_passed_on_by_a_dispatcher_says_why_and_keeps_its_version(session, late, dispatcher):
    with pytest.raises(Refused, match="reason"):
        commands.act(session, late.id, "escalate", dispatcher, version=1, now=NOW)
    commands.act(session, late.id, "escalate", dispatcher, version=1, details=Details(note="two townships"), now=NOW)
    assert (late.level, late.version) == ("township", 1)
    commands.act(session, late.id, "delegate", dispatcher, version=1, details=Details(note="one after all"), now=NOW)
    assert late.level == "village"
    with pytest.raises(Conflict, match="village answers"):
        commands.act(session, late.id, "delegate", dispatcher, version=1, details=Details(note="again"), now=NOW)


def test_handler_when_pressed_is_counted_beside_reminders(session, late, dispatcher, worker, worker_id):
    from incidents.access import sight_of

    commands.act(session, late.id, "dispatch", dispatcher, version=1, details=Details(worker_id=worker_id), now=NOW)
    for _ in range(2):
        commands.act(session, late.id, "remind", dispatcher, version=None, now=NOW)
    commands.act(session, late.id, "supervise", dispatcher, version=None, details=Details(note="by noon"), now=NOW)
    case = get_case(session, late.id, dispatcher, sight_of(session, dispatcher))
    assert (case.times("remind"), case.times("supervise")) == (2, 1)
