"""One step of a case: the row changed, the log line written, the event recorded; and who was faster."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from accounts.queries import Actor
from data.errors import Conflict, GridbeatError, NotAllowed, Refused
from data.events import record
from incidents import events
from incidents.deadlines import load_deadlines
from incidents.models import Incident, IncidentAction
from incidents.rules import ACTIONS, ENDED, QUIET_ACTIONS, Action, CaseFacts, Refusal

_KINDS: Mapping[str, type[GridbeatError]] = {"not_allowed": NotAllowed, "conflict": Conflict, "refused": Refused}


def last_step(session: Session, incident: Incident) -> tuple[IncidentAction, str] | None:
    """The newest log line, and who wrote it."""
    name = select(text("name")).select_from(text("users")).where(text("users.id = incident_actions.actor_id"))
    found = session.execute(
        select(IncidentAction, func.coalesce(name.scalar_subquery(), "–"))
        .where(IncidentAction.incident_id == incident.id, IncidentAction.action.not_in(QUIET_ACTIONS))
        .order_by(IncidentAction.id.desc())
        .limit(1)
    ).first()
    return (found[0], found[1]) if found else None


def faster(last: tuple[IncidentAction, str] | None) -> Conflict:
    """Who did what since the asker looked."""
    if last is None or last[0].action not in ACTIONS:
        return Conflict("This case has changed since you opened it. Look at it again before you go on.")
    return Conflict(ACTIONS[last[0].action].was_faster, who=last[1])


_FACTS = text(
    "SELECT (SELECT count(*) FROM incident_photos photo WHERE photo.incident_id = :id AND photo.stage = 'handling'"
    " AND photo.added_at >= coalesce((SELECT max(recorded_at) FROM incident_actions"
    " WHERE incident_id = :id AND action = 'rework'), '-infinity')) AS photos,"
    " coalesce((SELECT action = 'self_handle' FROM incident_actions WHERE incident_id = :id"
    " AND action IN ('self_handle', 'dispatch') ORDER BY id DESC LIMIT 1), false) AS is_self_handled"
)


def facts_of(session: Session, incident: Incident) -> CaseFacts:
    """What the table has to know of this case."""
    found = session.execute(_FACTS, {"id": incident.id}).one()
    return CaseFacts(incident.status, int(found.photos), bool(found.is_self_handled), incident.level)


def error_of(refused: Refusal) -> GridbeatError:
    """The error that says this refusal."""
    return _KINDS[refused.kind](refused.sentence)


def apply_step(
    session: Session, incident: Incident, line: Action, actor: Actor, note: str, changes: dict[str, Any], now: datetime,
    *, facts: Mapping[str, Any] = MappingProxyType({}),
) -> None:  # fmt: skip
    """Change the row, write the log line with the `facts` known when deciding, record the event."""
    from_status = incident.status
    for name, value in changes.items():
        setattr(incident, name, value)
    if not line.keeps_assignee:
        incident.worker_id = incident.team_id = None
    if line.to_status:
        incident.status = line.to_status
        incident.status_since = now
        incident.closed_at = now if line.to_status in ENDED else None
    if line.to_status or line.needs_priority:
        incident.version += 1
        set_state_clock(session, incident, now if line.to_status else incident.status_since)
    write_log(session, incident, line.name, from_status, actor, note, now, facts=facts)
    step = events.OF_ACTION[line.name](
        incident.number, from_status, incident.status, incident.priority, incident.worker_id, incident.team_id
    )
    record_event(session, step, incident, actor)


def set_state_clock(session: Session, incident: Incident, since: datetime) -> None:
    """Start the clock of the case's present stage; a case that has ended has none."""
    with session.no_autoflush:  # half of the step is in the row already, and the database would refuse that half
        due = load_deadlines(session).state(incident.status, incident.priority, since)
    incident.state_due_at = due.red_at if due else None
    incident.state_yellow_at = due.yellow_at if due else None


def write_log(
    session: Session, incident: Incident, action: str, from_status: str | None, actor: Actor, note: str, now: datetime,
    *, facts: Mapping[str, Any] = MappingProxyType({}),
) -> None:  # fmt: skip
    """One line of the case log; `incident` already has its new status."""
    session.add(
        IncidentAction(
            incident_id=incident.id, action=action, from_status=from_status, to_status=incident.status,
            actor_id=actor.id, note=note, recorded_at=now, facts=dict(facts),
        )
    )  # fmt: skip
    session.flush()


def record_event(session: Session, event: Any, incident: Incident, actor: Actor) -> None:
    """The event, filed under the incident and its place."""
    record(session, event, subject=str(incident.id), location_code=incident.location_code, actor_id=actor.id)
