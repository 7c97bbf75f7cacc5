"""Inner loops of the shortest-path searches. Imported only when a search is wanted: numba is slow to load."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.routing.compiled import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]


class Graph(NamedTuple):
    """Arcs out of each node in rows, with seconds and metres, and where the nodes lie."""

    indptr: Integers
    heads: Integers
    travel_s: Floats
    length_m: Floats
    node_xy: Floats


class Doors(NamedTuple):
    """The nodes at the two ends of the edge a place lies on, with seconds (inf: closed) and metres from the place."""

    nodes: Integers
    cost_s: Floats
    length_m: Floats


@compiled
def push(keys: Floats, items: Integers, size: int, key: float, item: int) -> int:
    """Put an item on the binary heap and return the heap's new size."""
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if keys[parent] <= key:
            break
        keys[at] = keys[parent]
        items[at] = items[parent]
        at = parent
    keys[at] = key
    items[at] = item
    return size + 1


@compiled
def pop(keys: Floats, items: Integers, size: int) -> int:
    """Take the smallest item off the heap (read it at 0 before) and return the heap's new size."""
    size -= 1
    key = keys[size]
    item = items[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[at] = keys[child]
        items[at] = items[child]
        at = child
    keys[at] = key
    items[at] = item
    return size


@compiled
def _still_s(xy: Floats, node: int, ends: Doors, top_speed_mps: float) -> float:
    """Return the fewest seconds that can be left from a node to the goal, by the straight line."""
    least = np.inf
    for end in range(2):
        goal = ends.nodes[end]
        straight_m = np.hypot(xy[node, 0] - xy[goal, 0], xy[node, 1] - xy[goal, 1])
        least = min(least, straight_m / top_speed_mps + ends.cost_s[end])
    return least


@compiled
def quickest_path(graph: Graph, starts: Doors, ends: Doors, top_speed_mps: float) -> tuple[float, int, int, Integers]:
    """Return seconds, the start door, the end door and the arcs from the last to the first of the quickest path.

    A* (Hart, Nilsson & Raphael 1968) with the straight line at the top speed as its estimate, which
    never says too much. Seconds are inf and the doors -1 when no path leads there.
    """
    nodes = len(graph.indptr) - 1
    done_s = np.full(nodes, np.inf)
    came_by = np.full(nodes, -1, np.int32)
    keys = np.empty(len(graph.heads) + 4)
    items = np.empty(len(graph.heads) + 4, np.int32)
    size = 0
    for door in range(2):
        node = starts.nodes[door]
        if starts.cost_s[door] < done_s[node]:
            done_s[node] = starts.cost_s[door]
            came_by[node] = -2 - door
            key = done_s[node] + _still_s(graph.node_xy, node, ends, top_speed_mps)
            size = push(keys, items, size, key, node)
    best_s = np.inf
    best_door = -1
    while size > 0 and keys[0] < best_s:
        node = items[0]
        key = keys[0]
        size = pop(keys, items, size)
        if key > done_s[node] + _still_s(graph.node_xy, node, ends, top_speed_mps) + 1e-9:
            continue
        for door in range(2):
            if node == ends.nodes[door] and done_s[node] + ends.cost_s[door] < best_s:
                best_s = done_s[node] + ends.cost_s[door]
                best_door = door
        size = _relax(graph, node, done_s, came_by, (keys, items), size, (ends, top_speed_mps))
    start_door, arcs = _walk_back(graph, came_by, ends, best_door)
    return best_s, start_door, best_door, arcs


@compiled
def _relax(
    graph: Graph,
    node: int,
    done_s: Floats,
    came_by: Integers,
    heap: tuple[Floats, Integers],
    size: int,
    goal: tuple[Doors, float],
) -> int:
    """Go along every arc out of a node; return the heap's new size."""
    for arc in range(graph.indptr[node], graph.indptr[node + 1]):
        head = graph.heads[arc]
        reached_s = done_s[node] + graph.travel_s[arc]
        if reached_s < done_s[head]:
            done_s[head] = reached_s
            came_by[head] = arc
            key = reached_s + _still_s(graph.node_xy, head, goal[0], goal[1])
            size = push(heap[0], heap[1], size, key, head)
    return size


@compiled
def _walk_back(graph: Graph, came_by: Integers, ends: Doors, end_door: int) -> tuple[int, Integers]:
    """Return the start door and the arcs from last to first."""
    found = np.empty(len(came_by), np.int32)
    count = 0
    if end_door < 0:
        return -1, found[:0]
    node = ends.nodes[end_door]
    while came_by[node] >= 0:
        arc = came_by[node]
        found[count] = arc
        count += 1
        # The tail of an arc is the row it stands in.
        node = np.searchsorted(graph.indptr, arc, side="right") - 1
    return -2 - came_by[node], found[:count].copy()


@compiled
def spread(graph: Graph, starts: Doors, most_s: float) -> tuple[Floats, Floats, Integers]:
    """Return seconds and metres from the start to every node and the arc each was reached by.

    Dijkstra's search up to `most_s` seconds; nodes beyond are inf, inf, -1.
    """
    nodes = len(graph.indptr) - 1
    done_s = np.full(nodes, np.inf)
    done_m = np.full(nodes, np.inf)
    came_by = np.full(nodes, -1, np.int32)
    keys = np.empty(len(graph.heads) + 4)
    items = np.empty(len(graph.heads) + 4, np.int32)
    size = 0
    for door in range(2):
        node = starts.nodes[door]
        if starts.cost_s[door] < min(done_s[node], most_s):
            done_s[node] = starts.cost_s[door]
            done_m[node] = starts.length_m[door]
            size = push(keys, items, size, done_s[node], node)
    while size > 0:
        node = items[0]
        key = keys[0]
        size = pop(keys, items, size)
        if key > done_s[node]:
            continue
        for arc in range(graph.indptr[node], graph.indptr[node + 1]):
            head = graph.heads[arc]
            reached_s = key + graph.travel_s[arc]
            if reached_s < done_s[head] and reached_s <= most_s:
                done_s[head] = reached_s
                done_m[head] = done_m[node] + graph.length_m[arc]
                came_by[head] = arc
                size = push(keys, items, size, reached_s, head)
    return done_s, done_m, came_by


@compiled
def spread_to(graph: Graph, starts: Doors, is_goal: NDArray[np.bool_], most_s: float) -> Floats:
    """Return seconds from the start to every node met before the last goal was; inf for the others.

    Dijkstra's search that ends when every goal is settled or `most_s` seconds are passed.
    """
    nodes = len(graph.indptr) - 1
    done_s = np.full(nodes, np.inf)
    keys = np.empty(len(graph.heads) + 4)
    items = np.empty(len(graph.heads) + 4, np.int32)
    size = 0
    left = is_goal.sum()
    for door in range(2):
        node = starts.nodes[door]
        if starts.cost_s[door] < min(done_s[node], most_s):
            done_s[node] = starts.cost_s[door]
            size = push(keys, items, size, done_s[node], node)
    while size > 0 and left > 0:
        node = items[0]
        key = keys[0]
        size = pop(keys, items, size)
        if key > done_s[node]:
            continue
        if is_goal[node]:
            left -= 1
        for arc in range(graph.indptr[node], graph.indptr[node + 1]):
            reached_s = key + graph.travel_s[arc]
            if reached_s < done_s[graph.heads[arc]] and reached_s <= most_s:
                done_s[graph.heads[arc]] = reached_s
                size = push(keys, items, size, reached_s, graph.heads[arc])
    return done_s
