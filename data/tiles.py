"""Vector tiles: which square of the Web-Mercator pyramid is asked for, and how a room's tile question is run."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from data.errors import NotFound
from data.sql import sql

MAX_ZOOM = 20

#: Our tiles are drawn 512 CSS pixels wide.
TILE_PX = 512
_EQUATOR_M = 40_075_016.68557849


@dataclass(frozen=True)
class TileAddress:
    """One square of the pyramid: `row` counts from the north.

    Raises NotFound for a square that is not in the pyramid.
    """

    zoom: int
    column: int
    row: int

    def __post_init__(self) -> None:
        if not (0 <= self.zoom <= MAX_ZOOM and all(0 <= i < 1 << self.zoom for i in (self.column, self.row))):
            raise NotFound(
                "There is no tile {column}/{row} at zoom {zoom}: zoom goes from 0 to {most}, "
                "column and row from 0 to 2^zoom − 1.",
                zoom=self.zoom,
                column=self.column,
                row=self.row,
                most=MAX_ZOOM,
            )

    @property
    def pixel_m(self) -> float:
        """The width of one drawn pixel in Web-Mercator metres (true metres at the equator only).

        >>> round(TileAddress(14, 0, 0).pixel_m, 2)
        4.78
        """
        return _EQUATOR_M / (1 << self.zoom) / TILE_PX


def draw_tile(session: Session, room: str, question: str, tile: TileAddress, **facts: object) -> bytes:
    """The Mapbox vector tile (uncompressed) that `<room>/sql/<question>.sql` answers with.

    The statement gets :z, :x, :y, :pixel_m and `facts`. Tiles of several questions can be joined end to end.
    """
    asked = {"z": tile.zoom, "x": tile.column, "y": tile.row, "pixel_m": tile.pixel_m, **facts}
    return bytes(session.scalar(sql(room, question), asked) or b"")


def plan_for_tiles(session: Session) -> None:
    """For the rest of the transaction: no parallel workers (starting them takes longer than a tile does), and memory
    enough to count a million points in a hash table instead of sorting them on disk."""
    session.execute(
        text("SELECT set_config('max_parallel_workers_per_gather', '0', true), set_config('work_mem', '64MB', true)")
    )


def patterns(scope: tuple[str, ...]) -> list[str]:
    """What LIKE ANY needs to know of a scope of code prefixes.

    >>> patterns(("990101", ""))
    ['990101%', '%']
    """
    return [f"{prefix}%" for prefix in scope]


def narrowing(scope: tuple[str, ...]) -> list[str] | None:
    """The same, but None for everywhere: the map's questions then compare no row at all.

    >>> narrowing(("990101", "990102")), narrowing(("",))
    (['990101%', '990102%'], None)
    """
    return None if "" in scope else patterns(scope)
