"""Inner loops on a plan: what a task costs where, putting tasks in, taking them out.

A task is a segment to be walked (or a stop to be made). Code 2k stands for task k walked forward, 2k + 1 for
task k walked back. A gap is the way between two tasks that follow each other in a team's plan; gap 0
begins at the station and the last one ends there.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.routing.compiled import compiled

Integers = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


class Tasks(NamedTuple):
    """What can be done and what it takes; node 0 is the station.

    `between_ms` and its transpose `to_ms`; by code: the node a task begins and ends at and its
    milliseconds; by task: its worth and the tasks near it, nearest first; every team's limit; and the
    worth that is lost when one team does everything and another nothing.
    """

    between_ms: Integers
    to_ms: Integers
    begin: Integers
    end: Integers
    cost_ms: Longs
    worth: Floats
    near: Integers
    limit_ms: int
    evenness: float


class Plan(NamedTuple):
    """The codes each team does in order, how many, its milliseconds, who does each task (-1: nobody), and the gaps."""

    codes: Integers
    counts: Integers
    used_ms: Longs
    team_of: Integers
    gap_from: Integers
    gap_to: Integers
    gap_ms: Integers


class Pool(NamedTuple):
    """Tasks to be put in, and the cheapest place found for each."""

    task: Integers
    added_ms: Longs
    team: Integers
    gap: Integers
    code: Integers
    luck: Floats


NOWHERE = 1 << 60


@compiled
def random_unit(state: NDArray[np.uint64]) -> float:
    """Return the next number from 0 up to 1 (xorshift64*, Vigna 2016)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@compiled
def random_below(state: NDArray[np.uint64], most: int) -> int:
    """Return the next whole number from 0 up to `most` - 1."""
    return min(int(random_unit(state) * most), most - 1)


@compiled
def retime(tasks: Tasks, plan: Plan, team: int) -> None:
    """Work out a team's gaps and milliseconds anew."""
    here = 0
    used = 0
    count = plan.counts[team]
    for gap in range(count + 1):
        onward = 0
        if gap < count:
            onward = tasks.begin[plan.codes[team, gap]]
        way = tasks.between_ms[here, onward]
        plan.gap_from[team, gap] = here
        plan.gap_to[team, gap] = onward
        plan.gap_ms[team, gap] = way
        used += way
        if gap < count:
            code = plan.codes[team, gap]
            used += tasks.cost_ms[code]
            here = tasks.end[code]
    plan.used_ms[team] = used


@compiled
def put_in(tasks: Tasks, plan: Plan, team: int, gap: int, code: int) -> None:
    """Let a team do a task in one of its gaps."""
    count = plan.counts[team]
    for at in range(count, gap, -1):
        plan.codes[team, at] = plan.codes[team, at - 1]
    plan.codes[team, gap] = code
    plan.counts[team] = count + 1
    plan.team_of[code >> 1] = team
    retime(tasks, plan, team)


@compiled
def take_out(tasks: Tasks, plan: Plan, team: int, first: int, length: int) -> None:
    """Let a team no longer do `length` tasks that follow each other."""
    count = plan.counts[team]
    for at in range(first, first + length):
        plan.team_of[plan.codes[team, at] >> 1] = -1
    for at in range(first, count - length):
        plan.codes[team, at] = plan.codes[team, at + length]
    plan.counts[team] = count - length
    retime(tasks, plan, team)


@compiled
def _try_gaps(tasks: Tasks, plan: Plan, pool: Pool, row: int, team: int, gaps: tuple[int, int]) -> None:
    """Keep the cheapest of a team's gaps (from the first to before the second) if it is the cheapest so far.

    Only gaps for which the team has time count.
    """
    code = 2 * pool.task[row]
    first = tasks.begin[code]
    last = tasks.end[code]
    to_first = tasks.to_ms[first]
    most = min(pool.added_ms[row] - 1, tasks.limit_ms - plan.used_ms[team])
    came = plan.gap_from[team]
    goes = plan.gap_to[team]
    saved = plan.gap_ms[team]
    for gap in range(gaps[0], gaps[1]):
        # Whichever way the task is done, its beginning is passed: no gap can cost less than going there.
        way = to_first[came[gap]] - saved[gap]
        if way > most:
            continue
        ahead = way + tasks.cost_ms[code] + tasks.between_ms[last, goes[gap]]
        back = tasks.to_ms[last, came[gap]] - saved[gap] + tasks.cost_ms[code + 1]
        back += tasks.between_ms[first, goes[gap]]
        if min(ahead, back) <= most:
            most = min(ahead, back)
            pool.added_ms[row] = most
            pool.team[row] = team
            pool.gap[row] = gap
            pool.code[row] = code if ahead <= back else code + 1
            most -= 1


@compiled
def find_place(tasks: Tasks, plan: Plan, pool: Pool, row: int, least_ms: int) -> None:
    """Find the cheapest place for a pool row; teams with less than `least_ms` to spare are not asked."""
    pool.added_ms[row] = NOWHERE
    pool.team[row] = -1
    has_idle = False
    for team in range(len(plan.counts)):
        if tasks.limit_ms - plan.used_ms[team] < least_ms:
            continue
        if plan.counts[team] == 0:
            if has_idle:  # teams with nothing to do yet are all alike
                continue
            has_idle = True
        _try_gaps(tasks, plan, pool, row, team, (0, plan.counts[team] + 1))


@compiled
def _best_row(tasks: Tasks, pool: Pool, size: int) -> int:
    """Return the pool row that brings most worth for a millisecond; -1 when none fits."""
    best = -1
    best_rate = 0.0
    for row in range(size):
        if pool.team[row] < 0:
            continue
        rate = tasks.worth[pool.task[row]] * pool.luck[row] / (pool.added_ms[row] + 1.0)
        if rate > best_rate:
            best_rate = rate
            best = row
    return best


@compiled
def _after_change(tasks: Tasks, plan: Plan, pool: Pool, row: int, place: tuple[int, int]) -> None:
    """Bring a pool row up to date after a task went into (team, gap)."""
    team, gap = place
    if pool.team[row] == team:
        is_late = pool.added_ms[row] > tasks.limit_ms - plan.used_ms[team]
        if is_late or pool.gap[row] == gap:
            # The gap was the cheapest: no other can cost less, but for the two that are new.
            find_place(tasks, plan, pool, row, pool.added_ms[row])
        elif pool.gap[row] > gap:
            pool.gap[row] += 1
    _try_gaps(tasks, plan, pool, row, team, (gap, gap + 2))


@compiled
def fill(tasks: Tasks, plan: Plan, pool: Pool, size: int, least_ms: int) -> None:
    """Put tasks of the pool into the plan, the best rate of worth to time first, until none fits.

    Ratio insertion; `luck` disturbs the rates so that no two fillings need be alike. Teams with less than
    `least_ms` to spare are left as they are.
    """
    for row in range(size):
        find_place(tasks, plan, pool, row, least_ms)
    while True:
        row = _best_row(tasks, pool, size)
        if row < 0:
            return
        team = pool.team[row]
        gap = pool.gap[row]
        put_in(tasks, plan, team, gap, pool.code[row])
        size -= 1
        pool.task[row] = pool.task[size]
        pool.added_ms[row] = pool.added_ms[size]
        pool.team[row] = pool.team[size]
        pool.gap[row] = pool.gap[size]
        pool.code[row] = pool.code[size]
        pool.luck[row] = pool.luck[size]
        for left in range(size):
            _after_change(tasks, plan, pool, left, (team, gap))


@compiled
def walk_on(tasks: Tasks, plan: Plan) -> None:
    """Let one team after the other go on to the task that is worth most for the time it takes, while there is time."""
    for team in range(len(plan.counts)):
        here = 0
        while True:
            code = _next_code(tasks, plan, here, tasks.limit_ms - plan.used_ms[team] + tasks.between_ms[here, 0])
            if code < 0:
                break
            put_in(tasks, plan, team, plan.counts[team], code)
            here = tasks.end[code]


@compiled
def _next_code(tasks: Tasks, plan: Plan, here: int, left_ms: int) -> int:
    """Return what to do next with so much time left before being home again; -1 for nothing."""
    best = -1
    best_rate = 0.0
    for code in range(len(tasks.begin)):
        if plan.team_of[code >> 1] >= 0:
            continue
        taken = tasks.between_ms[here, tasks.begin[code]] + tasks.cost_ms[code]
        if taken + tasks.between_ms[tasks.end[code], 0] > left_ms:
            continue
        rate = tasks.worth[code >> 1] / (taken + 1.0)
        if rate > best_rate:
            best_rate = rate
            best = code
    return best


@compiled
def score(tasks: Tasks, plan: Plan) -> float:
    """Return the worth of what is done, less a little where the teams' times are unequal or long for what they do."""
    worth = 0.0
    for team in range(len(plan.counts)):
        for at in range(plan.counts[team]):
            worth += tasks.worth[plan.codes[team, at] >> 1]
    unequal = (plan.used_ms.max() - plan.used_ms.min()) / tasks.limit_ms
    used = plan.used_ms.sum() / len(plan.used_ms) / tasks.limit_ms
    return float(worth - tasks.evenness * (unequal + 0.25 * used))
