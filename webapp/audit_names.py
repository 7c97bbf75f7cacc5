"""Names for the numbers in the audit trail: members, workers, teams, shifts, routes."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from grids.models import Worker
from patrols.models import PatrolMember, PatrolTeam, RoutePlan, Shift

#: Field of an event → the table its number points to.
_TABLES: dict[str, Any] = {
    "member_id": PatrolMember,
    "substitute_id": PatrolMember,
    "worker_id": Worker,
    "team_id": PatrolTeam,
    "shift_id": Shift,
    "plan_id": RoutePlan,
}


def names_in(session: Session, payloads: Iterable[dict[str, Any]]) -> dict[tuple[str, int], str]:
    """(field, number) → name, for all of these events in one question a table."""
    wanted: dict[str, set[int]] = {}
    for payload in payloads:
        for field in _TABLES.keys() & payload.keys():
            if isinstance(payload[field], int):
                wanted.setdefault(field, set()).add(payload[field])
    found = {}
    for field, numbers in wanted.items():
        table = _TABLES[field]
        for number, name in session.execute(select(table.id, table.name).where(table.id.in_(numbers))):
            found[(field, number)] = name
    return found
