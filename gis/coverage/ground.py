"""The ground that coverage is measured on: cells with their open ground, and the ground near streets in each.

It does not depend on the cameras, so it is made once and asked many times.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import ArrayLike

from gis.coverage import footprints
from gis.coverage.footprints import Floats, Geometries, Ints, areal
from gis.coverage.overlays import grouped, in_threads, overlay, pairs, shared_m2, subtracted
from gis.coverage.scene import Scene
from gis.coverage.tiles import cut
from gis.errors import BadGeometry, BadParameter

NEAR_STREET_M = 12.0
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
) -> Ground:
    """Return the ground of these cells (polygons in local metres) among the buildings of the scene.

    `streets_m`: center lines; open ground within `near_m` of one is what gaps are looked for in (without
    streets there are no gaps to show, only shares). `near_m` may be infinite: then gaps are looked for in all open
    ground. `street_of`: a number per line, the same for all lines of one street; left out, each line is its own.
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
    water_tree = shapely.STRtree(water)
    near = cells.copy() if np.isposinf(near_m) else _near_streets(cells, streets, near_m)
    near = areal(subtracted(near, scene.buildings, *pairs(near, scene.tree)))
    near = areal(subtracted(near, water, *pairs(near, water_tree)))
    if np.isposinf(near_m):
        open_m2 = shapely.area(near)
    else:
        closed = shared_m2(cells, scene.buildings, scene.tree) + shared_m2(cells, water, water_tree)
        open_m2 = np.maximum(shapely.area(cells) - closed, 0.0)
    return Ground(cells, open_m2, without_slivers(near), near_m, streets, water, _street_of(street_of, len(streets)))


def without_slivers(areas: Geometries, width_m: float = SLIVER_M) -> Geometries:
    """Return the areas without parts narrower than `width_m`: shrunk by half of it and grown back.

    >>> cross = shapely.union(shapely.box(0, 0, 10, 10), shapely.box(10, 5, 30, 5.2))
    >>> round(without_slivers(np.array([cross]))[0].area, 3)
    100.0
    """
    half = width_m / 2.0

    def opened(some: Geometries) -> Geometries:
        shrunk = shapely.buffer(some, -half, join_style="mitre", mitre_limit=2.0)
        return np.asarray(shapely.buffer(shrunk, half, join_style="mitre", mitre_limit=2.0), dtype=object)

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


def _near_streets(cells: Geometries, streets: Geometries, near_m: float) -> Geometries:
    """Return of each cell the ground within `near_m` of a street, streets outside the cell included."""
    cell, street = shapely.STRtree(streets).query(cells, predicate="dwithin", distance=near_m)
    order = np.argsort(cell, kind="stable")
    cell, street = cell[order], street[order]
    bounds = shapely.bounds(cells)[cell] + np.array([-near_m, -near_m, near_m, near_m])
    lines = overlay(shapely.intersection, streets[street], shapely.box(*bounds.T))

    def strips(some: Geometries) -> Geometries:
        # A street is drawn to a metre or so: corners that say less than 0.3 m only cost time later.
        return np.asarray(shapely.simplify(shapely.buffer(some, near_m, quad_segs=2), 0.3), dtype=object)

    return areal(overlay(shapely.intersection, in_threads(strips, grouped(lines, cell, len(cells))), cells))


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
