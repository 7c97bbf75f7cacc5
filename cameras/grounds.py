"""The ground of the cells of a run: what is stored of it, and made anew only where anything around a cell has changed.

Ground does not depend on cameras, and making it is the longest step of a run. Beside each cell's ground stands a mark
of all that it was made from (the cell, and the buildings, streets and waters about it): while that is the same, so is
the ground, to the last bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, text
from sqlalchemy.orm import Session

from cameras.reading import Floats, Shapes
from data.copying import copy_rows
from gis.coverage import Ground, Scene, build_ground
from gis.coverage.ground import OnPart, marks_of
from gis.coverage.incremental import ground_again, kept_water
from gis.crs import MetricFrame

#: Part of every mark: raise it when ground is made in another way.
EDITION = 2

_COLUMNS = ("cell_id", "frame_lon", "frame_lat", "near_streets", "water", "open_area_m2", "made_from")


@dataclass(frozen=True)
class CellGrounds:
    """The ground of cells, each cell's water, and the mark of what it was made from; `is_new`: made just now."""

    ground: Ground
    water: Shapes
    marks: Sequence[bytes | None]
    is_new: NDArray[np.bool_]


@dataclass(frozen=True)
class Around:
    """All that ground is made from besides the cells, in metres of one frame; `said` is what else it depends on."""

    frame: MetricFrame
    buildings: Shapes
    heights_m: Floats
    streets: Shapes
    water: Shapes
    near_m: float
    said: str

    def marks(self, areas: Shapes) -> list[bytes]:
        """The marks of these cells."""
        tall = np.ascontiguousarray(self.heights_m, dtype=np.float64).tobytes()
        built = [blob + tall[8 * at : 8 * at + 8] for at, blob in enumerate(shapely.to_wkb(self.buildings).tolist())]
        streets, water = (shapely.to_wkb(shapes).tolist() for shapes in (self.streets, self.water))
        layers = [(self.buildings, built), (self.streets, streets), (self.water, water)]
        said = f"{EDITION} {self.said} {self.near_m!r} {self.frame.lon!r} {self.frame.lat!r}".encode()
        return marks_of(areas, self.near_m, layers, said)


def grounds_of(
    session: Session, cell_ids: Sequence[int], areas: Shapes, scene: Scene, around: Around, on_part: OnPart
) -> CellGrounds:
    """The ground of cells (areas in metres): stored where its mark fits, else made among the buildings of the scene."""
    marks = around.marks(areas)
    stored = _stored(session, cell_ids)
    rows = [stored.get(cell_id) for cell_id in cell_ids]
    is_kept = [row is not None and bytes(row.made_from) == mark for row, mark in zip(rows, marks, strict=True)]
    is_new = ~np.array(is_kept, dtype=bool)
    open_m2, near, water = np.zeros(len(areas)), *np.full((2, len(areas)), shapely.Polygon(), dtype=object)
    for at in np.flatnonzero(~is_new).tolist():
        row: Any = rows[at]
        open_m2[at] = row.open_area_m2
        near[at], water[at] = shapely.from_wkb([bytes(row.near_streets), bytes(row.water)])
    if is_new.any():
        fresh = build_ground(
            areas[is_new], scene, streets_m=around.streets, water_m=around.water, near_m=around.near_m, on_part=on_part
        )
        open_m2[is_new], near[is_new], water[is_new] = fresh.open_m2, fresh.near_streets, kept_water(fresh)
    ground = ground_again(areas, open_m2, near, around.near_m, around.streets, water)
    return CellGrounds(ground, water, marks, is_new)


def _stored(session: Session, cell_ids: Sequence[int]) -> dict[int, Row[Any]]:
    names = ", ".join(_COLUMNS)
    question = f"SELECT {names} FROM cell_grounds WHERE made_from IS NOT NULL AND cell_id = ANY (:ids)"
    rows = session.execute(text(question), {"ids": list(cell_ids)})
    return {row.cell_id: row for row in rows}


def keep_grounds(connection: Connection, cell_ids: Sequence[int], grounds: CellGrounds, frame: MetricFrame) -> None:
    """Put the grounds made anew in the place of the old ones, in metres of the frame."""
    new = np.flatnonzero(grounds.is_new).tolist()
    ids = [cell_ids[at] for at in new]
    connection.execute(text("DELETE FROM cell_grounds WHERE cell_id = ANY (:ids)"), {"ids": ids})
    near, water = shapely.to_wkb(grounds.ground.near_streets), shapely.to_wkb(grounds.water)
    lines = []
    for at in new:
        mark = grounds.marks[at]
        line = (cell_ids[at], frame.lon, frame.lat, _Bytea(near[at]), _Bytea(water[at]))
        lines.append((*line, float(grounds.ground.open_m2[at]), None if mark is None else _Bytea(mark)))
    copy_rows(connection, "cell_grounds", _COLUMNS, lines)


class _Bytea:
    """Bytes as COPY wants them for a bytea column; bare bytes are taken for a geometry there."""

    def __init__(self, blob: bytes) -> None:
        self.blob = blob

    def __str__(self) -> str:
        return r"\\x" + self.blob.hex()
