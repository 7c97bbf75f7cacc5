"""What the patrol pages may send."""

from typing import Any

from patrols.planning import MOST_PLACES, Stop
from patrols.rules import MOST_HOURS, MOST_MEMBERS, Fix
from patrols.suggesting import Wanted
from patrols.taking import MOST_FIXES
from webapp.json_input import BadInput, items, moment, number, place, text

MODES = ("foot", "bicycle", "e_bike", "car")


def stops_from(given: dict[str, Any]) -> list[Stop]:
    """The places of a route, in order."""
    return [_stop(item) for item in items(given, "stops", MOST_PLACES)]


def _stop(item: dict[str, Any]) -> Stop:
    lon, lat = place(item)
    return Stop(
        lon,
        lat,
        name=text(item, "name", 80) or None,
        dwell_min=int(number(item, "dwell_min", 0, 720, 0)),
        is_checkpoint=item.get("is_checkpoint") is True,
    )


def mode_from(given: dict[str, Any]) -> str:
    """How the members move."""
    mode = given.get("mode") or "foot"
    if mode not in MODES:
        raise BadInput("{name} has to be one of {choices}.", name="mode", choices=", ".join(MODES))
    return str(mode)


def suggestion_from(given: dict[str, Any]) -> Wanted:
    """What a leader asks a suggestion for."""
    lon, lat = place(given)
    return Wanted(
        lon=lon,
        lat=lat,
        members=int(number(given, "members", 1, MOST_MEMBERS)),
        hours=number(given, "hours", 0.25, MOST_HOURS),
        seed=int(number(given, "seed", 0, 2**53, 1)),
        mode=mode_from(given),
    )


def fixes_from(given: dict[str, Any]) -> list[Fix]:
    """Positions of a phone; `at` is the phone's time."""
    return [_fix(item) for item in items(given, "fixes", MOST_FIXES)]


def _fix(item: dict[str, Any]) -> Fix:
    lon, lat = place(item)
    accuracy_m = None if item.get("accuracy_m") is None else number(item, "accuracy_m", 0, 1e6)
    return Fix(moment(item, "at"), lon, lat, accuracy_m)
