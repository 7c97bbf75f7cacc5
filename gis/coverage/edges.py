"""Walls as arrays: every wall of every building, and a grid that says which walls stand in which square."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage.footprints import Floats, Geometries, Ints

SQUARE_M = 48.0
MAX_SQUARES = 16_000_000


@dataclass(frozen=True)
class Walls:
    """Walls in ring order: `ends` (n, 4) as ax, ay, bx, by; those of building i are first[i]:first[i + 1].

    The inside of the building lies left of the way from a to b.
    """

    ends: Floats
    first: Ints


@dataclass(frozen=True)
class WallGrid:
    """A square grid over the walls; a wall stands in every square it crosses (compressed rows).

    `ends` and `height_m` hold a copy of each wall per square, in the order of the squares, so that a
    look into a square reads memory in one piece. `start[k]:start[k + 1]` are the walls of square k,
    k = row * columns + column. `frame` holds west, south, size of a square, columns, rows.
    """

    ends: Floats
    height_m: Floats
    start: NDArray[np.int64]
    frame: Floats


def walls_of(buildings: Geometries) -> Walls:
    """Return the walls of oriented polygons.

    >>> walls_of(np.array([shapely.box(0, 0, 2, 1)])).ends.shape
    (4, 4)
    """
    if not len(buildings):
        return Walls(np.empty((0, 4)), np.zeros(1, dtype=np.intp))
    _, xy, (ring_start, building_start) = shapely.to_ragged_array(buildings, include_z=False)
    ring_start = ring_start.astype(np.intp)
    is_wall = np.ones(len(xy), dtype=bool)
    is_wall[ring_start[1:] - 1] = False  # the last corner of a ring repeats its first
    a = np.flatnonzero(is_wall)
    ends = np.hstack([xy[a], xy[a + 1]])
    first = ring_start[building_start] - building_start  # one corner fewer for every ring before
    return Walls(np.ascontiguousarray(ends), first.astype(np.intp))


def grid_of(walls: Walls, heights_m: Floats, square_m: float = SQUARE_M) -> WallGrid:
    """Return the grid over `walls`; `heights_m` has one height per building, NaN for unknown (never looked over).

    >>> grid_of(walls_of(np.array([shapely.box(0, 0, 2, 1)])), np.array([np.nan])).start.tolist()
    [0, 4]
    """
    if not len(walls.ends):
        frame = np.array([0.0, 0.0, square_m, 1.0, 1.0])
        return WallGrid(walls.ends, np.empty(0), np.zeros(2, dtype=np.int64), frame)
    xs, ys = walls.ends[:, 0::2], walls.ends[:, 1::2]
    west, south = float(xs.min()), float(ys.min())
    width, depth = float(xs.max()) - west, float(ys.max()) - south
    while (width // square_m + 1) * (depth // square_m + 1) > MAX_SQUARES:
        square_m *= 2.0  # two far-off buildings must not cost gigabytes of empty squares
    columns, rows = int(width // square_m) + 1, int(depth // square_m) + 1
    frame = np.array([west, south, square_m, columns, rows])
    wall, square = _crossings(walls.ends, frame)
    order = np.argsort(square, kind="stable")
    wall = wall[order]
    start = np.zeros(columns * rows + 1, dtype=np.int64)
    np.cumsum(np.bincount(square, minlength=columns * rows), out=start[1:])
    height = np.repeat(np.where(np.isnan(heights_m), np.inf, heights_m), np.diff(walls.first))
    return WallGrid(np.ascontiguousarray(walls.ends[wall]), height[wall], start, frame)


def _crossings(ends: Floats, frame: Floats) -> tuple[Ints, Ints]:
    """Return pairs (wall, square): each wall with every square of the grid that it crosses."""
    west, south, size, columns, _ = frame
    column = ((ends[:, 0::2] - west) // size).astype(np.intp)
    row = ((ends[:, 1::2] - south) // size).astype(np.intp)
    low_column, low_row = column.min(axis=1), row.min(axis=1)
    wide, deep = np.ptp(column, axis=1) + 1, np.ptp(row, axis=1) + 1
    wall, step = runs(np.zeros(len(ends), dtype=np.intp), wide * deep)
    column = low_column[wall] + step % wide[wall]
    row = low_row[wall] + step // wide[wall]
    square = row * int(columns) + column
    is_long = (wide * deep)[wall] > 3  # a short wall's box is as good as the wall; a long slanting one's is not
    dx, dy = ends[wall, 2] - ends[wall, 0], ends[wall, 3] - ends[wall, 1]
    to_x = west + (column + 0.5) * size - ends[wall, 0]
    to_y = south + (row + 0.5) * size - ends[wall, 1]
    misses = np.abs(dx * to_y - dy * to_x) > (np.abs(dx) + np.abs(dy)) * (size * 0.500001)
    keep = ~(is_long & misses)
    return wall[keep], square[keep]


def runs(first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Return for runs of `count[i]` numbers from `first[i]` on: the run each number is of, and the numbers.

    >>> [part.tolist() for part in runs(np.array([5, 9]), np.array([2, 1]))]
    [[0, 0, 1], [5, 6, 9]]
    """
    run = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return run, np.arange(len(run)) - before[run] + np.asarray(first)[run]
