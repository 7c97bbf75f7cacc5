"""What the map asks about patrols: routes under a point, and who is out now."""

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from data.sql import sql
from data.tiles import narrowing
from grids.on_map import MapPoint


def list_routes_at(session: Session, point: MapPoint, scope: tuple[str, ...]) -> list[RowMapping]:
    """Routes within reach of a point, each with its path as GeoJSON text (`shape`)."""
    asked = {**point.facts(), "scope": narrowing(scope)}
    return list(session.execute(sql("patrols", "map_routes_at"), asked).mappings())


def list_positions(session: Session, scope: tuple[str, ...]) -> list[RowMapping]:
    """The last position of every member whose session is open, with its age in seconds; nobody else's."""
    return list(session.execute(sql("patrols", "map_positions"), {"scope": narrowing(scope)}).mappings())
