"""Coverage of a few cells again, after something near them has changed, equal to what a run of everything gives.

What makes it equal: a run merges views tile by tile, and everything it says of a cell follows from the whole tiles
around that cell. So here, too, all views are taken that reach into any of those tiles, in the same order. The ground of
a cell does not depend on cameras: it is kept between edits (`kept_water` and the cell's `near_streets`).
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage.footprints import Floats, Geometries, areal
from gis.coverage.ground import SLIVER_M, Ground, _cells
from gis.coverage.overlays import grouped, overlay, pairs
from gis.coverage.tiles import TILE_M

#: What lies further from a change than this has not changed: seen ground is grown by SLIVER_M, its mitres twice as far.
TOUCH_M = 4.0 * SLIVER_M


def touched_by(shapes: Geometries, changed: Geometries, within_m: float = TOUCH_M) -> NDArray[np.bool_]:
    """Return which of the shapes lie within `within_m` metres of something that changed.

    >>> shapes = np.array([shapely.box(0, 0, 5, 5), shapely.box(20, 0, 25, 5)])
    >>> touched_by(shapes, np.array([shapely.box(6, 0, 9, 9)])).tolist()
    [True, False]
    """
    found = np.zeros(len(shapes), dtype=bool)
    if len(shapes) and len(changed):
        found[shapely.STRtree(changed).query(shapes, predicate="dwithin", distance=within_m)[0]] = True
    return found


def whole_tiles(bounds_m: Floats, tile_m: float = TILE_M) -> Floats:
    """Return bounds (n, 4) in metres grown to the whole tiles they and TOUCH_M around them lie in.

    >>> whole_tiles(np.array([[10.0, 250.0, 20.0, 260.0]])).tolist()
    [[0.0, 200.0, 200.0, 400.0]]
    """
    low = np.floor((bounds_m[:, :2] - TOUCH_M) / tile_m) * tile_m
    high = np.ceil((bounds_m[:, 2:] + TOUCH_M) / tile_m) * tile_m
    return np.asarray(np.hstack([low, high]), dtype=np.float64)


def kept_water(ground: Ground) -> Geometries:
    """Return each cell's water as one geometry, to be kept beside the cell's `near_streets`.

    >>> from gis.coverage import build_ground, build_scene
    >>> ground = build_ground([shapely.box(0, 0, 9, 9)], build_scene([]), water_m=[shapely.box(5, 0, 20, 9)])
    >>> kept_water(ground)[0].area
    36.0
    """
    cell, body = pairs(ground.cells, ground.water_tree)
    parts = areal(overlay(shapely.intersection, ground.water[body], ground.cells[cell]))
    has_area = shapely.area(parts) > 0.0
    return grouped(parts[has_area], cell[has_area], len(ground.cells))


def ground_again(
    cells_m: Geometries,
    open_m2: Floats,
    near_streets: Geometries,
    near_m: float,
    streets: Geometries,
    water: Geometries,
) -> Ground:
    """Return the ground of some cells from what was kept of them; `water` is each cell's own, by `kept_water`.

    >>> from gis.coverage import build_ground, build_scene, cover
    >>> street = np.array([shapely.LineString([(0, 5), (100, 5)])])
    >>> ground = build_ground([shapely.box(0, 0, 100, 100)], build_scene([]), streets_m=street)
    >>> again = ground_again(ground.cells, ground.open_m2, ground.near_streets, 12.0, street, kept_water(ground))
    >>> view = np.array([shapely.box(0, 0, 50, 50)])
    >>> float(cover(view, again).share[0]) == float(cover(view, ground).share[0])
    True
    """
    parts = shapely.get_parts(shapely.get_parts(water))
    return Ground(
        cells=_cells(cells_m),
        open_m2=open_m2,
        near_streets=near_streets,
        near_m=near_m,
        streets=streets,
        water=np.asarray(parts, dtype=object),
        street_of=np.arange(len(streets)),
    )
