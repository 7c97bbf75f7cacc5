"""Incidents as vector tiles: one point each near by, counts from afar; filtered by state, kind and time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from data.tiles import TileAddress, draw_tile, narrowing
from incidents.rules import OPEN

EACH_INCIDENT_FROM_ZOOM = 14

#: About 8,000 points; zipped this is a third. Nobody can tell so many apart on one tile.
CROWDED_BYTES = 400_000

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
    """Layer `incidents`, one point each; from afar, and where they crowd, `incident_counts`, one a 64-pixel square."""
    asked = {"scope": narrowing(scope), **wanted.facts()}
    if tile.zoom >= EACH_INCIDENT_FROM_ZOOM:
        each = draw_tile(session, "incidents", "tile_incidents", tile, **asked)
        if len(each) <= CROWDED_BYTES:
            return each
    return draw_tile(session, "incidents", "tile_incident_counts", tile, **asked)
