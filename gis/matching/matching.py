"""Fixes to streets by a hidden-Markov model.

Newson & Krumm 2009, Hidden Markov map matching through noise and sparseness (ACM GIS '09).

The states are places on streets near a fix. How likely a fix is from a place falls with their distance (a normal
distribution as wide as the fix is inaccurate); how likely one place follows another falls with the difference
between the way along the streets and the straight line. Viterbi's algorithm finds the likeliest walk.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.errors import BadParameter
from gis.matching.thinning import rests, smoothed, thinned
from gis.matching.ways import MatchedStretch, Place, covered_shares, way_walked, without_spurs
from gis.streets import StreetNetwork

if TYPE_CHECKING:
    from gis.matching.kernels import Candidates, Ground, Steps

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

TIME, DISTANCE, NO_STREET, NO_WAY = "time", "distance", "no_street", "no_way"

# The circle a telephone names holds the true place in 68 of 100 cases; that is 1.51 standard deviations of one axis.
_CIRCLE_SIGMAS = 1.51


@dataclass(frozen=True)
class MatchRules:
    """What the matcher believes; the defaults are for walkers.

    `sigma_m`: standard deviation of a fix without accuracy, and the least believed of any · `beta_m`: mean difference
    between way and straight line · `radius_m`: how far from a street a fix may be · `gap_s`, `gap_m`: longer
    than this between two fixes and nothing is credited · `thin_s`, `thin_m`: nearer fixes are left out ·
    `smooth_s`: fixes so near in time are one place ·
    `rest_s`, `rest_m`: who stays so long within so few metres rests · `most_mps`: nobody is faster ·
    `spur_m`: shorter goings-out-and-back are noise · `most_places`: places looked at for each fix.
    """

    sigma_m: float = 10.0
    beta_m: float = 8.0
    radius_m: float = 50.0
    gap_s: float = 180.0
    gap_m: float = 300.0
    thin_s: float = 10.0
    thin_m: float = 30.0
    smooth_s: float = 12.0
    rest_s: float = 90.0
    rest_m: float = 30.0
    most_mps: float = 4.0
    spur_m: float = 25.0
    most_places: int = 12


@dataclass(frozen=True, slots=True)
class MatchGap:
    """Nothing is credited from fix `before` to fix `after` (rows as given).

    `reason` is time (too long without a fix), distance (too far apart), no_street (no street near one of them) or
    no_way (no way that fits between them).
    """

    before: int
    after: int
    reason: str


@dataclass(frozen=True)
class MatchedTrack:
    """The walk along the streets.

    `stretches` in order of time · `edge_shares`: share of each walked edge's length · `street_shares`: the same by
    street id, of the street's whole length in the network · `walked_m`: metres gone, repeats counted ·
    `covered_m`: metres of street, each once · `matched_share`: of the fixes looked at, those on a street that the
    walk passes · `rests`: first and last row of each rest.
    """

    stretches: tuple[MatchedStretch, ...]
    gaps: tuple[MatchGap, ...]
    rests: tuple[tuple[int, int], ...]
    edge_shares: dict[int, float]
    street_shares: dict[Any, float]
    walked_m: float
    covered_m: float
    matched_share: float


@dataclass(frozen=True)
class _Fixes:
    """The fixes to match: metres, deviation, when come to and left, and the rows they were given in."""

    xy: Floats
    sigma_m: Floats
    came_s: Floats
    left_s: Floats
    first_row: Rows
    last_row: Rows


def match_track(
    network: StreetNetwork,
    at_s: ArrayLike,
    lon: ArrayLike,
    lat: ArrayLike,
    accuracy_m: ArrayLike | None = None,
    rules: MatchRules | None = None,
) -> MatchedTrack:
    """Return the streets walked, from fixes in order of time that `gis.tracks.clean_fixes` called "ok".

    `at_s` is seconds since 1970, places are WGS 84 degrees, `accuracy_m` the radius of 68 % (nan: unknown). Straight
    lines are measured in the network's metric frame, whose scale is true to a part in a thousand.
    Raises BadParameter for columns that do not fit together or times that go back.

    >>> from gis.streets import build_network
    >>> street = shapely.LineString([(9.50, 47.10), (9.51, 47.10)])
    >>> network = build_network([street], [7], ["residential"], [0])
    >>> track = match_track(network, [0, 60, 120, 180], [9.501, 9.502, 9.503, 9.504], [47.10005] * 4)
    >>> round(track.walked_m), round(track.street_shares[7], 2), track.gaps
    (228, 0.3, ())
    """
    from gis.matching.kernels import empty_work, most_likely

    rules = rules or MatchRules()
    given = _checked(network, at_s, lon, lat, accuracy_m, rules)
    still = tuple((first, after - 1) for first, after in rests(given.came_s, given.xy, rules.rest_m, rules.rest_s))
    fixes = _thinned(given, still, rules)
    ground, places = _ground(network), _places(network, fixes, rules)
    steps, reasons = _steps(fixes, places, rules)
    work = empty_work(ground)
    chosen, begins, _ = most_likely(ground, work, places, steps, rules.beta_m)
    held = [_place(places, fixes, fix, row) for fix, row in enumerate(chosen.tolist())]
    walked: list[MatchedStretch] = []
    run: list[MatchedStretch] = []
    passed = np.zeros(len(held), np.bool_)
    for fix in range(1, len(held)):
        before, after = held[fix - 1], held[fix]
        if begins[fix] or before is None or after is None:
            walked += without_spurs(network, run, rules.spur_m)
            run = []
            continue
        passed[fix - 1 : fix + 1] = True
        run += way_walked(network, ground, work, before, after, float(steps.most_m[fix]))
    walked += without_spurs(network, run, rules.spur_m)
    return _told(network, walked, _gaps(fixes, begins, reasons), still, float(passed.mean()) if held else 0.0)


def _checked(
    network: StreetNetwork,
    at_s: ArrayLike,
    lon: ArrayLike,
    lat: ArrayLike,
    accuracy_m: ArrayLike | None,
    rules: MatchRules,
) -> _Fixes:
    times = np.asarray(at_s, dtype=np.float64)
    lonlat = [np.asarray(axis, dtype=np.float64) for axis in (lon, lat)]
    accuracy = np.full(times.shape, np.nan) if accuracy_m is None else np.asarray(accuracy_m, dtype=np.float64)
    if times.ndim != 1 or any(axis.shape != times.shape for axis in (*lonlat, accuracy)):
        raise BadParameter("Times, longitudes, latitudes and accuracies must be equally many.")
    if not (np.isfinite(times).all() and np.isfinite(lonlat).all()) or (np.diff(times) < 0).any():
        raise BadParameter("The fixes must be clean and in order of time; sort them and leave out what is not ok.")
    xy = network.frame.xy(np.column_stack(lonlat))
    # Outside the frame's world there are no metres: such a place is far from every street and nothing more.
    xy = np.where(np.isfinite(xy), xy, 1e12)
    said = np.where(np.isfinite(accuracy), accuracy / _CIRCLE_SIGMAS, rules.sigma_m)
    rows = np.arange(len(times), dtype=np.int64)
    return _Fixes(xy, np.maximum(said, rules.sigma_m / 2), times, times, rows, rows)


def _thinned(given: _Fixes, still: tuple[tuple[int, int], ...], rules: MatchRules) -> _Fixes:
    """Return each rest as one fix in its middle, and the others as far apart as the rules say."""
    is_moving = np.ones(len(given.came_s), np.bool_)
    for first, last in still:
        is_moving[first : last + 1] = False
    moving = np.flatnonzero(is_moving)
    places = smoothed(given.came_s[moving], given.xy[moving], rules.smooth_s)
    middles = [np.median(given.xy[first : last + 1], axis=0) for first, last in still]
    pairs = np.vstack([np.column_stack([moving, moving]), np.array(still, np.int64).reshape(-1, 2)])
    order = np.argsort(pairs[:, 0])
    pairs, xy = pairs[order], np.vstack([places, np.array(middles, np.float64).reshape(-1, 2)])[order]
    kept = thinned(given.left_s[pairs[:, 1]], xy, rules.thin_s, rules.thin_m)
    first, last = pairs[kept].T
    return _Fixes(xy[kept], given.sigma_m[first], given.came_s[first], given.left_s[last], first, last)


def _ground(network: StreetNetwork) -> "Ground":
    from gis.matching.kernels import Ground

    arcs = network.arcs
    is_open = np.isfinite(network.edge_s)
    return Ground(arcs.indptr, arcs.heads, arcs.length_m, network.edge_nodes, network.edge_m, is_open)


def _places(network: StreetNetwork, fixes: _Fixes, rules: MatchRules) -> "Candidates":
    """Return the places on streets near each fix, the nearest `most_places` of them."""
    from gis.matching.kernels import Candidates

    points: Any = shapely.points(fixes.xy)
    which, edge = network.tree.query(points, predicate="dwithin", distance=rules.radius_m)
    lines = network.edge_lines[edge]
    away_m = np.asarray(shapely.distance(points[which], lines))
    order = np.lexsort((edge, away_m, which))
    which, edge, away_m = which[order], edge[order], away_m[order]
    rank = np.arange(len(which)) - np.searchsorted(which, which)
    near = rank < rules.most_places
    which, edge, away_m = which[near], edge[near], away_m[near]
    at_m = np.minimum(shapely.line_locate_point(network.edge_lines[edge], points[which]), network.edge_m[edge])
    counts = np.bincount(which, minlength=len(fixes.xy))
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    log_emission = -0.5 * (away_m / fixes.sigma_m[which]) ** 2
    return Candidates(first, edge.astype(np.int32), at_m, log_emission)


def _steps(fixes: _Fixes, places: "Candidates", rules: MatchRules) -> tuple["Steps", list[str]]:
    """Return what lies between the fixes, and why nothing may be credited there ("" where it may)."""
    from gis.matching.kernels import Steps

    straight_m = np.concatenate([[0.0], np.hypot(*np.diff(fixes.xy, axis=0).T)])[: len(fixes.xy)]
    waited_s = np.concatenate([[0.0], fixes.came_s[1:] - fixes.left_s[:-1]])[: len(fixes.xy)]
    has_none = np.diff(places.first) == 0
    reasons = np.full(len(fixes.xy), "", dtype="<U9")
    reasons[straight_m > rules.gap_m] = DISTANCE
    reasons[waited_s > rules.gap_s] = TIME
    reasons[has_none | np.concatenate([[False], has_none[:-1]])[: len(has_none)]] = NO_STREET
    doubt_m = 4 * fixes.sigma_m
    most_m = np.minimum(2 * straight_m + 100.0, rules.most_mps * waited_s + doubt_m + 10.0)
    return Steps(straight_m, np.maximum(most_m, straight_m), reasons != ""), reasons.tolist()


def _place(places: "Candidates", fixes: _Fixes, fix: int, row: int) -> Place | None:
    if row < 0:
        return None
    return Place(int(places.edge[row]), float(places.at_m[row]), float(fixes.came_s[fix]), float(fixes.left_s[fix]))


def _gaps(fixes: _Fixes, begins: NDArray[np.bool_], reasons: list[str]) -> tuple[MatchGap, ...]:
    rows = np.flatnonzero(begins[1:]) + 1
    return tuple(
        MatchGap(int(fixes.last_row[fix - 1]), int(fixes.first_row[fix]), reasons[fix] or NO_WAY)
        for fix in rows.tolist()
    )


def _told(
    network: StreetNetwork,
    walked: list[MatchedStretch],
    gaps: tuple[MatchGap, ...],
    still: tuple[tuple[int, int], ...],
    matched_share: float,
) -> MatchedTrack:
    shares = covered_shares(walked)
    lengths = {edge: share * float(network.edge_m[edge]) for edge, share in shares.items()}
    edges = np.array(list(shares), dtype=np.int64)
    ids = network.street_ids[edges] if len(edges) else network.street_ids[:0]
    streets, number = np.unique(ids, return_inverse=True)
    whole = np.isin(network.street_ids, streets)
    whole_m = np.bincount(np.searchsorted(streets, network.street_ids[whole]), network.edge_m[whole], len(streets))
    part_m = np.bincount(number, list(lengths.values()), len(streets)) if len(edges) else whole_m
    return MatchedTrack(
        stretches=tuple(walked),
        gaps=gaps,
        rests=still,
        edge_shares=shares,
        street_shares=dict(zip(streets.tolist(), (part_m / whole_m).tolist(), strict=True)),
        walked_m=sum(abs(part.stop - part.start) * float(network.edge_m[part.edge]) for part in walked),
        covered_m=sum(lengths.values()),
        matched_share=matched_share,
    )
