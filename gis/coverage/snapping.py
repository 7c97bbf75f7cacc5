"""Cameras on or in a building are moved just outside its nearest wall, and the distance is remembered.

A camera whose place was taken from its address or from a coarse map often lies inside the building it hangs
on. Left there it would see through its own wall. It is never dropped: it is moved, and the move is reported.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage.edges import Walls, runs
from gis.coverage.footprints import Floats, Ints
from gis.coverage.scene import Scene

NEAR_M = 1.0
CLEARANCE_M = 0.20
NARROWER_M = (CLEARANCE_M, 0.10, 0.05, 0.02, 0.005)
ON_WALL_M = 1e-4
SAME_M = 1e-7


class Standing(NamedTuple):
    """Where cameras stand after snapping, how far each was moved (m), and whether it found no way outside."""

    x_m: Floats
    y_m: Floats
    moved_m: Floats
    is_walled_in: NDArray[np.bool_]

    def take(self, which: Ints) -> Standing:
        """Return where only the cameras stand that `which` names, in that order."""
        return Standing(self.x_m[which], self.y_m[which], self.moved_m[which], self.is_walled_in[which])


def snap(scene: Scene, x_m: Floats, y_m: Floats, near_m: float = NEAR_M) -> Standing:
    """Return where cameras stand: those in a footprint or within `near_m` of it go to 0.20 m before the nearest wall.

    Where another building stands in the way the clearance is narrowed down to 5 mm; a camera that still
    stands in a wall is `is_walled_in` and sees nothing.

    >>> from gis.coverage.scene import build_scene
    >>> stand = snap(build_scene([shapely.box(0, 0, 10, 10)]), np.array([5.0]), np.array([0.5]))
    >>> float(stand.y_m[0].round(3)), float(stand.moved_m[0].round(3))
    (-0.2, 0.7)
    """
    x, y = x_m.copy(), y_m.copy()
    is_walled_in = np.zeros(len(x), dtype=bool)
    camera, building = _own_buildings(scene, x_m, y_m, near_m)
    wall_x, wall_y, out_x, out_y = _facade(scene.walls, x_m[camera], y_m[camera], building)
    todo = np.arange(len(camera))
    for clearance in NARROWER_M:
        x[camera[todo]] = wall_x[todo] + clearance * out_x[todo]
        y[camera[todo]] = wall_y[todo] + clearance * out_y[todo]
        todo = todo[_is_in_a_wall(scene, x[camera[todo]], y[camera[todo]])]
    is_walled_in[camera[todo]] = True
    return Standing(x, y, np.hypot(x - x_m, y - y_m), is_walled_in)


def _own_buildings(scene: Scene, x: Floats, y: Floats, near_m: float) -> tuple[Ints, Ints]:
    """Return each camera that must be moved, once, with the building it is in or (else) nearest to."""
    places = np.asarray(shapely.points(x, y), dtype=object)
    camera, building = scene.tree.query(places, predicate="dwithin", distance=near_m)
    if not len(camera):
        return camera, building
    is_inside = shapely.contains_xy(scene.buildings[building], x[camera], y[camera])
    distance = np.where(is_inside, -1.0, shapely.distance(scene.buildings[building], places[camera]))
    order = np.lexsort((building, distance, camera))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = np.diff(camera[order]) > 0
    return camera[order][is_first], building[order][is_first]


def _facade(walls: Walls, x: Floats, y: Floats, building: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the nearest point of the building's walls and the direction outward (at a corner between both walls)."""
    first = walls.first[building]
    pair, wall = runs(first, walls.first[building + 1] - first)
    ax, ay, bx, by = walls.ends[wall].T
    ex, ey = bx - ax, by - ay
    length = np.hypot(ex, ey)
    along = np.clip(((x[pair] - ax) * ex + (y[pair] - ay) * ey) / length**2, 0.0, 1.0)
    px, py = ax + along * ex, ay + along * ey
    distance = np.hypot(px - x[pair], py - y[pair])
    start = np.searchsorted(pair, np.arange(len(building)))
    least = np.minimum.reduceat(distance, start) if len(building) else np.empty(0)
    here = np.flatnonzero(distance <= least[pair] + SAME_M)
    _, one = np.unique(pair[here], return_index=True)
    chosen = here[one]
    meets = np.hypot(px - px[chosen][pair], py - py[chosen][pair]) <= 2.0 * SAME_M
    out_x, out_y = np.zeros(len(building)), np.zeros(len(building))
    np.add.at(out_x, pair[meets], (ey / length)[meets])  # the inside is on the left, so outward is to the right
    np.add.at(out_y, pair[meets], (-ex / length)[meets])
    size = np.hypot(out_x, out_y)
    is_pinched = size < 1e-6  # four walls in one point: any of them says where outside is
    out_x, out_y = (np.where(is_pinched, ey[chosen], out_x), np.where(is_pinched, -ex[chosen], out_y))
    size = np.hypot(out_x, out_y)
    return px[chosen], py[chosen], out_x / size, out_y / size


def _is_in_a_wall(scene: Scene, x: Floats, y: Floats) -> NDArray[np.bool_]:
    hit = np.zeros(len(x), dtype=bool)
    hit[scene.tree.query(shapely.points(x, y), predicate="dwithin", distance=ON_WALL_M)[0]] = True
    return hit
