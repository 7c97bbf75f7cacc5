"""Plans for a day: choose area, teams and weights, watch the map get better, lock, plan again, compare, publish."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from grids.queries import get_division
from patrols import queries, study, study_files, study_publishing
from patrols.study_models import PatrolStudy
from webapp.coverage_texts import page_words
from webapp.forms.patrol_planning import PlanningForm
from webapp.labels import label
from webapp.maps.page import map_page
from webapp.pages.patrols import division_choices
from webapp.patrol_planning_texts import MISSED, PHASES, planning_texts
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("planning", __name__, url_prefix="/patrols/planning")

_LAYERS = ("divisions", "cells", "coverage_gaps", "incidents", "heat", "route_plans")


@blueprint.get("")
@requires("patrol.plan")
def index() -> str:
    """Plans, the latest day first; two can be compared."""
    return _show("index.html", studies=study.list_studies(db(), current_scope()))


@blueprint.route("/new", methods=["GET", "POST"])
@requires("patrol.plan")
def new() -> Response | str:
    """The question; asked, the worker plans it."""
    form = _form()
    if not form.validate_on_submit():
        teams = [dict(line) for line in queries.list_teams(db(), current_scope()) if line["lon"] is not None]
        return _show("new.html", form=form, map=_map("planning", on=("coverage_gaps",), stations=_stations(teams)))
    teams = study.stations_of(db(), form.teams.data or [], current_scope())
    division = get_division(db(), form.area.data, current_scope())
    hints = study.Hints(form.checkpoints)
    found = study.ask_for_study(
        db(), form.name.data, division, form.day, teams, form.asked, hints, key=_key(), actor_id=me().id
    )
    return redirect(url_for("planning.show", study_id=found.id))


@blueprint.get("/<int:study_id>")
@requires("patrol.plan")
def show(study_id: int) -> str:
    """A plan: how far it is, or each team's route and what is left."""
    found = _study(study_id)
    lines = study.drawn_routes(db(), study_id)
    drawn = _map("planned", on=(), lines=lines, stops=found.stops, stations=_stations(found.teams))
    routes = study.list_routes(db(), study_id)
    streets = study.walked_streets(db(), found)
    is_open = found.status in study.OPEN
    return _show("show.html", study=found, routes=routes, map=drawn, is_open=is_open, streets=streets)


@blueprint.get("/<int:study_id>/progress")
@requires("patrol.plan")
def progress(study_id: int) -> ResponseReturnValue:
    """How far a plan is, and the lines of the best so far."""
    found = _study(study_id)
    words = label(PHASES, found.step) if found.step else _("Waiting")
    is_open = found.status in study.OPEN
    return jsonify({"words": words, "share": found.share, "isOpen": is_open, "lines": found.best.get("lines", {})})


@blueprint.post("/<int:study_id>/stop")
@requires("patrol.plan")
def stop(study_id: int) -> Response:
    """Stop planning; the best so far is kept."""
    study.stop_study(db(), _study(study_id))
    return redirect(url_for("planning.show", study_id=study_id))


@blueprint.post("/<int:study_id>/again")
@requires("patrol.plan")
def again(study_id: int) -> Response:
    """Keep what is locked; then plan the rest anew without the forbidden streets, or only keep it."""
    found = _study(study_id)
    study.decide(db(), found, set(request.form.getlist("locked", type=int)))
    if request.form.get("then") != "again":
        flash(_("What is locked has been kept."))
        return redirect(url_for("planning.show", study_id=study_id))
    forbidden = request.form.getlist("forbidden", type=int)
    name = request.form.get("name", "").strip() or found.name
    after = study.plan_again(db(), found, name, forbidden, key=_key(), actor_id=me().id)
    return redirect(url_for("planning.show", study_id=after.id))


@blueprint.post("/<int:study_id>/publish")
@requires("patrol.plan")
def publish(study_id: int) -> Response:
    """Make shifts of the chosen routes."""
    is_open = request.form.get("volunteers") == "1"
    teams = request.form.getlist("publish", type=int)
    shifts = study_publishing.publish_study(
        db(), _study(study_id), teams, is_open_to_volunteers=is_open, actor_id=me().id
    )
    flash(_("%(n)d shifts have been published. Choose who walks.", n=len(shifts)))
    return redirect(url_for("planning.show", study_id=study_id))


@blueprint.get("/<int:study_id>.<ending>")
@requires("patrol.plan")
def export(study_id: int, ending: str) -> Response:
    """All routes of a plan as GPX, KML or GeoJSON."""
    found = _study(study_id)
    body, kind = study_files.study_file(found, study.drawn_routes(db(), study_id), ending)
    headers = {"Content-Disposition": f"attachment; filename=plan-{study_id}.{ending}"}
    return Response(body, mimetype=kind, headers=headers)


@blueprint.get("/compare")
@requires("patrol.plan")
def compare() -> str:
    """Two plans side by side: coverage, kilometres, balance, overlap with the days before."""
    ids = request.args.getlist("study", type=int)[:2]
    sides = [study.compared(db(), _study(study_id)) for study_id in ids]
    lines = [{"side": side, **line} for side, at in enumerate(ids) for line in study.drawn_routes(db(), at)]
    return _show("compare.html", sides=sides, map=_map("planned", on=(), lines=lines) if len(sides) == 2 else None)


def _study(study_id: int) -> PatrolStudy:
    return study.get_study(db(), study_id, current_scope())


def _key() -> bytes:
    """The secret that seeds are made from."""
    return current_app.config["SETTINGS"].secret_key.encode()


def _form() -> PlanningForm:
    tomorrow = datetime.now(ZoneInfo(current_app.config["SETTINGS"].timezone)).date() + timedelta(days=1)
    form = PlanningForm(on=tomorrow, begins=datetime(2000, 1, 1, 19).time())  # noqa: DTZ001 - a time of day
    form.area.choices = division_choices()
    teams = queries.list_teams(db(), current_scope())
    form.teams.choices = [(line["id"], line["name"]) for line in teams if line["lon"] is not None]
    return form


def _stations(teams: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": team["name"], "lon": team["lon"], "lat": team["lat"]} for team in teams]


def _map(name: str, *, on: tuple[str, ...], **more: Any) -> Any:
    return map_page(db(), me(), name=name, layers=_LAYERS, on=("divisions", *on), tools=("layers", "search"),
                    layersClosed=True, planning=planning_texts(), **more)  # fmt: skip


def _show(template: str, **facts: Any) -> str:
    return render_template(f"patrols/planning/{template}", **page_words(), phases=PHASES, missed=MISSED, **facts)
