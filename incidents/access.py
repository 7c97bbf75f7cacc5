"""Whose eyes: which incidents a person sees, and what the person is to one of them.

Centre and leaders see their areas. A grid worker sees only the own cells, what was assigned to the worker
or the worker's team, and what the worker reported; for everything else there is no such incident.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, or_, select, text, true
from sqlalchemy.orm import Session

from accounts.queries import Actor
from accounts.rules import lies_within, permits
from data.errors import NotFound
from data.sql import sql
from incidents.models import Incident, IncidentAction
from incidents.rules import HANDLING_ACTIONS, Party

#: Roles whose area says where they work, not what they may read.
_ONLY_OWN_CELLS = "grid_worker"


@dataclass(frozen=True)
class Sight:
    """What a person sees: place-code prefixes ("" = everything), the own work, the own reports."""

    user_id: int
    prefixes: tuple[str, ...]
    cell_codes: tuple[str, ...] = ()
    worker_id: int | None = None
    team_ids: tuple[int, ...] = ()


def sight_of(session: Session, actor: Actor) -> Sight:
    """What this person sees today."""
    own = session.execute(sql("incidents", "what_a_person_answers_for"), {"user_id": actor.id}).one()
    areas = {prefix for role, prefix in actor.areas if role != _ONLY_OWN_CELLS and permits({role}, "incident.view")}
    prefixes = ("",) if "" in areas else tuple(sorted(areas | set(own.cell_codes)))
    return Sight(actor.id, prefixes, tuple(own.cell_codes), own.worker_id, tuple(own.team_ids))


#: A place outside of every division belongs to those who answer for the reporter, so that no report is nobody's.
_REPORTER_FROM_HERE = (
    "incidents.location_code IS NULL AND EXISTS (SELECT 1 FROM user_roles"
    " LEFT JOIN divisions ON divisions.id = user_roles.division_id"
    " WHERE user_roles.user_id = incidents.reporter_id"
    " AND coalesce(divisions.code, '') LIKE ANY(:reporter_areas))"
)


def sees(sight: Sight) -> ColumnElement[bool]:
    """The condition on `incidents` that keeps what the person may see."""
    if "" in sight.prefixes:
        return true()
    conditions: list[ColumnElement[bool]] = [Incident.reporter_id == sight.user_id]
    conditions += [Incident.location_code.startswith(prefix, autoescape=True) for prefix in sight.prefixes]
    if sight.worker_id is not None:
        conditions.append(Incident.worker_id == sight.worker_id)
    if sight.team_ids:
        conditions.append(Incident.team_id.in_(sight.team_ids))
    areas = [prefix + "%" for prefix in sight.prefixes if prefix not in sight.cell_codes]
    if areas:
        found: Any = text(_REPORTER_FROM_HERE).bindparams(bindparam("reporter_areas", areas, unique=True))
        conditions.append(found.self_group())
    return or_(*conditions)


def get_visible(session: Session, incident_id: UUID, sight: Sight, *, lock: bool = False) -> Incident:
    """The incident, or NotFound when there is none or this person may not see it."""
    query = select(Incident).where(Incident.id == incident_id, sees(sight))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    incident = session.scalar(query)
    if incident is None:
        raise NotFound("There is no such incident, or it lies outside your area.")
    return incident


def party_of(session: Session, incident: Incident, actor: Actor, sight: Sight) -> Party:
    """What this person is to this incident. The incident has to be one the person sees."""
    has_handled = session.scalar(
        select(IncidentAction.id)
        .where(
            IncidentAction.incident_id == incident.id,
            IncidentAction.actor_id == actor.id,
            IncidentAction.action.in_(HANDLING_ACTIONS),
        )
        .limit(1)
    )
    is_worker = incident.worker_id is not None and incident.worker_id == sight.worker_id
    return Party(
        may_dispatch=_may_here(actor, "incident.dispatch", incident),
        may_handle=_may_here(actor, "incident.handle", incident) and sight.worker_id is not None,
        is_reporter=incident.reporter_id == actor.id,
        is_handler=is_worker or (incident.team_id is not None and incident.team_id in sight.team_ids),
        has_handled=has_handled is not None,
    )


def _may_here(actor: Actor, permission: str, incident: Incident) -> bool:
    if incident.location_code is None:
        return actor.may(permission)
    return lies_within(incident.location_code, actor.scope(permission))
