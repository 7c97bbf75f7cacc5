"""What the map asks about cameras, gaps, and cells with their coverage."""

from dataclasses import dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from data.errors import NotFound
from data.events import record
from data.sql import sql
from data.tiles import narrowing
from grids.on_map import MapPoint


@dataclass(frozen=True)
class CameraLookedUp:
    """Somebody asked the map what a camera is and what it sees."""

    code: str


#: How the list of cells may be ordered: the reader's word → the column.
CELL_ORDERS = {"code": "code", "name": "name", "households": "households", "watched": "watched", "lead": "lead"}


def list_cameras_at(session: Session, point: MapPoint, scope: tuple[str, ...]) -> list[RowMapping]:
    """Cameras within reach of a point, nearest first, each with what it sees as GeoJSON text (`shape`)."""
    asked = {**point.facts(), "scope": narrowing(scope), "code": None}
    return list(session.execute(sql("cameras", "map_cameras_at"), asked).mappings())


def get_camera(session: Session, code: str, scope: tuple[str, ...]) -> RowMapping:
    """The camera with this code and what it sees; NotFound when there is none in the scope."""
    nowhere = dict.fromkeys(MapPoint(0, 0, 0).facts())
    asked = {**nowhere, "scope": narrowing(scope), "code": code}
    camera = session.execute(sql("cameras", "map_cameras_at"), asked).mappings().one_or_none()
    if camera is None:
        raise NotFound("There is no camera {code} in your area.", code=code)
    return camera


def note_lookup(session: Session, cameras: list[RowMapping], actor_id: int) -> None:
    """Write down who looked at which camera: camera positions are confidential."""
    for camera in cameras:
        record(
            session,
            CameraLookedUp(camera["code"]),
            subject=camera["code"],
            location_code=camera["location_code"],
            actor_id=actor_id,
        )


def list_gaps_at(session: Session, point: MapPoint, scope: tuple[str, ...]) -> list[RowMapping]:
    """The gap in the coverage under a point, if any."""
    asked = {**point.facts(), "scope": narrowing(scope)}
    return list(session.execute(sql("cameras", "map_gaps_at"), asked).mappings())


def find_cell_at(
    session: Session, point: MapPoint, scope: tuple[str, ...], *, watched_in: tuple[str, ...]
) -> RowMapping | None:
    """The cell under a point with people and coverage; coverage only inside `watched_in`."""
    return _find_cell(session, scope, watched_in, code=None, lon=point.lon, lat=point.lat)


def get_cell(session: Session, code: str, scope: tuple[str, ...], *, watched_in: tuple[str, ...]) -> RowMapping:
    """The cell with this code as of today; NotFound when there is none in the scope."""
    cell = _find_cell(session, scope, watched_in, code=code, lon=None, lat=None)
    if cell is None:
        raise NotFound("There is no cell {code} in your area.", code=code)
    return cell


def _find_cell(
    session: Session, scope: tuple[str, ...], watched_in: tuple[str, ...], **where: object
) -> RowMapping | None:
    asked = {"scope": narrowing(scope), "watched_in": narrowing(watched_in), **where}
    return session.execute(sql("cameras", "map_cell"), asked).mappings().one_or_none()


def list_cell_lines(
    session: Session,
    scope: tuple[str, ...],
    *,
    watched_in: tuple[str, ...],
    words: str = "",
    order: str = "code",
    is_descending: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> list[RowMapping]:
    """One page of the list of cells; each line also carries the total. What is not known comes last."""
    statement = text(
        f"SELECT * FROM ({sql('cameras', 'map_cell_lines').text}) AS line"
        f" ORDER BY {CELL_ORDERS[order]} {'DESC' if is_descending else 'ASC'} NULLS LAST, code"
        " LIMIT :limit OFFSET :offset"
    )
    asked = {
        "scope": narrowing(scope),
        "watched_in": narrowing(watched_in),
        "words": words,
        "limit": limit,
        "offset": offset,
    }
    return list(session.execute(statement, asked).mappings())


def search_cameras(session: Session, words: str, scope: tuple[str, ...], *, most: int = 6) -> list[RowMapping]:
    """Cameras whose code begins with `words` or whose name contains them."""
    asked = {"words": words, "scope": narrowing(scope), "most": most}
    return list(session.execute(sql("cameras", "map_search_cameras"), asked).mappings())
