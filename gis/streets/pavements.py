"""Pavements that are drawn as lines of their own beside their street."""

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.streets.modes import FOOTWAY_CLASSES, ROAD_CLASSES
from gis.streets.network import Floats, StreetNetwork

_BESIDE_M = 15.0
_PARALLEL_DEG = 20.0
_SHORTEST_M = 10.0
_LOOK_SHARES = (0.15, 0.5, 0.85)


def pavements(network: StreetNetwork) -> NDArray[np.bool_]:
    """Return which edges run beside a street of the same network, as its pavement.

    These are footways, paths and cycle tracks of 10 m or more that lie, at 15, 50 and 85 % of their length, within 15 m
    of a road and within 20° of its direction there. Counting them would double the kilometres of a
    street that has its pavements mapped.

    >>> from gis.streets import build_network
    >>> road, beside, away = ([(9.50, lat), (9.51, lat)] for lat in (47.1, 47.1001, 47.11))
    >>> lines = [shapely.LineString(points) for points in (road, beside, away)]
    >>> network = build_network(lines, [1, 2, 3], ["residential", "footway", "footway"], [0, 0, 0])
    >>> pavements(network).tolist()
    [False, True, False]
    """
    classes = network.street_classes.astype(str)
    roads = np.flatnonzero(np.isin(classes, list(ROAD_CLASSES)))
    found = np.isin(classes, list(FOOTWAY_CLASSES)) & (network.edge_m >= _SHORTEST_M)
    if not len(roads):
        return np.zeros(network.edge_count, np.bool_)
    tree = shapely.STRtree(network.edge_lines[roads])
    for share in _LOOK_SHARES:
        asked = np.flatnonzero(found)
        at_m = share * network.edge_m[asked]
        points = shapely.line_interpolate_point(network.edge_lines[asked], at_m)
        which, hit = tree.query_nearest(points, max_distance=_BESIDE_M, all_matches=False)
        beside = network.edge_lines[roads[hit]]
        road_m = shapely.line_locate_point(beside, points[which])
        angle = _heading(network.edge_lines[asked[which]], at_m[which]) - _heading(beside, road_m)
        is_parallel = np.abs((angle + 90.0) % 180.0 - 90.0) <= _PARALLEL_DEG
        found[:] = False
        found[asked[which[is_parallel]]] = True
    return found


def _heading(lines: NDArray[np.object_], at_m: Floats) -> Floats:
    """Return the direction of each line at so many metres along it, in degrees."""
    ends = [
        shapely.get_coordinates(
            shapely.line_interpolate_point(lines, np.clip(at_m + ahead, 0.0, shapely.length(lines)))
        )
        for ahead in (-5.0, 5.0)
    ]
    found: Floats = np.degrees(np.arctan2(*(ends[1] - ends[0]).T))
    return found
