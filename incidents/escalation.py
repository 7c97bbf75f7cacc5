"""Cases nobody acts on in time rise by themselves: from the village to the township, and on to the county."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.events import record
from incidents import events
from incidents.models import Incident, IncidentAction
from incidents.rules import LEVELS, OPEN, level_after

#: So many at once; the rest follows with the next turn of the clock.
_MOST = 500


def escalate_late(session: Session, now: datetime) -> int:
    """Raise the cases whose stage is late, held by somebody or by nobody; returns how many rose.

    A case rises when the clock of its stage is up, and again when as much time has passed once more. Parked cases
    wait with reason and stay. The log says that it was the clock, not a person.
    """
    late = (
        select(Incident)
        .where(
            Incident.status.in_(OPEN),
            Incident.status != "parked",
            Incident.state_due_at < now,
            Incident.level != LEVELS[-1],
        )
        .order_by(Incident.state_due_at)
        .limit(_MOST)
        .with_for_update(skip_locked=True)  # who works on a case right now is not disturbed
    )
    risen = [incident for incident in session.scalars(late) if _is_due(incident, now)]
    for incident in risen:
        incident.level = level_after(incident.level, "escalate") or incident.level
        incident.escalated_at = now
        line = IncidentAction(
            incident_id=incident.id, action="escalate", from_status=incident.status, to_status=incident.status,
            actor_id=None, recorded_at=now, facts={"level": incident.level, "by_itself": True},
        )  # fmt: skip
        session.add(line)
        step = events.IncidentEscalated(
            incident.number, incident.status, incident.status, incident.priority, incident.worker_id, incident.team_id
        )
        record(session, step, subject=str(incident.id), location_code=incident.location_code)
    session.flush()
    return len(risen)


def _is_due(incident: Incident, now: datetime) -> bool:
    """Whether it has not risen in this stage yet, or as long ago as the stage may take."""
    if incident.escalated_at is None or incident.escalated_at < incident.status_since:
        return True
    assert incident.state_due_at is not None  # noqa: S101 - the query asks for it
    return now - incident.escalated_at >= incident.state_due_at - incident.status_since
