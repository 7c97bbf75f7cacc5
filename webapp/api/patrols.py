"""What the patrol pages ask while a person draws or walks: routes, suggestions, start, positions, end."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import shapely
from flask import Blueprint, jsonify, url_for
from flask.wrappers import Response

from data.errors import NotAllowed
from gis.routing.routes import Route
from grids.queries import get_division
from patrols.commands import add_fixes, end_patrol, start_patrol
from patrols.models import PatrolMember
from patrols.planning import keep_route, keep_suggestion, route_along
from patrols.queries import find_member, get_shift
from patrols.suggesting import suggest_routes
from patrols.walking import end_pauses
from webapp.errors import sentence_of
from webapp.forms.patrols import fixes_from, mode_from, stops_from, suggestion_from
from webapp.json_input import body, moment, text, whole
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("api_patrols", __name__, url_prefix="/api/patrols")


@blueprint.post("/route")
@requires("patrol.plan")
def route() -> Response:
    """The route through the places drawn so far, with length, time, directions and places out of reach."""
    asked = body({"stops", "loop", "mode"})
    found = route_along(db(), stops_from(asked), is_loop=bool(asked.get("loop")), mode=mode_from(asked))
    return jsonify(shown(found))


@blueprint.post("/plans")
@requires("patrol.plan")
def keep() -> Response:
    """Keep a drawn route; the answer says where its page is."""
    asked = body({"name", "division_code", "stops", "loop", "mode"})
    division = get_division(db(), text(asked, "division_code", 12), current_scope())
    stops, mode = stops_from(asked), mode_from(asked)
    found = route_along(db(), stops, is_loop=bool(asked.get("loop")), mode=mode)
    name, actor_id = text(asked, "name", 120), me().id
    plan = keep_route(db(), found, stops, name=name, division=division, method="drawn", actor_id=actor_id, mode=mode)
    return jsonify(id=plan.id, page=url_for("patrols.plan", plan_id=plan.id))


@blueprint.post("/suggestion")
@requires("patrol.plan")
def suggestion() -> Response:
    """Routes for so many members and hours around a station, each with its reasons; kept as drafts."""
    asked = body({"lon", "lat", "members", "hours", "seed", "mode", "division_code"})
    wanted = suggestion_from(asked)
    division = get_division(db(), text(asked, "division_code", 12), current_scope())
    suggested = suggest_routes(db(), wanted)
    plans = keep_suggestion(db(), suggested, wanted, division=division, actor_id=me().id)
    teams = [
        shown(team.route) | {"reasons": team.reasons, "name": plan.name, "keep": _publish_address(plan.id)}
        for team, plan in zip(suggested.teams, plans, strict=True)
    ]
    return jsonify(teams=teams, seed=wanted.seed, summary=suggested.summary)


def _publish_address(plan_id: int) -> str:
    return url_for("patrols.publish_plan", plan_id=plan_id)


@blueprint.post("/sessions/<uuid:session_id>/start")
@requires("patrol.join")
def start(session_id: UUID) -> Response:
    """Start the own patrol in a shift."""
    asked = body({"shift_id"})
    member, actor_id = _own_member()
    shift = get_shift(db(), whole(asked, "shift_id", 1, 2**62), ("",))
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
    """End the own patrol, now or, when the phone had no network, at the time it says."""
    asked = body({"at"})
    member, actor_id = _own_member()
    now = datetime.now(UTC)
    at = min(moment(asked, "at"), now) if "at" in asked else now
    patrol = end_patrol(db(), member, session_id, now=at, actor_id=actor_id)
    end_pauses(db(), session_id, patrol.ended_at or at)
    return jsonify(id=str(patrol.id), ended_at=patrol.ended_at and patrol.ended_at.isoformat())


def _own_member() -> tuple[PatrolMember, int]:
    member = find_member(db(), me().id)
    if member is None:
        raise NotAllowed("You are in no patrol team yet. Ask your patrol leader.")
    return member, me().id


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
