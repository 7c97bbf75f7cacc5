"""A second way to the same answers, slow and simple: shadows united by shapely, and single lines of sight."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely

from gis.coverage import Scene


def sector(x: float, y: float, bearing_deg: float, hfov_deg: float, range_m: float, step_deg: float = 0.02):
    """The camera's view with nothing in its way; the arc's chords lose step²/6 = 2e-8 of the area."""
    steps = int(np.ceil(hfov_deg / step_deg)) + 1
    angles = np.radians(90.0 - bearing_deg + np.linspace(-hfov_deg / 2, hfov_deg / 2, steps))
    arc = np.column_stack([x + range_m * np.cos(angles), y + range_m * np.sin(angles)])
    return shapely.Polygon(arc if hfov_deg >= 360 else np.vstack([[x, y], arc]))


def shadow_union_view(scene: Scene, x: float, y: float, bearing_deg: float, hfov_deg: float, range_m: float):
    """The sector without the buildings and without the shadow of every wall: no sorting, no sweep, no culling."""
    free = sector(x, y, bearing_deg, hfov_deg, range_m)
    near = scene.buildings[scene.tree.query(shapely.Point(x, y), predicate="dwithin", distance=range_m)]
    dark = list(near)
    for building in near:
        for ring in (building.exterior, *building.interiors):
            corners = np.asarray(ring.coords)
            dark += [_shadow(a, b, np.array([x, y]), range_m) for a, b in pairwise(corners)]
    return shapely.difference(free, shapely.union_all([shape for shape in dark if shape.area > 0]))


def _shadow(a: np.ndarray, b: np.ndarray, eye: np.ndarray, range_m: float):
    distance = shapely.distance(shapely.LineString([a, b]), shapely.Point(eye))
    far = 1.5 * range_m / max(distance, 1e-6) + 1.0
    return shapely.Polygon([a, b, eye + (b - eye) * far, eye + (a - eye) * far])


def clear_sight(scene: Scene, eye: tuple[float, float], points: np.ndarray) -> np.ndarray:
    """Whether the straight line from the eye to each point (n, 2) runs through no building (touching is no harm)."""
    lines = shapely.linestrings(np.stack([np.broadcast_to(np.array(eye), points.shape), points], axis=1))
    line, building = scene.tree.query(lines, predicate="intersects")
    inside = shapely.length(shapely.intersection(lines[line], scene.buildings[building]))
    blocked = np.zeros(len(points))
    np.add.at(blocked, line, inside)
    return blocked < 1e-9


def hidden_by_height(scene: Scene, eye: tuple[float, float, float], points: np.ndarray) -> np.ndarray:
    """Whether each ground point is hidden from an eye at (x, y, height), line by line, roof by roof."""
    hidden = np.zeros(len(points), dtype=bool)
    start = np.array(eye[:2])
    for i, point in enumerate(points):
        line = shapely.LineString([start, point])
        away = np.hypot(*(point - start))
        for k in scene.tree.query(line, predicate="intersects"):
            under = shapely.get_coordinates(shapely.intersection(line, scene.buildings[k]))
            if len(under) < 2:
                continue
            top = np.nan_to_num(scene.heights_m[k], nan=np.inf)
            leaves = np.hypot(*(under - start).T).max()
            # The sight line sinks from the eye to the ground: above the far edge of the roof it is at its lowest.
            hidden[i] |= eye[2] * (1.0 - leaves / away) < top
    return hidden


def random_town(rng: np.random.Generator, count: int, size_m: float = 200.0) -> np.ndarray:
    """Buildings that turn, overlap and touch, some with courtyards."""
    shapes = []
    for _ in range(count):
        width, depth = rng.uniform(4, 40, 2)
        shape = shapely.box(-width / 2, -depth / 2, width / 2, depth / 2)
        if min(width, depth) > 15 and rng.random() < 0.5:
            shape = shape.difference(shapely.box(-width / 4, -depth / 4, width / 4, depth / 4))
        turned = shapely.affinity.rotate(shape, rng.uniform(0, 90))
        shapes.append(shapely.affinity.translate(turned, *rng.uniform(-size_m / 2, size_m / 2, 2)))
    return np.array(shapes, dtype=object)
