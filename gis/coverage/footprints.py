"""Building footprints made fit for the sweep: on a 1 mm grid, valid, not overlapping, rings turned one way.

The sweep trusts three things: walls do not cross, a camera outside sees only walls that face it, and no
two corners of a ring lie closer than a micrometre. Everything here exists to make them true of any input.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

GRID_DECIMALS = 3  # 1 mm: finer than any survey, coarse enough that two corners never differ by rounding only
SMALLEST_M2 = 1e-4
POLYGON, MULTIPOLYGON, COLLECTION = 3, 6, 7


class Cleaned(NamedTuple):
    """Clean polygons, the index of the building each came from, and the buildings that were repaired."""

    polygons: Geometries
    source: Ints
    repaired: Ints


def clean(buildings: Geometries) -> Cleaned:
    """Return the buildings as valid single polygons on the 1 mm grid; what is not an area is left out.

    Multipolygons come apart, self-crossing rings are made valid, Z is dropped. A building with a
    coordinate that is not a number is left out.

    >>> bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> len(clean(np.array([bow_tie], dtype=object)).polygons)
    2
    """
    flat = np.asarray(buildings, dtype=object)
    flat = shapely.force_2d(flat) if shapely.has_z(flat).any() else flat
    parts, source = _polygon_parts(flat, np.arange(len(flat)))
    xy, owner = shapely.get_coordinates(parts, return_index=True)
    is_finite = np.ones(len(parts), dtype=bool)
    is_finite[owner[~np.isfinite(xy).all(axis=1)]] = False
    parts, source = on_grid(parts[is_finite]), source[is_finite]
    is_broken = ~shapely.is_valid(parts)
    repaired = np.unique(source[is_broken])
    mended, of = _polygon_parts(mend(parts[is_broken]), source[is_broken])
    parts = np.concatenate([parts[~is_broken], mended])
    source = np.concatenate([source[~is_broken], of])
    is_area = shapely.area(parts) > SMALLEST_M2
    return Cleaned(parts[is_area], source[is_area], repaired)


def on_grid(polygons: Geometries) -> Geometries:
    """Return the polygons with every coordinate rounded to 1 mm and repeated corners dropped.

    >>> on_grid(np.array([shapely.Polygon([(0, 0), (1.00004, 0), (1.00001, 0), (0, 1)])]))[0].wkt
    'POLYGON ((0 0, 1 0, 0 1, 0 0))'
    """
    if not len(polygons):
        return polygons
    xy, owner = shapely.get_coordinates(polygons, return_index=True)
    rounded = np.round(xy, GRID_DECIMALS) + 0.0
    result = polygons.copy() if np.array_equal(xy, rounded) else shapely.set_coordinates(polygons.copy(), rounded)
    x, y = rounded.T
    is_same = (x[1:] == x[:-1]) & (y[1:] == y[:-1]) & (owner[1:] == owner[:-1])
    repeats = np.unique(owner[1:][is_same])  # few: looking for them costs less than rebuilding every ring
    result[repeats] = shapely.remove_repeated_points(result[repeats])
    return np.asarray(result, dtype=object)


def mend(polygons: Geometries) -> Geometries:
    """Return the polygons made valid; parts that collapse to lines are dropped.

    >>> mend(np.array([shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])]))[0].area
    2.0
    """
    mended = shapely.make_valid(polygons, method="structure", keep_collapsed=False)
    return np.asarray(mended, dtype=object)


def dissolve(polygons: Geometries) -> Geometries:
    """Return the polygons united where they overlap or touch, as single oriented polygons on the grid.

    Shells run counter-clockwise, courtyards clockwise: the inside of a building is left of every wall.

    >>> len(dissolve(np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3), shapely.box(9, 9, 10, 10)])))
    2
    """
    if not len(polygons):
        return np.empty(0, dtype=object)
    united = shapely.get_parts(shapely.disjoint_subset_union_all(polygons))
    return oriented(clean(united).polygons)


def oriented(polygons: Geometries) -> Geometries:
    """Return the polygons with shells counter-clockwise and holes clockwise.

    >>> bool(shapely.is_ccw(oriented(np.array([shapely.box(0, 0, 1, 1, ccw=False)]))[0].exterior))
    True
    """
    return np.asarray(shapely.orient_polygons(polygons, exterior_cw=False), dtype=object)


def partition_by_height(polygons: Geometries, heights_m: Floats) -> tuple[Geometries, Floats]:
    """Return footprints that do not overlap, each with one height; where two overlap the taller one keeps the ground.

    Equal heights are dissolved. NaN is an unknown height: such a building counts as taller than all,
    because a wall of unknown height must not let a camera look over it.

    >>> parts, tall = partition_by_height(
    ...     np.array([shapely.box(0, 0, 4, 4), shapely.box(2, 0, 6, 4)]), np.array([3.0, 9.0]))
    >>> [(part.area, h) for part, h in zip(parts, tall.tolist())]
    [(8.0, 3.0), (16.0, 9.0)]
    """
    level = np.where(np.isnan(heights_m), np.inf, heights_m)
    is_alone = _is_alone(polygons)  # most buildings: nothing has to be united, cut or made valid for them
    parts, heights = [oriented(polygons[is_alone])], [level[is_alone]]
    pieces, tall = _levels_apart(polygons[~is_alone], level[~is_alone])
    parts.append(pieces)
    heights.append(tall)
    tall = np.concatenate(heights)
    return np.concatenate(parts), np.where(np.isinf(tall), np.nan, tall)


def _is_alone(polygons: Geometries) -> NDArray[np.bool_]:
    """Return which of the polygons have no point in common with any other."""
    one, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    is_alone = np.ones(len(polygons), dtype=bool)
    is_alone[one[one != other]] = False
    return is_alone


def _levels_apart(polygons: Geometries, level: Floats) -> tuple[Geometries, Floats]:
    """Return the footprints dissolved height by height, the lower ones cut by the taller."""
    parts, heights = [_none()], [np.empty(0)]
    for height in np.unique(level):
        same = dissolve(polygons[level == height])
        parts.append(same)
        heights.append(np.full(len(same), height))
    return _cut_by_taller(np.concatenate(parts), np.concatenate(heights))


def _cut_by_taller(pieces: Geometries, tall: Floats) -> tuple[Geometries, Floats]:
    low, high = shapely.STRtree(pieces).query(pieces, predicate="intersects")
    is_lower = tall[low] < tall[high]
    low, high = low[is_lower], high[is_lower]
    overlaps = shapely.area(shapely.intersection(pieces[low], pieces[high])) > SMALLEST_M2
    low, high = low[overlaps], high[overlaps]
    pieces = pieces.copy()
    for victim in np.unique(low):
        pieces[victim] = shapely.difference(pieces[victim], shapely.union_all(pieces[high[low == victim]]))
    cleaned = clean(pieces)
    return oriented(cleaned.polygons), tall[cleaned.source]


def areal(geometries: Geometries) -> Geometries:
    """Return the geometries with only their areas left: lines and points from touching overlays become empty.

    >>> areal(np.array([shapely.Point(0, 0), shapely.box(0, 0, 1, 1)]))[0].wkt
    'POLYGON EMPTY'
    """
    kind = shapely.get_type_id(geometries)
    is_fine = (kind == POLYGON) | (kind == MULTIPOLYGON)
    if is_fine.all():
        return geometries
    result = geometries.copy()
    result[~is_fine] = shapely.Polygon()
    for i in np.flatnonzero(kind == COLLECTION):
        parts, _ = _polygon_parts(geometries[i : i + 1], np.zeros(1, dtype=np.intp))
        result[i] = shapely.union_all(parts) if len(parts) else shapely.Polygon()
    return result


def _polygon_parts(geometries: Geometries, source: Ints) -> tuple[Geometries, Ints]:
    """Return all polygons in the geometries (two levels deep: a collection may hold multipolygons)."""
    if ((shapely.get_type_id(geometries) == POLYGON) & ~shapely.is_empty(geometries)).all():
        return geometries, source
    parts, of = shapely.get_parts(geometries, return_index=True)
    parts, of_part = shapely.get_parts(parts, return_index=True)
    is_polygon = (shapely.get_type_id(parts) == POLYGON) & ~shapely.is_empty(parts)
    return parts[is_polygon], source[of[of_part[is_polygon]]]


def _none() -> Geometries:
    return np.empty(0, dtype=object)
