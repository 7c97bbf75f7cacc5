"""Words for the codes of devices, positions and verified patrols, in the reader's language."""

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from webapp.labels import EVENTS

DEVICE_KINDS: dict[str, LazyString] = {
    "traccar": _l("Traccar Client"),
    "osmand": _l("OsmAnd"),
    "owntracks": _l("OwnTracks"),
    "other": _l("Something else that speaks one of these"),
}

#: Why a position does not count (codes of `gis.tracks` and `patrols.taking`).
MARKS: dict[str, LazyString] = {
    "ok": _l("counted"),
    "invalid": _l("called invalid by the device"),
    "null_island": _l("no position (0, 0)"),
    "future": _l("from the future"),
    "inaccurate": _l("inaccurate"),
    "too_fast": _l("could not be walked to"),
    "mocked": _l("made up, says the device"),
    "duplicate": _l("came twice"),
    "out_of_order": _l("out of order"),
}

REFUSALS: dict[str, LazyString] = {
    "impossible_place": _l("no place on Earth"),
    "in_the_future": _l("from the future"),
    "outdated": _l("older than 30 days"),
    "twice": _l("came twice"),
    "before_start": _l("before the patrol"),
    "after_end": _l("after the patrol"),
    "outside_patrol": _l("outside of every patrol"),
    "paused": _l("in a pause"),
}

GAPS: dict[str, LazyString] = {
    "paused": _l("paused by the member"),
    "refused": _l("positions came but could not be believed"),
    "battery": _l("the battery was nearly empty"),
    "not_started": _l("the device began late"),
    "stopped_early": _l("the device stopped before the end"),
    "silent": _l("the device was silent"),
}

CHECKPOINTS: dict[str, LazyString] = {
    "done": _l("Done"),
    "late": _l("Late"),
    "short": _l("Stayed too short"),
    "missed": _l("Missed"),
    "ahead": _l("Still ahead"),
}

MISSED: dict[str, LazyString] = {
    "no_fix": _l("no position around that time"),
    "passed_by": _l("passed by within 120 m"),
    "ended": _l("the patrol had ended"),
    "skipped": _l("left out, a later one was reached"),
    "not_reached": _l("not reached"),
}

VERDICTS: dict[str, LazyString] = {
    "sound": _l("Sound"),
    "doubtful": _l("Doubtful"),
    "mocked": _l("Made-up positions"),
}

REASONS: dict[str, LazyString] = {
    "said": _l("the device itself calls positions made up"),
    "jumps": _l("jumps nobody can walk"),
    "frozen": _l("the same place to the centimetre, again and again"),
    "even": _l("steps of one and the same length"),
    "off_streets": _l("hardly any position on a street"),
}

DECISIONS: dict[str, LazyString] = {"accepted": _l("Accepted"), "rejected": _l("Not accepted")}

EVENTS |= {
    "device_made": _l("Device registered"),
    "device_revoked": _l("Device revoked"),
    "track_seen": _l("Track of a patrol looked at"),
    "patrol_appealed": _l("Appeal against a verification"),
    "patrol_decided": _l("Decision on a verification"),
    "track_imported": _l("Track imported"),
}


def track_texts() -> dict[str, str]:
    """What the script of a walked track says."""
    return {
        "station": _("Start and end"),
        "checkpoint": _("Checkpoint"),
        "walked": _("Walked"),
        "missed": _("Planned, not walked"),
        "gap": _("No position: {reason}"),
        "fix": _("{time}: {mark}"),
    }
