"""Which of many points each of many cameras sees: the sparse matrix that siting and comparing rest on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import shapely
from scipy import sparse

from gis.coverage import quality
from gis.coverage.cameras import Cameras, check_cameras
from gis.coverage.footprints import Floats, Ints
from gis.coverage.scene import Scene
from gis.coverage.siting_demand import inside_buildings
from gis.coverage.snapping import NEAR_M, Standing, snap
from gis.coverage.tilt import blind_radius_m
from gis.coverage.views import Engine, _frames, _rows, see

Matrix = Any  # scipy.sparse.csr_matrix: scipy comes without types

PLACES_IN_A_PART = 256
POINT_SQUARE_M = 32.0
FINE_ARC_DEG = 0.25


def sight(
    scene: Scene,
    cameras: Cameras,
    points_m: Floats,
    *,
    target_m: float = 0.0,
    px_per_m: float | None = None,
    snap_within_m: float = NEAR_M,
    engine: Engine = "auto",
) -> Matrix:
    """Return a sparse matrix (cameras, points) with a 1 where the camera sees the point, rows sorted.

    The same sight as `see`, asked for points (n, 2) in metres instead of as a polygon, and exact: true arcs, and
    points on a wall are seen. Cameras with impossible values or no place outside a building near them see nothing; with
    `px_per_m` nor do those of unknown picture width. Points inside a building are never seen.
    `engine`: "compiled" (numba), "arrays" (numpy and polygons with chords of 0.25°), or "auto".

    >>> from gis.coverage import Cameras, build_scene
    >>> scene = build_scene([shapely.box(10, -5, 20, 5)])
    >>> points = np.array([[9.0, 0.0], [30.0, 0.0], [-9.0, 0.0]])
    >>> sight(scene, Cameras.of(0, 0, bearing_deg=90), points).toarray().tolist()
    [[1, 0, 0]]
    """
    points = np.ascontiguousarray(points_m, dtype=np.float64).reshape(-1, 2)
    is_fine = np.ones(len(cameras), dtype=bool)
    is_fine[[refusal.index for refusal in check_cameras(cameras)]] = False
    if px_per_m is not None:
        is_fine[[refusal.index for refusal in quality.unknown_quality(cameras)]] = False
        cameras = quality.limited(cameras, px_per_m, target_m)
        is_fine &= cameras.range_m > 0.0
    fine = cameras.take(is_fine)
    standing = snap(scene, fine.x_m, fine.y_m, snap_within_m)
    looks = np.flatnonzero(is_fine)[~standing.is_walled_in]
    if not len(looks) or not len(points):
        return sparse.csr_matrix((len(cameras), len(points)), dtype=np.int8)
    standing = standing.take(np.flatnonzero(~standing.is_walled_in))
    ask = _by_polygons if engine == "arrays" or not _can_compile(engine) else _compiled
    camera, point = ask(scene, cameras.take(looks), standing, points, target_m)
    if scene.has_heights and len(point):
        is_open = ~inside_buildings(scene, points)[point]
        camera, point = camera[is_open], point[is_open]
    return _matrix(looks[camera], point, (len(cameras), len(points)))


def _can_compile(engine: Engine) -> bool:
    try:
        from gis.coverage import siting_sight_numba  # noqa: F401 - only here: numba takes half a second to import
    except ImportError:
        if engine == "compiled":
            raise
        return False
    return True


def _matrix(camera: Ints, point: Ints, shape: tuple[int, int]) -> Matrix:
    """Return the matrix of pairs ordered by camera; no pair comes twice."""
    start = np.zeros(shape[0] + 1, dtype=np.int64)
    np.cumsum(np.bincount(camera, minlength=shape[0]), out=start[1:])
    matrix = sparse.csr_matrix((np.ones(len(point), dtype=np.int8), point.astype(np.int32), start), shape=shape)
    matrix.sort_indices()
    return matrix


class _PointGrid(NamedTuple):
    """Points sorted by square, as the compiled code takes them, and which point each of them is."""

    grid: tuple[Floats, Floats, Ints, Floats]
    point: Ints


def _point_grid(points: Floats) -> _PointGrid:
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    size = POINT_SQUARE_M
    while ((east - west) // size + 1) * ((north - south) // size + 1) > 4_000_000:
        size *= 2.0  # two far-off points must not cost gigabytes of empty squares
    columns, rows = int((east - west) // size) + 1, int((north - south) // size) + 1
    square = ((points[:, 1] - south) // size).astype(np.intp) * columns + ((points[:, 0] - west) // size).astype(
        np.intp
    )
    order = np.argsort(square, kind="stable")
    start = np.zeros(columns * rows + 1, dtype=np.int64)
    np.cumsum(np.bincount(square, minlength=columns * rows), out=start[1:])
    frame = np.array([west, south, size, columns, rows], dtype=np.float64)
    return _PointGrid((np.ascontiguousarray(points[order]), np.empty(0), start, frame), order)


def _compiled(scene: Scene, cameras: Cameras, standing: Standing, points: Floats, target_m: float) -> tuple[Ints, Ints]:
    """Return pairs (camera, point), ordered by camera, from one sweep for each place."""
    from gis.coverage import siting_sight_numba

    rows = _rows(_frames(scene, cameras, standing))  # x, y, cos, sin, left edge, range, height
    order = np.lexsort((rows[:, 6], rows[:, 1], rows[:, 0]))
    rows, near_m = rows[order], blind_radius_m(cameras, target_m)[order]
    is_new = np.ones(len(rows), dtype=bool)
    is_new[1:] = (rows[1:, [0, 1, 6]] != rows[:-1, [0, 1, 6]]).any(axis=1)
    first = np.append(np.flatnonzero(is_new), len(rows))
    places = rows[first[:-1]].copy()
    places[:, 2:5] = 1.0, 0.0, 4.0
    places[:, 5] = np.maximum.reduceat(rows[:, 5], first[:-1])
    sectors = np.column_stack([rows[:, 2:6], near_m])
    cuts = [*range(0, len(places), PLACES_IN_A_PART), len(places)]
    parts = [(places[a:b], first[a : b + 1] - first[a], sectors[first[a] : first[b]]) for a, b in pairwise(cuts)]
    grid, sorted_points = scene.grid, _point_grid(points)
    walls = (grid.ends, grid.height_m, grid.start, grid.frame)
    found = siting_sight_numba.points_seen_by(parts, walls, sorted_points.grid, target_m)
    count = np.concatenate([np.diff(ends) for _, ends in found])
    camera = np.repeat(order, count)
    point = sorted_points.point[np.concatenate([seen for seen, _ in found])]
    by_camera = np.argsort(camera, kind="stable")
    return camera[by_camera], point[by_camera]


def _by_polygons(
    scene: Scene, cameras: Cameras, standing: Standing, points: Floats, target_m: float
) -> tuple[Ints, Ints]:
    """Return the same pairs from view polygons: slower, needs no compiler, and a second opinion."""
    placed = replace(cameras, x_m=standing.x_m, y_m=standing.y_m)
    views = see(scene, placed, target_m=target_m, snap_within_m=0.0, arc_step_deg=FINE_ARC_DEG, engine="arrays")
    camera, point = shapely.STRtree(np.asarray(shapely.points(points), dtype=object)).query(
        views.polygons, predicate="intersects"
    )
    order = np.argsort(camera, kind="stable")
    return camera[order], point[order]
