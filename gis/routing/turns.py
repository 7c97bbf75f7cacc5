"""A route told street by street: where to turn, onto what, and how far."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gis.routing.paths import Stretch, stretch_m
from gis.streets import StreetNetwork

_CODES = ((20.0, "straight"), (50.0, "slight"), (125.0, ""), (165.0, "sharp"))


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of the directions: turn this way at (lon, lat), then `length_m` metres along the street.

    `direction` is start, straight, slight_left, left, sharp_left, slight_right, right, sharp_right, back
    or arrive. `street_id` is the street as it was given to the network; `street_name` may be empty.
    """

    direction: str
    street_id: Any
    street_name: str
    street_class: str
    length_m: float
    lon: float
    lat: float


def turn_code(degrees: float) -> str:
    """Return the code of a change of bearing, clockwise positive, in degrees from -180 to 180.

    >>> turn_code(10), turn_code(-90), turn_code(30), turn_code(179)
    ('straight', 'left', 'slight_right', 'back')
    """
    for most, name in _CODES:
        if abs(degrees) <= most:
            side = "right" if degrees > 0 else "left"
            return "straight" if name == "straight" else f"{name}_{side}".lstrip("_")
    return "back"


def turns_along(network: StreetNetwork, stretches: list[Stretch]) -> tuple[Turn, ...]:
    """Return the directions for a route's stretches, from "start" to "arrive"; empty for no stretches."""
    if not stretches:
        return ()
    angles = _angles(network, stretches)
    turns: list[Turn] = []
    length_m = 0.0
    begun, code = 0, "start"
    for row, stretch in enumerate(stretches):
        if row and not _goes_on(network, stretches[row - 1].edge, stretch.edge, angles[row - 1]):
            turns.append(_turn(network, code, stretches[begun], length_m))
            begun, code, length_m = row, turn_code(angles[row - 1]), 0.0
        length_m += stretch_m(network, stretch)
    turns.append(_turn(network, code, stretches[begun], length_m))
    turns.append(_turn(network, "arrive", stretches[-1], 0.0))
    return tuple(turns)


def _turn(network: StreetNetwork, code: str, stretch: Stretch, length_m: float) -> Turn:
    edge, at = stretch.edge, stretch.stop if code == "arrive" else stretch.start
    street_id = network.street_ids[edge]
    lon, lat = network.point_at(edge, at)
    return Turn(
        direction=code,
        street_id=street_id.item() if isinstance(street_id, np.generic) else street_id,
        street_name=str(network.street_names[edge] or ""),
        street_class=str(network.street_classes[edge]),
        length_m=length_m,
        lon=lon,
        lat=lat,
    )


def _goes_on(network: StreetNetwork, before: int, after: int, degrees: float) -> bool:
    """Return whether a walker would say that this is still the same street, and no corner of it."""
    names = network.street_names
    if names[before] or names[after]:
        return bool(names[before] == names[after]) and abs(degrees) <= 50.0
    if network.street_ids[before] == network.street_ids[after]:
        return abs(degrees) <= 50.0
    same_class = network.street_classes[before] == network.street_classes[after]
    return bool(same_class) and abs(degrees) <= 20.0


def _angles(network: StreetNetwork, stretches: list[Stretch]) -> list[float]:
    """Return the change of bearing between each stretch and the next, in degrees, clockwise positive."""
    edges = np.array([stretch.edge for stretch in stretches])
    starts = np.array([stretch.start for stretch in stretches])
    stops = np.array([stretch.stop for stretch in stretches])
    ahead = stops > starts
    bearings = network.edge_bearings_deg[edges]
    leaving = np.where(ahead, bearings[:, 0], bearings[:, 1] + 180.0)
    entering = np.where(ahead, bearings[:, 1], bearings[:, 0] + 180.0)
    turned = (leaving[1:] - entering[:-1] + 180.0) % 360.0 - 180.0
    # Within an edge a walker goes straight on or turns back; there is no corner to look at.
    is_within = (stops[:-1] > 0.0) & (stops[:-1] < 1.0)
    turned[is_within] = np.where(ahead[1:] == ahead[:-1], 0.0, 180.0)[is_within]
    found: list[float] = turned.tolist()
    return found
