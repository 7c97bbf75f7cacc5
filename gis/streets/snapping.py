"""The place on a street nearest to a point, and one connected piece of network for several points."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.errors import BadCoordinates, BadParameter, NoRoute
from gis.streets.network import Floats, StreetNetwork

_AT_END_M = 0.05

_HOW = {
    "foot": "This place cannot be reached on foot from the start: the streets around it are not connected.",
    "bicycle": "This place cannot be reached by bicycle from the start: the streets around it are not connected.",
    "e-bike": "This place cannot be reached by e-bike from the start: the streets around it are not connected.",
    "car": "This place cannot be reached by car from the start: the streets around it are not connected.",
}


@dataclass(frozen=True, slots=True)
class SnappedPlace:
    """A place on an edge: `fraction` of its length from its first node, `distance_m` from the point asked for."""

    edge: int
    fraction: float
    distance_m: float
    lon: float
    lat: float
    component: int


@dataclass(frozen=True)
class _Candidates:
    """Edges near points: row i says that `edge[i]` lies `distance_m[i]` from point `point[i]`; nearest first."""

    point: NDArray[np.int64]
    edge: NDArray[np.int64]
    distance_m: Floats
    component: NDArray[np.int64]


def snap(network: StreetNetwork, lonlat: ArrayLike, max_m: float = 100.0, component: int | None = None) -> SnappedPlace:
    """Return the nearest place on a street within `max_m` metres of a point (lon, lat).

    With `component`, only that connected piece is looked at. Raises BadCoordinates for what is no point, and NoRoute
    when no street is near enough or when all that are lie in another piece.

    >>> from gis.streets import build_network
    >>> street = shapely.LineString([(9.50, 47.10), (9.51, 47.10)])
    >>> network = build_network([street], [7], ["residential"], [0])
    >>> place = snap(network, (9.505, 47.1002))
    >>> place.edge, round(place.fraction, 3), round(place.distance_m, 1)
    (0, 0.5, 22.2)
    """
    xy = _points_xy(network, np.asarray(lonlat, dtype=np.float64).reshape(1, -1), max_m)
    near = _candidates(network, xy, max_m)
    if not len(near.edge):
        raise _too_far(max_m)
    rows = np.arange(len(near.edge)) if component is None else np.flatnonzero(near.component == component)
    if not len(rows):
        raise NoRoute(_HOW[network.mode])
    return _placed(network, xy[0], int(near.edge[rows[0]]), float(near.distance_m[rows[0]]))


def snap_together(network: StreetNetwork, lonlats: ArrayLike, max_m: float = 100.0) -> list[SnappedPlace | NoRoute]:
    """Return each point's place in one connected piece of the network, or the reason why it has none.

    The piece is the one that serves the first point and the most others, and among those the nearest: a station
    beside a courtyard path that leads nowhere starts from the street instead. When the first point
    has no street at all, the rest decide.

    >>> from gis.streets import build_network
    >>> far, near = (shapely.LineString([(x, 47.1), (x + 0.002, 47.1)]) for x in (9.60, 9.50))
    >>> network = build_network([near, far], [7, 8], ["residential", "residential"], [0, 0])
    >>> start, end, beyond = snap_together(network, [(9.5, 47.1), (9.502, 47.1), (9.601, 47.1)])
    >>> start.edge, end.edge, str(beyond)[:40]
    (0, 0, 'This place cannot be reached on foot fro')
    """
    points = np.asarray(lonlats, dtype=np.float64)
    xy = _points_xy(network, points.reshape(len(points), -1), max_m)
    near = _candidates(network, xy, max_m)
    _, first = np.unique(np.column_stack([near.point, near.component]), axis=0, return_index=True)
    served = _best_component(near, first)
    places: list[SnappedPlace | NoRoute] = [_too_far(max_m) for _ in xy]
    for point in np.unique(near.point):
        places[point] = NoRoute(_HOW[network.mode])
    for row in first[near.component[first] == served]:
        point = int(near.point[row])
        places[point] = _placed(network, xy[point], int(near.edge[row]), float(near.distance_m[row]))
    return places


def _best_component(near: _Candidates, first: NDArray[np.int64]) -> int:
    """Return the connected piece that serves the first point and most others; -1 when there is none at all."""
    if not len(first):
        return -1
    pieces, group = np.unique(near.component[first], return_inverse=True)
    has_start = np.bincount(group, weights=near.point[first] == 0)
    served = np.bincount(group)
    distance_m = np.bincount(group, weights=near.distance_m[first])
    return int(pieces[np.lexsort((pieces, distance_m, -served, -has_start))[0]])


def _points_xy(network: StreetNetwork, lonlats: Floats, max_m: float) -> Floats:
    """Return points in the network's metres, checked."""
    if not max_m > 0:
        raise BadParameter("The distance to the street is {max_m} m; it must be above 0.", max_m=max_m)
    if lonlats.shape[1:] != (2,):
        raise BadCoordinates("A place is two numbers, longitude and latitude.")
    with np.errstate(invalid="ignore"):
        good = (np.abs(lonlats[:, 0]) <= 180.0) & (np.abs(lonlats[:, 1]) <= 90.0)
    if not good.all():
        lon, lat = lonlats[~good][0].tolist()
        raise BadCoordinates("({lon}, {lat}) is no longitude and latitude.", lon=lon, lat=lat)
    xy = network.frame.xy(lonlats)
    # A place on the other side of the Earth has no metres in the frame; it is far away and nothing more.
    return np.where(np.isfinite(xy), xy, 1e12)


def _candidates(network: StreetNetwork, xy: Floats, max_m: float) -> _Candidates:
    """Return the edges within reach of each point: by point, then by distance, equal ones by edge number."""
    points: Any = shapely.points(xy)
    which, edge = network.tree.query(points, predicate="dwithin", distance=max_m)
    distance_m = np.asarray(shapely.distance(points[which], network.edge_lines[edge]))
    order = np.lexsort((edge, distance_m, which))
    which, edge = which[order], edge[order]
    return _Candidates(which, edge, distance_m[order], network.edge_component[edge].astype(np.int64))


def _placed(network: StreetNetwork, xy: Floats, edge: int, distance_m: float) -> SnappedPlace:
    """Return the place on an edge that is nearest to a point."""
    fraction = float(shapely.line_locate_point(network.edge_lines[edge], shapely.Point(xy), normalized=True))
    # A place at the end of an edge is at the crossing, where a one-way street does not bind yet.
    at_m = fraction * float(network.edge_m[edge])
    if min(at_m, float(network.edge_m[edge]) - at_m) < _AT_END_M:
        fraction = float(round(fraction))
    lon, lat = network.point_at(edge, fraction)
    component = int(network.component[network.edge_nodes[edge, 0]])
    return SnappedPlace(edge, fraction, distance_m, lon, lat, component)


def _too_far(max_m: float) -> NoRoute:
    return NoRoute(
        "There is no street within {max_m} m of this place; choose one nearer to a street.", max_m=round(max_m)
    )
