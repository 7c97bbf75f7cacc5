"""Words of the planning pages: steps of the search, why a checkpoint is missed, and what the scripts say."""

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

PHASES: dict[str, LazyString] = {
    "reading": _l("Reading streets and incidents"),
    "first": _l("First plan made"),
    "vehicles": _l("Sharing streets out"),
    "improving": _l("Improving"),
    "choosing": _l("Putting the best routes together"),
    "done": _l("Done"),
}

MISSED: dict[str, LazyString] = {
    "no_street": _l("there is no street near it"),
    "not_connected": _l("no street leads there from the stations"),
    "out_of_reach": _l("no team has the time to go there, stay and come home"),
    "window_closed": _l("no team can be there while it is open"),
    "no_time": _l("the teams' time went to other checkpoints"),
}


def planning_texts() -> dict[str, str]:
    """Sentences by name; `{…}` is filled in by the script."""
    return {
        "team": _("Team {number}"),
        "station": _("Station: {name}"),
        "checkpoint": _("Checkpoint {number}"),
        "name": _("Name"),
        "dwell": _("Stay (min)"),
        "opens": _("From (min after setting out)"),
        "closes": _("Until (min after setting out)"),
        "remove": _("Remove"),
    }
