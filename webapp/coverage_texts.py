"""Words of coverage and siting: names of steps, findings and states, and what the browser's side says."""

import sys
from collections.abc import Sequence
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from webapp.coverage_files import FORMATS
from webapp.errors import sentence_in_words

STEPS: dict[str, LazyString] = {
    "reading": _l("Reading"),
    "buildings": _l("Preparing the buildings"),
    "views": _l("Looking through the cameras"),
    "ground": _l("Preparing the ground"),
    "gaps": _l("Finding the gaps"),
    "writing": _l("Keeping the results"),
    "done": _l("Done"),
    "scene": _l("Preparing the buildings"),
    "candidates": _l("Collecting the candidates"),
    "demand": _l("Collecting what is to be seen"),
    "matrix": _l("Finding what each candidate sees"),
    "greedy": _l("First choice"),
    "swaps": _l("Swapping"),
    "bound": _l("Proving how good it is"),
    "exact": _l("Searching for the best choice"),
}

RUN_STATUSES: dict[str, LazyString] = {
    "waiting": _l("Waiting"),
    "running": _l("Running"),
    "done": _l("Done"),
    "stopped": _l("Stopped"),
    "failed": _l("Failed"),
}

STATUS_ICONS = {
    "waiting": "hourglass",
    "running": "arrow-repeat",
    "done": "check-lg",
    "stopped": "stop-fill",
    "failed": "x-lg",
}

#: Names of IEC 62676-4.
TIERS: dict[str, LazyString] = {
    "detect": _l("Detect"),
    "outline": _l("Outline"),
    "observe": _l("Observe"),
    "recognise": _l("Recognise"),
    "identify": _l("Identify"),
}

FINDINGS: dict[str, LazyString] = {
    "camera_refused": _l("Camera could not be computed"),
    "camera_moved_far": _l("Camera recorded inside a building"),
    "camera_blind": _l("Camera sees next to nothing"),
    "camera_walled_in": _l("Camera deep inside a building"),
    "building_left_out": _l("Building could not be used"),
}


#: What the engine says of proposals; listed here so that it is translated.
REASONS = (
    _l("It adds {amount} m of street that nobody sees yet."),
    _l("It sees the places of {amount} incidents that nobody sees yet."),
    _l("It sees {amount} places that nobody sees yet."),
    _l("It adds {amount} m² of open ground that nobody sees yet."),
    _l("{percent} % of what it sees is seen by other cameras already."),
    _l("Its view enters {area_m2} m² of the ground of {count} dwellings: mask it or turn the camera."),
    _l("The place lies in forbidden place number {number}."),
    _l("The place lies inside a building with no free wall near it."),
    _l("The place lies {moved_m} m deep inside a building; check where the pole stands."),
    _l("The view enters {area_m2} m² of the ground of dwelling number {number}."),
)


#: What the engine says of cameras that it cannot compute; listed here so that it is translated.
REFUSALS = (
    _l("The place is not a usable pair of metres ({x_m}, {y_m}); check the coordinates."),
    _l("The bearing is {bearing_deg}°; give degrees clockwise from true north."),
    _l("The field of view is {hfov_deg}°; it must be above 0 and at most 360."),
    _l("The range is {range_m} m; it must be above 0 and at most 5000 m."),
    _l("The mounting height is {height_m} m; it must be above 0 and at most 500 m, or left unknown."),
    _l("The picture width is {pixels_h} pixels; it must be above 0, or left unknown."),
    _l("The pitch is {pitch_deg}°; it must lie between -90 (up) and 90 (down), or be left unknown."),
    _l("The vertical field of view is {vfov_deg}°; it must be above 0 and at most 180, or left unknown."),
    _l("The picture width in pixels is not known, so nothing can be said about its quality."),
)


def in_words(sentence: str, facts: dict[str, Any]) -> str:
    """A stored sentence in the reader's language, its numbers no finer than people measure."""
    tidy = {name: _tidy(value) for name, value in facts.items()}
    return sentence_in_words(sentence, tidy)


def _tidy(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else value


def page_words() -> dict[str, Any]:
    """What every template of these pages is given."""
    return {
        "words": sys.modules[__name__],
        "in_words": in_words,
        "progress_texts": coverage_texts,
        "formats": tuple(FORMATS),
    }


def names_of(session: Session, user_ids: Sequence[int | None]) -> dict[int, str]:
    """The names of these people."""
    query = select(User.id, User.name).where(User.id.in_({one for one in user_ids if one}))
    return {row.id: row.name for row in session.execute(query)}


def coverage_texts() -> dict[str, str]:
    """What the browser's side of these pages says."""
    return {
        "progress": _("{step}: {percent} %"),
        "over": _("Finished. The page loads anew."),
        "lost": _("No connection. The page goes on asking."),
        "gap": _("Gap number {rank}"),
        "proposal": _("Proposal {rank}"),
        "useView": _("The part of the map you see is taken."),
    }
