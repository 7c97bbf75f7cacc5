"""Inner loops of the matcher. Imported only when a track is matched: numba is slow to load."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.routing.compiled import compiled
from gis.routing.path_kernels import pop, push

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]
Flags = NDArray[np.bool_]


class Ground(NamedTuple):
    """The network in metres: arcs out of each node in rows, edges with their ends and the ways they are open."""

    indptr: Integers
    heads: Integers
    arc_m: Floats
    edge_nodes: Integers
    edge_m: Floats
    is_open: Flags


class Work(NamedTuple):
    """Room for a search, kept between searches: metres and arc by node, the nodes touched, and the heap."""

    done_m: Floats
    came_by: Integers
    touched: Integers
    keys: Floats
    items: Integers


class Candidates(NamedTuple):
    """Places each fix may have been at: those of fix t stand at `first[t]:first[t + 1]`."""

    first: Integers
    edge: Integers
    at_m: Floats
    log_emission: Floats


class Steps(NamedTuple):
    """Between fix t - 1 and t: straight metres, the longest way believed, and whether nothing may be said."""

    straight_m: Floats
    most_m: Floats
    is_break: Flags


@compiled
def empty_work(ground: Ground) -> Work:
    """Return room for searches on this ground."""
    nodes = len(ground.indptr) - 1
    return Work(
        np.full(nodes, np.inf),
        np.full(nodes, -1, np.int32),
        np.empty(nodes, np.int32),
        np.empty(len(ground.heads) + 4),
        np.empty(len(ground.heads) + 4, np.int32),
    )


@compiled
def _spread(ground: Ground, work: Work, edge: int, at_m: float, most_m: float) -> int:
    """Fill metres from a place to every node within `most_m` (Dijkstra); return how many nodes were touched."""
    size = 0
    count = 0
    for door in range(2):
        if not ground.is_open[edge, 1 - door]:
            continue
        node = ground.edge_nodes[edge, door]
        cost_m = at_m if door == 0 else ground.edge_m[edge] - at_m
        if cost_m <= most_m and cost_m < work.done_m[node]:
            if work.done_m[node] == np.inf:
                work.touched[count] = node
                count += 1
            work.done_m[node] = cost_m
            work.came_by[node] = -2 - door
            size = push(work.keys, work.items, size, cost_m, node)
    while size > 0:
        node = work.items[0]
        key = work.keys[0]
        size = pop(work.keys, work.items, size)
        if key > work.done_m[node]:
            continue
        for arc in range(ground.indptr[node], ground.indptr[node + 1]):
            head = ground.heads[arc]
            reached_m = key + ground.arc_m[arc]
            if reached_m <= most_m and reached_m < work.done_m[head]:
                if work.done_m[head] == np.inf:
                    work.touched[count] = head
                    count += 1
                work.done_m[head] = reached_m
                work.came_by[head] = arc
                size = push(work.keys, work.items, size, reached_m, head)
    return count


@compiled
def _forget(work: Work, count: int) -> None:
    """Make the room empty again."""
    for row in range(count):
        work.done_m[work.touched[row]] = np.inf
        work.came_by[work.touched[row]] = -1


@compiled
def _arrival(ground: Ground, work: Work, edge: int, at_m: float) -> tuple[float, int]:
    """Return the metres to a place by a node at an end of its edge, and which end; (inf, -1) when out of reach."""
    best_m = np.inf
    best_door = -1
    for door in range(2):
        if not ground.is_open[edge, door]:
            continue
        inside_m = at_m if door == 0 else ground.edge_m[edge] - at_m
        reached_m = work.done_m[ground.edge_nodes[edge, door]] + inside_m
        if reached_m < best_m:
            best_m = reached_m
            best_door = door
    return best_m, best_door


@compiled
def _direct_m(ground: Ground, from_edge: int, from_m: float, edge: int, at_m: float) -> float:
    """Return the metres along one edge, inf when the places are on two or the edge is closed that way."""
    if from_edge != edge or not ground.is_open[edge, 0 if at_m >= from_m else 1]:
        return np.inf
    return abs(at_m - from_m)


@compiled
def most_likely(
    ground: Ground, work: Work, places: Candidates, steps: Steps, beta_m: float
) -> tuple[Integers, Flags, Floats]:
    """Return the likeliest place of each fix, where a new run begins, and the log likelihoods.

    Viterbi's algorithm over runs: a new run begins at a break and where no place can be reached from the
    fix before. A fix without places (-1) stands alone.
    """
    fixes = len(places.first) - 1
    score = places.log_emission.copy()
    back = np.full(len(score), -1, np.int32)
    begins = np.ones(fixes, np.bool_)
    for fix in range(1, fixes):
        if not steps.is_break[fix]:
            begins[fix] = not _step(ground, work, places, steps, (beta_m, fix), score, back)
    chosen = np.full(fixes, -1, np.int32)
    for row in range(fixes):
        fix = fixes - 1 - row
        if places.first[fix] == places.first[fix + 1]:
            continue
        if fix == fixes - 1 or begins[fix + 1]:
            begin = places.first[fix]
            chosen[fix] = begin + np.argmax(score[begin : places.first[fix + 1]])
        else:
            chosen[fix] = back[chosen[fix + 1]]
    return chosen, begins, score


@compiled
def _step(
    ground: Ground,
    work: Work,
    places: Candidates,
    steps: Steps,
    at: tuple[float, int],
    score: Floats,
    back: Integers,
) -> bool:
    """Score the places of a fix (`at`: beta and its number) from the fix before; return whether any was reached."""
    beta_m, fix = at
    begin, end = places.first[fix], places.first[fix + 1]
    best = np.full(end - begin, -np.inf)
    any_reached = False
    for before in range(places.first[fix - 1], begin):
        if score[before] == -np.inf:
            continue
        from_edge, from_m = places.edge[before], places.at_m[before]
        count = _spread(ground, work, from_edge, from_m, steps.most_m[fix])
        for here in range(begin, end):
            way_m, _ = _arrival(ground, work, places.edge[here], places.at_m[here])
            way_m = min(way_m, _direct_m(ground, from_edge, from_m, places.edge[here], places.at_m[here]))
            if way_m > steps.most_m[fix]:
                continue
            found = score[before] - abs(way_m - steps.straight_m[fix]) / beta_m
            if found > best[here - begin]:
                best[here - begin] = found
                back[here] = before
                any_reached = True
        _forget(work, count)
    if any_reached:
        for here in range(begin, end):
            score[here] = best[here - begin] + places.log_emission[here]
    return any_reached


@compiled
def way_between(
    ground: Ground, work: Work, from_edge: int, from_m: float, edge: int, at_m: float, most_m: float
) -> tuple[float, int, int, Integers]:
    """Return metres, the door left by, the door entered by (-1: along the edge) and the arcs from first to last."""
    count = _spread(ground, work, from_edge, from_m, most_m)
    way_m, last = _arrival(ground, work, edge, at_m)
    straight_m = _direct_m(ground, from_edge, from_m, edge, at_m)
    arcs = np.empty(count, np.int32)
    used = 0
    first = -1
    if straight_m <= way_m or last < 0:
        way_m = straight_m
        last = -1
    else:
        node = ground.edge_nodes[edge, last]
        while work.came_by[node] >= 0:
            arcs[used] = work.came_by[node]
            used += 1
            node = np.searchsorted(ground.indptr, work.came_by[node], side="right") - 1
        first = -2 - work.came_by[node]
    _forget(work, count)
    return way_m, first, last, arcs[:used][::-1].copy()
