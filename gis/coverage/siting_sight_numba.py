"""Which points each camera sees, compiled: one sweep for each place, however many cameras look out from there.

The sweep around a place (see `sweep_numba`) leaves for each interval of directions the nearest wall, as g with
1/t = u·g on the ray in direction u. A point p (from the place) is hidden by that wall when |p| > t, which is
p·g > 1: one binary search and two multiplications a point, exact, no polygon made.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from gis.coverage.sweep_numba import (
    FULL_TURN,
    Array,
    Box,
    compiled,
    compiled_and_kept,
    count_walls,
    direction_key,
    directions_of,
    find_nearest,
    gather,
    interval_of,
    is_outside,
    room_for,
    window,
)

TOUCHES = 1.0 + 1e-9  # a point on the wall is seen
ON_EDGE = 1e-9

Grid = tuple[Array, Array, Array, Array]
Parts = list[tuple[Array, Array]]


@compiled
def open_points(place: Array, grid: Grid, view: tuple[Array, Array, Array, int], found: Array) -> int:
    """Write index, dx, dy of the points within range that no endless wall hides; return how many.

    `grid`: xy (sorted by square), -, start of squares, frame. `view`: pieces, directions, nearest piece, intervals.
    """
    points, _, start, frame = grid
    pieces, keys, nearest, n = view
    count, columns, reach2 = int(0.0), int(frame[3]), place[5] * place[5]
    box = window(place, frame)
    for row in range(box[2], box[3] + 1):
        for column in range(box[0], box[1] + 1):
            if is_outside(place, column, row, frame):
                continue
            for p in range(start[row * columns + column], start[row * columns + column + 1]):
                dx, dy = points[p, 0] - place[0], points[p, 1] - place[1]
                square = dx * dx + dy * dy
                if square > reach2:
                    continue
                if square > 0.0:
                    k = nearest[interval_of(keys, n, direction_key(dx, dy))]
                    if k >= 0 and dx * pieces[k, 2] + dy * pieces[k, 3] > TOUCHES:
                        continue
                found[count, 0], found[count, 1], found[count, 2] = p, dx, dy
                count += 1
    return count


@compiled
def without_shadow(wall: tuple[float, float, float, float], stretch: float, found: Array, count: int) -> int:
    """Keep the points that do not lie in the finite shadow behind one back wall of a lower building; return how many.

    The shadow runs from the wall to `stretch` times its distance.
    """
    ax, ay, bx, by = wall
    cross = ax * by - ay * bx
    gx, gy = (by - ay) / cross, (ax - bx) / cross
    kept = int(0.0)
    for i in range(count):
        dx, dy = found[i, 1], found[i, 2]
        times = dx * gx + dy * gy
        is_behind = times > TOUCHES and times < stretch
        if not (is_behind and ax * dy - ay * dx >= 0.0 and dx * by - dy * bx >= 0.0):
            found[kept, 0], found[kept, 1], found[kept, 2] = found[i, 0], dx, dy
            kept += 1
    return kept


@compiled
def without_shadows(place: Array, grid: Grid, box: Box, target: float, found: Array, count: int) -> int:
    """Keep the points that no lower building hides; return how many. A wall seen from its back ends its building."""
    walls, heights, start, frame = grid
    x, y, height, columns = place[0], place[1], place[6], int(frame[3])
    for row in range(box[2], box[3] + 1):
        for column in range(box[0], box[1] + 1):
            if is_outside(place, column, row, frame):
                continue
            for k in range(start[row * columns + column], start[row * columns + column + 1]):
                if heights[k] >= height:
                    continue
                stretch = (height - target) / (height - heights[k])
                ax, ay, bx, by = walls[k, 0] - x, walls[k, 1] - y, walls[k, 2] - x, walls[k, 3] - y
                if stretch > 1.0 and ax * by - ay * bx > 1e-9:
                    count = without_shadow((ax, ay, bx, by), stretch, found, count)
    return count


@compiled
def write_views(
    cameras: Array, low: int, high: int, found: Array, out: tuple[Array, Array], count: int, used: int
) -> int:
    """Write for each camera of one place the points in its sector; return the new end.

    `found`: the place's `count` open points. `out`: the points of all cameras, and where each camera's end.
    """
    seen, ends = out
    for c in range(low, high):
        cos0, sin0, end_key = cameras[c, 0], cameras[c, 1], cameras[c, 2]
        reach2, near2 = cameras[c, 3] * cameras[c, 3], cameras[c, 4] * cameras[c, 4]
        for i in range(count):
            dx, dy = found[i, 1], found[i, 2]
            square = dx * dx + dy * dy
            if square > reach2 or square < near2:
                continue
            if end_key < FULL_TURN and (dx != 0.0 or dy != 0.0):
                key = direction_key(dx * cos0 + dy * sin0, dy * cos0 - dx * sin0)
                if key > end_key + ON_EDGE and key < FULL_TURN - ON_EDGE:
                    continue
            seen[used] = int(found[i, 0])
            used += 1
        ends[c + 1] = used
    return used


@compiled
def wider(out: Array, used: int, room: int) -> Array:
    """Return a copy of the first `used` numbers with space for `room`."""
    result = np.empty(room, np.int32)
    for k in range(used):
        result[k] = out[k]
    return result


@compiled_and_kept
def points_seen(
    places: Array,
    first: Array,
    cameras: Array,
    wall_grid: Grid,
    point_grid: Grid,
    target: float,
) -> tuple[Array, Array]:
    """Return the points each camera sees one after the other (as places in the sorted points), and where each starts.

    `places` rows: x, y, 1, 0, 4, range, height (a full turn as `sweep` takes it), range the widest of its cameras;
    those of place i are first[i]:first[i + 1]. `cameras` rows: cos and sin of the right edge, left edge as diamond
    angle from there, range, radius of the blind ground below it. `target`: height above ground of what is to be seen,
    for the shadows of lower buildings.
    """
    columns, point_columns = int(wall_grid[3][3]), int(point_grid[3][3])
    ends = np.zeros(cameras.shape[0] + 1, np.int64)
    out, used = np.empty(1024 + 64 * cameras.shape[0], np.int32), int(0.0)
    pieces, keys, best, nearest = room_for(256)
    found = np.empty((1024, 3))
    for p in range(places.shape[0]):
        place = places[p]
        box = window(place, wall_grid[3])
        bound = 2 * count_walls(box, wall_grid[2], columns)
        if bound > pieces.shape[0]:
            pieces, keys, best, nearest = room_for(2 * bound)
        most = count_walls(window(place, point_grid[3]), point_grid[2], point_columns)
        if most > found.shape[0]:
            found = np.empty((2 * most, 3))
        count = gather(place, wall_grid, box, pieces)
        n = directions_of(pieces, count, place[4], keys)
        find_nearest(pieces, count, keys, n, best, nearest)
        seen = open_points(place, point_grid, (pieces, keys, nearest, n - 1), found)
        seen = without_shadows(place, wall_grid, box, target, found, seen)
        if used + seen * (first[p + 1] - first[p]) > out.shape[0]:
            out = wider(out, used, 2 * (used + seen * (first[p + 1] - first[p])))
        used = write_views(cameras, first[p], first[p + 1], found, (out, ends), seen, used)
    return wider(out, used, used), ends


def points_seen_by(parts: list[tuple[Array, Array, Array]], wall_grid: Grid, point_grid: Grid, target: float) -> Parts:
    """Return `points_seen` of each part (places, first, cameras), one thread per core: the compiled code needs no lock.

    One camera at the origin looks north-east; of two points it sees the one in its quarter:

    >>> from gis.coverage.scene import build_scene
    >>> walls = build_scene([]).grid
    >>> walls = (walls.ends, walls.height_m, walls.start, walls.frame)
    >>> points = np.array([[5.0, 5.0], [-5.0, 5.0]])
    >>> points = (points, points[:, 0].copy(), np.array([0, 2]), np.array([-9.0, -9.0, 20.0, 1.0, 1.0]))
    >>> part = np.array([[0, 0, 1, 0, 4, 50, -np.inf]]), np.array([0, 1]), np.array([[1.0, 0.0, 1.0, 50.0, 0.0]])
    >>> [seen.tolist() for seen in points_seen_by([part], walls, points, 0.0)[0]]
    [[0], [0, 1]]
    """
    if len(parts) == 1:
        places, first, cameras = parts[0]
        return [points_seen(places, first, cameras, wall_grid, point_grid, target)]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        return list(pool.map(lambda part: points_seen(part[0], part[1], part[2], wall_grid, point_grid, target), parts))
