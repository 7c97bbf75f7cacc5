"""How far computations of coverage and siting are, for pages that ask again."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from cameras import runs
from cameras.siting import get_study
from webapp.coverage_texts import RUN_STATUSES, STEPS
from webapp.labels import label
from webapp.security import current_scope, requires
from webapp.session import db

blueprint = Blueprint("coverage_api", __name__, url_prefix="/api/coverage")


@blueprint.get("/runs/<int:run_id>")
@requires("coverage.run")
def run(run_id: int) -> ResponseReturnValue:
    """Step, share and state of a computation of coverage."""
    found = runs.get_run(db(), run_id, runs.runs_within(db(), current_scope()))
    return jsonify(_told(found.status, found.step, found.share, found.status in runs.OPEN))


@blueprint.get("/studies/<int:study_id>")
@requires("coverage.run")
def study(study_id: int) -> ResponseReturnValue:
    """Step, share and state of a siting study."""
    found = get_study(db(), study_id, current_scope())
    return jsonify(_told(found.status, found.step, found.share, found.status in runs.OPEN))


def _told(status: str, step: str | None, share: float, is_open: bool) -> dict[str, object]:
    words = label(STEPS, step) if step else label(RUN_STATUSES, status)
    return {"status": status, "step": step, "words": words, "share": share, "isOpen": is_open}
