"""Fewer fixes, each worth more: rests become one place, and fixes too near to the last one say nothing new.

Dense noisy fixes make a matcher worse, not better: their errors look like walking (Newson & Krumm 2009, §4.1).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


def rests(at_s: Floats, xy: Floats, within_m: float, least_s: float) -> list[tuple[int, int]]:
    """Return the runs of fixes (first row, row after the last) that stay within `within_m` for `least_s` seconds.

    After Li et al. 2008 (Mining user similarity, §3.1): a rest goes on while fixes lie near its middle (the median).

    >>> here = np.array([[0.0, 0.0]] * 7 + [[60.0, 0.0], [120.0, 0.0]])
    >>> rests(np.arange(9) * 20.0, here, 30.0, 90.0)
    [(0, 7)]
    """
    found, row, count = [], 0, len(at_s)
    while row < count:
        after = row + 1
        middle = xy[row]
        while after < count and np.hypot(*(xy[after] - middle)) <= within_m:
            after += 1
            middle = np.median(xy[max(row, after - 30) : after], axis=0)
        if at_s[after - 1] - at_s[row] >= least_s and _stays(xy[row:after], within_m):
            found.append((row, after))
            row = after
        else:
            row += 1
    return found


def _stays(xy: Floats, within_m: float) -> bool:
    """Return whether a run did not drift: its first and last thirds have the same middle."""
    third = max(1, len(xy) // 3)
    drift = np.median(xy[-third:], axis=0) - np.median(xy[:third], axis=0)
    return bool(np.hypot(*drift) <= within_m / 2)


def thinned(at_s: Floats, xy: Floats, least_s: float, least_m: float) -> Rows:
    """Return the rows to match: the first, and each that is `least_s` and `least_m` from the one kept before.

    >>> thinned(np.array([0.0, 5, 10, 20, 30]), np.array([[0.0, 0], [9, 0], [18, 0], [19, 0], [40, 0]]), 10, 15)
    array([0, 2, 4])
    """
    kept: list[int] = []
    for row in range(len(at_s)):
        is_first = not kept
        if is_first or (at_s[row] - at_s[kept[-1]] >= least_s and np.hypot(*(xy[row] - xy[kept[-1]])) >= least_m):
            kept.append(row)
    return np.array(kept, dtype=np.int64)
