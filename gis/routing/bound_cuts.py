"""Cuts for the bound: what a walked network must keep that a fractional answer breaks.

Passes are counted by segment: `once` (z) and `twice` (w) from 0 to 1, x = z + w together. Columns of the programme are
the segments' z, then their w.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_LEAST_BROKEN = 0.02
_MOST_CUTS = 400
_MOST_FLOWS = 60


@dataclass(frozen=True)
class Cut:
    """A row of the programme: the sum of factors times columns must be at least so much."""

    columns: Integers
    factors: Floats
    least: float


def connectivity_cuts(tail: Integers, head: Integers, once: Floats, twice: Floats) -> list[Cut]:
    """Return cuts for walked segments that hang on nothing: x over the border of a set must be at least 2 z inside it.

    Sets come from the pieces the walked segments fall into at several thresholds, then from smallest cuts between the
    base (node 0) and the segments that are least well tied to it.
    """
    x = once + twice
    sets = [nodes for share in (0.001, 0.25, 0.5, 0.75, 0.95, 1.2) for nodes in _pieces(tail, head, x, share)]
    cuts, seen = [], set()
    for nodes in [*sets, *_smallest_cuts(tail, head, once, x)]:
        key = nodes.tobytes()
        if key not in seen:
            seen.add(key)
            cut = _connectivity_cut(tail, head, once, x, nodes)
            if cut is not None:
                cuts.append(cut)
    return cuts[:_MOST_CUTS]


def _connectivity_cut(tail: Integers, head: Integers, once: Floats, x: Floats, nodes: NDArray[np.bool_]) -> Cut | None:
    """Return the cut of a set of nodes for the segment in it that breaks it most; None when none does."""
    if nodes[0]:
        return None
    inside = nodes[tail] | nodes[head]
    border = np.flatnonzero(nodes[tail] != nodes[head])
    most = int(np.argmax(np.where(inside, once, -1.0)))
    if x[border].sum() >= 2 * once[most] - _LEAST_BROKEN:
        return None
    count = len(once)
    columns, factors = np.concatenate([border, border + count]), np.ones(2 * len(border))
    if most in border:
        factors[columns == most] -= 2.0
        return Cut(columns, factors, 0.0)
    return Cut(np.append(columns, most), np.append(factors, -2.0), 0.0)


def _pieces(tail: Integers, head: Integers, x: Floats, least: float) -> list[NDArray[np.bool_]]:
    """Return the connected pieces, without the base, of segments walked more than `least` times."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = int(max(tail.max(), head.max())) + 1
    used = x > least
    graph = coo_array((np.ones(int(used.sum()), np.int8), (tail[used], head[used])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    has_segment = np.zeros(int(label.max()) + 1, np.bool_)
    has_segment[label[tail[used]]] = True
    has_segment[label[0]] = False
    return [label == piece for piece in np.flatnonzero(has_segment)[:_MOST_CUTS]]


def _smallest_cuts(tail: Integers, head: Integers, once: Floats, x: Floats) -> list[NDArray[np.bool_]]:
    """Return sets of nodes cut off from the base by the least x, for nodes with much walked at them."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    count = int(max(tail.max(), head.max())) + 1
    whole = np.rint(x * 1e6).astype(np.int32)
    used = (whole > 0) & (tail != head)
    rows = np.concatenate([tail[used], head[used]])
    columns = np.concatenate([head[used], tail[used]])
    graph = coo_array((np.tile(whole[used], 2), (rows, columns)), shape=(count, count)).tocsr()
    graph.sum_duplicates()
    graph = graph.astype(np.int32)
    at_node = np.zeros(count)
    np.maximum.at(at_node, tail, once)
    np.maximum.at(at_node, head, once)
    tied = np.asarray(graph.sum(axis=1)).ravel() / 1e6
    at_node[0] = 0.0
    order = np.argsort(-(2 * at_node - 0.1 * tied), kind="stable")
    found: list[NDArray[np.bool_]] = []
    settled = np.zeros(count, np.bool_)
    for node in order[: 20 * _MOST_FLOWS].tolist():
        if len(found) >= _MOST_FLOWS or at_node[node] <= _LEAST_BROKEN:
            break
        if settled[node]:
            continue
        flow = maximum_flow(graph, node, 0)
        rest = graph - flow.flow
        rest.data[rest.data < 0] = 0
        rest.eliminate_zeros()
        side = np.zeros(count, np.bool_)
        side[breadth_first_order(rest, node, return_predecessors=False)] = True
        settled |= side
        if flow.flow_value / 1e6 < 2 * at_node[node] - _LEAST_BROKEN:
            found.append(side)
    return found


def parity_cuts(tail: Integers, head: Integers, once: Floats, twice: Floats) -> list[Cut]:
    """Return cuts for sets of nodes with an odd number of ends: of single nodes, and of pieces of fractional segments.

    For a set and an odd number of passes F over its border: some pass of F is not made or another one is, that is
    x(border without F) - x(F) >= 1 - |F|.
    """
    count = len(once)
    nodes = int(max(tail.max(), head.max())) + 1
    cuts = []
    for side in _odd_sets(tail, head, once, twice):
        border = np.flatnonzero(side[tail] != side[head])
        cut = _parity_cut(border, count, once, twice)
        if cut is not None:
            cuts.append(cut)
    is_loop = tail == head
    order = np.argsort(np.concatenate([tail[~is_loop], head[~is_loop]]), kind="stable")
    segments = np.tile(np.flatnonzero(~is_loop), 2)[order]
    ends = np.searchsorted(np.concatenate([tail[~is_loop], head[~is_loop]])[order], np.arange(nodes + 1))
    for node in range(nodes):
        cut = _parity_cut(segments[ends[node] : ends[node + 1]], count, once, twice)
        if cut is not None:
            cuts.append(cut)
    return sorted(cuts, key=lambda cut: len(cut.columns))[: 4 * _MOST_CUTS]


def _parity_cut(border: Integers, count: int, once: Floats, twice: Floats) -> Cut | None:
    """Return the most broken cut of a border, if any is: F are passes over a half, one changed when they are even."""
    if not len(border):
        return None
    x = np.concatenate([once[border], twice[border]])
    if np.abs(x - np.rint(x)).max() < 1e-6 and int(np.rint(x).sum()) % 2 == 0:
        return None
    columns = np.concatenate([border, border + count])
    in_f = x > 0.5
    if int(in_f.sum()) % 2 == 0:
        change = int(np.argmin(np.abs(x - 0.5)))
        in_f[change] = ~in_f[change]
    made = x[~in_f].sum() + (1.0 - x[in_f]).sum()
    if made >= 1.0 - _LEAST_BROKEN:
        return None
    return Cut(columns, np.where(in_f, -1.0, 1.0), 1.0 - float(in_f.sum()))


def _odd_sets(tail: Integers, head: Integers, once: Floats, twice: Floats) -> list[NDArray[np.bool_]]:
    """Return sets of nodes worth a look: the pieces that segments with a fraction of a pass hang together in."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = int(max(tail.max(), head.max())) + 1
    found = []
    for least in (0.01, 0.2, 0.35):
        fraction = np.maximum(np.abs(once - np.rint(once)), np.abs(twice - np.rint(twice)))
        used = (fraction > least) & (tail != head)
        if not used.any():
            continue
        graph = coo_array((np.ones(int(used.sum()), np.int8), (tail[used], head[used])), shape=(count, count))
        _, label = connected_components(graph, directed=False)
        sizes = np.bincount(label)
        found += [label == piece for piece in np.flatnonzero(sizes > 1)[:_MOST_CUTS]]
    return found
