"""Coverage in figures: areas, gaps, cells, data quality, runs; and all of it as files."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from cameras import coverage_lists as lists
from cameras import queries, runs
from cameras.events import CoverageExported
from cameras.tiers import area_tiers, division_tiers
from data.errors import NotAllowed
from data.events import record
from data.jobs import enqueue
from grids.queries import list_divisions
from webapp.coverage_files import file_of
from webapp.coverage_texts import coverage_texts, names_of, page_words
from webapp.maps.page import map_page
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("coverage", __name__, url_prefix="/coverage")

_LAYERS = ("divisions", "cells", "watched", "cameras", "camera_views", "coverage_gaps", "incidents")


@blueprint.get("")
@requires("coverage.run")
def index() -> str:
    """The whole area, then division by division; the panel of the computation."""
    scope, area = _narrowed(), _area()
    digits = 12 if len(area) >= 9 else 9
    divisions = queries.coverage_by_division(db(), scope, digits=digits) if len(area) < 12 else []
    cells = lists.list_cells(db(), scope, sort="code", is_rising=True) if len(area) >= 12 else None
    return _show(
        "coverage/index.html",
        figures=lists.area_figures(db(), scope),
        tiers=area_tiers(db(), scope),
        divisions=divisions,
        division_tiers=division_tiers(db(), scope, digits=digits),
        cells=cells,
        open_run=runs.find_open_run(db(), _runs_of()),
        areas=_townships() or _places(),
        may_take_all="" in _runs_of(),
        recent=queries.list_runs(db(), _runs_of(), limit=5),
    )


@blueprint.get("/cells")
@requires("coverage.run")
def cells() -> str:
    """Every cell in one table, sorted and searched by the server."""
    sort, is_rising, words = _one_of("sort", lists.CELL_SORTS, "unseen"), request.args.get("up") == "1", _words()
    page = lists.list_cells(db(), _narrowed(), words=words, sort=sort, is_rising=is_rising, page=_page_number())
    return _show("coverage/cells.html", page=page, sort=sort, is_rising=is_rising, words_asked=words)


@blueprint.get("/gaps")
@requires("coverage.run")
def gaps() -> str:
    """Gaps and street gaps beside the map, those that matter most first."""
    kind = _one_of("kind", ("gaps", "streets"), "gaps")
    sorts, ask = (lists.GAP_SORTS, lists.list_gaps) if kind == "gaps" else (lists.STREET_SORTS, lists.list_street_gaps)
    sort = _one_of("sort", sorts, sorts[0])
    page = ask(db(), _narrowed(), sort=sort, page=_page_number())
    on = ("cells", "cameras", "camera_views", "coverage_gaps")
    drawn = map_page(db(), me(), name="gaps", layers=_LAYERS, on=on, tools=("layers", "identify"),
                     coverage=coverage_texts(), bounds=_bounds(page))  # fmt: skip
    return _show("coverage/gaps.html", kind=kind, page=page, sort=sort, sorts=sorts, map=drawn, places=_places())


@blueprint.get("/quality")
@requires("coverage.run")
def quality() -> str:
    """What should be looked at in the register and the buildings."""
    kind = request.args.get("kind") or None
    return _show("coverage/quality.html", findings=queries.list_findings(db(), _narrowed(), kind=kind), kind=kind)


@blueprint.get("/runs")
@requires("coverage.run")
def history() -> str:
    """Former computations: who asked, what went in, how long it took, what became of it."""
    lines = queries.list_runs(db(), _runs_of(), limit=50)
    return _show("coverage/runs.html", runs=lines, names=names_of(db(), [line.asked_by for line in lines]))


@blueprint.post("")
@requires("coverage.run")
def update() -> Response:
    """Ask the worker to compute coverage anew; asked twice it is computed once."""
    area, scope = request.form.get("area", ""), _runs_of()
    if not any(area.startswith(prefix) for prefix in scope):
        raise NotAllowed("Choose an area that is yours.")
    asked = {"has_heights": request.form.get("heights", "on") == "on"}
    run = runs.ask_for_run(db(), area, asked_by=me().id, parameters=asked)
    if request.form.get("tiers"):
        enqueue(db(), "run_coverage_tiers", lock="coverage", run_id=run.id)
    flash(_("The worker computes coverage anew. The map follows by itself."))
    return redirect(url_for("coverage.index"))


@blueprint.post("/runs/<int:run_id>/stop")
@requires("coverage.run")
def stop(run_id: int) -> Response:
    """Stop a computation at its next step; the former results stand."""
    runs.stop_run(db(), run_id, actor_id=me().id, scope=_runs_of())
    flash(_("The computation stops at its next step."))
    return redirect(url_for("coverage.index"))


@blueprint.get("/<what>.<ending>")
@requires("coverage.run")
def export(what: str, ending: str) -> Response:
    """Cells, gaps, street gaps or cameras of an area as a file; who took what is recorded."""
    rows = lists.take(db(), what, _narrowed())
    answer = file_of(rows, what, ending)
    record(db(), CoverageExported(what, ending, _area()), location_code=_area() or None, actor_id=me().id)
    return answer


def _show(template: str, **facts: Any) -> str:
    """The page with what all pages of coverage know."""
    common = {"run": queries.find_last_run(db()), "area": _area(), "trail": _trail(), "address": _address}
    return render_template(template, **common, **page_words(), **facts)


def _area() -> str:
    return request.args.get("area", "").strip()


def _narrowed() -> lists.Scope:
    return lists.narrowed(current_scope(), _area())


def _runs_of() -> tuple[str, ...]:
    return runs.runs_within(db(), current_scope())


def _places() -> list[Any]:
    return [line for line in list_divisions(db(), current_scope()) if line.level != "county"]


def _townships() -> list[Any]:
    return [line for line in list_divisions(db(), current_scope()) if line.level == "township"]


def _trail() -> list[Any]:
    """The divisions from the outermost to the one shown."""
    area = _area()
    return [line for line in list_divisions(db(), current_scope()) if area.startswith(line.code)] if area else []


def _address(**changes: Any) -> str:
    """This page's address with some parameters changed."""
    kept = {name: value for name, value in request.args.items() if name != "page"}
    return url_for(request.endpoint or "coverage.index", **(kept | changes))


def _one_of(name: str, known: tuple[str, ...], default: str) -> str:
    said = request.args.get(name, default)
    return said if said in known else default


def _words() -> str:
    return request.args.get("q", "").strip()[:80]


def _page_number() -> int:
    return min(max(request.args.get("page", 1, type=int), 1), 100_000)


def _bounds(page: lists.Page) -> tuple[float, float, float, float] | None:
    """The box around the first lines: there the list begins."""
    rows = page.rows[:10]
    if not rows:
        return None
    return (min(row["west"] for row in rows), min(row["south"] for row in rows),
            max(row["east"] for row in rows), max(row["north"] for row in rows))  # fmt: skip
