"""The visibility sweep in plain arrays: no compiler needed, and a second opinion on the compiled one.

It answers the same question by the same theory (see `sweep_numba`) but shares no line with it: true angles
instead of diamond angles, all cameras of a batch at once instead of one after the other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gis.coverage.edges import WallGrid, runs
from gis.coverage.footprints import Floats, Ints

SAME_ANGLE = 1e-9
SAME_PLACE_M = 1e-6
BATCH = 512
TURN = 2.0 * np.pi

Swept = tuple[Floats, Ints, Floats, np.ndarray]


class Pieces(NamedTuple):
    """Walls as seen from cameras: whose, from which angle to which (from the view's right edge), g, farthest end."""

    camera: Ints
    low: Floats
    high: Floats
    gx: Floats
    gy: Floats
    far: Floats


class Runs(NamedTuple):
    """Neighbouring intervals with one nearest wall (or none: -1), in order of camera and angle."""

    camera: Ints
    low: Floats
    high: Floats
    piece: Ints


def sweep(cameras: Floats, grid: WallGrid, step: float) -> Swept:
    """Return corners of all views one after the other, where each view starts, exact areas (m²), arc flags.

    `cameras` rows: x, y, angle of the right edge of the view (radians, counter-clockwise from the x axis),
    field of view (radians), range, height; `step` is the arc step in radians.

    >>> from gis.coverage.scene import build_scene
    >>> xy, ends, areas, _ = sweep(np.array([[0, 0, 0, np.pi, 10, -np.inf]]), build_scene([]).grid, 0.1)
    >>> float(areas[0].round(6)) == round(np.pi * 50, 6), int(ends[-1]) == len(xy)
    (True, True)
    """
    batches = [_sweep_batch(cameras[i : i + BATCH], grid, step) for i in range(0, len(cameras), BATCH)]
    if not batches:
        return np.empty((0, 2)), np.zeros(1, dtype=np.intp), np.empty(0), np.empty(0, dtype=bool)
    return joined(batches)


def joined(batches: list[Swept]) -> Swept:
    """Return the sweeps of several batches as one, in their order.

    >>> from gis.coverage.scene import build_scene
    >>> one = sweep(np.array([[0, 0, 0, np.pi, 10, -np.inf]]), build_scene([]).grid, 0.1)
    >>> joined([one, one])[1].tolist() == [0, len(one[0]), 2 * len(one[0])]
    True
    """
    counts = np.concatenate([np.diff(batch[1]) for batch in batches])
    return (
        np.concatenate([batch[0] for batch in batches]),
        np.concatenate([np.zeros(1, dtype=np.intp), np.cumsum(counts)]),
        np.concatenate([batch[2] for batch in batches]),
        np.concatenate([batch[3] for batch in batches]),
    )


def _sweep_batch(cameras: Floats, grid: WallGrid, step: float) -> Swept:
    pieces = _pieces(cameras, *_facing_walls(cameras, grid))
    seen = _nearest(cameras, pieces)
    areas = np.zeros(len(cameras))
    is_arc = seen.piece < 0
    reach = cameras[seen.camera, 4]
    start, end = _meet(pieces, seen.piece, seen.low), _meet(pieces, seen.piece, seen.high)
    twice = np.where(is_arc, reach**2 * (seen.high - seen.low), start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0])
    np.add.at(areas, seen.camera, 0.5 * twice)
    return _outlines(cameras, seen, start, end, step, areas)


def _candidates(cameras: Floats, grid: WallGrid) -> tuple[Ints, Ints]:
    """Return pairs (camera, place in grid.ends) for all squares that the box around the camera's circle touches."""
    west, south, size, columns, rows = grid.frame
    x, y, reach = cameras[:, 0], cameras[:, 1], cameras[:, 4]
    low_column = np.clip((x - reach - west) // size, 0, columns).astype(np.intp)
    high_column = np.clip((x + reach - west) // size, -1, columns - 1).astype(np.intp)
    low_row = np.clip((y - reach - south) // size, 0, rows).astype(np.intp)
    high_row = np.clip((y + reach - south) // size, -1, rows - 1).astype(np.intp)
    is_off = high_column < low_column
    camera, row = runs(low_row, np.where(is_off, 0, np.maximum(high_row - low_row + 1, 0)))
    first = grid.start[row * int(columns) + low_column[camera]]
    last = grid.start[row * int(columns) + high_column[camera] + 1]
    strip, wall = runs(first, last - first)
    return camera[strip], wall


def _facing_walls(cameras: Floats, grid: WallGrid) -> tuple[Ints, Floats]:
    """Return camera and relative ends of the walls that face it, are high enough and come within range (clipped)."""
    camera, wall = _candidates(cameras, grid)
    is_high = grid.height_m[wall] >= cameras[camera, 5]
    camera, wall = camera[is_high], wall[is_high]
    ends = grid.ends[wall] - np.tile(cameras[camera, :2], 2)
    ax, ay, bx, by = ends.T
    cross = ax * by - ay * bx
    ex, ey = bx - ax, by - ay
    length2 = ex**2 + ey**2
    reach2 = cameras[camera, 4] ** 2
    half2 = (reach2 - cross**2 / length2) / length2
    half = np.sqrt(np.maximum(half2, 0.0))
    middle = -(ax * ex + ay * ey) / length2
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    keep = (cross < 0.0) & (half2 > 0.0) & (low < high)
    a = ends[:, :2] + low[:, None] * np.column_stack([ex, ey])
    b = np.where((high < 1.0)[:, None], ends[:, :2] + high[:, None] * np.column_stack([ex, ey]), ends[:, 2:])
    return camera[keep], np.hstack([a, b])[keep]


def _pieces(cameras: Floats, camera: Ints, ends: Floats) -> Pieces:
    """Return the walls as angular pieces within the view; one that crosses the right edge of the view becomes two."""
    ax, ay, bx, by = ends.T
    cross = ax * by - ay * bx
    span = np.arctan2(-cross, ax * bx + ay * by)
    fov = cameras[camera, 3]
    low = np.mod(np.arctan2(by, bx) - cameras[camera, 2], TURN)
    low = np.where(low >= TURN, 0.0, low)
    high = low + span
    gx, gy = (by - ay) / cross, (ax - bx) / cross
    far = np.sqrt(np.maximum(ax**2 + ay**2, bx**2 + by**2))
    rest_high = np.minimum(high - TURN, fov)
    high = np.minimum(high, fov)
    wall = np.arange(len(camera))
    both = np.concatenate([wall[high - low > SAME_ANGLE], wall[rest_high > SAME_ANGLE]])
    is_rest = np.arange(len(both)) >= np.count_nonzero(high - low > SAME_ANGLE)
    return Pieces(
        camera[both],
        np.where(is_rest, 0.0, low[both]),
        np.where(is_rest, rest_high[both], high[both]),
        *_turned(gx[both], gy[both], cameras[camera[both], 2]),
        far[both],
    )


def _turned(x: Floats, y: Floats, angle: Floats) -> tuple[Floats, Floats]:
    """Return vectors in the frame whose x axis is the right edge of the view."""
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _nearest(cameras: Floats, pieces: Pieces) -> Runs:
    """Return for each camera its intervals in order, neighbours with the same nearest piece joined."""
    n, p = len(cameras), len(pieces.camera)
    every = np.arange(n)
    owner = np.concatenate([pieces.camera, pieces.camera, every, every])
    angle = np.concatenate([pieces.low, pieces.high, np.zeros(n), cameras[:, 3]])
    order = np.lexsort((angle, owner))
    owner, angle = owner[order], angle[order]
    is_new = np.ones(len(owner), dtype=bool)
    is_new[1:] = (np.diff(owner) > 0) | (np.diff(angle) > SAME_ANGLE)
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.cumsum(is_new) - 1
    owner, angle = owner[is_new], angle[is_new]
    piece, interval = runs(place[:p], np.maximum(place[p : 2 * p] - place[:p], 0))
    following = np.minimum(interval + 1, len(angle) - 1)
    middle = 0.5 * (angle[interval] + angle[following])
    closeness = np.cos(middle) * pieces.gx[piece] + np.sin(middle) * pieces.gy[piece]
    best = np.zeros(len(angle))
    np.maximum.at(best, interval, closeness)
    nearest = np.full(len(angle), -1, dtype=np.intp)
    wins = (closeness == best[interval]) & (closeness > 0.0)
    nearest[interval[wins]] = piece[wins]
    is_interval = np.zeros(len(angle), dtype=bool)
    is_interval[:-1] = owner[:-1] == owner[1:]
    at = np.flatnonzero(is_interval)
    starts = np.ones(len(at), dtype=bool)
    starts[1:] = (np.diff(owner[at]) > 0) | (np.diff(nearest[at]) != 0)
    first = at[starts]
    last = at[np.append(np.flatnonzero(starts)[1:] - 1, len(at) - 1)] if len(at) else at
    return Runs(owner[first], angle[first], angle[last + 1], nearest[first])


def _meet(pieces: Pieces, piece: Ints, angle: Floats) -> Floats:
    """Return where the rays meet their walls (in the frame of the view), zero for runs without a wall."""
    ray = np.column_stack([np.cos(angle), np.sin(angle)])
    if not len(pieces.camera):
        return np.zeros_like(ray)
    closeness = ray[:, 0] * pieces.gx[piece] + ray[:, 1] * pieces.gy[piece]
    distance = 1.0 / np.maximum(closeness, 1.0 / pieces.far[piece])
    return ray * np.where(piece < 0, 0.0, distance)[:, None]


def _outlines(cameras: Floats, seen: Runs, start: Floats, end: Floats, step: float, areas: Floats) -> Swept:
    """Return the closed outlines in the scene's own metres."""
    is_arc = seen.piece < 0
    turn = seen.high - seen.low
    corners = np.where(is_arc, np.maximum(np.ceil(turn / step - 1e-9), 1.0) + 1.0, 2.0).astype(np.intp)
    run, k = runs(np.zeros(len(corners), dtype=np.intp), corners)
    angle = seen.low[run] + turn[run] * k / (corners[run] - 1)
    reach = cameras[seen.camera[run], 4]
    circle = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
    wall = np.where((k == 0)[:, None], start[run], end[run])
    xy = np.where(is_arc[run][:, None], circle, wall)
    arc = is_arc[run] & (k < corners[run] - 1)
    owner = seen.camera[run]
    has_apex = np.flatnonzero(cameras[:, 3] < TURN)
    at = np.searchsorted(owner, has_apex)
    xy, arc = np.insert(xy, at, 0.0, axis=0), np.insert(arc, at, False)
    owner = np.insert(owner, at, has_apex)
    xy, arc, owner = _without_repeats(xy, arc, owner)
    xy, arc, owner = _closed(xy, arc, owner, len(cameras))
    cos0, sin0 = np.cos(cameras[owner, 2]), np.sin(cameras[owner, 2])
    placed = np.column_stack([xy[:, 0] * cos0 - xy[:, 1] * sin0, xy[:, 0] * sin0 + xy[:, 1] * cos0])
    ends = np.searchsorted(owner, np.arange(len(cameras) + 1))
    return placed + cameras[owner, :2], ends, areas, arc


def _without_repeats(xy: Floats, arc: np.ndarray, owner: Ints) -> tuple[Floats, np.ndarray, Ints]:
    """Return the corners without those that repeat the one before; the last of repeated ones gives the arc flag."""
    repeats = np.zeros(len(xy), dtype=bool)
    repeats[1:] = (np.abs(np.diff(xy, axis=0)) < SAME_PLACE_M).all(axis=1) & (np.diff(owner) == 0)
    last = np.append(np.flatnonzero(~repeats)[1:] - 1, len(xy) - 1)
    return xy[~repeats], arc[last], owner[~repeats]


def _closed(xy: Floats, arc: np.ndarray, owner: Ints, count: int) -> tuple[Floats, np.ndarray, Ints]:
    """Return rings that end where they begin; what has fewer than three corners sees nothing and is left out."""
    bound = np.searchsorted(owner, np.arange(count + 1))
    first, last = bound[:-1], bound[1:] - 1
    size = np.diff(bound)
    meets = np.zeros(count, dtype=bool)
    some = size > 1
    meets[some] = (np.abs(xy[first[some]] - xy[last[some]]) < SAME_PLACE_M).all(axis=1)
    keep = ((size - meets) >= 3)[owner]
    keep[last[meets]] = False
    is_ring = (size - meets) >= 3
    xy, arc = (
        np.insert(xy, bound[1:], xy[first.clip(max=max(len(xy) - 1, 0))], axis=0),
        np.insert(arc, bound[1:], False),
    )
    owner, keep = np.insert(owner, bound[1:], np.arange(count)), np.insert(keep, bound[1:], is_ring)
    return xy[keep], arc[keep], owner[keep]
