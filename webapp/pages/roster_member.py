"""The member's side of the roster: team up by a code, find a substitute, hand over, see the own hours."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from data.errors import NotAllowed, NotFound
from patrols import queries, roster, roster_queries
from patrols.models import PatrolMember, Shift
from webapp.pages.roster import zone
from webapp.security import me, requires
from webapp.session import db

blueprint = Blueprint("roster_member", __name__, url_prefix="/my-patrols")


@blueprint.get("/join/<code>")
@requires("patrol.join")
def join(code: str) -> str:
    """What one joins by the scanned code."""
    shift = roster.find_shift_by_code(db(), code)
    is_in = queries.is_in_shift(db(), shift.id, _member().id)
    members = queries.list_shift_members(db(), shift.id)
    is_over = shift.status != "published" or datetime.now(UTC) >= shift.ends_at
    return render_template("volunteer/join.html", shift=shift, code=code, is_in=is_in, members=members, is_over=is_over)


@blueprint.post("/join/<code>")
@requires("patrol.join")
def join_now(code: str) -> Response:
    """Join by the scanned code."""
    shift = roster.find_shift_by_code(db(), code)
    roster.join_by_code(db(), shift, _member(), now=datetime.now(UTC), actor_id=me().id)
    flash(_("You are in. Thank you."))
    return redirect(url_for("volunteer.shift", shift_id=shift.id))


@blueprint.post("/shifts/<int:shift_id>/substitute")
@requires("patrol.join")
def ask_substitute(shift_id: int) -> Response:
    """Ask somebody to walk in the own place."""
    member, shift = _member(), _own_shift(shift_id)
    offered = {line["id"] for line in roster_queries.list_possible_substitutes(db(), shift, member)}
    chosen = request.form.get("substitute_id", type=int)
    if chosen not in offered:
        raise NotFound("This member is not free at that time. Choose another one.")
    substitute = db().get_one(PatrolMember, chosen)
    roster.ask_substitute(db(), shift, member, substitute, request.form.get("note", ""), now=datetime.now(UTC))
    flash(_("%(name)s has been asked. You stay in the shift until the answer.", name=substitute.name))
    return redirect(url_for("volunteer.shift", shift_id=shift_id))


@blueprint.post("/substitutions/<int:substitution_id>/<answer>")
@requires("patrol.join")
def answer(substitution_id: int, answer: str) -> Response:
    """Accept, decline, or withdraw one's own question."""
    row = roster.answer_substitution(db(), substitution_id, _member(), answer, now=datetime.now(UTC))
    said = {"accepted": _("You walk in this shift now."), "declined": _("You have declined."),
            "withdrawn": _("The question has been withdrawn.")}  # fmt: skip
    flash(said[answer])
    back = url_for("volunteer.home") if answer == "declined" else url_for("volunteer.shift", shift_id=row.shift_id)
    return redirect(back)


@blueprint.post("/shifts/<int:shift_id>/handover")
@requires("patrol.join")
def hand_over(shift_id: int) -> Response:
    """A note for the next shift."""
    roster.hand_over(db(), _own_shift(shift_id), request.form.get("note", ""), actor_id=me().id)
    flash(_("The note has been handed over."))
    return redirect(url_for("volunteer.shift", shift_id=shift_id))


@blueprint.get("/hours")
@requires("patrol.join")
def hours() -> str:
    """The own hours by month, and of the year."""
    this_year = datetime.now(zone()).year
    year = request.args.get("year", this_year, type=int)
    year = year if 2000 <= year <= this_year else this_year
    lines = roster_queries.list_own_hours(db(), _member().id, year, str(zone()))
    return render_template("volunteer/hours.html", lines=lines, year=year, this_year=this_year)


def _member() -> PatrolMember:
    member = queries.find_member(db(), me().id)
    if member is None:
        raise NotAllowed("You are in no patrol team yet. Ask your patrol leader.")
    return member


def _own_shift(shift_id: int) -> Shift:
    """A shift this member is in; every other one does not exist here."""
    if not queries.is_in_shift(db(), shift_id, _member().id):
        raise NotFound("There is no such shift for you.")
    return queries.get_shift(db(), shift_id, ("",))
