"""What the map asks about incidents: under a point, as heat, by number, and how many are open in a cell."""

from sqlalchemy import RowMapping, func, select
from sqlalchemy.orm import Session

from data.sql import sql
from data.tiles import narrowing
from grids.on_map import Bounds, MapPoint
from incidents.models import Incident
from incidents.rules import OPEN
from incidents.tiles import IncidentFilter

#: The heat's net has this many squares along each side of the box.
HEAT_SQUARES = 96


def list_incidents_at(
    session: Session, point: MapPoint, scope: tuple[str, ...], wanted: IncidentFilter
) -> list[RowMapping]:
    """Incidents within reach of a point, nearest first."""
    asked = {**point.facts(), "scope": narrowing(scope), **wanted.facts()}
    return list(session.execute(sql("incidents", "map_incidents_at"), asked).mappings())


def list_heat(
    session: Session, box: Bounds, scope: tuple[str, ...], wanted: IncidentFilter
) -> list[tuple[float, float, int]]:
    """(lat, lon, number of incidents) for each square of the net over `box` that has any."""
    west, south, east, north = box
    asked = {
        "west": west, "south": south, "east": east, "north": north,
        "step_lon": (east - west) / HEAT_SQUARES, "step_lat": (north - south) / HEAT_SQUARES,
        "scope": narrowing(scope), **wanted.facts(),
    }  # fmt: skip
    rows = session.execute(sql("incidents", "map_heat"), asked)
    return [(round(lat, 5), round(lon, 5), count) for lat, lon, count in rows]


def search_incidents(session: Session, words: str, scope: tuple[str, ...], *, most: int = 6) -> list[RowMapping]:
    """Incidents whose number begins with `words`, the newest first."""
    asked = {"words": words, "scope": narrowing(scope), "most": most}
    return list(session.execute(sql("incidents", "map_search_incidents"), asked).mappings())


def count_open_in(session: Session, location_code: str) -> int:
    """How many open incidents lie in the division or cell of that code."""
    found = session.scalar(
        select(func.count())
        .select_from(Incident)
        .where(Incident.status.in_(OPEN), Incident.location_code.startswith(location_code, autoescape=True))
    )
    return found or 0
