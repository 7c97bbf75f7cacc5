"""How much priority any plan could cover at most: what a plan is measured against.

Put all teams' walks together and run all their starts and goals into one place: what remains is one connected network
of walked streets in which every crossing has an even number of ends. Each street is walked once or twice there (pairs
of further passes can be left out), and all passes together take no longer than all teams have time. The best such
network, with fractions of passes allowed, is a linear programme; crossings with odd ends and pieces that hang on
nothing are cut off as they appear (blossom and connectivity cuts: Edmonds & Johnson 1973, Corberan & Laporte 2015).
Every round's answer is a bound, so that the search for it can be ended at any time.
"""

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.errors import BadParameter
from gis.routing.bound_cuts import Cut, connectivity_cuts, parity_cuts
from gis.routing.contraction import Piece, merged_segments
from gis.routing.paths import doors_of, graph_of
from gis.routing.requests import PlanRequest
from gis.streets import SnappedPlace, StreetNetwork, only_edges, snap

_MOST_ROUNDS = 200
_LEAST_GAIN = 2e-5  # of the bound, over five rounds: below, more cuts are not worth their time

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Bound:
    """No plan covers more priority than `priority`; `rounds` of cuts, `segments` in the programme, seconds taken.

    `is_settled` is False when time ran out while cuts were still being found: the bound holds all the same, but a
    smaller one might have been shown.
    """

    priority: float
    rounds: int
    segments: int
    seconds: float
    is_settled: bool


@dataclass(frozen=True)
class Ground:
    """The segments any team could walk: ends by node (0: all starts and goals in one), seconds, and worth."""

    tail: Integers
    head: Integers
    cost_s: Floats
    worth: Floats
    budget_s: float

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return int(max(self.tail.max(initial=0), self.head.max(initial=0))) + 1


def upper_bound(
    network: StreetNetwork,
    request: PlanRequest,
    priority: ArrayLike | None = None,
    *,
    most_s: float = 60.0,
    max_m: float = 100.0,
) -> Bound:
    """Return a bound on the priority that any plan for a request can cover, checkpoints or not.

    `priority` as in `plan_patrols`. One-way streets are taken as open both ways at the quicker time, and dwell is left
    to the teams, which keeps the bound valid for every mode. Raises NoRoute, BadParameter.

    >>> import shapely
    >>> from gis.routing.requests import Team
    >>> from gis.streets import build_network
    >>> street = shapely.LineString([(9.50, 47.10), (9.51, 47.10)])
    >>> network = build_network([street], [7], ["residential"], [0])
    >>> found = upper_bound(network, PlanRequest((Team((9.50, 47.10), minutes=10),), slack_share=0.0))
    >>> round(found.priority)  # 10 minutes are 800 m: 400 m out, the same 400 m back
    400
    """
    if not most_s > 0:
        raise BadParameter("The time for planning is {most} s; it must be above 0.", most=most_s)
    begun = time.monotonic()
    ground = _ground(network, request, priority, max_m)
    if not len(ground.worth):
        return Bound(0.0, 0, 0, time.monotonic() - begun, is_settled=True)
    found, rounds, is_settled = _solved(ground, begun + most_s)
    return Bound(found, rounds, len(ground.worth), time.monotonic() - begun, is_settled)


def _ground(network: StreetNetwork, request: PlanRequest, priority: ArrayLike | None, max_m: float) -> Ground:
    """Return the segments that some team can reach and come home from in its time."""
    per_m = np.ones(network.edge_count) if priority is None else np.asarray(priority, dtype=np.float64)
    worth = np.where(network.is_pavement, 0.0, per_m * network.edge_m)
    if request.forbidden:
        is_open = np.array([street not in request.forbidden for street in network.street_ids.tolist()], np.bool_)
        network, worth = only_edges(network, is_open), worth[is_open]
    places = {end: snap(network, end, max_m) for team in request.teams for end in (team.start, team.goal)}
    through_s, budget_s = np.full(network.edge_count, np.inf), 0.0
    for start, goal, span_s in {(team.start, team.goal, _span_s(request, team)) for team in request.teams}:
        used_s = _through_s(network, places[start], places[goal], span_s)
        through_s = np.minimum(through_s, np.where(used_s <= span_s, used_s, np.inf))
    budget_s = sum(_span_s(request, team) for team in request.teams)
    pieces, fixed = _pieces(network, np.isfinite(through_s), list(places.values()), worth)
    segments, numbers = merged_segments(pieces, fixed, most_m=np.inf, alike=1.0)
    base = {numbers[node] for node in fixed}
    ends = np.array([(one.tail, one.head) for one in segments], np.int64).reshape(-1, 2)
    ends = np.where(np.isin(ends, list(base)), 0, ends)
    cost_s = np.array([min(one.forward_ms, one.back_ms) for one in segments], np.float64) / 1e4
    return Ground(ends[:, 0], ends[:, 1], cost_s, np.array([one.worth for one in segments], np.float64), budget_s)


def _span_s(request: PlanRequest, team: Any) -> float:
    begin_s, end_s = request.span_s(team)
    return end_s - begin_s


def _through_s(network: StreetNetwork, start: SnappedPlace, goal: SnappedPlace, limit_s: float) -> Floats:
    """Return for each edge the fewest seconds of a walk from start to goal that touches it."""
    from gis.routing.path_kernels import spread

    out_s = spread(graph_of(network), doors_of(network, start, False), limit_s)[0]
    back_s = spread(graph_of(network, is_reversed=True), doors_of(network, goal, True), limit_s)[0]
    there: Floats = np.where(np.isfinite(out_s) & np.isfinite(back_s), out_s + back_s, np.inf)
    reached: Floats = there[network.edge_nodes].min(axis=1)
    reached[[start.edge, goal.edge]] = 0.0
    return reached


def _pieces(
    network: StreetNetwork, is_near: NDArray[np.bool_], places: list[SnappedPlace], worth: Floats
) -> tuple[list[Piece], list[int]]:
    """Return the edges as pieces, cut at the places; costs are whole tenths of a millisecond, rounded down."""
    cuts: dict[int, list[tuple[float, int]]] = {}
    fixed = []
    for number, place in enumerate({(at.edge, at.fraction): at for at in places}.values()):
        fixed.append(network.node_count + number)
        cuts.setdefault(place.edge, []).append((place.fraction, fixed[-1]))
    pieces = []
    quick_s = network.edge_s.min(axis=1)
    for edge in np.flatnonzero(is_near & np.isfinite(quick_s)).tolist():
        first, second = network.edge_nodes[edge].tolist()
        marks = [(0.0, first), *sorted(cuts.get(edge, [])), (1.0, second)]
        for (low, tail), (high, head) in pairwise(marks):
            share = high - low
            cost = int(share * quick_s[edge] * 1e4)
            pieces.append(Piece(tail, head, cost, cost, share * network.edge_m[edge], share * worth[edge], ()))
    return pieces, fixed


def _solved(ground: Ground, until: float) -> tuple[float, int, bool]:
    """Return the bound, how many rounds it took, and whether no more cuts were found worth their time."""
    solver, scale = _programme(ground)
    bounds: list[float] = []
    for _ in range(_MOST_ROUNDS):
        left_s = until - time.monotonic()
        if left_s <= 0 and bounds:
            return bounds[-1] * scale, len(bounds), False
        solver.setOptionValue("time_limit", float(solver.getRunTime() + max(left_s, 0.05)) if bounds else 1e9)
        solver.run()
        if solver.modelStatusToString(solver.getModelStatus()) != "Optimal":
            return bounds[-1] * scale, len(bounds), False
        bounds.append(solver.getInfo().objective_function_value)
        if len(bounds) > 5 and bounds[-6] - bounds[-1] < _LEAST_GAIN * bounds[-1]:
            return bounds[-1] * scale, len(bounds), True
        values = np.array(solver.getSolution().col_value)
        once, twice = values[: len(ground.worth)], values[len(ground.worth) :]
        cuts = connectivity_cuts(ground.tail, ground.head, once, twice)
        cuts += parity_cuts(ground.tail, ground.head, once, twice)
        if not cuts:
            return bounds[-1] * scale, len(bounds), True
        for cut in cuts:
            _add(solver, cut)
    return bounds[-1] * scale, len(bounds), False


def _programme(ground: Ground) -> tuple[Any, float]:
    """Return the programme without cuts, and what its objective must be multiplied by.

    Columns: for each segment whether it is walked (z) and whether it is walked a second time (w <= z).
    """
    import highspy

    count, scale = len(ground.worth), max(float(ground.worth.max()), 1e-9)
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    solver.addVars(2 * count, np.zeros(2 * count), np.ones(2 * count))
    columns = np.arange(2 * count, dtype=np.int32)
    solver.changeColsCost(2 * count, columns, np.concatenate([ground.worth / scale, np.zeros(count)]))
    cost = np.tile(ground.cost_s, 2) / max(ground.budget_s, 1e-9)
    solver.addRow(-highspy.kHighsInf, 1.0, 2 * count, columns, cost)
    starts = np.arange(count, dtype=np.int32) * 2
    pairs = np.column_stack([columns[:count], columns[count:]]).ravel()
    lower, upper = np.full(count, -highspy.kHighsInf), np.zeros(count)
    solver.addRows(count, lower, upper, 2 * count, starts, pairs, np.tile([-1.0, 1.0], count))
    return solver, scale


def _add(solver: Any, cut: Cut) -> None:
    import highspy

    solver.addRow(cut.least, highspy.kHighsInf, len(cut.columns), cut.columns.astype(np.int32), cut.factors)
