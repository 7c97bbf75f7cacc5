"""What a phone on patrol tells, often late and more than once: pauses, check-ins, calls for help."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, url_for
from flask.wrappers import Response

from data.errors import GridbeatError, NotAllowed
from patrols.models import PatrolMember, PatrolSession
from patrols.queries import find_member
from patrols.walking import Here, call_for_help, check_in, own_patrol, pause_patrol, resume_patrol
from patrols.walking_queries import list_alerts
from webapp.errors import sentence_of
from webapp.json_input import BadInput, body, items, moment, number, place, text, whole
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("api_walking", __name__, url_prefix="/api/patrols")

#: A route has fewer checkpoints than this.
MOST_VISITS = 200


@blueprint.post("/sessions/<uuid:session_id>/pause")
@requires("patrol.join")
def pause(session_id: UUID) -> Response:
    """The own patrol pauses from `at` on."""
    patrol = _own(session_id)
    begun = pause_patrol(db(), patrol, said_at=moment(body({"at"}), "at"), now=datetime.now(UTC))
    return jsonify(id=str(patrol.id), paused_at=begun.started_at.isoformat())


@blueprint.post("/sessions/<uuid:session_id>/resume")
@requires("patrol.join")
def resume(session_id: UUID) -> Response:
    """The own patrol goes on from `at` on."""
    patrol = _own(session_id)
    resume_patrol(db(), patrol, said_at=moment(body({"at"}), "at"), now=datetime.now(UTC))
    return jsonify(id=str(patrol.id), paused_at=None)


@blueprint.post("/sessions/<uuid:session_id>/visits")
@requires("patrol.join")
def visits(session_id: UUID) -> Response:
    """Check-ins of the own patrol; each is answered on its own, so that a wrong one does not hold up the others."""
    patrol = _own(session_id)
    return jsonify(visits=[_visit(patrol, item) for item in items(body({"visits"}), "visits", MOST_VISITS)])


def _visit(patrol: PatrolSession, item: dict[str, Any]) -> dict[str, Any]:
    checkpoint_id, at, code = whole(item, "checkpoint_id", 1, 2**62), moment(item, "at"), text(item, "code", 40)
    try:
        visit = check_in(db(), patrol, checkpoint_id, said_at=at, now=datetime.now(UTC), here=_here(item), code=code)
    except GridbeatError as error:
        return {"checkpoint_id": checkpoint_id, "error": sentence_of(error)}
    return {"checkpoint_id": checkpoint_id, "visited_at": visit.visited_at.isoformat(), "how": visit.how}


@blueprint.post("/sessions/<uuid:session_id>/help")
@requires("patrol.join")
def help_(session_id: UUID) -> Response:
    """Call for help; leaders and dispatchers of the area see it at once."""
    asked = body({"id", "at", "lon", "lat", "accuracy_m"})
    member, patrol = _member(), _own(session_id)
    at, here = moment(asked, "at"), _here(asked)
    alert = call_for_help(db(), member, patrol, alert_id=_uuid(asked), said_at=at, now=datetime.now(UTC), here=here)
    answered = alert.answered_at and alert.answered_at.isoformat()
    return jsonify(id=str(alert.id), answered_at=answered, is_over=alert.closed_at is not None)


@blueprint.get("/alerts")
@requires("position.view")
def alerts() -> Response:
    """Open calls for help of the own area."""
    lines = [
        {"id": str(line["id"]), "name": line["name"], "where": line["cell"] or line["shift"] or "",
         "raised_at": line["raised_at"].isoformat(), "answered_by": line["answered_by"],
         "page": url_for("walking.alert", alert_id=line["id"])}
        for line in list_alerts(db(), current_scope())
    ]  # fmt: skip
    return jsonify(alerts=lines)


def _here(given: dict[str, Any]) -> Here | None:
    if given.get("lon") is None and given.get("lat") is None:
        return None
    lon, lat = place(given)
    return Here(lon, lat, None if given.get("accuracy_m") is None else number(given, "accuracy_m", 0, 1e6))


def _uuid(given: dict[str, Any]) -> UUID:
    try:
        return UUID(text(given, "id", 36))
    except ValueError:
        raise BadInput("{name} has to be a UUID.", name="id") from None


def _member() -> PatrolMember:
    member = find_member(db(), me().id)
    if member is None:
        raise NotAllowed("You are in no patrol team yet. Ask your patrol leader.")
    return member


def _own(session_id: UUID) -> PatrolSession:
    return own_patrol(db(), _member(), session_id)
