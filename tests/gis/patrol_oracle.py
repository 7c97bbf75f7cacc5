"""The best plan there is, by looking at every walk: for networks of a few streets."""

import heapq
from itertools import combinations_with_replacement

import numpy as np

from gis.streets import StreetNetwork


def coverable(network: StreetNetwork, start: int, home: int, limit_s: float) -> set[frozenset[int]]:
    """Return every set of edges that some walk from a node to a node in the time covers.

    Dijkstra's search over (node, edges walked so far): the quickest way to have walked them.
    """
    out: dict[int, list[tuple[int, int, float]]] = {}
    for edge, (tail, head) in enumerate(network.edge_nodes.tolist()):
        forward, back = network.edge_s[edge].tolist()
        out.setdefault(tail, []).append((head, edge, forward))
        out.setdefault(head, []).append((tail, edge, back))
    best = {(start, frozenset()): 0.0}
    queue = [(0.0, 0, start, frozenset())]
    count = 0
    while queue:
        taken, _, node, walked = heapq.heappop(queue)
        if taken > best[node, walked]:
            continue
        for head, edge, cost_s in out[node]:
            after = taken + cost_s
            key = head, walked | {edge}
            if after <= limit_s and after < best.get(key, np.inf):
                best[key] = after
                count += 1
                heapq.heappush(queue, (after, count, *key))
    return {walked for node, walked in best if node == home}


def best_cover(network: StreetNetwork, sets: set[frozenset[int]], worth: np.ndarray, teams: int) -> float:
    """Return the most worth that so many teams cover together."""
    largest = [one for one in sets if not any(one < other for other in sets)]
    return max(sum(worth[list(frozenset().union(*chosen))]) for chosen in combinations_with_replacement(largest, teams))
