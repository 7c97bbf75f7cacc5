"""The search for a good plan, better until it is told to stop.

Ratio insertion gives a first answer; vehicle routing (PyVRP) a start that is good as a whole; taking out and putting
in improves it; a choice among all routes seen (HiGHS) puts the best of them together.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.errors import BadParameter
from gis.routing.pooling import RoutePool, chosen_routes
from gis.routing.stopping import Part, StoppingCriterion
from gis.routing.task_table import Problem, empty_memory, empty_plan, empty_pool, tasks_of, worthwhile
from gis.routing.vehicles import ITERATIONS_EACH, routed
from gis.streets import StreetNetwork

if TYPE_CHECKING:
    from gis.routing.plan_kernels import Plan, Pool, Tasks
    from gis.routing.search_kernels import Memory

_HOT, _COLD = 1.0, 0.01  # what a step may lose, in streets of average worth, at the beginning and at the end
_HALVINGS = 8
_EVENNESS = 0.02  # share of the worth given up for teams with equal times
_ROUTED_UNTIL, _RUINED_UNTIL = 0.12, 0.9  # shares of the time after which the next means is tried
_EARLY = 0.3  # a search that has used more of its time for the first answer has none for other means,
_LONG = 0.05  # nor has one whose first two batches take more of it than this

Codes = list[list[int]]


@dataclass(frozen=True)
class Step:
    """How far a search is: `used_share` of its time, the worth of the streets in its best plan, and that plan."""

    iterations: int
    used_share: float
    covered_priority: float
    phase: str
    codes: Callable[[], Codes]


@dataclass(frozen=True)
class Found:
    """What the search found: the codes of each team's tasks in order."""

    codes: Codes
    iterations: int


@dataclass
class _Search:
    """A search under way: its tables, the plan being worked on, copies of the best, and who is told."""

    tasks: "Tasks"
    plan: "Plan"
    pool: "Pool"
    memory: "Memory"
    street_count: int
    seed: int
    tell: Callable[[Step], None]
    done: int = 0
    street: float = 0.0
    seen: RoutePool = field(default_factory=RoutePool)

    def streets_worth(self) -> NDArray[np.float64]:
        """Return the worth of each task, 0 for stops."""
        return np.where(np.arange(len(self.tasks.worth)) < self.street_count, self.tasks.worth, 0.0)

    def best(self) -> Codes:
        """Return the codes of the best plan so far."""
        memory = self.memory
        return [memory.best[team, :count].tolist() for team, count in enumerate(memory.best_count.tolist())]

    def report(self, used: float, phase: str, codes: Codes | None = None) -> None:
        """Tell how far the search is, with a plan on the way or the best so far."""
        worth, best = self.streets_worth(), self.best() if codes is None else codes
        covered = float(sum(worth[np.array(codes, np.int64) >> 1].sum() for codes in best))
        self.tell(Step(self.done, min(used, 1.0), covered, phase, lambda: best))

    def take(self, codes: Codes) -> bool:
        """Go on from a plan made elsewhere, filled up; return whether it is the best so far."""
        from gis.routing import search_kernels as kernels
        from gis.routing.plan_kernels import score

        rows = np.zeros_like(self.memory.current)
        for team, row in enumerate(codes):
            rows[team, : len(row)] = row
        kernels.bring_back(self.tasks, self.plan, rows, np.array([len(row) for row in codes], np.int32))
        kernels.fill_all(self.tasks, self.plan, self.pool)
        found = score(self.tasks, self.plan) if self._is_in_time() else -np.inf
        if found <= self.memory.scores[1]:
            kernels.bring_back(self.tasks, self.plan, self.memory.current, self.memory.current_count)
            return False
        self._keep(found)
        return True

    def _is_in_time(self) -> bool:
        return bool((self.plan.most_room_ms >= 0).all() and (self.plan.room_ms[:, 0] >= 0).all())

    def _keep(self, found: float) -> None:
        from gis.routing import search_kernels as kernels

        kernels.keep(self.plan, self.memory.current, self.memory.current_count)
        kernels.keep(self.plan, self.memory.best, self.memory.best_count)
        self.memory.scores[:] = found

    def begin(self) -> None:
        """Make the first answer."""
        from gis.routing.plan_kernels import score

        _first_plan(self.tasks, self.plan, self.pool, self.memory)
        self.tasks = _shared_out(self.tasks, self.plan, self.pool, self.memory)
        first = float(self.streets_worth()[self.plan.team_of >= 0].sum())
        self.street = float(self.streets_worth().sum()) / max(self.street_count, 1)
        self.tasks = self.tasks._replace(evenness=_EVENNESS * first)
        self._keep(score(self.tasks, self.plan))

    def improve(self, stop: StoppingCriterion, part: tuple[float, float], state: NDArray[np.uint64]) -> None:
        """Take out and put in, ever more choosy, for a part of the time."""
        from gis.routing import search_kernels as kernels

        while (used := stop.used_share(self.done)) < part[1] and (batch := stop.next_batch(self.done)) > 0:
            share = max(used - part[0], 0.0) / (part[1] - part[0])
            heat = self.street * _HOT * (_COLD / _HOT) ** share
            kernels.improve(self.tasks, self.plan, self.pool, self.memory, batch, heat, state)
            self.done += batch
            self.seen.add(self.best(), self.tasks.kind)
            self.report(stop.used_share(self.done), "improving")


def searched(
    network: StreetNetwork,
    problem: Problem,
    seed: int,
    stop: StoppingCriterion,
    on_step: Callable[[Step], None] | None,
) -> Found:
    """Return the best plan found until `stop` says so; equal for equal seeds and numbers of iterations."""
    from gis.routing import search_kernels as kernels

    tasks, state = tasks_of(network, problem), _random_state(seed)
    search = _Search(
        tasks,
        empty_plan(tasks),
        empty_pool(tasks),
        empty_memory(tasks),
        len(worthwhile(problem.beat)),
        seed,
        on_step or _silent,
    )
    search.begin()
    if stop.used_share(0) < 1.0 and stop.next_batch(0) > 0:
        _improve(search, stop, state)
    kernels.bring_back(search.tasks, search.plan, search.memory.best, search.memory.best_count)
    kernels.fill_all(search.tasks, search.plan, search.pool)
    plan = search.plan
    return Found([plan.codes[team, : plan.counts[team]].tolist() for team in range(len(plan.counts))], search.done)


def _silent(step: Step) -> None:
    """Tell nobody."""


def _improve(search: _Search, stop: StoppingCriterion, state: NDArray[np.uint64]) -> None:
    """Use the time there is: all means when it is long, only taking out and putting in when it is short."""
    used = stop.used_share(0)
    if used > _EARLY or stop.used_share(2 * stop.next_batch(0)) - used > _LONG:
        search.improve(stop, (0.0, 1.0), state)
        return
    search.report(stop.used_share(0), "first")
    search.seen.add(search.best(), search.tasks.kind)
    _route_vehicles(search, stop)
    begun = stop.used_share(search.done)
    search.improve(stop, (begun, _RUINED_UNTIL), state)
    _choose_among_seen(search, stop)
    search.improve(stop, (begun - 1.0, 1.0), state)


def _route_vehicles(search: _Search, stop: StoppingCriterion) -> None:
    used = stop.used_share(search.done)
    if _ROUTED_UNTIL - used < used:  # setting it up takes about as long as the first answer did
        return
    part = Part(stop, search.done, used, _ROUTED_UNTIL)
    best = search.best()

    def tell(codes: Codes, iterations: int) -> None:
        search.report(stop.used_share(search.done + iterations * ITERATIONS_EACH), "vehicles", codes)

    found = routed(search.tasks, best, search.seed, part, tell)
    search.done += found.iterations * ITERATIONS_EACH
    if found.codes:
        search.seen.add(found.codes, search.tasks.kind)
        search.take(found.codes)
        search.report(stop.used_share(search.done), "vehicles")


def _choose_among_seen(search: _Search, stop: StoppingCriterion) -> None:
    codes = chosen_routes(search.seen, search.tasks, lambda: stop.used_share(search.done) >= 1.0)
    if codes:
        search.take(codes)
        search.report(stop.used_share(search.done), "choosing")


def _first_plan(tasks: "Tasks", plan: "Plan", pool: "Pool", memory: "Memory") -> None:
    """Make the better of two quick plans: ratio insertion, or walking on to whatever is worth most for its time."""
    from gis.routing import search_kernels as kernels
    from gis.routing.plan_kernels import score, walk_on

    kernels.bring_back(tasks, plan, memory.current, memory.current_count)
    walk_on(tasks, plan)
    kernels.fill_all(tasks, plan, pool)
    walked = score(tasks, plan)
    kernels.keep(plan, memory.best, memory.best_count)
    kernels.bring_back(tasks, plan, memory.current, memory.current_count)
    kernels.fill_all(tasks, plan, pool)
    if walked > score(tasks, plan):
        kernels.bring_back(tasks, plan, memory.best, memory.best_count)


def _shared_out(tasks: "Tasks", plan: "Plan", pool: "Pool", memory: "Memory") -> "Tasks":
    """Return the tasks with the limits at which the teams share what one of them would have had time for.

    Where there is time for everything, the shortest share of the time that still allows it is looked for by halving.
    """
    from gis.routing import search_kernels as kernels

    if (plan.team_of < 0).any() or len(plan.counts) == 1:
        return tasks
    span_ms = tasks.home_by_ms - tasks.out_ms
    low, high = 0.0, float((plan.used_ms / span_ms).max())
    kernels.keep(plan, memory.best, memory.best_count)
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        middle = tasks._replace(home_by_ms=tasks.out_ms + (share * span_ms).astype(np.int64))
        kernels.bring_back(middle, plan, memory.current, memory.current_count)
        kernels.fill_all(middle, plan, pool)
        if (plan.team_of < 0).any():
            low = share
        else:
            high = float((plan.used_ms / span_ms).max())
            kernels.keep(plan, memory.best, memory.best_count)
    tasks = tasks._replace(home_by_ms=tasks.out_ms + (min(1.0, high * 1.02) * span_ms).astype(np.int64))
    kernels.bring_back(tasks, plan, memory.best, memory.best_count)
    return tasks


def _random_state(seed: int) -> NDArray[np.uint64]:
    """Return the state of the random numbers for a seed: any whole number from 0 on, however large."""
    if seed < 0:
        raise BadParameter("The seed is {seed}; it must not be below 0.", seed=seed)
    return np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1)
