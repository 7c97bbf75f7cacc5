"""Travel times from many places to many others."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.errors import BadParameter
from gis.routing.paths import Stretch, doors_of, graph_of, stretch_s
from gis.streets import SnappedPlace, StreetNetwork, snap_together

if TYPE_CHECKING:
    from gis.routing.path_kernels import Graph

_MOST_PLACES = 5_000

Floats = NDArray[np.float64]


def travel_matrix(
    network: StreetNetwork,
    from_lonlats: ArrayLike,
    to_lonlats: ArrayLike,
    most_s: float = np.inf,
    max_m: float = 100.0,
) -> Floats:
    """Return the seconds of the quickest way from each place (row) to each other (column), places as (lon, lat).

    inf where no way leads, where it takes longer than `most_s`, and for places further than `max_m` from a street. The
    few metres between a place and its street are not counted. Each row's search ends once it has met every goal.
    Raises BadParameter for more than 5,000 places, BadCoordinates for what is no place.

    >>> import shapely
    >>> from gis.streets import build_network
    >>> street = shapely.LineString([(9.50, 47.10), (9.52, 47.10)])
    >>> network = build_network([street], [7], ["residential"], [0])
    >>> travel_matrix(network, [(9.50, 47.1)], [(9.51, 47.1), (9.50, 47.1), (9.6, 47.1)]).round().tolist()
    [[569.0, 0.0, inf]]
    """
    starts = np.asarray(from_lonlats, dtype=np.float64).reshape(-1, 2)
    goals = np.asarray(to_lonlats, dtype=np.float64).reshape(-1, 2)
    if max(len(starts), len(goals)) > _MOST_PLACES:
        raise BadParameter("A table of travel times has at most {most} places a side.", most=_MOST_PLACES)
    found = np.full((len(starts), len(goals)), np.inf)
    if not found.size:
        return found
    snapped = snap_together(network, np.vstack([starts, goals]), max_m)
    rows = [(row, place) for row, place in enumerate(snapped[: len(starts)]) if isinstance(place, SnappedPlace)]
    columns = [(at, place) for at, place in enumerate(snapped[len(starts) :]) if isinstance(place, SnappedPlace)]
    if rows and columns:
        table = _between(network, graph_of(network), [at for _, at in rows], [at for _, at in columns], most_s)
        found[np.ix_([row for row, _ in rows], [at for at, _ in columns])] = table
    return found


def _between(
    network: StreetNetwork, graph: "Graph", starts: list[SnappedPlace], goals: list[SnappedPlace], most_s: float
) -> Floats:
    from gis.routing.path_kernels import Doors, spread_to

    inward = [doors_of(network, goal, True) for goal in goals]
    nodes = np.concatenate([doors.nodes for doors in inward])
    enter_s = np.concatenate([doors.cost_s for doors in inward])
    is_goal = np.zeros(network.node_count, np.bool_)
    is_goal[nodes] = True
    table = np.empty((len(starts), len(goals)))
    for row, start in enumerate(starts):
        outward = doors_of(network, start, False)
        reached_s = spread_to(graph, Doors(*outward), is_goal, most_s)
        table[row] = (reached_s[nodes] + enter_s).reshape(-1, 2).min(axis=1)
    by_edge: dict[int, list[int]] = {}
    for column, goal in enumerate(goals):
        by_edge.setdefault(goal.edge, []).append(column)
    for row, start in enumerate(starts):
        for column in by_edge.get(start.edge, []):
            direct_s = stretch_s(network, Stretch(start.edge, start.fraction, goals[column].fraction))
            table[row, column] = min(table[row, column], direct_s)
    return np.where(table <= most_s, table, np.inf)
