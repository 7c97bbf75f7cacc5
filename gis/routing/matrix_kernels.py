"""Inner loop of the table of travel times between all nodes of a beat."""

import numpy as np
from numpy.typing import NDArray

from gis.routing.compiled import compiled

CLOSED_MS = 1 << 30  # 12 days: no patrol is that long, and three of them still add up in 64 bits

Integers = NDArray[np.int32]


@compiled
def travel_table(indptr: Integers, heads: Integers, cost_ms: Integers) -> Integers:
    """Return the milliseconds of the quickest way from every node (row) to every node (column).

    Dijkstra's search from each node; CLOSED_MS where no way leads.
    """
    nodes = len(indptr) - 1
    table = np.full((nodes, nodes), CLOSED_MS, np.int32)
    keys = np.empty(len(heads) + 1, np.int64)
    for source in range(nodes):
        row = table[source]
        row[source] = 0
        keys[0] = source
        size = 1
        while size > 0:
            top = keys[0]
            size = _pop_key(keys, size)
            node = top & 0xFFFFFFFF
            reached = top >> 32
            if reached > row[node]:
                continue
            for arc in range(indptr[node], indptr[node + 1]):
                onward = reached + cost_ms[arc]
                if onward < row[heads[arc]]:
                    row[heads[arc]] = onward
                    size = _push_key(keys, size, (onward << 32) | heads[arc])
    return table


@compiled
def _push_key(keys: NDArray[np.int64], size: int, key: int) -> int:
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if keys[parent] <= key:
            break
        keys[at] = keys[parent]
        at = parent
    keys[at] = key
    return size + 1


@compiled
def _pop_key(keys: NDArray[np.int64], size: int) -> int:
    size -= 1
    key = keys[size]
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
        at = child
    keys[at] = key
    return size
