"""The search for a good plan: ratio insertion for a first answer, then taking out and putting in until told to stop."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.errors import BadParameter
from gis.routing.beat import Beat
from gis.routing.requests import PatrolRequest
from gis.routing.stopping import StoppingCriterion
from gis.routing.task_table import empty_memory, empty_plan, empty_pool, tasks_of, worthwhile
from gis.streets import StreetNetwork

if TYPE_CHECKING:
    from gis.routing.plan_kernels import Plan, Pool, Tasks
    from gis.routing.search_kernels import Memory

_HOT, _COLD = 2e-3, 2e-5  # share of the first answer's worth that a step may lose, at the beginning and at the end
_HALVINGS = 8
_EVENNESS = 0.02  # share of the worth given up for teams with equal times


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is: `used_share` of its time, and the worth of the streets in its best plan."""

    iterations: int
    used_share: float
    covered_priority: float


@dataclass(frozen=True)
class Found:
    """What the search found: the codes of each team's tasks in order."""

    codes: list[list[int]]
    iterations: int


def searched(
    network: StreetNetwork,
    beat: Beat,
    request: PatrolRequest,
    seed: int,
    stop: StoppingCriterion,
    on_progress: Callable[[Progress], None] | None,
) -> Found:
    """Return the best plan found until `stop` says so; equal for equal seeds and numbers of iterations."""
    from gis.routing import search_kernels as kernels
    from gis.routing.plan_kernels import score

    teams = request.team_count
    tasks = tasks_of(network, beat, request.stops)
    plan, pool, memory = empty_plan(tasks, teams), empty_pool(tasks), empty_memory(tasks, teams)
    _first_plan(tasks, plan, pool, memory)
    tasks = _shared_out(tasks, plan, pool, memory)
    is_street = np.arange(len(tasks.worth)) < len(worthwhile(beat))
    first = float(tasks.worth[is_street & (plan.team_of >= 0)].sum())
    tasks = tasks._replace(evenness=_EVENNESS * first)
    kernels.keep(plan, memory.current, memory.current_count)
    kernels.keep(plan, memory.best, memory.best_count)
    memory.scores[:] = score(tasks, plan)
    state, done = _random_state(seed), 0
    while (used := stop.used_share(done)) < 1.0 and (batch := stop.next_batch(done)) > 0:
        kernels.improve(tasks, plan, pool, memory, batch, first * _HOT * (_COLD / _HOT) ** used, state)
        done += batch
        if on_progress is not None:
            on_progress(Progress(done, min(stop.used_share(done), 1.0), _best_worth(tasks.worth * is_street, memory)))
    kernels.bring_back(tasks, plan, memory.best, memory.best_count)
    kernels.fill_all(tasks, plan, pool)
    return Found([plan.codes[team, : plan.counts[team]].tolist() for team in range(teams)], done)


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
    """Return the tasks with the limit at which the teams share what one of them would have had time for.

    Where there is time for everything, the shortest limit that still allows it is looked for by halving.
    """
    from gis.routing import search_kernels as kernels

    if (plan.team_of < 0).any() or len(plan.counts) == 1:
        return tasks
    low_ms, high_ms = 0, int(plan.used_ms.max())
    kernels.keep(plan, memory.best, memory.best_count)
    for _ in range(_HALVINGS):
        middle = tasks._replace(limit_ms=(low_ms + high_ms) // 2)
        kernels.bring_back(middle, plan, memory.current, memory.current_count)
        kernels.fill_all(middle, plan, pool)
        if (plan.team_of < 0).any():
            low_ms = middle.limit_ms
        else:
            high_ms = int(plan.used_ms.max())
            kernels.keep(plan, memory.best, memory.best_count)
    kernels.bring_back(tasks, plan, memory.best, memory.best_count)
    return tasks._replace(limit_ms=min(tasks.limit_ms, high_ms + high_ms // 50))


def _best_worth(worth: NDArray[np.float64], memory: "Memory") -> float:
    """Return the worth of the best plan so far."""
    teams = range(len(memory.best_count))
    return float(sum(worth[memory.best[team, : memory.best_count[team]] >> 1].sum() for team in teams))


def _random_state(seed: int) -> NDArray[np.uint64]:
    """Return the state of the random numbers for a seed: any whole number from 0 on, however large."""
    if seed < 0:
        raise BadParameter("The seed is {seed}; it must not be below 0.", seed=seed)
    return np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1)
