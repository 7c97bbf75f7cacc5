"""The quickest way between two places on the network, as stretches of its edges."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gis.streets import SnappedPlace, StreetNetwork

if TYPE_CHECKING:
    from gis.routing.path_kernels import Doors, Graph


class Stretch(NamedTuple):
    """A part of an edge, gone from one fraction of its length to another; backward when the first is larger."""

    edge: int
    start: float
    stop: float


def stretch_s(network: StreetNetwork, stretch: Stretch) -> float:
    """Return the seconds a stretch takes; inf where it may not be gone that way."""
    share = stretch.stop - stretch.start
    if share == 0.0:
        return 0.0
    return abs(share) * float(network.edge_s[stretch.edge, 0 if share > 0 else 1])


def stretch_m(network: StreetNetwork, stretch: Stretch) -> float:
    """Return the metres of a stretch."""
    return abs(stretch.stop - stretch.start) * float(network.edge_m[stretch.edge])


def graph_of(network: StreetNetwork, is_reversed: bool = False) -> "Graph":
    """Return the network as the kernels want it; reversed for travel to a place."""
    from gis.routing.path_kernels import Graph

    arcs = network.reverse_arcs if is_reversed else network.arcs
    return Graph(arcs.indptr, arcs.heads, arcs.travel_s, arcs.length_m, network.node_xy)


def doors_of(network: StreetNetwork, place: SnappedPlace, is_arrival: bool) -> "Doors":
    """Return the two nodes by which a place is left (or arrived at) and what that costs."""
    from gis.routing.path_kernels import Doors

    parts = [Stretch(place.edge, place.fraction, 0.0), Stretch(place.edge, place.fraction, 1.0)]
    if is_arrival:
        parts = [Stretch(part.edge, part.stop, part.start) for part in parts]
    return Doors(
        network.edge_nodes[place.edge],
        np.array([stretch_s(network, part) for part in parts]),
        np.array([stretch_m(network, part) for part in parts]),
    )


def stretches_between(network: StreetNetwork, start: SnappedPlace, end: SnappedPlace) -> list[Stretch] | None:
    """Return the quickest way from one place to another, or None when there is none.

    Both may lie in the middle of an edge, and on the same one. Stretches of no length are left out.
    """
    from gis.routing.path_kernels import quickest_path

    outbound, inbound = doors_of(network, start, False), doors_of(network, end, True)
    seconds, first, last, arcs = quickest_path(graph_of(network), outbound, inbound, network.top_speed_mps)
    direct = Stretch(start.edge, start.fraction, end.fraction)
    if start.edge == end.edge and stretch_s(network, direct) <= seconds:
        return [direct] if direct.start != direct.stop else []
    if not np.isfinite(seconds):
        return None
    edges, forward = network.arcs.edge[arcs[::-1]].tolist(), network.arcs.is_forward[arcs[::-1]].tolist()
    between = [
        Stretch(edge, 0.0, 1.0) if ahead else Stretch(edge, 1.0, 0.0)
        for edge, ahead in zip(edges, forward, strict=True)
    ]
    ways = [Stretch(start.edge, start.fraction, float(first)), *between, Stretch(end.edge, float(last), end.fraction)]
    return [way for way in ways if way.start != way.stop]
