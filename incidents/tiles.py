"""Incidents as vector tiles: one point each near by, counts from afar; filtered by state, kind and time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from data.tiles import TileAddress, draw_tile, patterns
from incidents.rules import OPEN

EACH_INCIDENT_FROM_ZOOM = 14

#: What a reader may ask for → the statuses meant. Overdue is computed, never stored.
STATUS_GROUPS: dict[str, tuple[str, ...]] = {
    "open": OPEN,
    "overdue": OPEN,
    "closed": ("closed",),
    "all": (*OPEN, "closed"),
}


@dataclass(frozen=True)
class IncidentFilter:
    """Which incidents are meant: a group of statuses, a category or a group of them, received since; None = any."""

    status: str = "open"
    group_code: str | None = None
    category_code: str | None = None
    since: datetime | None = None

    def facts(self) -> dict[str, object]:
        """What the SQL asks for by name."""
        return {
            "statuses": list(STATUS_GROUPS[self.status]),
            "only_overdue": self.status == "overdue",
            "group_code": self.group_code,
            "category_code": self.category_code,
            "since": self.since,
        }


def draw_incidents(session: Session, tile: TileAddress, scope: tuple[str, ...], wanted: IncidentFilter) -> bytes:
    """Layer `incidents`, one point each; from afar `incident_counts`, one point a 64-pixel square."""
    question = "tile_incidents" if tile.zoom >= EACH_INCIDENT_FROM_ZOOM else "tile_incident_counts"
    return draw_tile(session, "incidents", question, tile, scope=patterns(scope), **wanted.facts())
