"""How long it takes from many places to one, and what can be reached in a given time."""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.errors import BadParameter, NoRoute
from gis.routing.paths import Stretch, doors_of, graph_of, stretch_m, stretch_s
from gis.streets import SnappedPlace, StreetNetwork, snap_together

Floats = NDArray[np.float64]


def nearest(
    network: StreetNetwork, from_lonlats: ArrayLike, to_lonlat: ArrayLike, max_m: float = 100.0
) -> tuple[Floats, Floats]:
    """Return seconds and metres of the quickest way from each place (lon, lat) to one place, in the order given.

    Both are inf for an origin that is further than `max_m` from a street or from which no way leads
    there. The few metres between a place and its street are not counted. Raises NoRoute when the goal
    itself is not near a street, BadCoordinates for what is no place.

    >>> from gis.streets import build_network
    >>> street = shapely.LineString([(9.50, 47.10), (9.52, 47.10)])
    >>> network = build_network([street], [7], ["residential"], [0])
    >>> seconds, metres = nearest(network, [(9.50, 47.1), (9.511, 47.1), (9.60, 47.1)], (9.51, 47.1))
    >>> seconds.round().tolist(), metres.round().tolist()
    ([569.0, 57.0, inf], [759.0, 76.0, inf])
    """
    origins = np.asarray(from_lonlats, dtype=np.float64).reshape(-1, 2)
    goal, *starts = snap_together(network, np.vstack([np.reshape(to_lonlat, (1, 2)), origins]), max_m)
    if isinstance(goal, NoRoute):
        raise goal
    from gis.routing.path_kernels import spread

    to_goal_s, to_goal_m, _ = spread(graph_of(network, is_reversed=True), doors_of(network, goal, True), np.inf)
    found = np.full((2, len(starts)), np.inf)
    for row, start in enumerate(starts):
        if isinstance(start, SnappedPlace):
            found[:, row] = _to_goal(network, start, goal, to_goal_s, to_goal_m)
    return found[0], found[1]


def _to_goal(
    network: StreetNetwork, start: SnappedPlace, goal: SnappedPlace, to_goal_s: Floats, to_goal_m: Floats
) -> tuple[float, float]:
    """Return seconds and metres from a place to the goal, given those from every node."""
    doors = doors_of(network, start, False)
    seconds = doors.cost_s + to_goal_s[doors.nodes]
    best = int(np.argmin(seconds))
    quickest = float(seconds[best]), float(doors.length_m[best] + to_goal_m[doors.nodes[best]])
    if start.edge == goal.edge:
        direct = Stretch(start.edge, start.fraction, goal.fraction)
        quickest = min(quickest, (stretch_s(network, direct), stretch_m(network, direct)))
    return quickest


def streets_within(
    network: StreetNetwork, lonlat: ArrayLike, most_s: float, max_m: float = 100.0
) -> shapely.MultiLineString:
    """Return the streets that can be reached from a place (lon, lat) within `most_s` seconds, cut off where time ends.

    Raises NoRoute when there is no street within `max_m` metres, BadParameter for a time that is not positive.

    >>> from gis.streets import build_network
    >>> street = shapely.LineString([(9.50, 47.10), (9.52, 47.10)])
    >>> network = build_network([street], [7], ["residential"], [0])
    >>> shapely.to_wkt(streets_within(network, (9.51, 47.1), 60.0), rounding_precision=4)
    'MULTILINESTRING ((9.5089 47.1, 9.5111 47.1))'
    """
    if not 0 < most_s < np.inf:
        raise BadParameter("The time is {most_s} seconds; it must be above 0.", most_s=most_s)
    place = snap_together(network, np.reshape(lonlat, (1, 2)), max_m)[0]
    if isinstance(place, NoRoute):
        raise place
    from gis.routing.path_kernels import spread

    reached_s, _, _ = spread(graph_of(network), doors_of(network, place, False), most_s)
    with np.errstate(invalid="ignore"):
        left_s = np.maximum(most_s - reached_s[network.edge_nodes], 0.0)
        shares = np.minimum(left_s / network.edge_s, 1.0)
    is_whole = shares.sum(axis=1) >= 1.0
    is_whole[place.edge] = False
    is_part = (shares.max(axis=1) > 0) & ~is_whole
    is_part[place.edge] = True
    part = [
        network.points_between(*stretch)
        for edge in np.flatnonzero(is_part)
        for stretch in _reached_parts(network, place, int(edge), shares[edge], most_s)
    ]
    return shapely.MultiLineString([*network.edge_lines_lonlat[is_whole], *(shapely.LineString(line) for line in part)])


def _reached_parts(
    network: StreetNetwork, place: SnappedPlace, edge: int, shares: Floats, most_s: float
) -> list[Stretch]:
    """Return the parts of an edge reached from its two ends, and around the place itself."""
    spans = [(0.0, float(shares[0])), (1.0 - float(shares[1]), 1.0)]
    if edge == place.edge:
        forward, back = np.minimum(most_s / network.edge_s[edge], 1.0).tolist()
        spans.append((max(place.fraction - back, 0.0), min(place.fraction + forward, 1.0)))
    merged: list[tuple[float, float]] = []
    for low, high in sorted(span for span in spans if span[1] > span[0]):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return [Stretch(edge, low, high) for low, high in merged]
