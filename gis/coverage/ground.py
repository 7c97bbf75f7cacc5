"""The ground that coverage is measured on: cells with their open ground, and the ground near streets in each.

It does not depend on the cameras, so it is made once and asked many times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import ArrayLike

from gis.coverage import footprints
from gis.coverage.footprints import Floats, Geometries, Ints, areal
from gis.coverage.overlays import grouped, in_threads, overlay, pairs, shared_m2, subtracted
from gis.coverage.scene import Scene
from gis.coverage.tiles import cut
from gis.errors import BadGeometry, BadParameter

#: Told between parts of a long computation how much of it is done (0 to 1); what it raises ends the computation.
OnPart = Callable[[float], None]

NEAR_STREET_M = 12.0
CELLS_AT_ONCE = 256
SLIVER_M = 0.5
WATER_TILES_M = (
    12_800.0,
    3_200.0,
    800.0,
    200.0,
)  # step by step, so that no cut walks along more than 16 tiles of shore


@dataclass(frozen=True)
class Ground:
    """Cells and what in them is open: neither built over nor water.

    `cells`: valid polygons or multipolygons in local metres. `open_m2`: open ground of each cell, m².
    `near_streets`: of each cell the open ground within `near_m` of a street, without slivers. `streets`: the
    streets as given, `street_of` which street each line is part of (any number; the same for one street). `water`:
    water without buildings, in pieces of a tile each.
    """

    cells: Geometries
    open_m2: Floats
    near_streets: Geometries
    near_m: float
    streets: Geometries
    water: Geometries
    street_of: Ints

    @cached_property
    def street_tree(self) -> shapely.STRtree:
        """Return the search tree over `streets`."""
        return shapely.STRtree(self.streets)

    @cached_property
    def water_tree(self) -> shapely.STRtree:
        """Return the search tree over `water`."""
        return shapely.STRtree(self.water)


def build_ground(
    cells_m: ArrayLike,
    scene: Scene,
    *,
    streets_m: ArrayLike | None = None,
    water_m: ArrayLike | None = None,
    near_m: float = NEAR_STREET_M,
    street_of: ArrayLike | None = None,
    on_part: OnPart = lambda _share: None,
) -> Ground:
    """Return the ground of these cells (polygons in local metres) among the buildings of the scene.

    `streets_m`: center lines; open ground within `near_m` of one is what gaps are looked for in (without
    streets there are no gaps to show, only shares). `near_m` may be infinite: then gaps are looked for in all open
    ground. `street_of`: a number per line, the same for all lines of one street; left out, each line is its own.
    `on_part` is told between some hundred cells how many are done (0 to 1); what it raises ends the computation.
    Raises BadGeometry when a cell is no area, BadParameter when `near_m` is not 1-200 m or infinite.

    >>> from gis.coverage import build_scene
    >>> scene = build_scene([shapely.box(0, 0, 10, 10)])
    >>> build_ground([shapely.box(0, 0, 20, 20)], scene, water_m=[shapely.box(5, 5, 20, 20)]).open_m2.tolist()
    [100.0]
    """
    if not (1.0 <= near_m <= 200.0 or np.isposinf(near_m)):
        raise BadParameter("Near a street means within {near} m; it must lie between 1 and 200.", near=near_m)
    cells = _cells(np.atleast_1d(np.asarray(cells_m, dtype=object)))
    streets = np.atleast_1d(np.asarray([] if streets_m is None else streets_m, dtype=object))
    water = _dry_cut(np.atleast_1d(np.asarray([] if water_m is None else water_m, dtype=object)), scene)
    whole = Ground(cells, np.empty(0), cells, near_m, streets, water, _street_of(street_of, len(streets)))
    parts = [(np.empty(0), np.empty(0, dtype=object))]
    for start in range(0, len(cells), CELLS_AT_ONCE):
        on_part(start / len(cells))
        parts.append(_open_ground(cells[start : start + CELLS_AT_ONCE], whole, scene))
    open_m2, near = (np.concatenate(column) for column in zip(*parts, strict=True))
    return replace(whole, open_m2=open_m2, near_streets=near)


def _open_ground(cells: Geometries, whole: Ground, scene: Scene) -> tuple[Floats, Geometries]:
    """Return open ground in m², and the open ground near streets without slivers, of some cells."""
    is_everywhere = np.isposinf(whole.near_m)
    near = cells.copy() if is_everywhere else _near_streets(cells, whole)
    near = areal(subtracted(near, scene.buildings, *pairs(near, scene.tree)))
    near = areal(subtracted(near, whole.water, *pairs(near, whole.water_tree)))
    if is_everywhere:
        return shapely.area(near), without_slivers(near)
    closed = shared_m2(cells, scene.buildings, scene.tree) + shared_m2(cells, whole.water, whole.water_tree)
    return np.maximum(shapely.area(cells) - closed, 0.0), without_slivers(near)


def without_slivers(areas: Geometries, width_m: float = SLIVER_M) -> Geometries:
    """Return the areas without parts narrower than `width_m`: shrunk by half of it and grown back, on the 1 mm grid.

    Grown back, a wall between two parts is gone but for a hair of 1e-13 m; lines that cross such hairs are cut wrongly
    (by GEOS 3.14: a street's metres in a gap were off by hundreds), so the corners are put on the grid.

    >>> cross = shapely.union(shapely.box(0, 0, 10, 10), shapely.box(10, 5, 30, 5.2))
    >>> round(without_slivers(np.array([cross]))[0].area, 3)
    100.0
    """
    half = width_m / 2.0

    def opened(some: Geometries) -> Geometries:
        shrunk = shapely.buffer(some, -half, join_style="mitre", mitre_limit=2.0)
        grown = shapely.buffer(shrunk, half, join_style="mitre", mitre_limit=2.0)
        snapped = shapely.set_precision(grown, 10.0**-footprints.GRID_DECIMALS)
        # The grid must not stay with the shapes: overlays would round to it, but not after a way through bytes.
        return areal(np.asarray(shapely.set_precision(snapped, 0.0, mode="pointwise"), dtype=object))

    return in_threads(opened, areas)


def _street_of(given: ArrayLike | None, count: int) -> Ints:
    street_of = np.arange(count) if given is None else np.atleast_1d(np.asarray(given, dtype=np.intp))
    if len(street_of) != count:
        raise BadParameter(
            "There are {numbers} street numbers for {lines} street lines; give one each.",
            numbers=len(street_of),
            lines=count,
        )
    return street_of


def _cells(given: Geometries) -> Geometries:
    cells = shapely.force_2d(given)
    is_broken = ~shapely.is_valid(cells)
    cells[is_broken] = footprints.mend(cells[is_broken])
    cells = areal(np.asarray(cells, dtype=object))
    for index in np.flatnonzero(~(shapely.area(cells) > 0.0)):
        raise BadGeometry("Cell number {index} is not an area; give polygons only.", index=int(index))
    return cells


def _dry_cut(water: Geometries, scene: Scene) -> Geometries:
    """Return the water as single polygons that neither overlap each other nor a building."""
    bodies = footprints.dissolve(footprints.clean(water).polygons)
    dry = footprints.clean(subtracted(bodies, scene.buildings, *pairs(bodies, scene.tree))).polygons
    for tile_m in WATER_TILES_M:  # a long river in one piece would be walked along for every view beside it
        dry = cut(dry, tile_m)[0]
    return dry


def _near_streets(cells: Geometries, whole: Ground) -> Geometries:
    """Return of each cell the ground within `near_m` of a street, streets outside the cell included."""
    near_m = whole.near_m
    cell, street = whole.street_tree.query(cells, predicate="dwithin", distance=near_m)
    order = np.argsort(cell, kind="stable")
    cell, street = cell[order], street[order]
    bounds = shapely.bounds(cells)[cell] + np.array([-near_m, -near_m, near_m, near_m])
    lines = overlay(shapely.intersection, whole.streets[street], shapely.box(*bounds.T))

    def strips(some: Geometries) -> Geometries:
        # A street is drawn to a metre or so: corners that say less than 0.3 m only cost time later.
        return np.asarray(shapely.simplify(shapely.buffer(some, near_m, quad_segs=2), 0.3), dtype=object)

    return areal(overlay(shapely.intersection, in_threads(strips, grouped(lines, cell, len(cells))), cells))


def marks_of(
    cells_m: Geometries, near_m: float, layers: Sequence[tuple[Geometries, Sequence[bytes]]], said: bytes = b""
) -> list[bytes]:
    """Return for each cell a few bytes that change when anything its ground is made from does.

    `layers`: all buildings, all streets, ...: shapes, and of each shape all that matters as bytes; those count that lie
    in the cell's box grown by 2 `near_m`. `said`: anything else that the ground depends on.

    >>> cells, streets = np.array([shapely.box(0, 0, 9, 9), shapely.box(90, 0, 99, 9)]), np.array([shapely.Point(1, 1)])
    >>> bare, built = marks_of(cells, 12.0, [(streets, [b"lane"])]), marks_of(cells, 12.0, [(streets, [b"road"])])
    >>> [one == other for one, other in zip(bare, built)]
    [False, True]
    """
    digests = [hashlib.blake2b(said + blob, digest_size=16) for blob in shapely.to_wkb(cells_m).tolist()]
    boxes = shapely.bounds(cells_m).reshape(-1, 4) + 2.0 * near_m * np.array([-1.0, -1.0, 1.0, 1.0])
    for number, (shapes, blobs) in enumerate(layers):
        cell, at = shapely.STRtree(shapes).query(shapely.box(*boxes.T))
        order = np.lexsort((at, cell))
        cell, at = cell[order], at[order]
        starts = np.searchsorted(cell, np.arange(len(cells_m) + 1)).tolist()
        for digest, (first, last) in zip(digests, pairwise(starts), strict=True):
            digest.update(b"%d:%d;" % (number, last - first))
            for one in at[first:last].tolist():
                digest.update(blobs[one])
    return [digest.digest() for digest in digests]


def cells_of(points_m: Floats, ground: Ground) -> Ints:
    """Return the cell that each point (n, 2) lies in, -1 for none.

    >>> from gis.coverage import build_scene
    >>> ground = build_ground([shapely.box(0, 0, 2, 2)], build_scene([]))
    >>> cells_of(np.array([[1.0, 1.0], [5.0, 5.0]]), ground).tolist()
    [0, -1]
    """
    result = np.full(len(points_m), -1, dtype=np.intp)
    point, cell = shapely.STRtree(ground.cells).query(shapely.points(points_m), predicate="intersects")
    result[point[::-1]] = cell[::-1]  # on a shared border the first cell found holds the point
    return result
