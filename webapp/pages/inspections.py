"""Inspections on the phone: which cameras are due, and the checklist at one of them."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.rules import permits
from cameras import register
from cameras.inspections import EVERY_DAYS, bearing_off_deg, inspect_camera, list_due, list_inspections
from cameras.on_map import note_lookup
from webapp import camera_words as words
from webapp.cases import my_sight
from webapp.forms.cameras import form_version, inspection_from
from webapp.pages.cameras import camera_map
from webapp.security import me, requires
from webapp.session import db

blueprint = Blueprint("inspections", __name__)


def inspection_scope() -> tuple[str, ...]:
    """Where the person inspects: a grid worker at the cameras of the own cells only."""
    areas = me().areas
    wide = {prefix for role, prefix in areas if role != "grid_worker" and permits({role}, "camera.inspect")}
    return ("",) if "" in wide else tuple(sorted(wide | set(my_sight().cell_codes)))


@blueprint.get("/cameras/inspections")
@requires("camera.inspect")
def due() -> str:
    """Cameras that somebody has to look at, the longest overdue first."""
    lines = list_due(db(), inspection_scope(), today=words.today())
    register.note_list(db(), lines, register.Wanted(only_due=True), me().id)
    return render_template("cameras/due.html", lines=lines, today=words.today(), every_days=EVERY_DAYS)


@blueprint.get("/cameras/<path:code>/inspect")
@requires("camera.inspect")
def inspect(code: str) -> str:
    """The checklist at one camera."""
    found = register.get_record(db(), code, inspection_scope())
    note_lookup(db(), [found], me().id)
    reach = 0.0008
    box = (found["lon"] - reach, found["lat"] - reach, found["lon"] + reach, found["lat"] + reach)
    place: dict[str, Any] = {name: float(found[name]) for name in ("lon", "lat", "bearing_deg", "range_m", "hfov_deg")}
    page = camera_map("inspect", on=("cells",), bounds=box, place=place)
    last = list_inspections(db(), found["id"], limit=1)
    return render_template("cameras/inspect.html", map=page, camera=found, last=last[0] if last else None, words=words)


@blueprint.post("/cameras/<path:code>/inspect")
@requires("camera.inspect")
def keep(code: str) -> Response:
    """Keep what was found."""
    found = register.get_record(db(), code, inspection_scope())
    said, version = inspection_from(request.form), form_version(request.form)
    made = inspect_camera(db(), found["id"], version=version, scope=inspection_scope(), actor_id=me().id,
                          now=datetime.now(UTC), today=words.today(), **said)  # fmt: skip
    flash(_("The inspection has been kept. The next one is due on %(day)s.", day=made.next_due_on))
    if made.measured_bearing_deg is not None and bearing_off_deg(found["bearing_deg"], made.measured_bearing_deg) > 10:
        flash(_("The measured bearing differs from the record. The centre's staff will see it."))
    return redirect(url_for("inspections.due"))
