"""Overlays of many geometries with many others, each pair once, all pairs of a round in one call."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage.footprints import Floats, Geometries, Ints, mend

SLICED_FROM = 256
FALLBACK_GRID_M = 1e-4


def pairs(these: Geometries | shapely.Geometry, tree: shapely.STRtree) -> tuple[Ints, Ints]:
    """Return pairs (index into `these`, index into the tree) that have a point in common, ordered by the first.

    >>> tree = shapely.STRtree([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)])
    >>> [part.tolist() for part in pairs(np.array([shapely.Point(5, 5), shapely.Point(0, 0)]), tree)]
    [[0, 1], [1, 0]]
    """
    if isinstance(these, np.ndarray) and len(these) > len(tree):
        # Whoever asks the tree is prepared: the few large ones should ask the many small ones, not the other way.
        other, this = shapely.STRtree(these).query(tree.geometries, predicate="intersects")
    else:
        this, other = tree.query(these, predicate="intersects")
    order = np.lexsort((other, this))
    return this[order], other[order]


def subtracted(these: Geometries, cutters: Geometries, this: Ints, cutter: Ints) -> Geometries:
    """Return `these` without what the cutters of each cover; (this, cutter) are the pairs, ordered by `this`.

    The cutters of one are united first: right for large areas with many small cutters.

    >>> left = subtracted(np.array([shapely.box(0, 0, 4, 1)]),
    ...     np.array([shapely.box(0, 0, 1, 1), shapely.box(3, 0, 9, 1)]), np.array([0, 0]), np.array([0, 1]))
    >>> left[0].area
    2.0
    """
    result = these.copy()
    if len(this):
        touched, first = np.unique(this, return_index=True)
        result[touched] = overlay(shapely.difference, these[touched], united(cutters[cutter], first))
    return result


def subtracted_in_turn(these: Geometries, cutters: Geometries, this: Ints, cutter: Ints) -> Geometries:
    """Return the same as `subtracted`, one cutter after the other: right for lines, which are quickly cut.

    >>> left = subtracted_in_turn(np.array([shapely.LineString([(0, 0), (4, 0)])]),
    ...     np.array([shapely.box(0, -1, 1, 1), shapely.box(3, -1, 9, 1)]), np.array([0, 0]), np.array([0, 1]))
    >>> left[0].length
    2.0
    """
    result = these.copy()
    turn = np.arange(len(this)) - np.searchsorted(this, this)
    for k in range(int(turn.max(initial=-1)) + 1):
        now = turn == k
        now[now] = ~shapely.is_empty(result[this[now]])
        result[this[now]] = overlay(shapely.difference, result[this[now]], cutters[cutter[now]])
    return result


def united(areas: Geometries, first: Ints) -> Geometries:
    """Return the union of each group of areas; groups begin at `first`. Groups of one size are done in one call.

    >>> boxes = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(5, 0, 6, 1)])
    >>> [float(one.area) for one in united(boxes, np.array([0, 2]))]
    [2.0, 1.0]
    """
    result = areas[first]
    size = np.diff(np.append(first, len(areas)))
    for k in np.unique(size[size > 1]):
        alike = np.flatnonzero(size == k)
        result[alike] = in_threads(unions_of_rows, areas[first[alike, None] + np.arange(k)])
    return result


def unions_of_rows(table: Geometries) -> Geometries:
    """Return the union of each row of a table (n, k) of areas; a row that fails is done on a grid.

    >>> unions_of_rows(np.array([[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]]))[0].area
    2.0
    """
    try:
        return np.asarray(shapely.disjoint_subset_union_all(table, axis=1), dtype=object)
    except shapely.GEOSException:
        return np.array([union_of(row) for row in table], dtype=object)


def overlay(operation: Callable[..., Geometries], these: Geometries, others: Geometries) -> Geometries:
    """Return `operation` (shapely.intersection, union or difference) of each of these with its other.

    Floating-point overlays of sides that nearly coincide fail now and then; the pair that fails is done again
    with its corners on a 0.1 mm grid, where it cannot.

    >>> overlay(shapely.union, np.array([shapely.box(0, 0, 1, 1)]), np.array([shapely.box(1, 0, 2, 1)]))[0].area
    2.0
    """

    def surely(one: Geometries, other: Geometries) -> Geometries:
        try:
            return np.asarray(operation(one, other), dtype=object)
        except shapely.GEOSException:
            if len(one) > 1:
                half = len(one) // 2
                return np.concatenate([surely(one[:half], other[:half]), surely(one[half:], other[half:])])
            return np.asarray(operation(mend(one), mend(other), grid_size=FALLBACK_GRID_M), dtype=object)

    return in_threads(surely, these, others)


def union_of(geometries: Geometries) -> shapely.Geometry:
    """Return the union of many areas, those that do not meet handled apart (quick), on a grid if that fails.

    >>> union_of(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])).area
    2.0
    """
    try:
        return shapely.disjoint_subset_union_all(geometries)
    except shapely.GEOSException:
        return shapely.union_all(mend(geometries), grid_size=FALLBACK_GRID_M)


def in_threads(operation: Callable[..., Geometries], *arrays: NDArray[Any]) -> Geometries:
    """Return `operation(*arrays)` done in slices, one thread per core: shapely works without the interpreter's lock.

    >>> in_threads(shapely.centroid, np.array([shapely.box(0, 0, 2, 2)]))[0].wkt
    'POINT (1 1)'
    """
    count, workers = len(arrays[0]), min(os.cpu_count() or 1, 8)
    if count < SLICED_FROM or workers == 1:
        return np.asarray(operation(*arrays), dtype=object)
    cuts = np.linspace(0, count, 8 * workers + 1).astype(np.intp)
    slices = [[array[a:b] for array in arrays] for a, b in pairwise(cuts)]
    with ThreadPoolExecutor(workers) as pool:
        return np.concatenate(list(pool.map(lambda part: operation(*part), slices)))


def shared_m2(these: Geometries, others: Geometries, tree: shapely.STRtree) -> Floats:
    """Return for each of `these` the area it shares with the others (which must not overlap each other).

    `tree` is the tree over `others`. Most of the others lie wholly in one of these: no overlay is made for them.

    >>> others = np.array([shapely.box(0, 0, 1, 1), shapely.box(1.5, 0, 3, 1)])
    >>> shared_m2(np.array([shapely.box(0, 0, 2, 2)]), others, shapely.STRtree(others)).tolist()
    [1.5]
    """
    this, other = pairs(these, tree)
    within_this, within = tree.query(these, predicate="covers")  # not `prepare`: threads may share these
    is_within = np.isin(this * len(others) + other, within_this * len(others) + within)
    area = np.empty(len(this))
    area[is_within] = shapely.area(others[other[is_within]])
    cut = ~is_within
    area[cut] = shapely.area(overlay(shapely.intersection, these[this[cut]], others[other[cut]]))
    return np.asarray(np.bincount(this, weights=area, minlength=len(these)), dtype=np.float64)


def grouped(geometries: Geometries, group: Ints, count: int) -> Geometries:
    """Return one collection per group (0..count-1); `group` must be ascending. A group may be empty.

    >>> [len(g.geoms) for g in grouped(np.array([shapely.Point(0, 0), shapely.Point(1, 1)]), np.array([1, 1]), 2)]
    [0, 2]
    """
    result = np.full(count, shapely.GeometryCollection(), dtype=object)
    if len(geometries):
        shapely.geometrycollections(geometries, indices=group, out=result)
    return result


def grouped_lines(lines: Geometries, group: Ints, count: int) -> Geometries:
    """Return one multi-line per group (0..count-1); `group` must be ascending. A group may be empty.

    >>> lines = np.array([shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(1, 0), (3, 0)])])
    >>> [line.length for line in grouped_lines(lines, np.array([1, 1]), 2)]
    [0.0, 3.0]
    """
    result = np.full(count, shapely.MultiLineString(), dtype=object)
    if len(lines):
        shapely.multilinestrings(lines, indices=group, out=result)
    return result
