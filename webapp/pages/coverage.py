"""Coverage in figures: what the last computation found, and the button for a new one."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from cameras import queries
from data.jobs import enqueue, is_waiting
from webapp.security import current_actor, current_scope, requires
from webapp.session import db

blueprint = Blueprint("coverage", __name__, url_prefix="/coverage")


@blueprint.get("")
@requires("coverage.run")
def index() -> str:
    """Totals, the worst cells, the largest gaps."""
    scope = current_scope()
    return render_template(
        "coverage/index.html",
        run=queries.find_last_run(db()),
        totals=queries.coverage_totals(db(), scope),
        cells=queries.list_worst_cells(db(), scope),
        gaps=queries.list_largest_gaps(db(), scope),
        is_running=is_waiting(db(), "run_coverage"),
    )


@blueprint.post("")
@requires("coverage.run")
def update() -> Response:
    """Ask the worker to compute coverage anew; asked twice it is computed once."""
    actor = current_actor()
    if not is_waiting(db(), "run_coverage"):
        enqueue(db(), "run_coverage", lock="coverage", area_code="", asked_by=actor.id if actor else None)
    flash(_("The worker computes coverage anew. The map follows by itself."))
    return redirect(url_for("coverage.index"))
