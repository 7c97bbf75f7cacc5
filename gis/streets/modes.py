"""How fast each way of moving goes on each class of street, and where it may not go at all.

Classes are the values of OpenStreetMap's `highway` tag. A class that is not in a mode's table is closed
to it: what is planned, under construction or unknown is never walked by mistake, and ferries, which have
no such class, are on no network.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gis.errors import BadParameter

WALKING_KMH = 4.8  # GB 50180 and most patrol manuals reckon with 80 m a minute

_THROUGH_ROADS = ("trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link")
_SMALL_ROADS = ("tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service", "road")
_ROADS = _THROUGH_ROADS + _SMALL_ROADS
_FOOTWAYS = ("pedestrian", "footway", "corridor", "platform")
_MIXED_WAYS = ("track", "path", "cycleway", "bridleway")

FOOTWAY_CLASSES = frozenset(("footway", "path", "cycleway"))
"""Classes that are often drawn beside a road as its pavement."""

ROAD_CLASSES = frozenset(_ROADS)
"""Classes that stand for a street of their own."""


@dataclass(frozen=True)
class Mode:
    """One way of moving: kilometres an hour by class of street, and whether one-way streets bind it."""

    name: str
    speed_kmh: Mapping[str, float]
    is_bound_by_oneways: bool


def _cycling(riding_kmh: float, rough_kmh: float) -> dict[str, float]:
    """Return a bicycle's speeds: it is pushed at walking pace where people walk, and never carried upstairs."""
    speeds = dict.fromkeys((*_ROADS, "cycleway"), riding_kmh)
    speeds |= dict.fromkeys(("track", "path"), rough_kmh)
    return speeds | dict.fromkeys(("pedestrian", "footway"), WALKING_KMH)


_DRIVING = {
    "motorway": 100.0,
    "motorway_link": 60.0,
    "trunk": 70.0,
    "trunk_link": 45.0,
    "primary": 45.0,
    "primary_link": 35.0,
    "secondary": 40.0,
    "secondary_link": 30.0,
    "tertiary": 35.0,
    "tertiary_link": 30.0,
    "unclassified": 30.0,
    "residential": 25.0,
    "road": 25.0,
    "living_street": 10.0,
    "service": 15.0,
    "track": 12.0,
}

MODES: Mapping[str, Mode] = {
    "foot": Mode("foot", dict.fromkeys((*_ROADS, *_FOOTWAYS, *_MIXED_WAYS, "steps"), WALKING_KMH), False),
    "bicycle": Mode("bicycle", _cycling(riding_kmh=15.0, rough_kmh=10.0), True),
    "e-bike": Mode("e-bike", _cycling(riding_kmh=20.0, rough_kmh=12.0), True),
    "car": Mode("car", _DRIVING, True),
}


def mode_named(name: str) -> Mode:
    """Return the way of moving called `name`: foot, bicycle, e-bike or car. Raises BadParameter.

    >>> mode_named("foot").speed_kmh["residential"], "motorway" in mode_named("foot").speed_kmh
    (4.8, False)
    >>> "steps" in mode_named("bicycle").speed_kmh
    False
    """
    mode = MODES.get(name.replace("_", "-"))
    if mode is None:
        raise BadParameter("“{name}” is not a way of moving; choose {choices}.", name=name, choices=", ".join(MODES))
    return mode
