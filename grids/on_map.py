"""What the map asks about the ground: its extent, what lies under a point, where a name is."""

import math
from dataclasses import dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from data.sql import sql
from data.tiles import narrowing

#: west, south, east, north in degrees
Bounds = tuple[float, float, float, float]

_M_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class MapPoint:
    """Where somebody pointed: WGS 84 degrees, and how far around it still counts, in metres."""

    lon: float
    lat: float
    reach_m: float

    def facts(self) -> dict[str, float]:
        """What the SQL asks for by name; reach also in degrees east-west and north-south."""
        north_deg = self.reach_m / _M_PER_DEGREE
        return {
            "lon": self.lon,
            "lat": self.lat,
            "reach_m": self.reach_m,
            "reach_lon": north_deg / max(0.05, math.cos(math.radians(self.lat))),
            "reach_lat": north_deg,
        }


def find_extent(session: Session, scope: tuple[str, ...]) -> Bounds | None:
    """The box around the scope's divisions; without divisions, around all streets; None on empty ground."""
    for question in ("map_extent", "map_streets_extent"):
        west, south, east, north = session.execute(sql("grids", question), {"scope": narrowing(scope)}).one()
        if west is not None:
            return (west, south, east, north)
    return None


def list_divisions_at(session: Session, point: MapPoint, scope: tuple[str, ...]) -> list[RowMapping]:
    """The divisions under a point, the smallest first."""
    asked = {**point.facts(), "scope": narrowing(scope)}
    return list(session.execute(sql("grids", "map_divisions_at"), asked).mappings())


def search_ground(
    session: Session, words: str, scope: tuple[str, ...], near: tuple[float, float], *, most: int = 6
) -> list[RowMapping]:
    """Divisions, cells, places and streets with `words` in name or code; at most `most` of each."""
    quoted = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    asked = {
        "prefix": f"{quoted}%",
        "anywhere": f"%{quoted}%",
        "scope": narrowing(scope),
        "lon": near[0],
        "lat": near[1],
        "most": most,
    }
    return list(session.execute(sql("grids", "map_search_ground"), asked).mappings())


def list_sources(session: Session) -> set[str]:
    """Where the ground on the map comes from: `osm`, `synthetic`, `operator`, …; asked of the first rows only."""
    found = session.scalars(
        text(
            "(SELECT source FROM streets LIMIT 1) UNION (SELECT source FROM buildings LIMIT 1)"
            " UNION (SELECT source FROM land_covers LIMIT 1) UNION (SELECT DISTINCT source FROM divisions)"
        )
    )
    return set(found)
