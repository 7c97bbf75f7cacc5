"""The visibility sweep, compiled: what each camera sees among walls, exactly, in microseconds.

Around a camera the directions at which a wall begins or ends cut the view into elementary intervals. Inside
one interval no wall begins, ends or crosses another, so one wall is nearest all through it. On the ray in
direction u a wall stands at distance t with 1/t = u·g, linear in cos and sin (g is constant for the wall), so
the nearest wall is the one with the largest u·g in the middle of the interval. Walls that turn their back to the
camera are never nearest, because buildings do not overlap and the camera stands outside: they are left out.

Directions are sorted by a "diamond" angle (0..4 for one turn, no trigonometry), counted from the right edge of
the view counter-clockwise, so a view never wraps: only a wall across direction 0 does, and is cut in two.

All functions run without the interpreter's lock; `sweep` may be called from several threads at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Box = tuple[int, int, int, int]
Function = TypeVar("Function", bound=Callable[..., Any])

SAME_DIRECTION = 1e-9  # diamond angle; at 100 m less than a tenth of a micrometre
SAME_PLACE_M = 1e-6
FULL_TURN = 4.0


def compiled(function: Function, *, is_kept: bool = False) -> Function:
    """Return the function compiled when first called; `is_kept`: with all it calls, on disk for the next process."""
    return cast(Function, numba.njit(cache=is_kept, nogil=True, error_model="numpy")(function))


def compiled_and_kept(function: Function) -> Function:
    """Return the function as an entry point: compiled once per machine, or per process where nothing can be kept."""
    with suppress(RuntimeError):  # neither the program's folder nor the user's own can be written to
        return compiled(function, is_kept=True)
    return compiled(function)


@compiled
def direction_key(x: float, y: float) -> float:
    """Return the diamond angle of (x, y): grows counter-clockwise from 0 on the x axis to 4."""
    size = abs(x) + abs(y)
    if y >= 0.0:
        return y / size if x >= 0.0 else 1.0 - x / size
    return 2.0 - y / size if x < 0.0 else 3.0 + x / size


@compiled
def key_direction(key: float) -> tuple[float, float]:
    """Return a vector (not of length 1) in the direction of a diamond angle."""
    quarter = int(key)
    rest = key - quarter
    if quarter == 1:
        return -rest, 1.0 - rest
    if quarter == 2:
        return rest - 1.0, -rest
    if quarter == 3:
        return rest, rest - 1.0
    return 1.0 - rest, rest


@compiled
def key_angle(key: float) -> float:
    """Return the angle in radians (0..2π) of a diamond angle."""
    if key >= FULL_TURN:
        return 2.0 * math.pi
    x, y = key_direction(key)
    return math.atan2(y, x) if key < 2.0 else math.atan2(y, x) + 2.0 * math.pi


@compiled
def window(camera: Array, frame: Array) -> Box:
    """Return first and last column and row of the squares that the box around the camera's sector touches."""
    x, y, cos0, sin0, end_key, reach = camera[0], camera[1], camera[2], camera[3], camera[4], camera[5]
    low_x, low_y, high_x, high_y = x, y, x, y
    for k in range(6):  # both edges of the view, and the four directions of the axes where they lie inside it
        u, v = (1.0, 0.0) if k == 0 else key_direction(end_key)
        if k > 1:
            axis_x, axis_y = key_direction(float(k - 2))
            u, v = axis_x * cos0 + axis_y * sin0, -axis_x * sin0 + axis_y * cos0
            if direction_key(u, v) > end_key:
                continue
        scale = reach / math.sqrt(u * u + v * v)
        px, py = x + (u * cos0 - v * sin0) * scale, y + (u * sin0 + v * cos0) * scale
        low_x, low_y, high_x, high_y = min(low_x, px), min(low_y, py), max(high_x, px), max(high_y, py)
    size, columns, rows = frame[2], int(frame[3]), int(frame[4])
    return (
        max(math.floor((low_x - frame[0]) / size), 0),
        min(math.floor((high_x - frame[0]) / size), columns - 1),
        max(math.floor((low_y - frame[1]) / size), 0),
        min(math.floor((high_y - frame[1]) / size), rows - 1),
    )


@compiled
def count_walls(box: Box, start: Array, columns: int) -> int:
    """Return how many walls (counted once per square) stand in the squares of the window."""
    total = 0
    for row in range(box[2], box[3] + 1):
        if box[1] >= box[0]:
            total += start[row * columns + box[1] + 1] - start[row * columns + box[0]]
    return total


@compiled
def clip_to_range(ax: float, ay: float, bx: float, by: float, reach: float) -> tuple[float, float, float, float]:
    """Return the part of the wall a-b within `reach` of the origin; all zero when there is none."""
    square = reach * reach
    if ax * ax + ay * ay <= square and bx * bx + by * by <= square:
        return ax, ay, bx, by
    ex, ey = bx - ax, by - ay
    length2 = ex * ex + ey * ey
    middle = -(ax * ex + ay * ey) / length2
    cross = ax * ey - ay * ex
    half2 = (square - cross * cross / length2) / length2
    half = math.sqrt(max(half2, 0.0))
    low, high = max(middle - half, 0.0), min(middle + half, 1.0)
    if low >= high:
        return 0.0, 0.0, 0.0, 0.0
    px, py = (ax + low * ex, ay + low * ey) if low > 0.0 else (ax, ay)
    qx, qy = (ax + high * ex, ay + high * ey) if high < 1.0 else (bx, by)
    return px, py, qx, qy


@compiled
def add_pieces(pieces: Array, count: int, camera: Array, ends: tuple[float, float, float, float]) -> int:
    """Write a wall that faces the camera as one or two pieces, in the frame of the view; return the new count.

    A wall across direction 0 becomes two. A piece holds: first key, last key, g (two numbers, 1/t = u·g), farthest end.
    """
    cos0, sin0, end_key = camera[2], camera[3], camera[4]
    ax, ay = ends[0] * cos0 + ends[1] * sin0, ends[1] * cos0 - ends[0] * sin0
    bx, by = ends[2] * cos0 + ends[3] * sin0, ends[3] * cos0 - ends[2] * sin0
    cross = ax * by - ay * bx
    first, last = direction_key(bx, by), direction_key(ax, ay)
    is_across = first > last
    for part in range(2 if is_across else 1):
        low = 0.0 if part == 1 else first
        high = min(FULL_TURN if is_across and part == 0 else last, end_key)
        if high - low > SAME_DIRECTION:
            pieces[count, 0], pieces[count, 1] = low, high
            pieces[count, 2], pieces[count, 3] = (by - ay) / cross, (ax - bx) / cross
            pieces[count, 4] = math.sqrt(max(ax * ax + ay * ay, bx * bx + by * by))
            count += 1
    return count


@compiled
def gather_square(camera: Array, walls: Array, heights: Array, low: int, high: int, pieces: Array, count: int) -> int:
    """Add the walls low..high that face the camera, reach its height and come within its range and view."""
    x, y, reach, height = camera[0], camera[1], camera[5], camera[6]
    for k in range(low, high):
        if heights[k] < height:
            continue
        ax, ay, bx, by = walls[k, 0] - x, walls[k, 1] - y, walls[k, 2] - x, walls[k, 3] - y
        if ax * by - ay * bx >= 0.0:
            continue
        ax, ay, bx, by = clip_to_range(ax, ay, bx, by, reach)
        if ay * bx - ax * by <= SAME_DIRECTION * (abs(ax) + abs(ay)) * (abs(bx) + abs(by)):
            continue  # seen edge-on, or out of range
        count = add_pieces(pieces, count, camera, (ax, ay, bx, by))
    return count


@compiled
def is_outside(camera: Array, column: int, row: int, frame: Array) -> bool:
    """Return whether a square of the grid lies wholly outside the camera's range or (views up to 180°) its edges."""
    size = frame[2]
    dx = frame[0] + (column + 0.5) * size - camera[0]
    dy = frame[1] + (row + 0.5) * size - camera[1]
    around = size * 0.70710678
    reach = camera[5] + around
    if dx * dx + dy * dy > reach * reach:
        return True
    if camera[4] > 2.0:
        return False
    u, v = dx * camera[2] + dy * camera[3], dy * camera[2] - dx * camera[3]
    ex, ey = key_direction(camera[4])
    return bool(v < -around or ey * u - ex * v < -around * math.sqrt(ex * ex + ey * ey))


@compiled
def sort_keys(keys: Array, n: int) -> None:
    """Sort the first n keys in place (Shell's method: short to compile, quick for the hundred keys of a view)."""
    gap = 1
    while gap < n // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, n):
            key, j = keys[i], i
            while j >= gap and keys[j - gap] > key:
                keys[j] = keys[j - gap]
                j -= gap
            keys[j] = key
        gap //= 3


@compiled
def directions_of(pieces: Array, count: int, end_key: float, keys: Array) -> int:
    """Write all directions at which something may change, sorted, those too near each other once; return how many."""
    n = 0
    for k in range(count):
        keys[n] = pieces[k, 0]
        keys[n + 1] = pieces[k, 1]
        n += 2
    for key in (0.0, 1.0, 2.0, 3.0):  # no interval may be longer than a quarter turn
        if key < end_key:
            keys[n] = key
            n += 1
    keys[n] = end_key
    n += 1
    sort_keys(keys, n)
    kept = 1
    for k in range(1, n):
        if keys[k] - keys[kept - 1] > SAME_DIRECTION:
            keys[kept] = keys[k]
            kept += 1
    return kept


@compiled
def interval_of(keys: Array, n: int, key: float) -> int:
    """Return the place of the last direction that is not after `key`."""
    low, high = 0, n
    while high - low > 1:
        middle = (low + high) // 2
        if keys[middle] <= key:
            low = middle
        else:
            high = middle
    return low


@compiled
def find_nearest(pieces: Array, count: int, keys: Array, n: int, best: Array, nearest: Array) -> None:
    """Write for each interval between directions the piece nearest to the camera, -1 where there is none."""
    for i in range(n - 1):
        best[i, 0], best[i, 1] = key_direction(0.5 * (keys[i] + keys[i + 1]))
        best[i, 2] = 0.0
        nearest[i] = -1
    for k in range(count):
        gx, gy = pieces[k, 2], pieces[k, 3]
        i = interval_of(keys, n, pieces[k, 0])
        while i < n - 1 and keys[i] + SAME_DIRECTION < pieces[k, 1]:
            closeness = best[i, 0] * gx + best[i, 1] * gy
            if closeness > best[i, 2]:
                best[i, 2] = closeness
                nearest[i] = k
            i += 1


@compiled
def push(xy: Array, on_arc: Array, first: int, n: int, x: float, y: float, arc: bool) -> int:
    """Write one corner unless it repeats the one before; `arc`: the way from here runs along the range circle."""
    if n > first and abs(xy[n - 1, 0] - x) < SAME_PLACE_M and abs(xy[n - 1, 1] - y) < SAME_PLACE_M:
        on_arc[n - 1] = arc
        return n
    xy[n, 0], xy[n, 1], on_arc[n] = x, y, arc
    return n + 1


@compiled
def push_arc(
    xy: Array, on_arc: Array, first: int, n: int, turn_keys: tuple[float, float], circle: tuple[float, float]
) -> tuple[int, float]:
    """Write the circle (radius, arc step) from one key to another; return the corner count and twice the area."""
    (low, high), (reach, step) = turn_keys, circle
    angle0, angle1 = key_angle(low), key_angle(high)
    chords = max(math.ceil((angle1 - angle0) / step - 1e-9), 1)
    turn = (angle1 - angle0) / chords
    cos_turn, sin_turn = math.cos(turn), math.sin(turn)
    px, py = reach * math.cos(angle0), reach * math.sin(angle0)
    for _ in range(chords):
        n = push(xy, on_arc, first, n, px, py, True)
        px, py = px * cos_turn - py * sin_turn, px * sin_turn + py * cos_turn
    n = push(xy, on_arc, first, n, reach * math.cos(angle1), reach * math.sin(angle1), False)
    return n, reach * reach * (angle1 - angle0)


@compiled
def on_wall(pieces: Array, k: int, key: float) -> tuple[float, float]:
    """Return where the ray of a direction meets a wall; a grazing ray never ends beyond the wall's far end."""
    u, v = key_direction(key)
    length = math.sqrt(u * u + v * v)
    closeness = (u * pieces[k, 2] + v * pieces[k, 3]) / length
    distance = 1.0 / closeness if closeness * pieces[k, 4] > 1.0 else pieces[k, 4]
    return u / length * distance, v / length * distance


@compiled
def outline(
    camera: Array, pieces: Array, view: tuple[Array, Array, int], step: float, xy: Array, on_arc: Array, first: int
) -> tuple[int, float]:
    """Write the corners of the view around the origin from `first` on; return their end and the exact area.

    `view`: directions, nearest piece of each interval between them, number of intervals.
    """
    keys, nearest, intervals = view
    n, twice = first, 0.0
    if camera[4] < FULL_TURN:
        n = push(xy, on_arc, first, n, 0.0, 0.0, False)
    i = 0
    while i < intervals:
        k, low = nearest[i], keys[i]
        while i < intervals and nearest[i] == k:
            i += 1
        if k < 0:
            n, part = push_arc(xy, on_arc, first, n, (low, keys[i]), (camera[5], step))
            twice += part
            continue
        px, py = on_wall(pieces, k, low)
        qx, qy = on_wall(pieces, k, keys[i])
        n = push(xy, on_arc, first, n, px, py, False)
        n = push(xy, on_arc, first, n, qx, qy, False)
        twice += px * qy - py * qx
    if max(abs(xy[n - 1, 0] - xy[first, 0]), abs(xy[n - 1, 1] - xy[first, 1])) < SAME_PLACE_M:
        n -= 1
    return (n, 0.5 * twice) if n - first >= 3 else (first, 0.5 * twice)


@compiled
def place_outline(camera: Array, xy: Array, on_arc: Array, first: int, n: int) -> int:
    """Turn and move the corners first..n to where the camera stands, close the ring, return its end."""
    if n == first:
        return n
    for k in range(first, n):
        x, y = xy[k, 0], xy[k, 1]
        xy[k, 0] = camera[0] + x * camera[2] - y * camera[3]
        xy[k, 1] = camera[1] + x * camera[3] + y * camera[2]
    xy[n, 0], xy[n, 1], on_arc[n] = xy[first, 0], xy[first, 1], False
    return n + 1


@compiled
def gather(camera: Array, grid: tuple[Array, Array, Array, Array], box: Box, pieces: Array) -> int:
    """Write every piece of wall that may matter to the camera; return how many."""
    walls, heights, start, frame = grid
    count, columns = int(0.0), int(frame[3])  # no literal 0: it would have the rest compiled a second time
    for row in range(box[2], box[3] + 1):
        for column in range(box[0], box[1] + 1):
            low, high = start[row * columns + column], start[row * columns + column + 1]
            if low < high and not is_outside(camera, column, row, frame):
                count = gather_square(camera, walls, heights, low, high, pieces, count)
    return count


@compiled
def widened(xy: Array, on_arc: Array, used: int, room: int) -> tuple[Array, Array]:
    """Return copies of the first `used` corners with space for `room` (a loop: slices cost seconds to compile)."""
    wider, flags = np.empty((room, 2)), np.empty(room, np.bool_)
    for k in range(used):
        wider[k, 0], wider[k, 1], flags[k] = xy[k, 0], xy[k, 1], on_arc[k]
    return wider, flags


@compiled
def room_for(walls: int) -> tuple[Array, Array, Array, Array]:
    """Return space for that many pieces of wall, the directions they give and the intervals between them."""
    n = 2 * walls + 8
    return np.empty((walls, 5)), np.empty(n), np.empty((n, 3)), np.empty(n, np.int64)


@compiled_and_kept
def sweep(
    cameras: Array, walls: Array, heights: Array, start: Array, frame: Array, step: float
) -> tuple[Array, Array, Array, Array]:
    """Return corners (n, 2) of all views one after the other, where each view starts, exact areas, arc flags.

    `cameras` rows: x, y, cos and sin of the right edge of the view, its left edge as a diamond angle from
    there, range, height. The other arguments are those of a WallGrid; `step` is the arc step in radians.
    """
    cameras_n, columns = cameras.shape[0], int(frame[3])
    ends, areas = np.zeros(cameras_n + 1, np.int64), np.zeros(cameras_n)
    xy, on_arc = np.empty((1024 + 48 * cameras_n, 2)), np.empty(1024 + 48 * cameras_n, np.bool_)
    used, arc_corners = int(0.0), int(2.0 * math.pi / step) + 16
    pieces, keys, best, nearest = room_for(256)
    for c in range(cameras_n):
        camera = cameras[c]
        box = window(camera, frame)
        bound = 2 * count_walls(box, start, columns)
        if bound > pieces.shape[0]:
            pieces, keys, best, nearest = room_for(2 * bound)
        count = gather(camera, (walls, heights, start, frame), box, pieces)
        n = directions_of(pieces, count, camera[4], keys)
        find_nearest(pieces, count, keys, n, best, nearest)
        if used + 3 * n + arc_corners > xy.shape[0]:
            xy, on_arc = widened(xy, on_arc, used, 2 * (used + 3 * n + arc_corners))
        end, areas[c] = outline(camera, pieces, (keys, nearest, n - 1), step, xy, on_arc, used)
        used = ends[c + 1] = place_outline(camera, xy, on_arc, used, end)
    xy, on_arc = widened(xy, on_arc, used, used)
    return xy, ends, areas, on_arc
