"""Pages around those who are out: the sign at a checkpoint, and calls for help."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from data.errors import NotFound
from patrols import queries
from patrols.models import Checkpoint, PatrolSession
from patrols.walking import answer_alert, check_in, close_alert
from patrols.walking_queries import find_checkpoint_by_code, get_alert, list_alerts, list_checkpoints
from webapp.cases import modules
from webapp.maps.page import MapPage, map_page
from webapp.qr import qr_path
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("walking", __name__)


@blueprint.get("/my-patrols/at/<code>")
@requires("patrol.join")
def sign(code: str) -> str:
    """Where the code on a checkpoint's sign leads: one button to check in."""
    patrol, point = _at_sign(code)
    return render_template("volunteer/sign.html", patrol=patrol, point=point, code=code)


@blueprint.post("/my-patrols/at/<code>")
@requires("patrol.join")
def check_in_at_sign(code: str) -> Response:
    """Check in at the sign's checkpoint."""
    patrol, point = _at_sign(code)
    if patrol is None or point is None:
        raise NotFound("This checkpoint is not on the route you are walking. Start the patrol first.")
    now = datetime.now(UTC)
    check_in(db(), patrol, point.id, said_at=now, now=now, code=code)
    flash(_("Checked in: %(name)s.", name=point.name or _("Checkpoint")))
    return redirect(url_for("volunteer.shift", shift_id=patrol.shift_id))


def _at_sign(code: str) -> tuple[PatrolSession | None, Checkpoint | None]:
    """The own patrol going on, and the checkpoint of its route with this code."""
    member = queries.find_member(db(), me().id)
    patrol = queries.find_open_session(db(), member.id) if member else None
    return patrol, find_checkpoint_by_code(db(), code[:40], patrol) if patrol else None


@blueprint.get("/patrols/plans/<int:plan_id>/signs")
@requires("patrol.plan")
def signs(plan_id: int) -> str:
    """Signs for the checkpoints of a route, to print and put up there."""
    found = queries.get_plan(db(), plan_id, current_scope())
    points = [
        (line, *qr_path(url_for("walking.sign", code=line["code"], _external=True)))
        for line in list_checkpoints(db(), plan_id, None)
    ]
    return render_template("patrols/signs.html", plan=found.plan, points=points)


@blueprint.get("/patrols/alerts")
@requires("position.view")
def alerts() -> str:
    """Calls for help of the last thirty days, the open ones first."""
    return render_template("patrols/alerts.html", alerts=list_alerts(db(), current_scope(), only_open=False))


@blueprint.get("/patrols/alerts/<uuid:alert_id>")
@requires("position.view")
def alert(alert_id: UUID) -> str:
    """One call for help: who, where, since when, who takes care."""
    get_alert(db(), alert_id, current_scope())
    found = list_alerts(db(), current_scope(), alert_id=alert_id)[0]
    return render_template(
        "patrols/alert.html", alert=found, map=_alert_map(found) if found["lon"] is not None else None
    )


def _alert_map(found: RowMapping) -> MapPage:
    lon, lat, reach = found["lon"], found["lat"], 0.004
    place = {"lon": lon, "lat": lat, "priority": "urgent", "accuracy_m": found["accuracy_m"]}
    box = (lon - reach, lat - reach, lon + reach, lat + reach)
    page = map_page(
        db(), me(), name="alert", layers=("positions",), on=("positions",), bounds=box, tools=(), place=place
    )
    return replace(page, imports=page.imports | modules())


@blueprint.post("/patrols/alerts/<uuid:alert_id>/answer")
@requires("position.view")
def answer(alert_id: UUID) -> Response:
    """I take care of it."""
    answer_alert(db(), get_alert(db(), alert_id, current_scope()), actor_id=me().id, now=datetime.now(UTC))
    return redirect(url_for("walking.alert", alert_id=alert_id))


@blueprint.post("/patrols/alerts/<uuid:alert_id>/close")
@requires("position.view")
def close(alert_id: UUID) -> Response:
    """It is over."""
    found = get_alert(db(), alert_id, current_scope())
    close_alert(db(), found, request.form.get("note", ""), actor_id=me().id, now=datetime.now(UTC))
    flash(_("The call for help is over."))
    return redirect(url_for("walking.alerts"))
