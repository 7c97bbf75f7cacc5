"""Administration: the audit log, everything that happened in the own area."""

from flask import Blueprint, render_template, request

from data.audit import list_events, list_kinds
from webapp.audit_names import names_in
from webapp.audit_words import details_of, subject_of
from webapp.security import current_scope, requires
from webapp.session import db

blueprint = Blueprint("audit", __name__, url_prefix="/admin/audit")

PAGE = 100


@blueprint.get("")
@requires("audit.view")
def index() -> str:
    """Events, newest first; filter by kind and text."""
    kind, search = request.args.get("kind", ""), request.args.get("q", "").strip()
    before = request.args.get("before", type=int)
    lines = list_events(db(), current_scope(), kind=kind, search=search, before=before, limit=PAGE)
    return render_template(
        "admin/audit.html",
        lines=lines,
        kinds=list_kinds(db()),
        kind=kind,
        search=search,
        is_full=len(lines) == PAGE,
        subject_of=subject_of,
        details_of=details_of,
        names=names_in(db(), [line.payload for line in lines]),
    )
