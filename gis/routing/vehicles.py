"""A patrol as vehicle routing: PyVRP on arcs, for a start that is good as a whole.

Each street is two optional clients, one for each direction, in a group of which at most one is visited (Vidal 2017);
the way between two of them is the quickest one plus the length of the second. Costs are never 0, and prizes stay near
what a metre costs: with high ones the search takes whatever it can and never looks for short ways.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gis.routing.stopping import StoppingCriterion

if TYPE_CHECKING:
    from gis.routing.plan_kernels import Tasks

ITERATIONS_EACH = 5
"""One iteration of PyVRP takes about as long as so many of ours."""

MOST_STREETS = 900
"""Streets given to PyVRP: the table of ways grows with their square (26 MB for these)."""

_METRES_FOR_ONE = 3.0  # metres walked for a metre of the best street: measured, 2 to 5 are alike
_MOST_KINDS = 8
_TICK_MS = 1  # PyVRP counts in whole numbers; coarser ones would break a start that just fits
_NEVER = 1 << 40
_OPEN_MS = 1 << 60  # what stands for "never closes" in the tasks
_TELL_EVERY = 50


@dataclass(frozen=True)
class Routed:
    """The codes of each team's tasks in order (empty when PyVRP was not asked), and PyVRP's iterations."""

    codes: list[list[int]]
    iterations: int


class _Stop:
    """PyVRP's question whether to stop, asked of our criterion."""

    def __init__(self, stop: StoppingCriterion) -> None:
        self._stop = stop
        self.iterations = 0

    def __call__(self, best_cost: int) -> bool:  # noqa: ARG002 - PyVRP says what its best plan costs
        """Return whether the time is used up."""
        if self._stop.used_share((self.iterations + 1) * ITERATIONS_EACH) > 1.0:
            return True
        self.iterations += 1
        return False


class _Hear:
    """What PyVRP calls as it goes: better plans are passed on, but not each of the many at the beginning."""

    def __init__(
        self, codes: Callable[[Any], list[list[int]]], asked: _Stop, tell: Callable[[list[list[int]], int], None] | None
    ) -> None:
        self._codes, self._asked, self._tell = codes, asked, tell
        self._told = 0

    def on_best(self, best: Any) -> None:
        """Hear of a better plan."""
        if self._tell is not None and best.is_feasible() and self._asked.iterations - self._told >= _TELL_EVERY:
            self._told = self._asked.iterations
            self._tell(self._codes(best), self._asked.iterations)

    def on_start(self, algorithm: Any) -> None:
        """Hear that it begins."""

    def on_iteration(self, current: Any, candidate: Any, best: Any, evaluator: Any) -> None:
        """Hear of an iteration."""

    def on_restart(self, best: Any) -> None:
        """Hear of a new beginning."""

    def on_end(self, result: Any) -> None:
        """Hear that it ends."""


def routed(
    tasks: "Tasks",
    start: list[list[int]],
    seed: int,
    stop: StoppingCriterion,
    tell: Callable[[list[list[int]], int], None] | None = None,
) -> Routed:
    """Return the plan PyVRP makes of `start` until `stop` says so; equal for equal seeds and numbers of iterations.

    Without any `start` PyVRP makes its own. `tell` hears of better plans on the way, with the iterations so far.
    Stops that only one team may do, and more than 8 kinds of teams, are beyond it: then nothing is done.
    """
    kinds = np.unique(tasks.kind)
    if stop.used_share(ITERATIONS_EACH) > 1.0 or len(kinds) > _MOST_KINDS or (tasks.only >= 0).any():
        return Routed([], 0)
    import pyvrp

    chosen = _chosen(tasks, start)
    data = _problem(tasks, chosen, kinds)
    rows = {int(task): 2 * row for row, task in enumerate(chosen)}
    asked = _Stop(stop)
    routes = [
        pyvrp.Route(data, [rows[code >> 1] + (code & 1) for code in codes], int(np.searchsorted(kinds, kind)))
        for codes, kind in zip(start, tasks.kind.tolist(), strict=False)
        if codes
    ]
    first = pyvrp.Solution(data, routes) if start else None
    hear: Any = _Hear(lambda found: _codes(tasks, chosen, kinds, found), asked, tell)
    params = pyvrp.SolveParams(ils=pyvrp.IteratedLocalSearchParams(callbacks=hear))
    with warnings.catch_warnings():
        # a plan that does not fit is nothing to be warned of: the start does
        warnings.simplefilter("ignore", pyvrp.exceptions.PenaltyBoundWarning)
        found = pyvrp.solve(
            data, asked, seed=seed % (1 << 32), collect_stats=False, params=params, initial_solution=first
        ).best
    codes = _codes(tasks, chosen, kinds, found) if found.is_feasible() else []
    return Routed(codes, asked.iterations)


def _chosen(tasks: "Tasks", start: list[list[int]]) -> NDArray[np.int64]:
    """Return the tasks PyVRP looks at: all stops, those in the plan, and the streets worth most a metre near them."""
    count = len(tasks.worth)
    used = np.zeros(count, bool)
    used[[code >> 1 for codes in start for code in codes]] = True
    is_near = used.copy()
    is_near[tasks.near[used].ravel()] = True
    rate = tasks.worth / (tasks.cost_ms[::2] + 1.0)
    order = np.lexsort((-rate, ~is_near, ~used))
    found: NDArray[np.int64] = np.sort(order[:MOST_STREETS])
    return found


def _problem(tasks: "Tasks", chosen: NDArray[np.int64], kinds: NDArray[np.int32]) -> Any:
    """Return PyVRP's data: a place for each direction of each task, then the ends of each kind of team."""
    import pyvrp

    codes = np.column_stack([2 * chosen, 2 * chosen + 1]).ravel()
    teams = [int(np.flatnonzero(tasks.kind == kind)[0]) for kind in kinds]
    ends = np.array([node for team in teams for node in (tasks.start[team], tasks.home[team])])
    ways: Any = _ways(tasks, codes, ends)
    prizes = _prizes(tasks, chosen)
    clients, groups = [], []
    for row, task in enumerate(chosen.tolist()):
        groups.append(pyvrp.ClientGroup([2 * row, 2 * row + 1], required=False))
        # a way ends when its task is done, so that a window is that of being done
        stay_ms = int(tasks.cost_ms[2 * task]) if tasks.opens_ms[task] > 0 or tasks.closes_ms[task] < _OPEN_MS else 0
        early = _late(int(tasks.opens_ms[task]) + stay_ms)
        late = min((int(tasks.closes_ms[task]) + stay_ms) // _TICK_MS, _NEVER)
        for side in range(2):
            place = 2 * row + side
            clients.append(
                pyvrp.Client(place, prize=prizes[row], required=False, group=row, tw_early=early, tw_late=late)
            )
    depots = [pyvrp.Depot(len(codes) + number) for number in range(len(ends))]
    vehicles = [
        pyvrp.VehicleType(
            int((tasks.kind == kind).sum()),
            start_depot=2 * row,
            end_depot=2 * row + 1,
            tw_early=_late(tasks.out_ms[team]),
            start_late=_late(tasks.out_ms[team]),
            tw_late=int(tasks.home_by_ms[team]) // _TICK_MS,
        )
        for row, (kind, team) in enumerate(zip(kinds, teams, strict=True))
    ]
    places = [pyvrp.Location(0.0, 0.0) for _ in range(len(codes) + len(ends))]
    return pyvrp.ProblemData(places, clients, depots, vehicles, [ways], [ways], groups)


def _late(ms: int) -> int:
    """Return a time in PyVRP's ticks, rounded up."""
    return -(-int(ms) // _TICK_MS)


def _ways(tasks: "Tasks", codes: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ticks from the end of each task to the end of each other: the way, then the task itself.

    Rounded up, and never 0: PyVRP goes astray among ways that cost nothing.
    """
    leave = np.concatenate([tasks.end[codes], ends])
    enter = np.concatenate([tasks.begin[codes], ends])
    taken = np.concatenate([tasks.cost_ms[codes], np.zeros(len(ends), np.int64)])
    ways: NDArray[np.int64] = np.maximum(-(-(tasks.between_ms[np.ix_(leave, enter)] + taken) // _TICK_MS), 1)
    np.fill_diagonal(ways, 0)
    return ways


def _prizes(tasks: "Tasks", chosen: NDArray[np.int64]) -> list[int]:
    """Return what each task is worth in ticks of walking; a stop as much as two whole shifts."""
    cost_ms = tasks.cost_ms[::2][chosen]
    is_street = (tasks.closes_ms[chosen] >= _OPEN_MS) & (tasks.begin[2 * chosen] != tasks.end[2 * chosen])
    streets = np.where(is_street, tasks.worth[chosen], 0.0)
    rate = streets / np.maximum(cost_ms, 1)
    best = float(np.quantile(rate[is_street], 0.95)) if is_street.any() else 1.0
    prizes: NDArray[np.float64] = np.where(is_street, _METRES_FOR_ONE * streets / max(best, 1e-12), 0.0)
    longest = float((tasks.home_by_ms - tasks.out_ms).max())
    prizes = np.where(is_street, prizes, 2.0 * longest) / _TICK_MS
    return [max(int(prize), 1) for prize in prizes]


def _codes(tasks: "Tasks", chosen: NDArray[np.int64], kinds: NDArray[np.int32], found: Any) -> list[list[int]]:
    """Return PyVRP's routes as codes, each given to a team of its kind."""
    teams = {row: np.flatnonzero(tasks.kind == kind).tolist() for row, kind in enumerate(kinds)}
    codes: list[list[int]] = [[] for _ in tasks.kind]
    for route in found.routes():
        clients = [step.idx for step in route if step.is_client()]
        codes[teams[route.vehicle_type()].pop(0)] = [2 * int(chosen[at >> 1]) + (at & 1) for at in clients]
    return codes
