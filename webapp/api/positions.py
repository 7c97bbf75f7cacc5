"""Where devices send positions to: the OsmAnd protocol (Traccar Client, OsmAnd) and OwnTracks over HTTP.

Whatever lies outside of a patrol is answered like everything else: an app that is told of an error sends the same
positions again and again, and they would be refused every time.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, g, jsonify, request
from flask.wrappers import Response

from data.errors import Refused
from patrols.devices import note_error
from patrols.positions import Report, from_osmand, from_owntracks, from_traccar
from patrols.taking import Taken, take_positions
from patrols.verification_asked import ask_verification
from webapp.json_input import BadInput, check_texts, sent_json
from webapp.security import requires
from webapp.security.devices import sender
from webapp.session import db

blueprint = Blueprint("api_positions", __name__, url_prefix="/api/positions")


@blueprint.route("/osmand", methods=["GET", "POST"])
@blueprint.route("/traccar", methods=["GET", "POST"], endpoint="traccar")
@requires("device")
def osmand() -> Response:
    """Take positions of OsmAnd or Traccar Client: query or form, or the JSON of Traccar Client from version 9."""
    if request.is_json:
        taken = _taken("traccar", lambda: from_traccar(_json()))
    else:
        taken = _taken("osmand", lambda: from_osmand(request.values, datetime.now(UTC)))
    return jsonify(added=taken.added, known=taken.again, refused=taken.refused)


@blueprint.post("/owntracks")
@requires("device")
def owntracks() -> Response:
    """Take positions of OwnTracks; it wants a list of messages to show, and there are none. An empty body is none."""
    if request.get_data(cache=True):
        _taken("owntracks", lambda: from_owntracks(_json()))
    return jsonify([])


def _json() -> object:
    given = request.get_json(silent=True, force=True) if not request.is_json else sent_json()
    if given is None:
        raise BadInput("The request has to be a JSON object.")
    check_texts(given)
    return given


def _taken(source: str, read: Callable[[], Report]) -> Taken:
    """What became of the positions of this request; what was wrong with it is noted at the device."""
    device, now = sender(), datetime.now(UTC)
    try:
        report = read()
        taken = take_positions(
            db(),
            report.fixes,
            member_id=device["member_id"],
            source=source,
            now=now,
            device_id=device["id"],
            called_invalid=report.called_invalid,
        )
    except (Refused, BadInput) as error:
        g.keep_anyway = True  # nothing but what was wrong
        note_error(db(), device["id"], str(error), now)
        raise
    for session_id in taken.late:
        ask_verification(db(), session_id)
    return taken
