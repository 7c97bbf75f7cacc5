"""Position fixes of a patrol: which of them can be believed, and how far they show that somebody walked.

Nothing is dropped: every fix keeps its row and gets a code, so that a page can say why a fix was not counted.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.errors import BadParameter

Floats = NDArray[np.float64]

OK, INVALID, NULL_ISLAND, FUTURE, DUPLICATE, OUT_OF_ORDER, INACCURATE, TOO_FAST = (
    "ok",
    "invalid",
    "null_island",
    "future",
    "duplicate",
    "out_of_order",
    "inaccurate",
    "too_fast",
)

_EARTH_M = 6_371_008.8
_AGREEING_FIXES = 3  # so many fixes in a row that agree with each other outweigh the ones before
_DOUBT_M = 100.0  # two fixes may each be as far off as a fix that is still let pass
_CLOCK_SKEW_S = 120.0  # a telephone's clock may be ahead by this much without being wrong about the place


@dataclass(frozen=True)
class WalkedPath:
    """What the clean fixes show: metres, seconds under way, the lines in lon/lat, and the gaps between them.

    `gaps` are pairs of row numbers: the fix before and the fix after a time nobody can vouch for.
    """

    length_m: float
    walked_s: float
    path: shapely.MultiLineString
    gaps: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Fixes:
    """Fixes as checked arrays: seconds since 1970, degrees, metres (nan where unknown)."""

    at_s: Floats
    lon: Floats
    lat: Floats
    accuracy_m: Floats


def clean_fixes(
    times: ArrayLike,
    lon: ArrayLike,
    lat: ArrayLike,
    accuracy_m: ArrayLike | None = None,
    *,
    now: object = None,
    most_accuracy_m: float = 50.0,
    most_mps: float = 4.0,
) -> NDArray[np.str_]:
    """Return a code for each fix, in the order they came: "ok" or the reason not to count it.

    invalid: time or place is no number or no place on Earth · null_island: within 0.01° of 0, 0, where devices
    without a position are · future: more than 2 minutes after `now` · duplicate: the time of a fix already counted ·
    out_of_order: before a fix already counted · inaccurate: its circle is wider than
    `most_accuracy_m` (unknown accuracy is let pass) · too_fast: could only be reached faster than `most_mps` metres a
    second (4 on foot, 8 by bicycle, 30 by car) even at the near edges of the two circles.

    Times are datetime64 in UTC or seconds since 1970, `now` the same. A jump is the fault of the new fix,
    unless three fixes in a row agree with each other and not with the one before. Raises BadParameter.

    >>> clean_fixes([0, 15, 30, 45], [9.5, 9.5001, 9.6, 9.5003], [47.1] * 4).tolist()
    ['ok', 'ok', 'too_fast', 'ok']
    """
    fixes = _checked(times, lon, lat, accuracy_m)
    if not (most_accuracy_m > 0 and most_mps > 0):
        raise BadParameter("The widest accuracy and the highest speed must be above 0.")
    codes = np.full(len(fixes.at_s), OK, dtype="<U12")
    now_s = np.inf if now is None else float(_seconds(np.asarray([now]))[0])
    with np.errstate(invalid="ignore"):
        codes[fixes.accuracy_m > most_accuracy_m] = INACCURATE
        codes[fixes.at_s > now_s + _CLOCK_SKEW_S] = FUTURE
        codes[(np.abs(fixes.lon) < 0.01) & (np.abs(fixes.lat) < 0.01)] = NULL_ISLAND
        on_earth = (np.abs(fixes.lon) <= 180.0) & (np.abs(fixes.lat) <= 90.0) & np.isfinite(fixes.at_s)
    codes[~on_earth | (fixes.accuracy_m < 0)] = INVALID
    _mark_order(fixes, codes)
    _mark_jumps(fixes, codes, most_mps)
    return codes


def walked_path(
    times: ArrayLike,
    lon: ArrayLike,
    lat: ArrayLike,
    codes: ArrayLike,
    *,
    gap_s: float = 300.0,
    least_step_m: float = 10.0,
    most_mps: float = 4.0,
) -> WalkedPath:
    """Return how far the fixes coded "ok" show that somebody walked.

    Across more than `gap_s` seconds without a fix nothing is counted: the gap must be longer than the slowest
    interval between fixes. Nor is a jump that `most_mps` metres a second and 100 m of doubt do not explain.
    A fix counts once it is `least_step_m` from the last one that counted, so that the trembling of a
    position at rest does not add up to kilometres. Lengths are on the sphere (haversine).
    Raises BadParameter.

    >>> walked = walked_path([0, 60, 120, 1000], [9.5, 9.501, 9.502, 9.51], [47.1] * 4, ["ok"] * 4)
    >>> round(walked.length_m), walked.walked_s, walked.gaps
    (151, 120.0, ((2, 3),))
    """
    fixes = _checked(times, lon, lat, None)
    if not (gap_s > 0 and least_step_m >= 0 and most_mps > 0):
        raise BadParameter("The gap and the highest speed must be above 0, the least step not below 0.")
    said = np.asarray(codes)
    if said.shape != fixes.at_s.shape:
        raise BadParameter("There must be one code for each of the {count} fixes.", count=len(fixes.at_s))
    rows = np.flatnonzero(said == OK)
    waited_s = np.diff(fixes.at_s[rows])
    is_jump = _distance_m(fixes, rows[:-1], rows[1:]) > most_mps * waited_s + _DOUBT_M
    breaks = np.flatnonzero((waited_s > gap_s) | is_jump) + 1
    runs = [run for run in np.split(rows, breaks) if len(run)]
    lines, length_m = [], 0.0
    for run in runs:
        steps = _steps(fixes, run, least_step_m)
        length_m += float(_distance_m(fixes, steps[:-1], steps[1:]).sum())
        if len(steps) > 1:
            lines.append(shapely.LineString(np.column_stack([fixes.lon[steps], fixes.lat[steps]])))
    return WalkedPath(
        length_m=length_m,
        walked_s=float(sum(fixes.at_s[run[-1]] - fixes.at_s[run[0]] for run in runs)),
        path=shapely.MultiLineString(lines),
        gaps=tuple((int(before[-1]), int(after[0])) for before, after in pairwise(runs)),
    )


def _checked(times: ArrayLike, lon: ArrayLike, lat: ArrayLike, accuracy_m: ArrayLike | None) -> _Fixes:
    at_s = _seconds(np.asarray(times))
    accuracy = np.full(at_s.shape, np.nan) if accuracy_m is None else np.asarray(accuracy_m, dtype=np.float64)
    fixes = _Fixes(at_s, np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64), accuracy)
    if at_s.ndim != 1 or any(len(part) != len(at_s) for part in (fixes.lon, fixes.lat, accuracy)):
        raise BadParameter("Times, longitudes, latitudes and accuracies must be equally many.")
    return fixes


def _seconds(times: NDArray[np.generic]) -> Floats:
    """Return seconds since 1970; nan for no time."""
    if times.dtype.kind != "M":
        return times.astype(np.float64)
    return np.where(np.isnat(times), np.nan, times.astype("datetime64[us]").astype(np.int64) / 1e6)


def _mark_order(fixes: _Fixes, codes: NDArray[np.str_]) -> None:
    """Mark fixes that came again or came late."""
    rows = np.flatnonzero(codes == OK)
    if not len(rows):
        return
    at_s = fixes.at_s[rows]
    latest_s = np.concatenate([[-np.inf], np.maximum.accumulate(at_s)[:-1]])
    codes[rows[at_s < latest_s]] = OUT_OF_ORDER
    _, first = np.unique(at_s, return_index=True)
    is_again = np.ones(len(rows), np.bool_)
    is_again[first] = False
    codes[rows[is_again]] = DUPLICATE


def _mark_jumps(fixes: _Fixes, codes: NDArray[np.str_], most_mps: float) -> None:
    """Mark fixes that nobody could have walked to."""
    trusted: list[int] = []  # rows that agree with each other, up to the last jump
    doubted: list[int] = []  # rows after it that agree with each other but not with the trusted ones
    for row in np.flatnonzero(codes == OK).tolist():
        if not trusted or _is_walkable(fixes, trusted[-1], row, most_mps):
            trusted.append(row)
            codes[doubted] = TOO_FAST
            doubted = []
            continue
        if doubted and not _is_walkable(fixes, doubted[-1], row, most_mps):
            codes[doubted] = TOO_FAST
            doubted = []
        doubted.append(row)
        if len(doubted) == _AGREEING_FIXES:
            if len(trusted) < _AGREEING_FIXES:
                codes[trusted] = TOO_FAST
            trusted, doubted = doubted, []
    codes[doubted] = TOO_FAST


def _is_walkable(fixes: _Fixes, before: int, after: int, most_mps: float) -> bool:
    """Return whether there was time to get from one fix to another, their circles of accuracy granted."""
    # one pair at a time: plain numbers are ten times quicker here than arrays of one
    lat1, lat2 = math.radians(fixes.lat[before]), math.radians(fixes.lat[after])
    turn = math.radians(fixes.lon[after] - fixes.lon[before])
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(turn / 2) ** 2
    away_m = 2.0 * _EARTH_M * math.asin(math.sqrt(min(half, 1.0)))
    known_m = (float(fixes.accuracy_m[row]) for row in (before, after))
    circles_m = sum(metres for metres in known_m if math.isfinite(metres))
    return bool(away_m - circles_m <= most_mps * float(fixes.at_s[after] - fixes.at_s[before]))


def _steps(fixes: _Fixes, run: NDArray[np.int64], least_step_m: float) -> NDArray[np.int64]:
    """Return the rows of a run that are a step away from the one before; the first always is."""
    steps = [int(run[0])]
    for row in run[1:].tolist():
        if _distance_m(fixes, np.array(steps[-1:]), np.array([row]))[0] >= least_step_m:
            steps.append(row)
    return np.array(steps, dtype=np.int64)


def _distance_m(fixes: _Fixes, before: NDArray[np.int64], after: NDArray[np.int64]) -> Floats:
    """Return metres between rows on the sphere (haversine)."""
    lat1, lat2 = np.radians(fixes.lat[before]), np.radians(fixes.lat[after])
    turn = np.radians(fixes.lon[after] - fixes.lon[before])
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin(turn / 2) ** 2
    found: Floats = 2.0 * _EARTH_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return found
