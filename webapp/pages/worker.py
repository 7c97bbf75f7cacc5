"""The grid worker's phone: the own cell, the own work, a report in half a minute."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import shapely
from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from shapely.geometry import shape as geometry_of
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from incidents.queries import (
    IncidentRow,
    get_case,
    list_categories_by_use,
    list_own_cells,
    list_reported,
    list_work,
)
from incidents.rules import MAX_PHOTOS, PERSONAL_NUMBERS
from webapp import labels
from webapp.api.incidents import keep
from webapp.cases import case_map, category_name, my_sight, show
from webapp.dispatching import take_step
from webapp.forms.incidents import read_step_form
from webapp.maps.shell import Bounds
from webapp.photos import read_photo
from webapp.security import me, requires
from webapp.session import db

blueprint = Blueprint("worker", __name__)


@blueprint.url_value_preprocessor
def allow_photos(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A finished task may bring a few photos along where the page's script does not send them one by one."""
    if endpoint == "worker.step":
        request.max_content_length = 3 * current_app.config["SETTINGS"].max_photo_mb * 1_000_000


@blueprint.get("/worker")
@requires("cell.work")
def home() -> str:
    """The own cell, the big button, the own open work."""
    cells = list_own_cells(db(), my_sight())
    work = list_work(db(), my_sight())
    shapes = [{"type": "Feature", "properties": {}, "geometry": cell.area} for cell in cells]
    places = [_place_of(row) for row in work]
    page = case_map(name="own", bounds=_box(shapes), ownCells=shapes, ownWork=places, sender=me().id)
    return show(
        "worker/home.html",
        cells=cells,
        work=work,
        reported=list_reported(db(), my_sight(), datetime.now(UTC), most=5),
        map=page,
    )


def _place_of(row: IncidentRow) -> dict[str, Any]:
    """A piece of work for the map of the own cell."""
    address = url_for("worker.task", incident_id=row.id)
    return {"lon": row.lon, "lat": row.lat, "priority": row.priority, "title": category_name(row), "url": address}


def _box(shapes: list[dict[str, Any]]) -> Bounds | None:
    """The box around these GeoJSON areas."""
    if not shapes:
        return None
    west, south, east, north = shapely.union_all([geometry_of(one["geometry"]) for one in shapes]).bounds
    return (west, south, east, north)


@blueprint.get("/worker/report")
@requires("incident.report")
def report() -> str:
    """A report: what, where, a photo, a note, sent."""
    shapes = [{"type": "Feature", "properties": {}, "geometry": cell.area} for cell in list_own_cells(db(), my_sight())]
    scheme = current_app.config["SETTINGS"].incident_scheme
    categories = list_categories_by_use(db(), my_sight(), scheme, datetime.now(UTC))
    page = case_map(
        name="report", bounds=_box(shapes), ownCells=shapes,
        report={"personal": PERSONAL_NUMBERS, "sender": me().id, "locate": True, "mostPhotos": MAX_PHOTOS},
    )  # fmt: skip
    can_settle = me().may("incident.handle") and my_sight().worker_id is not None
    reported = list_reported(db(), my_sight(), datetime.now(UTC), most=5)
    return show("worker/report.html", categories=categories, map=page, can_settle=can_settle, reported=reported)


@blueprint.get("/worker/tasks/<uuid:incident_id>")
@requires("incident.handle")
def task(incident_id: UUID) -> str:
    """One task of a worker or of a patrol team: where, what, until when, and what to do with it now."""
    found = get_case(db(), incident_id, me(), my_sight())
    row, reach = found.row, 0.003
    box = (row.lon - reach, row.lat - reach, row.lon + reach, row.lat + reach)
    place = {"lon": row.lon, "lat": row.lat, "priority": row.priority, "accuracy_m": row.accuracy_m}
    return show(
        "worker/task.html",
        case=found,
        work_page=url_for(work_page()),
        map=case_map(name="task", bounds=box, place=place),
    )


@blueprint.post("/worker/tasks/<uuid:incident_id>/<action>")
@requires("incident.handle")
def step(incident_id: UUID, action: str) -> Response:
    """Accept, return or finish; photos that came along are kept first."""
    version, details = read_step_form(action)
    for photo in request.files.getlist("photo"):
        _keep(incident_id, photo)
    incident = take_step(incident_id, action, version, details)
    flash(_("Done: %(what)s.", what=labels.label(labels.CASE_LINES, action)))
    is_mine_still = incident.status == "handling"
    return redirect(url_for("worker.task", incident_id=incident_id) if is_mine_still else url_for(work_page()))


def work_page() -> str:
    """Where the signed-in person finds the own work: grid workers by their cell, members by their patrols."""
    return "worker.home" if me().may("cell.work") or not me().may("patrol.join") else "volunteer.home"


def _keep(incident_id: UUID, photo: FileStorage) -> None:
    """A photo of the result; an empty file field is none."""
    sent = photo.read()
    if sent:
        keep(incident_id, read_photo(sent), "handling")
