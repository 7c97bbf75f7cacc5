"""Reports from phones, photos, steps of a case, incidents for maps. JSON in, JSON out, the same rights as the pages."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, g, jsonify, request, send_file, url_for
from flask_babel import gettext as _

from data.errors import Conflict, Unavailable
from incidents import commands
from incidents.access import get_visible
from incidents.elsewhere import Remark, remark_on_place, remark_on_report
from incidents.models import Incident
from incidents.queries import get_case, get_photo, incidents_geojson, list_near
from webapp.cases import category_name, my_sight, wanted
from webapp.dispatching import take_step
from webapp.errors import sentence_in_words
from webapp.forms.incidents import REPORT_FIELDS, STEP_FIELDS, read_body, read_report, read_step
from webapp.maps.asking import bounding_box, coordinate, expect_only
from webapp.photos import Photo, keep_photo, photo_path, read_photo
from webapp.security import me, requires
from webapp.session import db

blueprint = Blueprint("incidents_api", __name__)

LIST_PARAMETERS = ("bbox", "status", "priority", "group", "category", "cell", "q", "overdue", "from", "to")


@blueprint.url_value_preprocessor
def allow_photos(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Photos may be larger than forms. Before anything reads the body, and only at their own address."""
    if endpoint == "incidents_api.add_photo":
        request.max_content_length = current_app.config["SETTINGS"].max_photo_mb * 1_000_000 + 10_000


@blueprint.post("/api/incidents")
@requires("incident.report")
def report() -> tuple[Response, int]:
    """Keep a report: 201 when it is new, 200 with the same answer when it has been kept already."""
    payload = read_report(read_body(REPORT_FIELDS))
    try:
        incident, is_new = commands.report(db(), payload, me())
    except Conflict:
        g.keep_anyway = True  # nothing but the record of the two hashes
        raise
    said = [_(text) for text in commands.warnings_about(payload)]
    remark = _words(remark_on_report(db(), my_sight(), incident))
    answer = receipt(incident) | {"warnings": [*said, *([remark] if remark else [])]}
    return jsonify(answer), 201 if is_new else 200


def _words(remark: Remark | None) -> str:
    """Where a report goes that does not lie in the reporter's own cell; empty when there is nothing to say."""
    return sentence_in_words(remark.sentence, remark.facts) if remark else ""


def receipt(incident: Incident) -> dict[str, Any]:
    """What stays the same about a report however often it is asked for."""
    return {
        "id": str(incident.id),
        "number": incident.number,
        "received_at": incident.received_at.isoformat(),
        "location_code": incident.location_code,
        "payload_sha256": incident.payload_sha256,
    }


@blueprint.post("/api/incidents/<uuid:incident_id>/photos")
@requires("incident.report")
def add_photo(incident_id: UUID) -> tuple[Response, int]:
    """Keep a photo, sent as the body itself or as `photo` in a form; the answer names the SHA-256 of what was sent."""
    get_visible(db(), incident_id, my_sight())
    sent = request.files["photo"].read() if "photo" in request.files else request.get_data()
    stage = request.values.get("stage", "report")
    row, is_new = keep(incident_id, read_photo(sent), stage)
    address = url_for("incidents_api.photo", incident_id=incident_id, sha256=row.sha256)
    return jsonify(id=str(incident_id), sha256=row.sha256, stage=row.stage, url=address), 201 if is_new else 200


def keep(incident_id: UUID, photo: Photo, stage: str) -> tuple[Any, bool]:
    """The row first (it may be refused), then the file; the transaction is kept after both."""
    facts = commands.PhotoFacts(photo.sha256, stage, photo.width_px, photo.height_px, len(photo.jpeg))
    row, is_new = commands.add_photo(db(), incident_id, facts, me())
    keep_photo(current_app.config["SETTINGS"].photo_folder, photo)
    return row, is_new


@blueprint.post("/api/incidents/<uuid:incident_id>/actions")
@requires("incident.report")
def act(incident_id: UUID) -> Response:
    """Take the case one step further; 409 says who was faster."""
    action, version, details = read_step(read_body(STEP_FIELDS))
    incident = take_step(incident_id, action, version, details)
    return jsonify(id=str(incident.id), status=incident.status, version=incident.version)


@blueprint.get("/api/incidents/<uuid:incident_id>")
@requires("incident.report")
def case(incident_id: UUID) -> Response:
    """Where a case stands and what the asker can do with it."""
    found = get_case(db(), incident_id, me(), my_sight())
    row = found.row
    return jsonify(
        id=str(row.id), number=row.number, category=row.category_code, priority=row.priority, status=row.status,
        version=row.version, lon=row.lon, lat=row.lat, location_code=row.location_code,
        received_at=row.received_at.isoformat(), due_at=row.due_at and row.due_at.isoformat(),
        actions=found.actions, photos=[photo.sha256 for photo in found.photos],
    )  # fmt: skip


@blueprint.get("/api/incidents")
@requires("incident.view")
def listing() -> Response:
    """Incidents in `bbox` (west,south,east,north) as GeoJSON, filtered like the lists."""
    expect_only(request.args, LIST_PARAMETERS)
    box = bounding_box(request.args)
    text = incidents_geojson(db(), my_sight(), box, wanted(request.args))
    return Response(text, mimetype="application/geo+json")


@blueprint.get("/api/incidents/near")
@requires("incident.report")
def near() -> Response:
    """Open incidents within 150 m of lon, lat that the asker may see, and whose cell it is when not the asker's."""
    expect_only(request.args, ("lon", "lat"))
    lon, lat = coordinate(request.args, "lon", 180), coordinate(request.args, "lat", 85)
    found = list_near(db(), my_sight(), lon, lat)
    lines = [
        {"number": row.number, "title": category_name(row), "away_m": round(away_m), "place": row.place_text or "",
         "icon": row.icon or "flag"}
        for row, away_m in found
    ]  # fmt: skip
    return jsonify(near=lines, remark=_words(remark_on_place(db(), my_sight(), lon, lat)))


@blueprint.get("/photos/<uuid:incident_id>/<sha256>.jpg")
@requires("incident.report")
def photo(incident_id: UUID, sha256: str) -> Response:
    """Our JPEG of a photo, for those who may see the incident."""
    row = get_photo(db(), incident_id, sha256, my_sight())
    path = photo_path(current_app.config["SETTINGS"].photo_folder, row.sha256)
    if not path.is_file():
        raise Unavailable("The file of this photo is missing on the server. Tell an administrator.")
    answer = send_file(path, mimetype="image/jpeg", max_age=0)
    answer.headers["Cache-Control"] = "private, max-age=600"
    answer.headers["Content-Disposition"] = f'inline; filename="{row.sha256[:12]}.jpg"'
    return answer
