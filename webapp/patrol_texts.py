"""What the patrol pages' scripts say, in the reader's language: scripts have no sentences of their own."""

from flask_babel import gettext as _


def patrol_texts() -> dict[str, str]:
    """Sentences by name; `{…}` is filled in by the script."""
    return _planning_texts() | _walking_texts() | _ahead_texts()


def _planning_texts() -> dict[str, str]:
    return {
        "place": _("Place {number}"),
        "checkpoint": _("Checkpoint"),
        "station": _("Start and end"),
        "remove": _("Remove"),
        "up": _("Earlier"),
        "empty": _("Click on the map where the route should begin."),
        "one": _("Click where the route should go next."),
        "length": _("{km} km"),
        "time": _("{minutes} min on foot"),
        "timeHours": _("{hours} h {minutes} min on foot"),
        "unreachable": _("Place {number}: {reason}"),
        "asking": _("Finding the way…"),
        "suggesting": _("Looking for good routes, a few seconds…"),
        "chooseStation": _("Click on the map where the patrol starts and ends."),
        "nameMissing": _("Give the route a name."),
        "twoPlaces": _("A route needs at least two places."),
        "failed": _("The server could not be reached. Nothing is lost; try again."),
        "team": _("Team {number}"),
        "reasons": _(
            "{km} km, {minutes} min, {streets} streets; passes {incidents} incidents of the last 90 days,"
            " {places} schools and stations, {blind} streets no camera sees."
        ),
        "share": _("Together these routes cover {share} % of what is worth walking within reach."),
        "keep": _("Keep this route"),
        "nameOf": _("Name of route {number}"),
        "home": _("Lives about here"),
        "busy": _("Busy at that time"),
        "dwell": _("Stay (min)"),
        "name": _("Name"),
        "loop": _("Back to the start"),
    }


def _walking_texts() -> dict[str, str]:
    return {
        "start": _("Start the patrol"),
        "end": _("End the patrol"),
        "confirmEnd": _("End the patrol now? No more positions will be taken."),
        "walking": _("On patrol since {time}. {count} positions sent, {waiting} waiting."),
        "ended": _("The patrol has ended. Thank you."),
        "endedOffline": _("The patrol has ended. What waits on this phone is sent as soon as there is a network."),
        "paused": _("Paused since {time}: no position is taken."),
        "helpCalling": _("Calling for help… Stay where you are safe. In danger: call 110."),
        "helpSent": _("The leader and the centre have been told. In danger: call 110."),
        "helpRefused": _("The call could not be sent: {why} Call 110, or your leader."),
        "positionDenied": _(
            "The browser may not tell your position. Allow it in the browser's settings; the patrol goes on without."
        ),
        "positionFailed": _("Your position cannot be found now. Step into the open; the phone goes on trying."),
        "offline": _("No network: {waiting} positions wait on this phone and will be sent later."),
        "you": _("You are here, within {m} m"),
    }


def _ahead_texts() -> dict[str, str]:
    """The way to the next checkpoint; `to0` to `to7` are the eight directions from north, clockwise."""
    directions = (
        _("north"), _("north-east"), _("east"), _("south-east"), _("south"), _("south-west"), _("west"),
        _("north-west"),
    )  # fmt: skip
    return {f"to{number}": words for number, words in enumerate(directions)} | {
        "metres": _("{n} m"),
        "kilometres": _("{n} km"),
        "way": _("{far} to the {direction}"),
        "wayUnknown": _("The way is shown as soon as your position is known."),
        "there": _("You are there: check in."),
        "done": _("{done} of {all} visited"),
        "allDone": _("All checkpoints have been visited."),
    }
