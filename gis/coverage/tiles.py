"""Views cut into square tiles, and in each tile the ground seen at least once, twice and three times.

A tile holds few views, so all overlays stay small, and a tile that no view touches costs nothing. Within a tile the
views are merged in pairs, then pairs of pairs: with L1, L2, L3 = seen at least once, twice, three times,

    L1 = A1 ∪ B1,   L2 = A2 ∪ B2 ∪ (A1 ∩ B1),   L3 = A3 ∪ B3 ∪ (A2 ∩ B1) ∪ (A1 ∩ B2)

and every round does all pairs of all tiles in one call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage.edges import runs
from gis.coverage.footprints import Geometries, Ints, areal
from gis.coverage.overlays import overlay, united

TILE_M = 200.0
SMALLEST_M2 = 1e-6


@dataclass(frozen=True)
class Layers:
    """Ground seen at least once, twice, three times, one entry per tile that a view touches.

    `column`, `row` name the tile: its south-west corner is (column, row) * tile_m. The polygons of different
    tiles do not overlap, so their areas may be added up.
    """

    tile_m: float
    column: Ints
    row: Ints
    once: Geometries
    twice: Geometries
    thrice: Geometries


def layers_of(polygons: Geometries, tile_m: float = TILE_M) -> Layers:
    """Return the layers of all views; empty views are passed over.

    >>> views = np.array([shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10), shapely.box(8, 0, 9, 10)])
    >>> seen = layers_of(views)
    >>> [float(shapely.area(part).sum()) for part in (seen.once, seen.twice, seen.thrice)]
    [150.0, 50.0, 10.0]
    """
    pieces, column, row, is_first = _by_tile(polygons, tile_m)
    once, twice, thrice = _merged(pieces, np.cumsum(is_first) - 1)
    return Layers(tile_m, column[is_first], row[is_first], once, twice, thrice)


def seen_once(polygons: Geometries, tile_m: float = TILE_M) -> Geometries:
    """Return the union of the views in each tile: the first of the layers, for a third of the work.

    >>> float(shapely.area(seen_once(np.array([shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10)])))[0])
    150.0
    """
    pieces, _, _, is_first = _by_tile(polygons, tile_m)
    return united(pieces, np.flatnonzero(is_first))


def _by_tile(polygons: Geometries, tile_m: float) -> tuple[Geometries, Ints, Ints, NDArray[np.bool_]]:
    """Return the pieces of all views ordered by tile, their tiles, and which piece is the first of its tile."""
    pieces, column, row = cut(polygons[~shapely.is_empty(polygons)], tile_m)
    order = np.lexsort((row, column))
    pieces, column, row = pieces[order], column[order], row[order]
    is_first = np.ones(len(pieces), dtype=bool)
    is_first[1:] = (np.diff(column) != 0) | (np.diff(row) != 0)
    return pieces, column, row, is_first


def cut(polygons: Geometries, tile_m: float) -> tuple[Geometries, Ints, Ints]:
    """Return the parts of the polygons in each tile, with the tile's column and row.

    >>> [part.tolist() for part in cut(np.array([shapely.box(-5, 1, 5, 2)]), 10.0)[1:]]
    [[-1, 0], [0, 0]]
    """
    low = np.floor(shapely.bounds(polygons)[:, :2] / tile_m).astype(np.intp)
    high = np.floor(shapely.bounds(polygons)[:, 2:] / tile_m).astype(np.intp)
    wide, deep = high[:, 0] - low[:, 0] + 1, high[:, 1] - low[:, 1] + 1
    view, step = runs(np.zeros(len(polygons), dtype=np.intp), wide * deep)
    column, row = low[view, 0] + step % wide[view], low[view, 1] + step // wide[view]
    pieces = polygons[view]
    is_cut = (wide * deep)[view] > 1
    squares = shapely.box(
        column[is_cut] * tile_m, row[is_cut] * tile_m, (column[is_cut] + 1) * tile_m, (row[is_cut] + 1) * tile_m
    )
    pieces[is_cut] = areal(overlay(shapely.intersection, pieces[is_cut], squares))
    keep = shapely.area(pieces) > SMALLEST_M2
    return pieces[keep], column[keep], row[keep]


def _merged(pieces: Geometries, tile: Ints) -> tuple[Geometries, Geometries, Geometries]:
    """Return the three layers per tile from pieces ordered by tile."""
    nothing = shapely.Polygon()
    one, two, three = pieces.copy(), np.full(len(pieces), nothing), np.full(len(pieces), nothing)
    while len(tile) > 1:
        place = np.arange(len(tile)) - np.searchsorted(tile, tile)
        a = np.flatnonzero((place[:-1] % 2 == 0) & (tile[:-1] == tile[1:]))
        if not len(a):
            break
        b = a + 1
        both = _overlap(one[a], one[b])
        again = _overlap(two[a], one[b]), _overlap(one[a], two[b])
        three[a] = _united(three[a], three[b], *again)
        two[a] = _united(two[a], two[b], both)
        one[a] = overlay(shapely.union, one[a], one[b])
        stays = np.ones(len(tile), dtype=bool)
        stays[b] = False
        one, two, three, tile = one[stays], two[stays], three[stays], tile[stays]
    return one, two, three


def _overlap(a: Geometries, b: Geometries) -> Geometries:
    """Return the common areas; what only touches, or overlaps by rounding, counts as nothing."""
    result = np.full(len(a), shapely.Polygon(), dtype=object)
    meets = ~(shapely.is_empty(a) | shapely.is_empty(b))
    common = areal(overlay(shapely.intersection, a[meets], b[meets]))
    common[shapely.area(common) < SMALLEST_M2] = shapely.Polygon()
    result[meets] = common
    return result


def _united(first: Geometries, *more: Geometries) -> Geometries:
    result = first
    for other in more:
        is_more = ~shapely.is_empty(other)
        result = np.where(is_more & shapely.is_empty(result), other, result)
        needs = is_more & (result != other)
        result[needs] = overlay(shapely.union, result[needs], other[needs])
    return result
