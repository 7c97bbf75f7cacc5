"""Cells for villages that have none: drawn along their streets, each with about the same households."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from sqlalchemy import text
from sqlalchemy.orm import Session

from data.errors import NotFound, Refused
from data.events import record
from data.importing.staging import ewkb, lock_import, stage
from data.sql import sql
from gis.cells import DrawnCells, clean_polygon, draw_cells
from gis.cells.draw import TARGET_HOUSEHOLDS
from grids.households import estimate_households
from grids.importing.divisions import MOST_VERTICES
from grids.importing.versions import ALWAYS

SOURCE = "drawn"
MOST_CELLS = 800  # numbers from 801 on are for dedicated cells

#: Nothing is told.
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class CellsDrawn:
    """Cells were drawn for the villages of a division."""

    division_code: str
    villages: int
    cells: int
    closed: int


@dataclass(frozen=True)
class VillageDrawn:
    """What became of one village. `basis` says whose households were shared out; `share_within` of its cells lie
    within a quarter of the target.
    """

    code: str
    name: str
    cells: int
    households: int
    basis: Literal["counted", "estimated", "area"]
    share_within: float


@dataclass
class Drawing:
    """What was drawn under a division: its villages, those left as they were, and what was ended for it."""

    division_code: str
    villages: list[VillageDrawn] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    closed_cells: int = 0
    ended_assignments: int = 0

    @property
    def cells(self) -> int:
        """How many cells were drawn."""
        return sum(village.cells for village in self.villages)


def draw_cells_for(
    session: Session,
    division_code: str = "",
    *,
    target_households: float = TARGET_HOUSEHOLDS,
    replace: bool = False,
    actor_id: int | None = None,
    tell: Tell = lambda *_: None,
) -> Drawing:
    """Draw cells for every village under `division_code` ("" = everywhere) that has none.

    With `replace` those that have cells are drawn anew: the old cells end today and stay as history,
    with them the assignments of their workers. `tell` is called with villages done, villages in all
    and the next one's name. Raises NotFound for an unknown division, Refused when it holds no village.
    """
    villages = session.execute(sql("grids", "villages_to_draw"), {"codes": f"{division_code}%"}).all()
    if not villages:
        raise _no_villages(session, division_code)
    lock_import(session, "cells")
    drawing = Drawing(division_code)
    for done, village in enumerate(villages):
        tell(done, len(villages), village.name)
        if village.cells and not replace:
            drawing.skipped.append(village.code)
            continue
        begins = ALWAYS
        if village.cells:
            begins = datetime.now(UTC).date()
            _end_cells(session, village.code, begins, drawing)
        drawing.villages.append(_draw_village(session, village, target_households, begins))
    tell(len(villages), len(villages), "")
    # the rules about overlap and borders are checked now rather than at the end of the transaction
    session.execute(text("SET CONSTRAINTS cells_keep_their_place IMMEDIATE"))
    session.execute(text("SET CONSTRAINTS cells_keep_their_place DEFERRED"))
    if drawing.villages:
        drawn = CellsDrawn(division_code, len(drawing.villages), drawing.cells, drawing.closed_cells)
        record(session, drawn, subject=f"division:{division_code}", location_code=division_code, actor_id=actor_id)
    return drawing


def _draw_village(session: Session, village: Any, target_households: float, begins: date) -> VillageDrawn:
    area = clean_polygon(shapely.from_wkb(bytes(village.area)), MOST_VERTICES)
    streets: list[Any] = [
        shapely.from_wkb(bytes(path))
        for path in session.scalars(sql("grids", "streets_to_cut_along"), {"village": village.id})
    ]
    places, households, basis = _people(session, village.id)
    drawn = draw_cells(area, streets, places, households, target_households)
    if len(drawn.cells) > MOST_CELLS:
        raise Refused(
            "{village} would get {cells} cells; the most is {most}. Ask for more households a cell.",
            village=village.name,
            cells=len(drawn.cells),
            most=MOST_CELLS,
        )
    _write(session, village, drawn, begins)
    total = round(sum(cell.households for cell in drawn.cells))
    basis = basis if drawn.drawn_by == "households" else "area"
    return VillageDrawn(village.code, village.name, len(drawn.cells), total, basis, drawn.share_within())


def _people(
    session: Session, village_id: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], Literal["counted", "estimated", "area"]]:
    """Where households live: counted ones where the village has any, else estimated from the buildings."""
    rows = session.execute(sql("grids", "buildings_to_share_out"), {"village": village_id}).all()
    places = np.array([(row.lon, row.lat) for row in rows], dtype=float).reshape(-1, 2)
    counted = np.array([row.households or 0 for row in rows], dtype=float)
    if counted.any():
        return places, counted, "counted"
    columns = [[getattr(row, name) for row in rows] for name in ("kind", "footprint_m2", "levels", "height_m")]
    kinds, *sizes = columns
    estimated = estimate_households(kinds, *(np.array(size, dtype=float) for size in sizes))
    return places, estimated, "estimated"


def _write(session: Session, village: Any, drawn: DrawnCells, begins: date) -> None:
    types = {"code": "text", "name": "text", "village_id": "bigint", "households": "integer"}
    types |= {"valid_from": "date", "source": "text", "area": "geometry(MultiPolygon, 4326)"}
    areas = [_sound(cell.area) for cell in drawn.cells]
    rows = [
        (
            f"{village.code}{cell.sequence:03d}",
            f"{village.name}第{cell.sequence:02d}网格",
            village.id,
            round(cell.households),
            begins,
            SOURCE,
            shape,
        )
        for cell, shape in zip(drawn.cells, ewkb(areas), strict=True)
    ]
    stage(session, "staged_cells", types, rows, key="code")
    listed = ", ".join(types)
    session.execute(text(f"INSERT INTO cells ({listed}) SELECT {listed} FROM staged_cells"))


def _sound(area: Polygon | MultiPolygon) -> MultiPolygon:
    """The cell as the table wants it; where rounding made its border cross itself, repaired by less than a leaf."""
    if not area.is_valid:
        parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(area))).tolist()
        area = MultiPolygon([part for part in parts if isinstance(part, Polygon)])
    return clean_polygon(area)


def _end_cells(session: Session, village_code: str, today: date, drawing: Drawing) -> None:
    """End the village's cells and their assignments today; cells that began today have no history and go."""
    facts = {"village": village_code, "today": today}
    ended = session.execute(
        text(
            "UPDATE cell_assignments SET ends_on = greatest(starts_on, :today)"
            " WHERE (ends_on IS NULL OR ends_on > :today) AND cell_id IN"
            " (SELECT id FROM cells WHERE village_code = :village AND valid_to IS NULL)"
        ),
        facts,
    )
    drawing.ended_assignments += ended.rowcount  # type: ignore[attr-defined]
    begun_today = "village_code = :village AND valid_to IS NULL AND valid_from >= :today"
    session.execute(
        text(f"DELETE FROM cell_assignments WHERE cell_id IN (SELECT id FROM cells WHERE {begun_today})"), facts
    )
    session.execute(text(f"DELETE FROM cells WHERE {begun_today}"), facts)
    closed = session.execute(
        text("UPDATE cells SET valid_to = :today WHERE village_code = :village AND valid_to IS NULL"), facts
    )
    drawing.closed_cells += closed.rowcount  # type: ignore[attr-defined]


def _no_villages(session: Session, division_code: str) -> NotFound | Refused:
    if not division_code:
        return Refused("There are no villages yet. Import divisions, or an OpenStreetMap extract with its borders.")
    known: Sequence[Any] = session.scalars(
        text("SELECT 1 FROM divisions WHERE code = :code AND validity @> CURRENT_DATE"), {"code": division_code}
    ).all()
    if known:
        return Refused("The division {code} has no villages; cells lie in villages.", code=division_code)
    return NotFound("There is no division {code}.", code=division_code)
