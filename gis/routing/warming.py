"""Compile the inner loops before the first person waits for them."""

import shapely

from gis.routing.matrix import travel_matrix
from gis.routing.patrol import suggest_patrol
from gis.routing.reach import nearest
from gis.routing.requests import PatrolRequest
from gis.routing.routes import route_through
from gis.routing.stopping import max_iterations
from gis.streets import build_network


def warm_up() -> float:
    """Compile every inner loop (half a minute the first time, under a second from the copies on disk afterwards).

    Returns the metres of the route it planned to do so.

    >>> round(warm_up())
    2630
    """
    ring = shapely.LineString([(9.50, 47.10), (9.51, 47.10), (9.51, 47.105), (9.50, 47.105), (9.50, 47.10)])
    network = build_network([ring], [1], ["residential"], [0])
    route = route_through(network, [(9.505, 47.10), (9.505, 47.105)], closed=True)
    nearest(network, [(9.50, 47.10)], (9.51, 47.105))
    travel_matrix(network, [(9.50, 47.10)], [(9.51, 47.105)])
    suggest_patrol(network, PatrolRequest((9.505, 47.10), minutes=60, teams=1), stop=max_iterations(1))
    return route.length_m
