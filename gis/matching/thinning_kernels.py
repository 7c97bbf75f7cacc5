"""Inner loops of `gis.matching.thinning`. Imported only when a track is matched: numba is slow to load."""

import numpy as np
from numpy.typing import NDArray

from gis.routing.compiled import compiled

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

_LOOKED_BACK = 30  # the middle of a long rest is taken of its last fixes


@compiled
def find_rests(at_s: Floats, xy: Floats, within_m: float, least_s: float) -> Rows:
    """Return (first row, row after the last) of each rest."""
    count = len(at_s)
    found = np.empty((count, 2), np.int64)
    size = 0
    row = 0
    while row < count:
        after = row + 1
        x, y = xy[row, 0], xy[row, 1]
        while after < count and np.hypot(xy[after, 0] - x, xy[after, 1] - y) <= within_m:
            after += 1
            since = max(row, after - _LOOKED_BACK)
            x, y = np.median(xy[since:after, 0]), np.median(xy[since:after, 1])
        if at_s[after - 1] - at_s[row] >= least_s and _stays(xy[row:after], within_m):
            found[size, 0], found[size, 1] = row, after
            size += 1
            row = after
        else:
            row += 1
    return found[:size].copy()


@compiled
def _stays(xy: Floats, within_m: float) -> bool:
    """Return whether a run did not drift: its first and last thirds have the same middle."""
    third = max(1, len(xy) // 3)
    x = np.median(xy[-third:, 0]) - np.median(xy[:third, 0])
    y = np.median(xy[-third:, 1]) - np.median(xy[:third, 1])
    return bool(np.hypot(x, y) <= within_m / 2)


@compiled
def far_enough(at_s: Floats, xy: Floats, least_s: float, least_m: float) -> Rows:
    """Return the first row, and each that is far enough from the one kept before, in time and in place."""
    kept = np.empty(len(at_s), np.int64)
    size = 0
    for row in range(len(at_s)):
        if size:
            last = kept[size - 1]
            away_m = np.hypot(xy[row, 0] - xy[last, 0], xy[row, 1] - xy[last, 1])
            if at_s[row] - at_s[last] < least_s or away_m < least_m:
                continue
        kept[size] = row
        size += 1
    return kept[:size].copy()
