"""The small graph a patrol is planned on: the streets around a station worth walking, and those that lead there.

Everything is counted in whole milliseconds: travel rounded up, limits rounded down, so that no sum of
roundings can break a limit.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gis.routing.contraction import Piece, Segment, merged_segments
from gis.routing.paths import Stretch, doors_of, graph_of
from gis.streets import SnappedPlace, StreetNetwork

MOST_NODES = 2600  # more make the table of travel times slower than a first answer may be

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Base:
    """Where a kind of team sets out, where it must end, and how long it may take."""

    start: SnappedPlace
    home: SnappedPlace
    limit_s: float


@dataclass(frozen=True)
class Beat:
    """Segments of street between nodes, and the travel times between all nodes.

    `start_nodes` and `home_nodes` by base; `stop_nodes` are the nodes of the stops (-1: out of reach). `between_ms` is
    the quickest way between nodes, `CLOSED_MS` where there is none. `reachable_worth` is the worth of all
    edges that could be walked in the time, whether the beat has room for them or not. `limit_ms` is the longest.
    """

    segments: list[Segment]
    between_ms: NDArray[np.int32]
    start_nodes: list[int]
    home_nodes: list[int]
    stop_nodes: list[int]
    limit_ms: int
    reachable_worth: float
    is_reachable: NDArray[np.bool_]


@dataclass(frozen=True)
class _Ground:
    """Seconds from a base to every node and on home, and the trees of quickest ways there and from there."""

    out_s: Floats
    back_s: Floats
    out_tree: NDArray[np.int64]
    back_tree: NDArray[np.int64]
    limit_s: float


def build_beat(
    network: StreetNetwork,
    bases: list[Base],
    stops: list[SnappedPlace | None],
    worth: Floats,
    most_nodes: int = MOST_NODES,
) -> Beat:
    """Return the beat around the bases of some teams; `worth` is by edge."""
    from gis.routing.matrix_kernels import travel_table

    grounds = [_ground(network, base) for base in bases]
    used = np.stack([_through_s(network, ground) / ground.limit_s for ground in grounds])
    of_base, least = used.argmin(axis=0), used.min(axis=0)
    kept = [
        place if place and any(_round_trip_s(network, ground, place) <= ground.limit_s for ground in grounds) else None
        for place in stops
    ]
    ends = [end for base in bases for end in (base.start, base.home)]
    places = list({(at.edge, at.fraction): at for at in (*ends, *(at for at in kept if at))}.values())
    is_reachable = least <= 1.0
    nodes = _chosen_nodes(network, grounds, of_base, places, worth, least, most_nodes)
    pieces, place_nodes = _pieces(network, nodes, places, np.where(is_reachable, worth, 0.0))
    segments, numbers = merged_segments(pieces, place_nodes)
    found = {(at.edge, at.fraction): numbers[node] for at, node in zip(places, place_nodes, strict=True)}
    return Beat(
        segments=segments,
        between_ms=travel_table(*_rows(segments, len(numbers))),
        start_nodes=[found[base.start.edge, base.start.fraction] for base in bases],
        home_nodes=[found[base.home.edge, base.home.fraction] for base in bases],
        stop_nodes=[found[at.edge, at.fraction] if at else -1 for at in kept],
        limit_ms=int(max(base.limit_s for base in bases) * 1000),
        reachable_worth=float(worth[is_reachable].sum()),
        is_reachable=is_reachable,
    )


def _ground(network: StreetNetwork, base: Base) -> _Ground:
    from gis.routing.path_kernels import spread

    out, back = graph_of(network), graph_of(network, is_reversed=True)
    out_s, _, out_arc = spread(out, doors_of(network, base.start, False), base.limit_s)
    back_s, _, back_arc = spread(back, doors_of(network, base.home, True), base.limit_s)
    return _Ground(out_s, back_s, _parents(out.indptr, out_arc), _parents(back.indptr, back_arc), base.limit_s)


def _parents(indptr: NDArray[np.int32], came_by: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the node before each node in a tree of quickest ways; -1 at its roots and outside it."""
    tails = np.searchsorted(indptr, came_by, side="right") - 1
    return np.where(came_by >= 0, tails, -1)


def _through_s(network: StreetNetwork, ground: _Ground) -> Floats:
    """Return for each edge the seconds of the shortest round from the station that walks all of it."""
    first, second = network.edge_nodes.T
    forward = ground.out_s[first] + network.edge_s[:, 0] + ground.back_s[second]
    back = ground.out_s[second] + network.edge_s[:, 1] + ground.back_s[first]
    found: Floats = np.minimum(forward, back)
    return found


def _round_trip_s(network: StreetNetwork, ground: _Ground, place: SnappedPlace) -> float:
    """Return the seconds from the station to a place and back."""
    inward, outward = doors_of(network, place, True), doors_of(network, place, False)
    there = (ground.out_s[inward.nodes] + inward.cost_s).min()
    return float(there + (ground.back_s[outward.nodes] + outward.cost_s).min())


def _chosen_nodes(
    network: StreetNetwork,
    grounds: list[_Ground],
    of_base: NDArray[np.int64],
    places: list[SnappedPlace],
    worth: Floats,
    used: Floats,
    most: int,
) -> NDArray[np.bool_]:
    """Return which nodes the beat has: those of the best edges and of the ways to them, until there are enough.

    An edge is good when a metre of it is worth much and the way there leaves time for more like it. The ways are those
    of the base that is nearest; places have the ways of all bases.
    """
    gain = worth / network.edge_m * np.maximum(1.0 - used, 0.0)
    order = np.argsort(-gain, kind="stable")
    order = order[gain[order] > 0]
    trees = [(ground.out_tree.tolist(), ground.back_tree.tolist()) for ground in grounds]
    chosen = bytearray(network.node_count)
    count = 0
    wanted = [(place.edge, base) for place in places for base in range(len(grounds))]
    first = len(wanted)
    wanted += list(zip(order.tolist(), of_base[order].tolist(), strict=True))
    for row, (edge, base) in enumerate(wanted):
        if count >= most and row >= first:
            break
        for end in network.edge_nodes[edge].tolist():
            for tree in trees[base]:
                node = end
                while node >= 0 and not chosen[node]:
                    chosen[node] = 1
                    count += 1
                    node = tree[node]
    return np.frombuffer(chosen, np.uint8).astype(bool)


def _pieces(
    network: StreetNetwork, nodes: NDArray[np.bool_], places: list[SnappedPlace], worth: Floats
) -> tuple[list[Piece], list[int]]:
    """Return the edges between chosen nodes, cut at the places, and the node of each place (0 from the station on)."""
    cuts: dict[int, list[tuple[float, int]]] = {}
    place_nodes = []
    for number, place in enumerate(places):
        node = network.node_count + number
        place_nodes.append(node)
        cuts.setdefault(place.edge, []).append((place.fraction, node))
    edges = np.flatnonzero(nodes[network.edge_nodes].all(axis=1))
    whole = [edge for edge in edges.tolist() if edge not in cuts]
    ends = network.edge_nodes[whole].tolist()
    cost = _ms(network.edge_s[whole]).tolist()
    metres, values = network.edge_m[whole].tolist(), worth[whole].tolist()
    pieces = [
        Piece(tail, head, forward, back, length, value, (Stretch(edge, 0.0, 1.0),))
        for edge, (tail, head), (forward, back), length, value in zip(whole, ends, cost, metres, values, strict=True)
    ]
    for edge, marks in sorted(cuts.items()):
        pieces += _cut_edge(network, edge, sorted(marks), float(worth[edge]))
    return pieces, place_nodes


def _cut_edge(network: StreetNetwork, edge: int, marks: list[tuple[float, int]], worth: float) -> list[Piece]:
    """Return the pieces of an edge between its ends and the places on it; places at one point are 1 ms apart."""
    first, second = network.edge_nodes[edge].tolist()
    stations = [(0.0, first), *marks, (1.0, second)]
    pieces = []
    for (start, tail), (stop, head) in pairwise(stations):
        share = stop - start
        # Between a place at the very end of a one-way street and its corner both ways are open.
        seconds = share * network.edge_s[edge] if share > 0 else np.zeros(2)
        forward, back = _ms(seconds).tolist()
        length = share * float(network.edge_m[edge])
        pieces.append(Piece(tail, head, forward, back, length, share * worth, (Stretch(edge, start, stop),)))
    return pieces


def _ms(seconds: Floats) -> NDArray[np.int64]:
    """Return whole milliseconds, rounded up and never 0; CLOSED_MS for what may not be gone."""
    from gis.routing.matrix_kernels import CLOSED_MS

    bounded = np.minimum(seconds * 1000.0, CLOSED_MS)
    return np.maximum(np.ceil(bounded), 1).astype(np.int64)


def _rows(segments: list[Segment], count: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the segments as rows of arcs: where each node's arcs begin, their heads and their milliseconds."""
    from gis.routing.matrix_kernels import CLOSED_MS

    ends = np.array([(segment.tail, segment.head) for segment in segments], np.int64).reshape(-1, 2)
    cost = np.array([(segment.forward_ms, segment.back_ms) for segment in segments], np.int64).reshape(-1, 2)
    tails, heads = np.concatenate([ends, ends[:, ::-1]]).T
    cost = np.concatenate([cost[:, 0], cost[:, 1]])
    order = np.flatnonzero(cost < CLOSED_MS)
    order = order[np.lexsort((heads[order], tails[order]))]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(tails[order], minlength=count))])
    return indptr.astype(np.int32), heads[order].astype(np.int32), cost[order].astype(np.int32)
