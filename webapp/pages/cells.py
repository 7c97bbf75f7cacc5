"""Staffing: who answers for which cell, chosen on the map and in the list beside it."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from data.errors import Refused
from grids import commands, queries
from webapp.maps.page import map_page
from webapp.patrol_texts import patrol_texts
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("cells", __name__, url_prefix="/staffing")

_LAYERS = ("divisions", "cells")
_FIRST_DAY = date(2000, 1, 1)


@blueprint.get("")
@requires("cell.assign")
def staffing() -> str:
    """All cells with their lead; those without one can be shown alone."""
    search, only_vacant = request.args.get("q", "").strip(), request.args.get("vacant") == "1"
    cells = queries.list_cells(db(), current_scope(), search=search, only_vacant=only_vacant)
    page = map_page(db(), me(), name="staffing", layers=_LAYERS, on=_LAYERS, tools=("identify", "search"),
                    cellPage=url_for("cells.cell", code="CODE"))  # fmt: skip
    return render_template("cells/staffing.html", cells=cells, search=search, only_vacant=only_vacant, map=page)


@blueprint.get("/cells/<code>")
@requires("cell.assign")
def cell(code: str) -> str:
    """One cell: who answers for it, who could, who did."""
    found = queries.get_cell(db(), code, current_scope())
    search = request.args.get("q", "").strip()
    candidates = queries.list_candidates(db(), found, current_scope(), search=search)
    page = map_page(db(), me(), name="cell", layers=_LAYERS, on=("cells",), tools=(), people=_homes(candidates),
                    patrol=patrol_texts(), bounds=queries.cell_bounds(db(), found))  # fmt: skip
    assignments = queries.list_assignments(db(), found)
    return render_template(
        "cells/cell.html",
        cell=found,
        assignments=assignments,
        candidates=candidates,
        search=search,
        map=page,
        today=_today(),
    )


@blueprint.post("/cells/<code>/assign")
@requires("cell.assign")
def assign(code: str) -> Response:
    """Give a worker a duty in the cell."""
    found = queries.get_cell(db(), code, current_scope())
    worker_id = request.form.get("worker_id", type=int) or 0
    if worker_id not in {line["id"] for line in queries.list_candidates(db(), found, current_scope(), limit=100_000)}:
        raise Refused("This worker belongs to another area.")
    duty, starts_on = request.form.get("duty", "lead"), _day(request.form.get("starts_on"))
    commands.assign_worker(db(), found, worker_id, duty, starts_on, actor_id=me().id)
    flash(_("The cell has its worker."))
    return redirect(url_for("cells.cell", code=code))


@blueprint.post("/cells/<code>/end")
@requires("cell.assign")
def end(code: str) -> Response:
    """End a duty today."""
    found = queries.get_cell(db(), code, current_scope())
    assignment_id = request.form.get("assignment_id", type=int) or 0
    commands.end_assignment(db(), found, assignment_id, _today(), actor_id=me().id)
    flash(_("The duty has ended; the history keeps it."))
    return redirect(url_for("cells.cell", code=code))


def _homes(candidates: list[Any]) -> list[dict[str, Any]]:
    """Where workers live, to the nearest 100 m: enough to choose who is near, no more."""
    return [
        {"id": line["id"], "lon": round(line["lon"], 3), "lat": round(line["lat"], 3), "busy": line["cells"] > 1}
        for line in candidates
        if line["lon"] is not None
    ]


def _today() -> date:
    return datetime.now(ZoneInfo(current_app.config["SETTINGS"].timezone)).date()


def _day(value: str | None) -> date:
    try:
        day = date.fromisoformat(value) if value else _today()
    except ValueError as error:
        raise Refused("The day has to look like 2026-11-22.") from error
    if not _FIRST_DAY <= day <= _today() + timedelta(days=366):
        raise Refused("A duty begins between the year 2000 and one year from now.")
    return day
