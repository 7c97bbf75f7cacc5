"""Other people's ways to a view, measured beside ours where they are installed; none of them is a dependency.

VisiLibity (exact in two dimensions, C++): `pip install VisiLibity`, which builds with swig.
"""

from __future__ import annotations

import importlib
import time
from typing import Any

import numpy as np
import shapely

from gis.coverage import Scene
from tests.gis.coverage_oracle import sector

EPSILON_M = 1e-7
SIMPLE_M = 0.01


def visilibity(scene: Scene, asked: list[list[float]]) -> dict[str, Any] | None:
    """Areas in view of cameras (x, y, bearing, field, range), and processor time of each; None where not installed.

    Only the view itself is timed: not the making of its surroundings, and not the cut to field of view and range.
    A camera it gives no sound answer for has the area NaN: it wants footprints that keep apart.
    """
    try:
        vis = importlib.import_module("visilibity")
    except ImportError:
        return None
    areas, spent = [], 0.0
    for x, y, bearing, hfov, reach in asked:
        around = _surroundings(vis, scene, x, y, reach)
        eye = vis.Point(x, y)
        began = time.process_time()
        found = vis.Visibility_Polygon(eye, around, EPSILON_M)
        spent += time.process_time() - began
        corners = [(found[at].x(), found[at].y()) for at in range(found.n())]
        seen = shapely.make_valid(shapely.Polygon(corners)) if len(corners) > 2 else shapely.Polygon()
        areas.append(shapely.intersection(seen, sector(x, y, bearing, hfov, reach)).area or float("nan"))
    return {"areas": np.array(areas), "cpu_s": spent / len(asked)}


def _surroundings(vis: Any, scene: Scene, x: float, y: float, reach: float) -> Any:
    """A box with the buildings within range as holes, made simple as it needs them."""
    near = scene.buildings[scene.tree.query(shapely.Point(x, y), predicate="dwithin", distance=reach)]
    bounds = shapely.total_bounds(np.append(near, shapely.Point(x, y).buffer(reach))) + np.array([-9, -9, 9, 9])
    rings = [shapely.box(*bounds).exterior]
    rings += [shapely.Polygon(shell).exterior for shell in shapely.get_exterior_ring(near)]
    made = []
    for number, ring in enumerate(rings):
        turned = ring if ring.is_ccw == (number == 0) else ring.reverse()  # the box counter-clockwise, holes clockwise
        made.append(vis.Polygon([vis.Point(*corner) for corner in list(turned.coords)[:-1]]))
    return vis.Environment(made)
