"""The live stream: cases, positions and map layers as they change, for whoever may see them."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, Response, current_app, request
from sqlalchemy.orm import Session

from accounts.commands import hash_token
from accounts.queries import find_actor_by_token
from data.errors import Unavailable
from incidents.access import sight_of
from webapp.live import Audience, Changes, Hub, Reader
from webapp.security import me, requires
from webapp.security.access import cookie_name
from webapp.session import db, engine

blueprint = Blueprint("live", __name__, url_prefix="/live")

#: The web server's worker, when it has told us (see `webapp.serving`): streams end when it is asked to end.
WORKERS: list[object] = []


@blueprint.get("/stream")
@requires("map.view")
def stream() -> Response:
    """Server-sent events until the line is cut. 503 when enough listen here: the page asks now and then instead."""
    hub = _hub()
    if hub.listeners >= current_app.config["SETTINGS"].streams:
        raise Unavailable("Too many pages listen at once. This one asks every few seconds instead.")
    audience, may_stay = _audience(), _still_signed_in()
    db().commit()  # the stream lives for hours: it holds no connection
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(hub.listen(audience, may_stay), mimetype="text/event-stream", headers=headers)


def _audience() -> Audience:
    """What the signed-in person may hear."""
    sight = sight_of(db(), me())
    positions = me().scope("position.view")
    return Audience(sight.prefixes if me().may("incident.view") else (), positions, sight.worker_id, sight.team_ids)


def _still_signed_in() -> Callable[[], bool]:
    """A question to ask later, outside of this request: is the session still good?"""
    token_hash, own_engine = hash_token(request.cookies.get(cookie_name(), "")), engine()

    def ask() -> bool:
        with Session(own_engine) as session:
            return find_actor_by_token(session, token_hash, datetime.now(UTC)) is not None

    return ask


def _hub() -> Hub:
    """This process's hub, made when the first page listens."""
    hub: Hub = current_app.extensions.setdefault("gridbeat_hub", _made_hub())
    return hub


def _made_hub() -> Hub:
    reader, own_engine = Reader(), engine()

    def look() -> Changes:
        with Session(own_engine) as session:
            return reader.look(session)

    return Hub(look, is_alive=lambda: all(getattr(worker, "alive", True) for worker in WORKERS))
