"""Numbering cells as the grid code asks: from west to east, from north to south."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from gis.errors import BadParameter


def reading_order(areas: Sequence[Polygon | MultiPolygon]) -> list[int]:
    """Return the indices of `areas` (lon/lat) as they are read on a map: row by row, each from the west.

    A row takes in every cell whose middle lies less than half a usual cell's height south of its
    northernmost. The same areas in any order are numbered the same.

    >>> reading_order([shapely.box(1, 0, 2, 1), shapely.box(0, 0, 1, 1), shapely.box(0, 1, 2, 2)])
    [2, 1, 0]
    """
    if not areas:
        return []
    ground = np.asarray(list(areas), dtype=object)
    middle: NDArray[np.float64] = shapely.get_coordinates(shapely.centroid(ground))
    box = shapely.bounds(ground)
    half_height = float(np.median(box[:, 3] - box[:, 1])) / 2.0
    order: list[int] = []
    row: list[int] = []
    for index in np.lexsort((middle[:, 0], -middle[:, 1])).tolist():
        if row and middle[row[0], 1] - middle[index, 1] >= half_height:
            order += sorted(row, key=lambda cell: float(middle[cell, 0]))
            row = []
        row.append(index)
    return order + sorted(row, key=lambda cell: float(middle[cell, 0]))


def code_in_order(areas: Sequence[Polygon | MultiPolygon], village_code: str = "") -> list[str]:
    """Return the code of each area: the village's digits and a 3-digit sequence from 001 in reading order.

    In the order of `areas`. Raises BadParameter for more than 999 cells, which three digits cannot count.

    >>> code_in_order([shapely.box(1, 0, 2, 1), shapely.box(0, 0, 1, 1)], "990101001001")
    ['990101001001002', '990101001001001']
    """
    if len(areas) > 999:
        raise BadParameter("{cells} cells are too many for one village; the most is 999.", cells=len(areas))
    codes = [""] * len(areas)
    for sequence, index in enumerate(reading_order(areas), start=1):
        codes[index] = f"{village_code}{sequence:03d}"
    return codes
