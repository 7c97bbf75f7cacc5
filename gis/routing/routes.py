"""A route on the street network: its line, its length, its legs and its directions."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.errors import BadParameter, NoRoute
from gis.routing.paths import Stretch, stretch_m, stretch_s, stretches_between
from gis.routing.turns import Turn, turns_along
from gis.streets import SnappedPlace, StreetNetwork, snap_together

_MOST_PLACES = 500


@dataclass(frozen=True, slots=True)
class Leg:
    """The way between two of the places asked for, by their numbers from 0."""

    from_place: int
    to_place: int
    length_m: float
    walk_s: float


@dataclass(frozen=True, slots=True)
class Unreached:
    """A place that was left out, by its number from 0. `code` is no_street, not_connected or no_way."""

    place: int
    code: str
    reason: NoRoute


@dataclass(frozen=True)
class Route:
    """The quickest way through places in their order.

    `path` is a LineString in lon/lat; `walk_s` are seconds of moving in the network's mode. `stretches` are the
    parts of edges it is made of; `unreached` names the places that no way leads to.
    """

    path: shapely.LineString
    length_m: float
    walk_s: float
    legs: tuple[Leg, ...]
    turns: tuple[Turn, ...]
    unreached: tuple[Unreached, ...]
    stretches: tuple[Stretch, ...]


def route_through(network: StreetNetwork, lonlats: ArrayLike, closed: bool = False, max_m: float = 100.0) -> Route:
    """Return the quickest way through places (lon, lat) in their order, back to the first when `closed`.

    Places are moved to the nearest street within `max_m` metres, all in one connected piece of the network; the route
    starts and ends in the middle of a street where they do. A place that cannot be reached is left
    out and named in `unreached`. Raises NoRoute when fewer than two can be, BadCoordinates, BadParameter.

    >>> from gis.streets import build_network
    >>> across = shapely.LineString([(9.50, 47.10), (9.51, 47.10), (9.52, 47.10)])
    >>> up = shapely.LineString([(9.51, 47.10), (9.51, 47.11)])
    >>> network = build_network([across, up], [7, 8], ["residential", "steps"], [0, 0])
    >>> route = route_through(network, [(9.505, 47.10), (9.51, 47.105)])
    >>> round(route.length_m), round(route.walk_s), [turn.direction for turn in route.turns]
    (935, 702, ['start', 'left', 'arrive'])
    """
    points = np.asarray(lonlats, dtype=np.float64)
    if points.ndim != 2 or not 2 <= len(points) <= _MOST_PLACES:
        sentence = "A route needs from 2 to {most} places, each a longitude and a latitude."
        raise BadParameter(sentence, most=_MOST_PLACES)
    places, unreached = _sorted_out(snap_together(network, points, max_m))
    legs, stretches = _walked(network, places, closed, unreached)
    if not legs:
        raise unreached[0].reason if unreached else NoRoute("No way leads there; choose other places.")
    if not stretches:
        raise NoRoute("The places of the route are all the same place; choose two different ones.")
    unreached.sort(key=lambda left: left.place)
    return assembled(network, stretches, tuple(legs), tuple(unreached))


def assembled(
    network: StreetNetwork, stretches: list[Stretch], legs: tuple[Leg, ...], unreached: tuple[Unreached, ...] = ()
) -> Route:
    """Return the route made of stretches that follow each other; there must be one."""
    return Route(
        path=path_along(network, stretches),
        length_m=sum(stretch_m(network, stretch) for stretch in stretches),
        walk_s=sum(stretch_s(network, stretch) for stretch in stretches),
        legs=legs,
        turns=turns_along(network, stretches),
        unreached=unreached,
        stretches=tuple(stretches),
    )


def path_along(network: StreetNetwork, stretches: list[Stretch]) -> shapely.LineString:
    """Return stretches that follow each other as one line in lon/lat."""
    points: NDArray[np.float64] = np.vstack([network.points_between(*stretch) for stretch in stretches])
    moved = np.concatenate([[True], np.any(np.abs(np.diff(points, axis=0)) > 1e-9, axis=1)])
    kept = points[moved]
    return shapely.LineString(kept if len(kept) > 1 else points[[0, -1]])


def _sorted_out(snapped: list[SnappedPlace | NoRoute]) -> tuple[list[tuple[int, SnappedPlace]], list[Unreached]]:
    """Return the places that are on the network and those that are not."""
    places: list[tuple[int, SnappedPlace]] = []
    unreached: list[Unreached] = []
    for number, place in enumerate(snapped):
        if isinstance(place, NoRoute):
            code = "no_street" if "max_m" in place.facts else "not_connected"
            unreached.append(Unreached(number, code, place))
        else:
            places.append((number, place))
    return places, unreached


def _walked(
    network: StreetNetwork, places: list[tuple[int, SnappedPlace]], closed: bool, unreached: list[Unreached]
) -> tuple[list[Leg], list[Stretch]]:
    """Return the legs and their stretches; places that one-way streets keep out of reach join `unreached`."""
    legs: list[Leg] = []
    stretches: list[Stretch] = []
    if len(places) < 2:
        return legs, stretches
    current, here = places[0]
    for number, place in [*places[1:], *(places[:1] if closed else [])]:
        way = stretches_between(network, here, place)
        if way is None:
            reason = NoRoute("One-way streets leave no way to this place; choose one on another street.")
            unreached.append(Unreached(number, "no_way", reason))
            continue
        length_m = sum(stretch_m(network, stretch) for stretch in way)
        legs.append(Leg(current, number, length_m, sum(stretch_s(network, stretch) for stretch in way)))
        stretches += way
        current, here = number, place
    return legs, stretches
