"""Two and a half dimensions: a building lower than the camera hides a finite piece of ground, not all behind it.

From a camera at height hc a roof at height hb < hc at distance d hides the target height ht behind it as far
as d·k with k = (hc - ht) / (hc - hb): similar triangles. So the hidden ground is the footprint and every point of
it moved away from the camera by up to the factor k, which is the footprint and one quadrangle behind each wall that
turns its back to the camera.
"""

from __future__ import annotations

import numpy as np
import shapely

from gis.coverage.cameras import Cameras
from gis.coverage.edges import runs
from gis.coverage.footprints import Floats, Geometries, Ints, areal
from gis.coverage.overlays import in_threads, overlay, union_of
from gis.coverage.scene import Scene
from gis.coverage.snapping import Standing
from gis.coverage.sweep_numpy import Swept

SMALLEST_M2 = 1e-6
INWARD = 1.0 - 1e-7


def subtract(
    scene: Scene,
    standing: Standing,
    polygons: Geometries,
    exact_m2: Floats,
    swept: Swept,
    cameras: Cameras,
    target_m: float,
) -> tuple[Geometries, Floats]:
    """Return views and exact areas without the ground that lower buildings hide from each camera.

    `polygons`, `exact_m2` are those among the higher buildings, `swept` the sweep they came from (its arc flags
    say which sides are chords). Views may come apart into multipolygons.

    A 3 m building 10 m away, seen from 6 m, hides twice its distance (k = 6 / (6 - 3) = 2):

    >>> from gis.coverage import Cameras, build_scene, see
    >>> scene = build_scene([shapely.box(10, -50, 11, 50)], [3.0])
    >>> view = see(scene, Cameras.of(0, 0, bearing_deg=90, hfov_deg=20, range_m=40, height_m=6))
    >>> shapely.box(10.1, -0.1, 21.9, 0.1).disjoint(view.polygons[0]), shapely.Point(22.1, 0).within(view.polygons[0])
    (True, True)
    """
    camera_height_m, reach_m = cameras.height_m, cameras.range_m
    building, camera = _low_buildings(scene, camera_height_m, polygons)
    result, exact = polygons.copy(), exact_m2.copy()
    if not len(camera):
        return result, exact
    hidden, whose = _hidden(scene, camera, building, camera_height_m, standing, target_m)
    bound = np.flatnonzero(np.diff(np.append(whose, -1)) != 0) + 1
    shaded = whose[bound - 1]
    hidden_by = in_threads(_unions, np.array([*np.split(hidden, bound[:-1]), None], dtype=object)[:-1])
    before = polygons[shaded]
    after = areal(overlay(shapely.difference, before, hidden_by))
    visible = overlay(shapely.intersection, _chords(swept, shaded, standing), after)
    result[shaded] = after
    exact[shaded] = shapely.area(after) + _beyond_chords(visible, shaded, standing, reach_m)
    return result, exact


def _unions(groups: Geometries) -> Geometries:
    """Return the union of each array of areas in an array of them."""
    return np.array([union_of(group) for group in groups], dtype=object)


def _low_buildings(scene: Scene, camera_height_m: Floats, polygons: Geometries) -> tuple[Ints, Ints]:
    """Return pairs (building, camera), ordered by camera: lower than the camera and reached by its view."""
    low = np.flatnonzero(np.isfinite(scene.heights_m))
    camera, building = scene.tree.query(polygons, predicate="intersects")
    is_low = np.isin(building, low) & (scene.heights_m[building] < camera_height_m[camera])
    camera, building = camera[is_low], building[is_low]
    order = np.argsort(camera, kind="stable")
    return building[order], camera[order]


def _hidden(
    scene: Scene, camera: Ints, building: Ints, camera_height_m: Floats, standing: Standing, target_m: float
) -> tuple[Geometries, Ints]:
    """Return footprints and the quadrangles behind their back walls, with the camera each belongs to, in its order."""
    first = scene.walls.first[building]
    pair, wall = runs(first, scene.walls.first[building + 1] - first)
    ends = scene.walls.ends[wall]
    x, y = standing.x_m[camera][pair], standing.y_m[camera][pair]
    ax, ay, bx, by = ends[:, 0] - x, ends[:, 1] - y, ends[:, 2] - x, ends[:, 3] - y
    above = camera_height_m[camera] - scene.heights_m[building]
    stretch = np.maximum((camera_height_m[camera] - target_m) / above, 1.0)[pair] - 1.0
    cross = ax * by - ay * bx
    is_back = (cross > 0.0) & (cross * stretch > SMALLEST_M2)
    ends, pair, stretch = ends[is_back], pair[is_back], stretch[is_back, None]
    a, b = ends[:, :2], ends[:, 2:]
    from_a, from_b = np.column_stack([ax, ay])[is_back], np.column_stack([bx, by])[is_back]
    quads = shapely.polygons(np.stack([a, a + stretch * from_a, b + stretch * from_b, b], axis=1))
    pieces = np.concatenate([scene.buildings[building], quads])
    whose = np.concatenate([camera, camera[pair]])
    order = np.argsort(whose, kind="stable")
    return pieces[order], whose[order]


def _chords(swept: Swept, cameras: Ints, standing: Standing) -> Geometries:
    """Return for each of the cameras its sides along the range circle as one multi-line, a hair nearer to it.

    On the outline itself rounding would decide which of them lie in the view.
    """
    xy, ends, _, on_arc = swept
    place = np.flatnonzero(on_arc)
    owner = np.searchsorted(ends, place, side="right") - 1
    wanted = np.searchsorted(cameras, owner)
    is_wanted = cameras[np.minimum(wanted, len(cameras) - 1)] == owner
    place, wanted = place[is_wanted], wanted[is_wanted]
    result = np.full(len(cameras), shapely.MultiLineString(), dtype=object)
    if len(place):
        eye = _eyes(standing, cameras[wanted])[:, None]
        sides = eye + (np.stack([xy[place], xy[place + 1]], axis=1) - eye) * INWARD
        shapely.multilinestrings(np.asarray(shapely.linestrings(sides), dtype=object), indices=wanted, out=result)
    return result


def _beyond_chords(visible: Geometries, cameras: Ints, standing: Standing, reach_m: Floats) -> Floats:
    """Return the area between the visible sides and the range circle (shadows end on rays from the camera), m²."""
    parts, of = shapely.get_parts(visible, return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    from_eye = (xy - _eyes(standing, cameras)[of[part]]) / INWARD
    a, b = from_eye[:-1], from_eye[1:]
    cross = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    angle = np.arctan2(cross, (a * b).sum(axis=1))
    area = 0.5 * (reach_m[cameras[of[part[1:]]]] ** 2 * angle - cross)
    is_side = np.diff(part) == 0
    return np.asarray(np.bincount(of[part[1:]][is_side], weights=area[is_side], minlength=len(cameras)))


def _eyes(standing: Standing, cameras: Ints) -> Floats:
    return np.column_stack([standing.x_m[cameras], standing.y_m[cameras]])
