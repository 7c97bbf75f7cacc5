"""The patrol leader's pages: routes, suggestions, shifts, who walks them."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from data.errors import Refused
from grids.queries import get_division, list_divisions
from patrols import commands, exports, planning, queries
from patrols.models import Shift
from webapp.errors import sentence_of
from webapp.forms.shifts import NO_ROUTE, ShiftForm
from webapp.i18n import is_chinese
from webapp.maps.page import map_page
from webapp.patrol_sheets import sheet_of
from webapp.patrol_texts import patrol_texts
from webapp.roster_week import shift_roster
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("patrols", __name__, url_prefix="/patrols")

#: More shifts are seen in the week's roster; the routes below should not be out of sight.
MOST_COMING = 25

_MAP_LAYERS = ("divisions", "cells", "coverage_gaps", "incidents", "heat", "route_plans", "positions")


@blueprint.get("")
@requires("patrol.view")
def index() -> str:
    """Shifts going on and coming, and the routes."""
    since = datetime.now(UTC) - timedelta(hours=2)
    return render_template(
        "patrols/index.html",
        shifts=queries.list_shifts(db(), current_scope(), since=since, limit=MOST_COMING),
        plans=queries.list_plans(db(), current_scope()),
        now=datetime.now(UTC),
        most_coming=MOST_COMING,
    )


@blueprint.get("/plans/new")
@requires("patrol.plan")
def new_plan() -> str:
    """Draw a route on the map, or ask for a suggestion."""
    page = map_page(
        db(), me(), name="plan", layers=_MAP_LAYERS, on=("divisions", "coverage_gaps"),
        tools=("layers", "search"), layersClosed=True, patrol=patrol_texts(),
    )  # fmt: skip
    return render_template(
        "patrols/new_plan.html", map=page, divisions=division_choices(), teams=queries.list_teams(db(), current_scope())
    )


@blueprint.get("/plans/<int:plan_id>")
@requires("patrol.view")
def plan(plan_id: int) -> str:
    """One route: map, length, time, checkpoints, directions."""
    found = queries.get_plan(db(), plan_id, current_scope())
    page = map_page(
        db(), me(), name="plan", layers=(), tools=(),
        patrol=patrol_texts(), route=exports.plan_geojson(found),
    )  # fmt: skip
    if request.args.get("print"):
        return render_template("patrols/print.html", found=found, plan=found.plan, map=page, sheet=sheet_of(found.plan))
    return render_template("patrols/plan.html", found=found, plan=found.plan, map=page)


@blueprint.get("/plans/<int:plan_id>.gpx")
@requires("patrol.view")
def plan_gpx(plan_id: int) -> Response:
    """The route for a hand-held device."""
    found = queries.get_plan(db(), plan_id, current_scope())
    headers = {"Content-Disposition": f"attachment; filename=route-{plan_id}.gpx"}
    return Response(exports.plan_gpx(found), mimetype="application/gpx+xml", headers=headers)


@blueprint.get("/plans/<int:plan_id>.geojson")
@requires("patrol.view")
def plan_geojson(plan_id: int) -> Response:
    """The route for a geographic information system."""
    answer = jsonify(exports.plan_geojson(queries.get_plan(db(), plan_id, current_scope())))
    answer.headers["Content-Disposition"] = f"attachment; filename=route-{plan_id}.geojson"
    return answer


@blueprint.post("/plans/<int:plan_id>/publish")
@requires("patrol.plan")
def publish_plan(plan_id: int) -> Answer:
    """Keep a suggested route under a name."""
    found = queries.get_plan(db(), plan_id, current_scope())
    planning.publish_route(db(), found.plan, request.form.get("name", ""), actor_id=me().id)
    flash(_("The route has been kept."))
    return redirect(url_for("patrols.plan", plan_id=plan_id))


@blueprint.post("/plans/<int:plan_id>/retire")
@requires("patrol.plan")
def retire_plan(plan_id: int) -> Answer:
    """Take a route out of use."""
    planning.retire_route(db(), queries.get_plan(db(), plan_id, current_scope()).plan, actor_id=me().id)
    flash(_("The route is no longer in use."))
    return redirect(url_for("patrols.index"))


@blueprint.route("/shifts/new", methods=["GET", "POST"])
@requires("patrol.plan")
def new_shift() -> Answer | str:
    """Publish a shift on a route."""
    form = _shift_form()
    if not form.validate_on_submit():
        return render_template("patrols/new_shift.html", form=form, problem=None)
    try:
        shift = _publish(form)
    except Refused as error:
        return render_template("patrols/new_shift.html", form=form, problem=sentence_of(error))
    flash(_("The shift has been published. Choose who walks."))
    return redirect(url_for("patrols.shift", shift_id=shift.id))


@blueprint.get("/shifts/<int:shift_id>")
@requires("patrol.view")
def shift(shift_id: int) -> str:
    """A shift: who is in it, and who could be, on the map."""
    found = queries.get_shift(db(), shift_id, current_scope())
    search = request.args.get("q", "").strip()
    people = queries.list_members(db(), current_scope(), search=search, shift=found, limit=60)
    route = queries.get_plan(db(), found.route_plan_id, ("",)) if found.route_plan_id else None
    members = queries.list_shift_members(db(), shift_id)
    page = map_page(
        db(), me(), name="shift", layers=("positions",), on=("positions",), tools=(),
        patrol=patrol_texts(), route=exports.plan_geojson(route) if route else None, people=_homes(people),
    )  # fmt: skip
    return render_template(
        "patrols/shift.html",
        shift=found,
        members=members,
        people=people,
        plan=route and route.plan,
        map=page,
        search=search,
        **shift_roster(found),
    )


@blueprint.post("/shifts/<int:shift_id>/members")
@requires("patrol.assign")
def change_members(shift_id: int) -> Answer:
    """Put a member into a shift, or take one out."""
    found = queries.get_shift(db(), shift_id, current_scope())
    member_id = request.form.get("member_id", type=int) or 0
    if request.form.get("do") == "remove":
        commands.leave_shift(db(), found, member_id, actor_id=me().id)
    else:
        member = queries.get_member(db(), member_id, current_scope())
        commands.assign_member(db(), found, member.id, actor_id=me().id)
    return redirect(url_for("patrols.shift", shift_id=shift_id, q=request.form.get("q") or None))


@blueprint.post("/shifts/<int:shift_id>/cancel")
@requires("patrol.plan")
def cancel_shift(shift_id: int) -> Answer:
    """Call a shift off."""
    commands.cancel_shift(db(), queries.get_shift(db(), shift_id, current_scope()), actor_id=me().id)
    flash(_("The shift has been called off."))
    return redirect(url_for("patrols.index"))


def division_choices() -> list[tuple[str, str]]:
    """Areas of the own scope as choices, in the reader's language."""
    return [
        (line.code, line.name if is_chinese() else line.name_en or line.name)
        for line in list_divisions(db(), current_scope())
    ]


def _shift_form() -> ShiftForm:
    form = ShiftForm(plan_id=request.args.get("plan"))
    plans = queries.list_plans(db(), current_scope())
    teams = queries.list_teams(db(), current_scope())
    form.plan_id.choices = [
        ("", _("Choose a route")),
        *((str(line["id"]), line["name"]) for line in plans),
        (NO_ROUTE, _("No route: members choose their own way")),
    ]
    form.team_id.choices = [("", _("Any team or volunteers")), *((str(line["id"]), line["name"]) for line in teams)]
    form.division_code.choices = division_choices()
    return form


def _publish(form: ShiftForm) -> Shift:
    division = get_division(db(), form.division_code.data or "", current_scope())
    plan_id = int(form.plan_id.data) if (form.plan_id.data or "").isdecimal() else None
    team_id = int(form.team_id.data) if (form.team_id.data or "").isdecimal() else None
    if plan_id:
        queries.get_plan(db(), plan_id, current_scope())
    if team_id is not None:
        queries.get_team(db(), team_id, current_scope())
    return commands.publish_shift(
        db(),
        name=form.name.data or "",
        division=division,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        actor_id=me().id,
        route_plan_id=plan_id,
        team_id=team_id,
        capacity=form.capacity.data or 12,
        is_open_to_volunteers=form.is_open_to_volunteers.data,
    )


def _homes(people: list) -> list[dict]:
    """Where members live, to the nearest 100 m: enough to choose who is near, no more."""
    return [
        {"id": line["id"], "lon": round(line["lon"], 3), "lat": round(line["lat"], 3), "busy": line["is_busy"]}
        for line in people
        if line["lon"] is not None
    ]
