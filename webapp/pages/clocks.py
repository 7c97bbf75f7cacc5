"""Administration: when the centre works, its holidays, and how long each stage of a case may take."""

import math
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from data.errors import NotAllowed, Refused
from incidents import deadlines
from incidents.models import OfficeHours
from incidents.rules import PRIORITIES
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("clocks", __name__, url_prefix="/admin/clocks")


@blueprint.get("")
@requires("code_list.edit")
def index() -> str:
    """The tables as they are."""
    return render_template(
        "admin/clocks.html",
        office=db().query(OfficeHours).one(),
        days=deadlines.list_calendar(db(), datetime.now(UTC).date() - timedelta(days=31)),
        rules=deadlines.list_rules(db()),
        priorities=PRIORITIES,
        stages=deadlines.STAGES,
        may_edit=_may_edit(),
    )


@blueprint.post("/hours")
@requires("code_list.edit")
def hours() -> Response:
    """Change when the centre works."""
    _need_everything()
    given = {str(day): request.form.get(f"hours-{day}", "") for day in range(1, 8)}
    deadlines.set_office(db(), request.form.get("zone", ""), given, actor_id=me().id)
    return _saved(_("The working hours have been saved. Deadlines already set stay."))


@blueprint.post("/days")
@requires("code_list.edit")
def day() -> Response:
    """Name a holiday or a make-up day, or take one out."""
    _need_everything()
    try:
        named = date.fromisoformat(request.form.get("day", ""))
    except ValueError as error:
        raise Refused("Choose a date.") from error
    is_worked = {"holiday": False, "worked": True}.get(request.form.get("kind", ""))
    deadlines.set_calendar_day(db(), named, is_worked=is_worked, name=request.form.get("name", ""), actor_id=me().id)
    return _saved(_("The calendar has been saved."))


@blueprint.post("/limits")
@requires("code_list.edit")
def limits() -> Response:
    """Change how long stages may take: one field a stage and priority."""
    _need_everything()
    for priority in PRIORITIES:
        for stage in deadlines.STAGES:
            clock, amount = _limit(f"{priority}-{stage}")
            deadlines.set_rule(db(), priority, stage, clock, amount, actor_id=me().id)
    if request.form.get("renew"):
        deadlines.renew_open(db(), datetime.now(UTC))
    return _saved(_("The deadlines have been saved."))


def _limit(name: str) -> tuple[str, float]:
    """The clock and the amount of one field of the table; whether they can be is the command's to say."""
    amount = request.form.get(f"{name}-amount", type=float)
    return request.form.get(f"{name}-clock", ""), amount if amount is not None and math.isfinite(amount) else 0.0


def _saved(sentence: str) -> Response:
    flash(sentence)
    return redirect(url_for("clocks.index"))


def _may_edit() -> bool:
    """Whether the clocks are theirs: they hold for the whole county."""
    return "" in current_scope()


def _need_everything() -> None:
    if not _may_edit():
        raise NotAllowed("The clocks hold for the whole county; only an administrator of everything changes them.")
