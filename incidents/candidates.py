"""Who could go to an incident, in order, and why: a dispatcher is advised, never decided for."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from data.sql import sql


@dataclass(frozen=True)
class WorkerCandidate:
    """A worker who could go. `away_m` is from the incident to the worker's cell: 0 in the own one."""

    id: int
    name: str
    has_account: bool
    cell_name: str
    away_m: float
    duty: str
    open_work: int

    @property
    def is_own_cell(self) -> bool:
        """Whether the incident lies in a cell this worker answers for."""
        return self.away_m == 0


@dataclass(frozen=True)
class TeamCandidate:
    """A patrol team that could go. `away_m` is from its station (None: it has none); `on_patrol` members walk now."""

    id: int
    name: str
    kind: str
    away_m: float | None
    on_patrol: int
    open_work: int


def list_workers_for(
    session: Session, incident_id: UUID, scope: tuple[str, ...], *, most: int = 8
) -> list[WorkerCandidate]:
    """Workers of the incident's cell first, lead before substitute, then those of the nearest cells."""
    asked = {"incident_id": incident_id, "scope": _patterns(scope), "most": most}
    return [WorkerCandidate(*row) for row in session.execute(sql("incidents", "assignable_workers"), asked)]


def list_teams_for(
    session: Session, incident_id: UUID, scope: tuple[str, ...], *, most: int = 6
) -> list[TeamCandidate]:
    """Teams with members on patrol now first, then by distance from their station."""
    asked = {"incident_id": incident_id, "scope": _patterns(scope), "most": most}
    return [TeamCandidate(*row) for row in session.execute(sql("incidents", "assignable_teams"), asked)]


def _patterns(scope: tuple[str, ...]) -> list[str]:
    return [prefix + "%" for prefix in scope]
