"""The blocks between the cuts as numbers: who lives in each, and which touch which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon, STRtree

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]

NECK_M: Final = 8.0
"""Blocks that share less edge than this meet in a corner or a neck: no cell should hang together by it."""

_OWN_CUT_COSTS: Final = 2.0  # a metre of border across a block is as bad as two along a street
_ON_CUT_M: Final = 0.02


@dataclass(frozen=True)
class BlockGraph:
    """Blocks in metres: households, area and middle of each, and the edges they share.

    `edge_m[i]` gives for each neighbour of block i the length of their common edge, and `edge_cost[i]` the
    same with edges that follow no street counted double.
    """

    households: Floats
    area_m2: Floats
    middle: Floats
    edge_m: list[dict[int, float]]
    edge_cost: list[dict[int, float]]

    def __len__(self) -> int:
        return len(self.households)


def block_graph(blocks: Sequence[Polygon], households: Floats, own_cuts: Sequence[LineString]) -> BlockGraph:
    """Return the graph of `blocks` (metres), whose common edges have the same vertices on both sides.

    >>> west, east = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)
    >>> block_graph([west, east], np.array([1.0, 2.0]), []).edge_m
    [{1: 10.0}, {0: 10.0}]
    """
    ground = np.asarray(blocks, dtype=object)
    sides, owner = _sides(ground)
    order = np.lexsort(sides.T)
    twins = np.flatnonzero((sides[order][1:] == sides[order][:-1]).all(axis=1))
    one, other = order[twins], order[twins + 1]
    length = np.hypot(sides[one, 2] - sides[one, 0], sides[one, 3] - sides[one, 1])
    cost = np.where(_is_on(own_cuts, (sides[one, :2] + sides[one, 2:]) / 2.0), _OWN_CUT_COSTS, 1.0) * length
    pairs = list(zip(owner[one].tolist(), owner[other].tolist(), strict=True))
    return BlockGraph(
        households.astype(np.float64),
        shapely.area(ground),
        shapely.get_coordinates(shapely.centroid(ground)),
        _both_ways(len(ground), pairs, length.tolist()),
        _both_ways(len(ground), pairs, cost.tolist()),
    )


def _sides(ground: NDArray[np.object_]) -> tuple[Floats, Numbers]:
    """Return every side of every block as (x0, y0, x1, y1), written the same from both sides, and its block."""
    rings, block = shapely.get_rings(ground, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    is_side = ring[1:] == ring[:-1]
    start, end = xy[:-1][is_side], xy[1:][is_side]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    start[swap], end[swap] = end[swap].copy(), start[swap].copy()
    return np.hstack([start, end]), block[ring[:-1][is_side]]


def _is_on(lines: Sequence[LineString], places: Floats) -> NDArray[np.bool_]:
    found = np.zeros(len(places), dtype=np.bool_)
    if lines and len(places):
        tree = STRtree(np.asarray(lines, dtype=object))
        found[tree.query(shapely.points(places), predicate="dwithin", distance=_ON_CUT_M)[0]] = True
    return found


def _both_ways(count: int, pairs: list[tuple[int, int]], amounts: list[float]) -> list[dict[int, float]]:
    total: list[dict[int, float]] = [{} for _ in range(count)]
    for (a, b), amount in zip(pairs, amounts, strict=True):
        if a != b:
            total[a][b] = total[a].get(b, 0.0) + amount
            total[b][a] = total[b].get(a, 0.0) + amount
    return total


def block_of(blocks: Sequence[Polygon], places: Floats) -> Numbers:
    """Return the block each place is in, -1 for none; on an edge it is the first of those that meet there.

    >>> block_of([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], np.array([[1.0, 0.5], [1.5, 0.5], [9, 9]]))
    array([ 0,  1, -1])
    """
    found = np.full(len(places), -1, dtype=np.intp)
    if len(places):
        ground = STRtree(np.asarray(blocks, dtype=object))
        place, block = ground.query(shapely.points(places), predicate="intersects")
        order = np.lexsort((block, place))
        place, first = np.unique(place[order], return_index=True)
        found[place] = block[order][first]
    return found


def join_small(graph: BlockGraph, is_small: NDArray[np.bool_], enough_m2: float) -> Numbers:
    """Return the joined block each block becomes part of, numbered from 0.

    Small blocks (traffic islands, verges, offcuts), smallest first, go to the neighbour they share most edge
    with; one that has itself taken in others until it has `enough_m2` stays.
    """
    area = graph.area_m2.copy()
    group = list(range(len(graph)))
    edges = [dict(each) for each in graph.edge_m]
    for small in np.argsort(area, kind="stable").tolist():
        has_grown = area[small] > max(enough_m2, float(graph.area_m2[small]))
        if not is_small[small] or has_grown or not edges[small]:
            continue
        into = max(edges[small], key=lambda other: (edges[small][other], -other))
        group[small] = into
        area[into] += area[small]
        for other, edge in edges[small].items():
            del edges[other][small]
            if other != into:
                edges[into][other] = edges[into].get(other, 0.0) + edge
                edges[other][into] = edges[other].get(into, 0.0) + edge
    roots = [_root(group, block) for block in range(len(group))]
    return np.unique(roots, return_inverse=True)[1].astype(np.intp)


def _root(group: list[int], member: int) -> int:
    while group[member] != member:
        member = group[member]
    return member


def joined_graph(graph: BlockGraph, group: Numbers) -> BlockGraph:
    """Return the graph of the joined blocks, numbered as in `group`."""
    count = int(group.max()) + 1
    area = sums(group, graph.area_m2, count)
    axes = [sums(group, graph.middle[:, axis] * graph.area_m2, count) / area for axis in (0, 1)]
    return BlockGraph(
        sums(group, graph.households, count),
        area,
        np.column_stack(axes),
        _joined(graph.edge_m, group, count),
        _joined(graph.edge_cost, group, count),
    )


def sums(number: Numbers, amounts: Floats, count: int) -> Floats:
    """Return the sum of the `amounts` under each number from 0 to `count` - 1; number -1 is left out.

    >>> sums(np.array([0, 2, 0, -1]), np.array([1.0, 2.0, 3.0, 4.0]), 3).tolist()
    [4.0, 0.0, 2.0]
    """
    known = number >= 0
    return np.bincount(number[known], amounts[known], count).astype(np.float64)


def _joined(edges: list[dict[int, float]], group: Numbers, count: int) -> list[dict[int, float]]:
    pairs = [(int(group[a]), int(group[b])) for a, each in enumerate(edges) for b in each if a < b]
    return _both_ways(count, pairs, [amount for a, each in enumerate(edges) for b, amount in each.items() if a < b])


def neighbours_of(graph: BlockGraph, blocks: Sequence[Polygon], group: Numbers) -> list[list[int]]:
    """Return for each joined block the others it may share a cell with; they all hang together.

    Neighbours along at least NECK_M of edge. Where the ground hangs together only by less, or not at all
    because it lies in several parts, the best links are added until it does: longest edges first, then
    shortest distances.
    """
    near = [[other for other, edge in edges.items() if edge >= NECK_M] for edges in graph.edge_m]
    party = list(range(len(graph)))
    for block, others in enumerate(near):
        for other in others:
            party[_root(party, block)] = _root(party, other)
    necks = [
        (-edge, a, b) for a, edges in enumerate(graph.edge_m) for b, edge in edges.items() if a < b and edge < NECK_M
    ]
    _link(near, party, sorted(necks))
    parts = {_root(party, block) for block in range(len(graph))}
    if len(parts) > 1:
        _link(near, party, sorted(_leaps(blocks, np.asarray([_root(party, int(b)) for b in group]), group)))
    return near


def _link(near: list[list[int]], party: list[int], links: list[tuple[float, int, int]]) -> None:
    for _, a, b in links:
        if _root(party, a) != _root(party, b):
            party[_root(party, a)] = _root(party, b)
            near[a].append(b)
            near[b].append(a)


def _leaps(blocks: Sequence[Polygon], part: Numbers, group: Numbers) -> list[tuple[float, int, int]]:
    """Return the shortest way from each part to each other: its length and the joined blocks at its ends."""
    ground = np.asarray(blocks, dtype=object)
    numbers = np.unique(part)
    leaps = []
    for i, one in enumerate(numbers.tolist()):
        mine = np.flatnonzero(part == one)
        whole = shapely.union_all(ground[mine])
        for other in numbers[i + 1 :].tolist():
            its = np.flatnonzero(part == other)
            far = int(its[np.argmin(shapely.distance(ground[its], whole))])
            close = int(mine[np.argmin(shapely.distance(ground[mine], ground[far]))])
            leaps.append((float(shapely.distance(ground[far], ground[close])), int(group[close]), int(group[far])))
    return leaps
