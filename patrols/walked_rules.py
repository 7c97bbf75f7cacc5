"""What a patrol's positions say about it: gaps and why, where it left its route, checkpoints, signs of made-up places.

Pure: arrays and numbers in, decisions out. Times are seconds since 1970.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Longer than this without a position is a gap; the slowest interval our phone page and the apps use is 60 s.
GAP_S = 180.0
#: A part of a street counts when so much of its length was walked.
COUNTED_SHARE = 0.8
#: Off the route from here on, for so long; back on it below, for so long (hysteresis: no flicker at one border).
OFF_M, OFF_S, BACK_M, BACK_S = 60.0, 120.0, 30.0, 60.0
#: So near to a checkpoint a fix counts as there; so near as having passed by.
THERE_M, BESIDE_M = 35.0, 120.0
#: A checkpoint reached later than this after its planned time is late.
LATE_S = 30 * 60.0
LOW_BATTERY_PCT = 15


@dataclass(frozen=True)
class Fixes:
    """The positions of a patrol in order of time: seconds, metres, marks and battery (nan: unknown)."""

    at_s: Floats
    xy: Floats
    marks: NDArray[np.str_]
    battery_pct: Floats


@dataclass(frozen=True)
class Gap:
    """A time nobody can vouch for, and why: see `gaps_of`."""

    from_s: float
    to_s: float
    reason: str


@dataclass(frozen=True)
class Visit:
    """What became of a checkpoint: done, late, short, missed or ahead, when it was reached, and why it was missed."""

    seq: int
    state: str
    reached_s: float | None = None
    stayed_s: float = 0.0
    reason: str = ""
    in_order: bool = True


@dataclass(frozen=True)
class Stop:
    """A planned checkpoint: number, place in metres, second of planned arrival, seconds to stay, check-in's second."""

    seq: int
    xy: tuple[float, float]
    planned_s: float
    dwell_s: float
    checked_in_s: float | None = None


def gaps_of(fixes: Fixes, begun_s: float, ended_s: float, pauses: Sequence[tuple[float, float]] = ()) -> list[Gap]:
    """Times of more than GAP_S without a position that counts, each with its reason.

    paused: by the member's own act · refused: positions came but none could be believed (inaccurate, too fast, made
    up) · battery: the telephone had 15 % or less when it fell silent · not_started, stopped_early: none came after
    the start, or before the end · silent: nothing came, and nobody knows why.

    >>> quiet = Fixes(np.array([0.0, 60, 600, 660]), np.zeros((4, 2)), np.array(["ok"] * 4), np.full(4, 80.0))
    >>> gaps_of(quiet, 0.0, 700.0)
    [Gap(from_s=60.0, to_s=600.0, reason='silent')]
    """
    good = np.flatnonzero(fixes.marks == "ok")
    times = np.concatenate([[begun_s], fixes.at_s[good], [ended_s]])
    found = []
    for row in np.flatnonzero(np.diff(times) > GAP_S).tolist():
        begin, end = float(times[row]), float(times[row + 1])
        before = int(good[row - 1]) if row else -1
        reason = _why(fixes, begin, end, before, pauses)
        if reason == "silent" and row == 0:
            reason = "not_started" if len(good) else "silent"
        if reason == "silent" and row == len(times) - 2 and len(good):
            reason = "stopped_early"
        found.append(Gap(begin, end, reason))
    return found


def _why(fixes: Fixes, begin: float, end: float, before: int, pauses: Sequence[tuple[float, float]]) -> str:
    paused_s = sum(max(0.0, min(end, until) - max(begin, since)) for since, until in pauses)
    if paused_s >= 0.5 * (end - begin):
        return "paused"
    if ((fixes.at_s > begin) & (fixes.at_s < end) & (fixes.marks != "ok")).any():
        return "refused"
    if before >= 0 and fixes.battery_pct[before] <= LOW_BATTERY_PCT:
        return "battery"
    return "silent"


def deviations(at_s: Floats, away_m: Floats) -> list[tuple[float, float, float]]:
    """Times off the route (from, to, most metres away), with hysteresis in distance and in time.

    Off after OFF_S seconds in a row beyond OFF_M; on again after BACK_S seconds in a row within BACK_M. Between two
    positions more than GAP_S apart nothing is said, so that silence is not taken for being away.

    >>> at = np.arange(0.0, 700.0, 20.0)
    >>> deviations(at, np.where((at >= 100) & (at < 400), 90.0, 5.0))
    [(100.0, 400.0, 90.0)]
    >>> deviations(at, np.where((at >= 100) & (at < 160), 90.0, 5.0))
    []
    """
    found: list[tuple[float, float, float]] = []
    since, back, most_m, is_off = np.nan, np.nan, 0.0, False
    for row in range(len(at_s)):
        now, away = float(at_s[row]), float(away_m[row])
        if row and now - float(at_s[row - 1]) > GAP_S:
            if is_off:
                found.append((since, float(at_s[row - 1]), most_m))
            since, back, most_m, is_off = np.nan, np.nan, 0.0, False
        if away > OFF_M:
            since, most_m, back = (now if np.isnan(since) else since), max(most_m, away), np.nan
            is_off = is_off or now - since >= OFF_S
        elif away > BACK_M and is_off:
            back = np.nan
        elif is_off:
            back = now if np.isnan(back) else back
            if now - back >= BACK_S:
                found.append((since, back, most_m))
                since, back, most_m, is_off = np.nan, np.nan, 0.0, False
        else:
            since, most_m = np.nan, 0.0
    if is_off:
        found.append((since, float(at_s[-1]), most_m))
    return found


def visits(stops: Sequence[Stop], fixes: Fixes, gaps: Sequence[Gap], ended_s: float, *, is_over: bool) -> list[Visit]:
    """What became of each checkpoint, in the order of the plan.

    A missed one has its reason: no_fix (no position around its planned time), passed_by (came within 120 m), ended
    (the patrol ended before its time), skipped (a later one was reached) or not_reached. `in_order` is False for those
    reached before one that stands earlier in the plan (outside of the longest run in order).
    """
    good = fixes.marks == "ok"
    at_s, xy = fixes.at_s[good], fixes.xy[good]
    first = [_visit(stop, at_s, xy) for stop in stops]
    reached = [visit.reached_s for visit in first]
    kept = _longest_in_order(reached)
    found = []
    for place, (stop, visit) in enumerate(zip(stops, first, strict=True)):
        if visit.reached_s is not None:
            found.append(Visit(visit.seq, visit.state, visit.reached_s, visit.stayed_s, "", place in kept))
        elif not is_over and not stop.planned_s + LATE_S < ended_s:
            found.append(Visit(stop.seq, "ahead"))
        else:
            has_later = any(when is not None for when in reached[place + 1 :])
            found.append(Visit(stop.seq, "missed", reason=_why_missed(stop, xy, gaps, ended_s, has_later=has_later)))
    return found


def _visit(stop: Stop, at_s: Floats, xy: Floats) -> Visit:
    """The longest stay within THERE_M of the checkpoint; short trembles out of the circle do not end it."""
    away_m = np.hypot(*(xy - np.array(stop.xy)).T) if len(xy) else np.empty(0)
    rows = np.flatnonzero(away_m <= THERE_M)
    if not len(rows):
        return _checked_in(stop)
    runs = np.split(rows, np.flatnonzero((np.diff(rows) > 3) | (np.diff(at_s[rows]) > GAP_S)) + 1)
    stays = [float(at_s[run[-1]] - at_s[run[0]]) for run in runs]
    enough = [number for number, stay in enumerate(stays) if stay >= 0.8 * stop.dwell_s]
    number = enough[0] if enough else int(np.argmax(stays))
    came_s = float(at_s[runs[number][0]])
    state = "done"
    if not enough:
        state = "short"
    elif came_s > stop.planned_s + LATE_S:
        state = "late"
    return Visit(stop.seq, state, came_s, stays[number])


def _checked_in(stop: Stop) -> Visit:
    """What a check-in by the member's own act says where no position does: it was reached."""
    if stop.checked_in_s is None:
        return Visit(stop.seq, "missed")
    return Visit(stop.seq, "late" if stop.checked_in_s > stop.planned_s + LATE_S else "done", stop.checked_in_s)


def _why_missed(stop: Stop, xy: Floats, gaps: Sequence[Gap], ended_s: float, *, has_later: bool) -> str:
    if len(xy) and float(np.hypot(*(xy - np.array(stop.xy)).T).min()) <= BESIDE_M:
        return "passed_by"
    if any(gap.from_s - LATE_S <= stop.planned_s <= gap.to_s and gap.reason != "paused" for gap in gaps):
        return "no_fix"
    if ended_s < stop.planned_s:
        return "ended"
    return "skipped" if has_later else "not_reached"


def _longest_in_order(reached: Sequence[float | None]) -> set[int]:
    """Which places belong to the longest run of visits in the planned order (longest increasing subsequence)."""
    places = [place for place, when in enumerate(reached) if when is not None]
    best: list[list[int]] = []
    for place in places:
        before = [run for run in best if (reached[run[-1]] or 0.0) <= (reached[place] or 0.0)]
        best.append([*_longest(before), place])
    return set(_longest(best))


def _longest(runs: list[list[int]]) -> list[int]:
    longest: list[int] = []
    for run in runs:
        longest = run if len(run) > len(longest) else longest
    return longest


def judged(
    fixes: Fixes, is_mocked: NDArray[np.bool_], matched_share: float
) -> tuple[str, list[dict[str, float | str]]]:
    """Whether the positions can be believed: sound, doubtful or mocked, with the reasons and their figures.

    said: the telephone itself called positions made up (5 % make the patrol mocked) · frozen: the same place to the
    centimetre for many positions, as no receiver under the sky gives · even: steps of the same length to a hundredth,
    as a script walks · jumps: a fifth of the positions nobody could have walked to · off_streets: hardly any on one.

    >>> trembling = np.random.default_rng(1).normal(0, 5, (60, 2)) + np.arange(60)[:, None] * 9
    >>> walk = Fixes(np.arange(60) * 10.0, trembling, np.array(["ok"] * 60), np.full(60, 80.0))
    >>> judged(walk, np.zeros(60, bool), 0.9)
    ('sound', [])
    """
    count = len(fixes.at_s)
    if not count:
        return "sound", []
    shares = {"said": float(is_mocked.mean()), "jumps": float((fixes.marks == "too_fast").mean())}
    steps_m = np.hypot(*np.diff(fixes.xy, axis=0).T) if count > 1 else np.empty(0)
    waited_s = np.maximum(np.diff(fixes.at_s), 1e-9)
    shares["frozen"] = float((steps_m < 0.02).mean()) if count >= 30 else 0.0
    moving = steps_m / waited_s
    moving = moving[moving > 0.3]
    is_even = len(moving) >= 30 and float(np.std(moving) / np.mean(moving)) < 0.01
    limits = {"said": 0.0, "jumps": 0.2, "frozen": 0.5}
    reasons: list[dict[str, float | str]] = [
        {"code": code, "share": round(share, 3)} for code, share in shares.items() if share > limits[code]
    ]
    if is_even:
        reasons.append({"code": "even", "share": round(float(np.std(moving) / np.mean(moving)), 4)})
    if count >= 30 and matched_share < 0.3:
        reasons.append({"code": "off_streets", "share": round(matched_share, 3)})
    if shares["said"] > 0.05:
        return "mocked", reasons
    return ("doubtful" if [one for one in reasons if one["code"] != "off_streets"] else "sound"), reasons
