"""Where would new cameras help most: ask, watch, judge the proposals, compare studies, keep them as planned cameras."""

import json
import re
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from cameras import runs, siting
from cameras.events import CoverageExported
from cameras.siting_solving import Hints, Where
from data.events import record
from grids.queries import list_divisions
from webapp.coverage_files import file_of
from webapp.coverage_texts import coverage_texts, names_of, page_words
from webapp.errors import sentence_in_words
from webapp.forms.siting import SitingForm, read_poles
from webapp.i18n import is_chinese
from webapp.maps.page import map_page
from webapp.security import current_scope, may, me, requires
from webapp.session import db

blueprint = Blueprint("siting", __name__, url_prefix="/siting")

_DECISION = re.compile("decision-([0-9]{1,15})")
_LAYERS = ("divisions", "cells", "watched", "cameras", "camera_views", "coverage_gaps", "incidents")
_MOST_BYTES = 20_000_000


@blueprint.url_value_preprocessor
def allow_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Lists of poles may be larger than forms. Before anything reads the body, and only for those who may ask."""
    if endpoint == "siting.new" and may("coverage.run"):
        request.max_content_length = _MOST_BYTES


@blueprint.get("")
@requires("coverage.run")
def index() -> str:
    """Studies, the newest first; two can be compared."""
    studies = siting.list_studies(db(), current_scope())
    return _show("siting/index.html", studies=studies, names=names_of(db(), [study.asked_by for study in studies]))


@blueprint.route("/new", methods=["GET", "POST"])
@requires("coverage.run")
def new() -> Response | str:
    """The question; asked, it becomes a study."""
    form = SitingForm()
    form.area.choices = _areas()
    if not form.validate_on_submit():
        return _show("siting/new.html", form=form, map=_map("siting", coverage=coverage_texts()))
    where, hints = Where(form.area.data, form.bounds), Hints(poles=read_poles(form))
    study = siting.ask_for_study(
        db(), form.name.data, where, form.asked, hints, scope=current_scope(), actor_id=me().id
    )
    return redirect(url_for("siting.show", study_id=study.id))


@blueprint.get("/<int:study_id>")
@requires("coverage.run")
def show(study_id: int) -> str:
    """A study: how far it is, or what it proposes and why."""
    study = siting.get_study(db(), study_id, current_scope())
    proposals = siting.list_proposals(db(), study_id)
    drawn = _map("study", coverage=coverage_texts(), proposals=_drawn(proposals), bounds=_bounds(proposals))
    gains = siting.list_gains(db(), [study_id])
    is_open = study.status in runs.OPEN
    return _show("siting/study.html", study=study, proposals=proposals, gains=gains, map=drawn, is_open=is_open)


@blueprint.post("/<int:study_id>/stop")
@requires("coverage.run")
def stop(study_id: int) -> Response:
    """Stop a study; what was found so far is kept."""
    siting.stop_study(db(), study_id, current_scope())
    return redirect(url_for("siting.show", study_id=study_id))


@blueprint.post("/<int:study_id>/decide")
@requires("coverage.run")
def decide(study_id: int) -> Response:
    """Keep what is said of the proposals; then solve again when that was asked for."""
    study = siting.get_study(db(), study_id, current_scope())
    said = {int(found[1]): value for name, value in request.form.items() if (found := _DECISION.fullmatch(name))}
    siting.decide(db(), study, said, actor_id=me().id)
    if request.form.get("then") == "again":
        name = request.form.get("name", "").strip() or study.name
        study = siting.solve_again(db(), study, name, scope=current_scope(), actor_id=me().id)
    return redirect(url_for("siting.show", study_id=study.id))


@blueprint.post("/<int:study_id>/plan")
@requires("camera.change")
def plan(study_id: int) -> Response:
    """Put the chosen proposals into the register as planned cameras."""
    study = siting.get_study(db(), study_id, current_scope())
    chosen = request.form.getlist("proposal", type=int)
    kept = siting.keep_as_planned(db(), study, chosen, scope=current_scope(), actor_id=me().id)
    flash(_("%(n)d planned cameras are in the register.", n=len(kept)))
    return redirect(url_for("siting.show", study_id=study_id))


@blueprint.get("/compare")
@requires("coverage.run")
def compare() -> str:
    """Two studies side by side: worth, cost, and what each cell gains."""
    ids = request.args.getlist("study", type=int)[:2]
    studies = [siting.get_study(db(), study_id, current_scope()) for study_id in ids]
    counts = {study.id: len(siting.list_proposals(db(), study.id)) for study in studies}
    return _show("siting/compare.html", studies=studies, counts=counts, gains=_side_by_side(ids))


@blueprint.get("/<int:study_id>.<ending>")
@requires("coverage.run")
def export(study_id: int, ending: str) -> Response:
    """A study's proposals as a file; who took what is recorded."""
    study = siting.get_study(db(), study_id, current_scope())
    rows = [_taken(row) for row in siting.list_proposals(db(), study_id)]
    answer = file_of(rows, f"siting_{study_id}", ending)
    event = CoverageExported(f"siting {study_id}", ending, study.area_code)
    record(db(), event, location_code=study.area_code or None, actor_id=me().id)
    return answer


def _taken(row: Any) -> dict[str, Any]:
    """A proposal as a line of a file."""
    adds = {f"adds_{kind}": row["adds"].get(kind, 0.0) for kind in ("street", "incident", "place", "open_ground")}
    names = ("rank", "cell_code", "lon", "lat", "bearing_deg", "weight", "share", "lost_without")
    known = {name: row[name] for name in names}
    why = " ".join(sentence_in_words(words, facts) for words, facts in row["reasons"])
    return (
        known | adds | {"entered_m2": row["entered_m2"], "decision": row["decision"], "why": why, "shape": row["shape"]}
    )


def _side_by_side(ids: list[int]) -> list[dict[str, Any]]:
    """A line for each cell with what every study adds to it."""
    lines: dict[str, dict[str, Any]] = {}
    for row in siting.list_gains(db(), ids):
        line = lines.setdefault(row["code"], {"code": row["code"], "name": row["name"], "studies": {}})
        line["studies"][row["study_id"]] = row
    return list(lines.values())


def _drawn(proposals: list[Any]) -> list[dict[str, Any]]:
    """The proposals for the map."""
    return [
        {"id": row["id"], "rank": row["rank"], "lon": row["lon"], "lat": row["lat"], "decision": row["decision"],
         "view": json.loads(row["view"]) if row["view"] else None}
        for row in proposals
    ]  # fmt: skip


def _bounds(proposals: list[Any]) -> tuple[float, float, float, float] | None:
    if not proposals:
        return None
    lon, lat = [row["lon"] for row in proposals], [row["lat"] for row in proposals]
    return min(lon) - 0.001, min(lat) - 0.001, max(lon) + 0.001, max(lat) + 0.001


def _map(name: str, **more: Any) -> Any:
    on = ("cells", "cameras", "camera_views", "coverage_gaps")
    return map_page(db(), me(), name=name, layers=_LAYERS, on=on, tools=("layers", "search"), **more)


def _areas() -> list[tuple[str, str]]:
    """The divisions one may ask about; the county only who has all of it."""
    lines = list_divisions(db(), current_scope())
    indent = {"county": "", "township": "", "village": "　"}
    names = {line.code: line.name if is_chinese() or not line.name_en else line.name_en for line in lines}
    return [(line.code, indent.get(line.level, "") + names[line.code]) for line in lines]


def _show(template: str, **facts: Any) -> str:
    return render_template(template, **page_words(), area="", trail=(), **facts)
