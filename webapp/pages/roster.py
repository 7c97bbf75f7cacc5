"""The leader's roster: a week of shifts by team or member, repeats, rounds, the code to team up, notes, hours."""

import csv
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from data.events import record
from patrols import queries, roster, roster_queries
from patrols.events import HoursExported
from webapp.i18n import moment
from webapp.qr import qr_path
from webapp.roster_week import rows_of, week_asked
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("roster", __name__, url_prefix="/patrols")


def zone() -> ZoneInfo:
    """Where the operator is."""
    return ZoneInfo(current_app.config["SETTINGS"].timezone)


@blueprint.get("/roster")
@requires("patrol.view")
def week() -> str:
    """A week: one line a team or member, one column a day."""
    asked = week_asked(request.args, zone())
    shifts = roster_queries.list_week(db(), current_scope(), asked.begins_at, asked.ends_at)
    return render_template(
        "patrols/roster.html", week=asked, rows=rows_of(shifts, asked, zone()), now=datetime.now(UTC),
        teams=queries.list_teams(db(), current_scope()), count=len(shifts),
    )  # fmt: skip


@blueprint.post("/roster/repeat")
@requires("patrol.plan")
def repeat_week() -> Answer:
    """The whole week again, one week later."""
    asked = week_asked(request.form, zone())
    shifts = roster_queries.list_shifts_between(db(), current_scope(), asked.begins_at, asked.ends_at)
    with_members = request.form.get("with_members") == "1"
    _tell(roster.repeat_week(db(), shifts, with_members=with_members, zone=zone(), actor_id=me().id))
    return redirect(url_for("roster.week", week=asked.next_monday.isoformat(), by=asked.by))


@blueprint.post("/shifts/<int:shift_id>/repeat")
@requires("patrol.plan")
def repeat_shift(shift_id: int) -> Answer:
    """One shift again over the next weeks."""
    shift = queries.get_shift(db(), shift_id, current_scope())
    weeks = request.form.get("weeks", type=int) or 0
    with_members = request.form.get("with_members") == "1"
    _tell(roster.repeat_shift(db(), shift, weeks, with_members=with_members, zone=zone(), actor_id=me().id))
    return redirect(url_for("patrols.shift", shift_id=shift_id))


def _tell(done: roster.Repeated) -> None:
    flash(_("Shifts published: %(n)d.", n=len(done.shifts)))
    for name, at in done.busy[:10]:
        flash(_("%(name)s walks elsewhere at that time and was left out: %(at)s.", name=name, at=moment(at)), "problem")


@blueprint.post("/shifts/<int:shift_id>/rounds")
@requires("patrol.plan")
def rounds(shift_id: int) -> Answer:
    """How often a round of the shift begins."""
    shift = queries.get_shift(db(), shift_id, current_scope())
    frequency_min, tolerance_min = (request.form.get(name, type=int) for name in ("frequency_min", "tolerance_min"))
    roster.plan_rounds(shift, frequency_min, tolerance_min)
    flash(_("The rounds have been set."))
    return redirect(url_for("patrols.shift", shift_id=shift_id))


@blueprint.get("/shifts/<int:shift_id>/code")
@requires("patrol.assign")
def code(shift_id: int) -> str:
    """The code to team up, large: members scan it and are in."""
    shift = queries.get_shift(db(), shift_id, current_scope())
    address = url_for("roster_member.join", code=shift.join_code, _external=True)
    path, size = qr_path(address)
    return render_template("patrols/code.html", shift=shift, path=path, size=size, address=address)


@blueprint.post("/shifts/<int:shift_id>/handover")
@requires("patrol.assign")
def hand_over(shift_id: int) -> Answer:
    """The leader's own note for the next shift."""
    shift = queries.get_shift(db(), shift_id, current_scope())
    roster.hand_over(db(), shift, request.form.get("note", ""), actor_id=me().id)
    flash(_("The note has been handed over."))
    return redirect(url_for("patrols.shift", shift_id=shift_id))


@blueprint.get("/hours")
@requires("patrol.assign")
def hours() -> str:
    """Members' hours by month of a year."""
    year = _year()
    lines = roster_queries.list_hours(db(), current_scope(), date(year, 1, 1), date(year, 12, 31), str(zone()))
    return render_template("patrols/hours.html", lines=lines, year=year, this_year=datetime.now(zone()).year)


@blueprint.get("/hours.csv")
@requires("patrol.assign")
def hours_csv() -> Response:
    """The same as a file; who took it is recorded."""
    begins_on, ends_on = date(_year(), 1, 1), date(_year(), 12, 31)
    lines = roster_queries.list_hours(db(), current_scope(), begins_on, ends_on, str(zone()))
    record(db(), HoursExported(len(lines), begins_on.isoformat(), ends_on.isoformat()), actor_id=me().id)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("Month"), _("Member"), _("Team"), _("Patrols"), _("Hours")])
    for line in lines:
        shown = [line["month"], line["name"], line["team"] or "", line["patrols"], f"{line['seconds'] / 3600:.2f}"]
        writer.writerow([f"'{one}" if str(one)[:1] in "=+-@\t\r" and one else one for one in shown])
    headers = {"Content-Disposition": f"attachment; filename=hours-{begins_on.year}.csv"}
    return Response("\ufeff" + out.getvalue(), mimetype="text/csv", headers=headers)


def _year() -> int:
    this_year = datetime.now(zone()).year
    asked = request.args.get("year", this_year, type=int)
    return asked if 2000 <= asked <= this_year else this_year
