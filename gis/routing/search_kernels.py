"""Inner loop of the search: take some neighbouring tasks out, put better ones in, keep what is not much worse.

Slack induction by string removals (Christiaens & Vanden Berghe 2020) for the team orienteering problem on
streets, with simulated annealing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.routing.compiled import compiled
from gis.routing.plan_kernels import (
    Floats,
    Integers,
    Plan,
    Pool,
    Tasks,
    fill,
    random_below,
    random_unit,
    retime,
    score,
    take_out,
    turn_best,
)

State = NDArray[np.uint64]

_LONGEST = 40  # tasks in a string: half a patrol; with 10, teams hardly ever change to another part of the beat
_TURNED = 0.1  # share of the rounds after which directions are chosen anew
_LEAST_SLACK_MS = 20_000  # a team with less to spare is mostly full; it is asked in one round of five


class Memory(NamedTuple):
    """Copies of the current and the best plan, their scores (0: current, 1: best), and marks by task."""

    current: Integers
    current_count: Integers
    best: Integers
    best_count: Integers
    scores: Floats
    marks: Integers


@compiled
def keep(plan: Plan, codes: Integers, count: Integers) -> None:
    """Copy a plan."""
    for team in range(len(count)):
        count[team] = plan.counts[team]
        for at in range(count[team]):
            codes[team, at] = plan.codes[team, at]


@compiled
def bring_back(tasks: Tasks, plan: Plan, codes: Integers, count: Integers) -> None:
    """Return to a copied plan."""
    plan.team_of[:] = -1
    for team in range(len(count)):
        plan.counts[team] = count[team]
        for at in range(count[team]):
            plan.codes[team, at] = codes[team, at]
            plan.team_of[codes[team, at] >> 1] = team
        retime(tasks, plan, team)


@compiled
def _position(plan: Plan, task: int) -> int:
    """Return where in its team's plan a task stands."""
    team = plan.team_of[task]
    for at in range(plan.counts[team]):
        if plan.codes[team, at] >> 1 == task:
            return at
    return -1


@compiled
def _ruin(tasks: Tasks, plan: Plan, seed: int, longest: int, state: State) -> None:
    """Take a string of tasks out of one to three teams that pass near the seed."""
    strings = 1 + random_below(state, 3)
    hit = np.zeros(len(plan.counts), np.bool_)
    for rank in range(-1, tasks.near.shape[1]):
        task = seed if rank < 0 else tasks.near[seed, rank]
        team = plan.team_of[task]
        if team < 0 or hit[team]:
            continue
        hit[team] = True
        # mostly short strings: they are put back in a moment; a long one now and then moves a team elsewhere
        share = random_unit(state)
        length = min(1 + int(longest * share * share), plan.counts[team])
        first = _position(plan, task) - random_below(state, length)
        first = max(0, min(first, plan.counts[team] - length))
        take_out(tasks, plan, team, first, length)
        strings -= 1
        if strings == 0:
            return


@compiled
def _gather(tasks: Tasks, plan: Plan, pool: Pool, memory: Memory, seed: int, state: State) -> int:
    """Fill the pool with what was taken out, what lies near it and a few others; return its size."""
    size = 0
    memory.marks[:] = 0
    for rank in range(-1, tasks.near.shape[1]):
        size = _pooled(plan, pool, memory, size, seed if rank < 0 else tasks.near[seed, rank])
    for team in range(len(memory.current_count)):
        for at in range(memory.current_count[team]):
            task = memory.current[team, at] >> 1
            if plan.team_of[task] >= 0:
                continue
            size = _pooled(plan, pool, memory, size, task)
            for rank in range(min(12, tasks.near.shape[1])):
                size = _pooled(plan, pool, memory, size, tasks.near[task, rank])
    for _ in range(8):
        size = _pooled(plan, pool, memory, size, random_below(state, len(tasks.worth)))
    for row in range(size):
        pool.luck[row] = 0.6 + 0.8 * random_unit(state)
    return size


@compiled
def _pooled(plan: Plan, pool: Pool, memory: Memory, size: int, task: int) -> int:
    if plan.team_of[task] >= 0 or memory.marks[task] == 1 or size == len(pool.task):
        return size
    memory.marks[task] = 1
    pool.task[size] = task
    return size + 1


@compiled
def fill_all(tasks: Tasks, plan: Plan, pool: Pool) -> None:
    """Put in whatever still fits, without luck: the first answer, and the last touch."""
    size = 0
    for task in range(len(tasks.worth)):
        if plan.team_of[task] < 0:
            pool.task[size] = task
            pool.luck[size] = 1.0
            size += 1
    fill(tasks, plan, pool, size, 0)


@compiled
def improve(tasks: Tasks, plan: Plan, pool: Pool, memory: Memory, iterations: int, heat: float, state: State) -> None:
    """Look for a better plan; `heat` is the worth that one step loses on average when it is accepted."""
    for _ in range(iterations):
        seed = random_below(state, len(tasks.worth))
        _ruin(tasks, plan, seed, _LONGEST, state)
        least_ms = 0 if random_unit(state) < 0.2 else _LEAST_SLACK_MS
        fill(tasks, plan, pool, _gather(tasks, plan, pool, memory, seed, state), least_ms)
        if random_unit(state) < _TURNED:
            for team in range(len(plan.counts)):
                turn_best(tasks, plan, team)
        found = score(tasks, plan)
        allowed = -heat * np.log(random_unit(state) + 1e-300)
        if found < memory.scores[0] - allowed:
            bring_back(tasks, plan, memory.current, memory.current_count)
            continue
        memory.scores[0] = found
        keep(plan, memory.current, memory.current_count)
        if found > memory.scores[1]:
            memory.scores[1] = found
            keep(plan, memory.best, memory.best_count)
