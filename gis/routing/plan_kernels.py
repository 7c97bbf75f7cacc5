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
    """What can be done and what it takes. Times of day are milliseconds after the plan's beginning.

    `between_ms` and its transpose `to_ms`; by code: the node a task begins and ends at and its
    milliseconds; by task: its worth, the tasks near it, nearest first, when it may be begun (from `opens_ms` to
    `closes_ms`), and the only team that may do it (-1: any); by team: the node it sets out from, its goal, when it sets
    out, when it must be there, and its kind (teams of one kind are alike); and the worth that is lost when one
    team does everything and another nothing.
    """

    between_ms: Integers
    to_ms: Integers
    begin: Integers
    end: Integers
    cost_ms: Longs
    worth: Floats
    near: Integers
    opens_ms: Longs
    closes_ms: Longs
    only: Integers
    start: Integers
    home: Integers
    out_ms: Longs
    home_by_ms: Longs
    kind: Integers
    evenness: float


class Plan(NamedTuple):
    """The codes each team does in order, how many, its milliseconds, who does each task (-1: nobody), and the gaps.

    `place_of` is where among its team's tasks a task stands.
    `gap_out_ms` is the earliest a team can leave for a gap, `room_ms` what the gap may take more than it does without
    anything later being late, `most_room_ms` the largest of those.
    """

    codes: Integers
    counts: Integers
    used_ms: Longs
    team_of: Integers
    place_of: Integers
    gap_from: Integers
    gap_to: Integers
    gap_ms: Integers
    gap_out_ms: Longs
    room_ms: Longs
    most_room_ms: Longs


class Pool(NamedTuple):
    """Tasks to be put in, and the cheapest place found for each.

    A row is stale when its place is gone: no other costs less than it did, but which is the cheapest now is looked for
    only when the row would be next.
    """

    task: Integers
    added_ms: Longs
    team: Integers
    gap: Integers
    code: Integers
    luck: Floats
    is_stale: NDArray[np.bool_]


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
    """Work out a team's gaps, milliseconds and room anew."""
    here = tasks.start[team]
    clock = tasks.out_ms[team]
    count = plan.counts[team]
    for gap in range(count + 1):
        onward = tasks.home[team]
        if gap < count:
            onward = tasks.begin[plan.codes[team, gap]]
        way = tasks.between_ms[here, onward]
        plan.gap_from[team, gap] = here
        plan.gap_to[team, gap] = onward
        plan.gap_ms[team, gap] = way
        plan.gap_out_ms[team, gap] = clock
        clock += way
        if gap < count:
            code = plan.codes[team, gap]
            plan.place_of[code >> 1] = gap
            clock = max(clock, tasks.opens_ms[code >> 1]) + tasks.cost_ms[code]
            here = tasks.end[code]
    plan.used_ms[team] = clock - tasks.out_ms[team]
    _find_room(tasks, plan, team)


@compiled
def _find_room(tasks: Tasks, plan: Plan, team: int) -> None:
    """Work out what each gap may take more, from the last to the first: the latest arrival less the earliest."""
    latest = tasks.home_by_ms[team]
    most = np.int64(-(1 << 60))
    for gap in range(plan.counts[team], -1, -1):
        way = plan.gap_ms[team, gap]
        room = latest - plan.gap_out_ms[team, gap] - way
        plan.room_ms[team, gap] = room
        most = max(most, room)
        if gap > 0:
            code = plan.codes[team, gap - 1]
            latest = min(latest - way - tasks.cost_ms[code], tasks.closes_ms[code >> 1])
    plan.most_room_ms[team] = most


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
def _fits(tasks: Tasks, plan: Plan, team: int, gap: int, code: int) -> bool:
    """Return whether a task with times of its own can be done in a gap, and nothing after it gets late."""
    here = plan.gap_from[team, gap]
    begin_ms = plan.gap_out_ms[team, gap] + tasks.between_ms[here, tasks.begin[code]]
    begin_ms = max(begin_ms, tasks.opens_ms[code >> 1])
    if begin_ms > tasks.closes_ms[code >> 1]:
        return False
    there_ms = begin_ms + tasks.cost_ms[code] + tasks.between_ms[tasks.end[code], plan.gap_to[team, gap]]
    return bool(there_ms <= plan.gap_out_ms[team, gap] + plan.gap_ms[team, gap] + plan.room_ms[team, gap])


@compiled
def _try_gaps(tasks: Tasks, plan: Plan, pool: Pool, row: int, team: int, gaps: tuple[int, int]) -> None:
    """Keep the cheapest of a team's gaps (from the first to before the second) if it is the cheapest so far.

    Only gaps for which the team has time count.
    """
    task = pool.task[row]
    if tasks.only[task] >= 0 and tasks.only[task] != team:
        return
    code = 2 * task
    first = tasks.begin[code]
    last = tasks.end[code]
    to_first = tasks.to_ms[first]
    is_timed = tasks.opens_ms[task] > 0 or tasks.closes_ms[task] < NOWHERE
    most = min(pool.added_ms[row] - 1, plan.most_room_ms[team])
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
        least = min(ahead, back)
        if least <= most and least <= plan.room_ms[team, gap]:
            if is_timed and not _fits(tasks, plan, team, gap, code):
                continue
            most = least
            pool.added_ms[row] = most
            pool.team[row] = team
            pool.gap[row] = gap
            pool.code[row] = code if ahead <= back else code + 1
            pool.is_stale[row] = False
            most -= 1


@compiled
def find_place(tasks: Tasks, plan: Plan, pool: Pool, row: int, least_ms: int) -> None:
    """Find the cheapest place for a pool row; teams with less than `least_ms` to spare are not asked."""
    pool.added_ms[row] = NOWHERE
    pool.team[row] = -1
    pool.is_stale[row] = False
    idle_kind = -1
    for team in range(len(plan.counts)):
        if plan.most_room_ms[team] < least_ms:
            continue
        if plan.counts[team] == 0 and tasks.only[pool.task[row]] < 0:
            if idle_kind == tasks.kind[team]:  # teams of a kind with nothing to do yet are all alike
                continue
            idle_kind = tasks.kind[team]
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
        is_lost = pool.gap[row] == gap
        if pool.gap[row] > gap:
            pool.gap[row] += 1
        task = pool.task[row]
        is_lost = is_lost or tasks.opens_ms[task] > 0 or tasks.closes_ms[task] < NOWHERE
        if is_lost or pool.added_ms[row] > plan.room_ms[team, pool.gap[row]]:
            pool.is_stale[row] = True
    # What a stale row says is the least it can cost: a new gap that is cheaper is the cheapest.
    _try_gaps(tasks, plan, pool, row, team, (gap, gap + 2))


@compiled
def _next_row(tasks: Tasks, plan: Plan, pool: Pool, size: int) -> int:
    """Return the pool row to be put in next, with a place that is there; -1 when none fits."""
    while True:
        row = _best_row(tasks, pool, size)
        if row < 0 or not pool.is_stale[row]:
            return row
        if pool.added_ms[row] > plan.most_room_ms.max():
            pool.team[row] = -1
        else:
            find_place(tasks, plan, pool, row, pool.added_ms[row])


@compiled
def fill(tasks: Tasks, plan: Plan, pool: Pool, size: int, least_ms: int) -> None:
    """Put tasks of the pool into the plan, the best rate of worth to time first, until none fits.

    Ratio insertion; `luck` disturbs the rates so that no two fillings need be alike. Teams with less than
    `least_ms` to spare are left as they are.
    """
    for row in range(size):
        find_place(tasks, plan, pool, row, least_ms)
    while True:
        row = _next_row(tasks, plan, pool, size)
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
        pool.is_stale[row] = pool.is_stale[size]
        for left in range(size):
            _after_change(tasks, plan, pool, left, (team, gap))


@compiled
def turn_best(tasks: Tasks, plan: Plan, team: int) -> None:
    """Let a team do its tasks in the order they are in, each from the side that makes the whole shortest."""
    count = plan.counts[team]
    if count == 0:
        return
    cost = np.empty((count, 2), np.int64)
    came = np.zeros((count, 2), np.int8)
    for at in range(count):
        for side in range(2):
            code = (plan.codes[team, at] & ~1) | side
            enter = tasks.begin[code]
            if at == 0:
                cost[at, side] = tasks.between_ms[tasks.start[team], enter] + tasks.cost_ms[code]
                continue
            before = plan.codes[team, at - 1] & ~1
            ahead = cost[at - 1, 0] + tasks.between_ms[tasks.end[before], enter]
            back = cost[at - 1, 1] + tasks.between_ms[tasks.end[before | 1], enter]
            came[at, side] = back < ahead
            cost[at, side] = min(ahead, back) + tasks.cost_ms[code]
    last = plan.codes[team, count - 1] & ~1
    home = tasks.home[team]
    ahead = cost[count - 1, 0] + tasks.between_ms[tasks.end[last], home]
    turned = np.int64(cost[count - 1, 1] + tasks.between_ms[tasks.end[last | 1], home] < ahead)
    for at in range(count - 1, -1, -1):
        plan.codes[team, at] = (plan.codes[team, at] & ~1) | turned
        turned = np.int64(came[at, turned])
    retime(tasks, plan, team)


@compiled
def walk_on(tasks: Tasks, plan: Plan) -> None:
    """Let one team after the other go on to the task that is worth most for the time it takes, while there is time."""
    for team in range(len(plan.counts)):
        while True:
            code = _next_code(tasks, plan, team)
            if code < 0:
                break
            put_in(tasks, plan, team, plan.counts[team], code)


@compiled
def _next_code(tasks: Tasks, plan: Plan, team: int) -> int:
    """Return what a team might do next and still be home in time; -1 for nothing."""
    gap = plan.counts[team]
    here = plan.gap_from[team, gap]
    best = -1
    best_rate = 0.0
    for code in range(len(tasks.begin)):
        only = tasks.only[code >> 1]
        if plan.team_of[code >> 1] >= 0 or (only >= 0 and only != team):
            continue
        taken = tasks.between_ms[here, tasks.begin[code]] + tasks.cost_ms[code]
        rate = tasks.worth[code >> 1] / (taken + 1.0)
        if rate > best_rate and _fits(tasks, plan, team, gap, code):
            best_rate = rate
            best = code
    return best


@compiled
def used_share(tasks: Tasks, plan: Plan, team: int) -> float:
    """Return the share of its time that a team uses."""
    return float(plan.used_ms[team] / max(tasks.home_by_ms[team] - tasks.out_ms[team], 1))


@compiled
def score(tasks: Tasks, plan: Plan) -> float:
    """Return the worth of what is done, less a little where the teams' times are unequal or long for what they do."""
    worth = 0.0
    most = 0.0
    least = 1e9
    used = 0.0
    for team in range(len(plan.counts)):
        for at in range(plan.counts[team]):
            worth += tasks.worth[plan.codes[team, at] >> 1]
        share = used_share(tasks, plan, team)
        most = max(most, share)
        least = min(least, share)
        used += share / len(plan.counts)
    return float(worth - tasks.evenness * (most - least + 0.25 * used))
