"""What the patrol pages ask while a person draws or walks: routes, suggestions, start, positions, end."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import shapely
from flask import Blueprint, jsonify
from flask.wrappers import Response

from data.errors import NotAllowed
from gis.routing.routes import Route
from patrols.commands import add_fixes, end_patrol, start_patrol
from patrols.models import PatrolMember
from patrols.planning import route_along
from patrols.queries import find_member, get_shift
from patrols.suggesting import suggest_routes
from webapp.errors import sentence_of
from webapp.forms.patrols import fixes_from, stops_from, suggestion_from
from webapp.json_input import body
from webapp.security import current_actor, requires
from webapp.session import db

blueprint = Blueprint("api_patrols", __name__, url_prefix="/api/patrols")


@blueprint.post("/route")
@requires("patrol.plan")
def route() -> Response:
    """The route through the places drawn so far, with length, time, directions and places out of reach."""
    asked = body({"stops", "loop", "mode"})
    found = route_along(db(), stops_from(asked), is_loop=bool(asked.get("loop")), mode=asked.get("mode") or "foot")
    return jsonify(shown(found))


@blueprint.post("/suggestion")
@requires("patrol.plan")
def suggestion() -> Response:
    """Routes for so many members and hours around a station, each with its reasons."""
    wanted = suggestion_from(body({"lon", "lat", "members", "hours", "seed", "mode"}))
    suggested = suggest_routes(db(), wanted)
    teams = [shown(team.route) | {"reasons": team.reasons} for team in suggested.teams]
    return jsonify(teams=teams, seed=wanted.seed, summary=suggested.summary)


@blueprint.post("/sessions/<uuid:session_id>/start")
@requires("patrol.join")
def start(session_id: UUID) -> Response:
    """Start the own patrol in a shift."""
    asked = body({"shift_id"})
    member, actor_id = _own_member()
    shift = get_shift(db(), int(asked.get("shift_id") or 0), ("",))
    patrol = start_patrol(db(), member, shift, session_id=session_id, now=datetime.now(UTC), actor_id=actor_id)
    return jsonify(id=str(patrol.id), started_at=patrol.started_at.isoformat(), ended_at=None)


@blueprint.post("/sessions/<uuid:session_id>/fixes")
@requires("patrol.join")
def fixes(session_id: UUID) -> Response:
    """Take positions of the own patrol; the answer says how many were new and how many refused for which reason."""
    member, _actor_id = _own_member()
    added, refused = add_fixes(db(), member, session_id, fixes_from(body({"fixes"})), now=datetime.now(UTC))
    return jsonify(added=added, refused=refused)


@blueprint.post("/sessions/<uuid:session_id>/end")
@requires("patrol.join")
def end(session_id: UUID) -> Response:
    """End the own patrol."""
    member, actor_id = _own_member()
    patrol = end_patrol(db(), member, session_id, now=datetime.now(UTC), actor_id=actor_id)
    return jsonify(id=str(patrol.id), ended_at=patrol.ended_at and patrol.ended_at.isoformat())


def _own_member() -> tuple[PatrolMember, int]:
    actor = current_actor()
    member = find_member(db(), actor.id) if actor else None
    if actor is None or member is None:
        raise NotAllowed("You are in no patrol team yet. Ask your patrol leader.")
    return member, actor.id


def shown(found: Route) -> dict[str, Any]:
    """A route as the page draws it."""
    return {
        "path": json.loads(shapely.to_geojson(found.path)),
        "length_m": round(found.length_m, 1),
        "walk_s": round(found.walk_s),
        "legs": [{"from": leg.from_place, "to": leg.to_place, "length_m": round(leg.length_m)} for leg in found.legs],
        "unreached": [
            {"place": left.place, "code": left.code, "reason": sentence_of(left.reason)} for left in found.unreached
        ],
    }
