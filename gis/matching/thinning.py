"""Fewer fixes, each worth more: neighbours become one, rests one place, and fixes near to the last one are left out.

Dense noisy fixes make a matcher worse, not better: their errors look like walking (Newson & Krumm 2009, §4.1).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


def smoothed(at_s: Floats, xy: Floats, window_s: float) -> Floats:
    """Return each fix as the mean of those within `window_s` / 2 seconds of it.

    Fixes further apart than that stay as they are. A walker's corner is cut by less than two metres for 10 s.

    >>> smoothed(np.array([0.0, 2, 4, 60]), np.array([[0.0, 0], [3, 3], [6, 0], [90, 0]]), 4.0)[:, 0].tolist()
    [1.5, 3.0, 4.5, 90.0]
    """
    first = np.searchsorted(at_s, at_s - window_s / 2, side="left")
    after = np.searchsorted(at_s, at_s + window_s / 2, side="right")
    sums = np.concatenate([np.zeros((1, 2)), np.cumsum(xy, axis=0)])
    found: Floats = (sums[after] - sums[first]) / (after - first)[:, None]
    return np.where((after - first)[:, None] > 1, found, xy)


def rests(at_s: Floats, xy: Floats, within_m: float, least_s: float) -> list[tuple[int, int]]:
    """Return the runs of fixes (first row, row after the last) that stay within `within_m` for `least_s` seconds.

    After Li et al. 2008 (Mining user similarity, §3.1): a rest goes on while fixes lie near its middle (the median).

    >>> here = np.array([[0.0, 0.0]] * 7 + [[60.0, 0.0], [120.0, 0.0]])
    >>> rests(np.arange(9) * 20.0, here, 30.0, 90.0)
    [(0, 7)]
    """
    from gis.matching.thinning_kernels import find_rests

    found = find_rests(np.ascontiguousarray(at_s), np.ascontiguousarray(xy), within_m, least_s)
    return [(int(first), int(after)) for first, after in found]


def thinned(at_s: Floats, xy: Floats, least_s: float, least_m: float) -> Rows:
    """Return the rows to match: the first, and each that is `least_s` and `least_m` from the one kept before.

    >>> thinned(np.array([0.0, 5, 10, 20, 30]), np.array([[0.0, 0], [9, 0], [18, 0], [19, 0], [40, 0]]), 10, 15)
    array([0, 2, 4])
    """
    from gis.matching.thinning_kernels import far_enough

    return far_enough(np.ascontiguousarray(at_s), np.ascontiguousarray(xy), least_s, least_m)
