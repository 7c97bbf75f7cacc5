"""Incidents of the last year in gaps, beside unseen streets, and in cells: what says which gap matters.

Of incidents coverage knows only where they happened (the view `recent_incident_places`); they are read once for a run,
and for an edit only those about it, so both count in the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from cameras.reading import Floats, Shapes, grown, in_boxes, shapes_of
from gis.crs import MetricFrame

#: An incident so near to a stretch of street happened there.
BESIDE_M = 25.0

_PLACES = text(
    "SELECT array_agg(st_x(place)) AS lon, array_agg(st_y(place)) AS lat FROM recent_incident_places"
    " WHERE place && st_makeenvelope(:west, :south, :east, :north, 4326)"
)


@dataclass(frozen=True)
class Incidents:
    """Where incidents happened: points in metres, and the code of today's cell each lies in ("" for none)."""

    places: Shapes
    codes: NDArray[Any]

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The search tree over the places."""
        return shapely.STRtree(self.places)

    def within(self, areas: Shapes) -> list[int]:
        """How many happened in each area."""
        return _counted(self.tree.query(areas, predicate="intersects")[0], len(areas))

    def beside(self, lines: Shapes) -> list[int]:
        """How many happened within BESIDE_M of each line."""
        return _counted(self.tree.query(lines, predicate="dwithin", distance=BESIDE_M)[0], len(lines))

    def of_cells(self, codes: Sequence[str], views: Shapes) -> tuple[list[int], list[int]]:
        """How many happened in each cell, and how many of them where one of the views sees."""
        is_seen = np.zeros(len(self.places), dtype=bool)
        is_seen[self.tree.query(views, predicate="intersects")[1]] = True
        return self._of(codes, self.codes), self._of(codes, self.codes[is_seen])

    def _of(self, codes: Sequence[str], found: NDArray[Any]) -> list[int]:
        known = dict(zip(*(part.tolist() for part in np.unique(found, return_counts=True)), strict=True))
        return [known.get(code, 0) for code in codes]


def _counted(which: NDArray[Any], count: int) -> list[int]:
    return np.bincount(which, minlength=count).tolist()


def read_incidents(session: Session, frame: MetricFrame, box: Floats) -> Incidents:
    """The incidents in a box (west, south, east, north in degrees) and a little around it."""
    around = grown(np.asarray(box, dtype=np.float64).reshape(1, 4), 2.0 * BESIDE_M)
    west, south, east, north = around[0].tolist()
    row = session.execute(_PLACES, {"west": west, "south": south, "east": east, "north": north}).one()
    lonlat = np.column_stack([row.lon or [], row.lat or []]).reshape(-1, 2).astype(np.float64)
    places = np.asarray(shapely.points(frame.xy(lonlat)), dtype=object).reshape(-1)
    codes = np.full(len(places), "", dtype=object)
    cells = sorted(in_boxes(session, "cells_in_boxes_bare", around), key=lambda cell: cell.code)
    cell, place = shapely.STRtree(places).query(shapes_of(cells, frame), predicate="intersects")
    order = np.argsort(-cell, kind="stable")  # on a border the cell with the lower code, written last, has it
    codes[place[order]] = np.array([one.code for one in cells], dtype=object)[cell[order]]
    return Incidents(places, codes.astype(str))
