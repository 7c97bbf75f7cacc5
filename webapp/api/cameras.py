"""What camera pages ask while somebody edits: the view as it would be, saving, what if some cameras fail."""

import time
from typing import Any

from flask import Blueprint, jsonify, url_for
from flask.wrappers import Response

from accounts.rules import lies_within
from cameras import register
from cameras.commands import add_camera, change_camera
from cameras.failing import cell_names, lost_parts
from cameras.previewing import view_of, what_if
from cameras.reading import AROUND_M
from data.errors import Refused
from webapp.camera_words import preview_json, share_changes, what_if_json
from webapp.forms.cameras import (
    SETTINGS,
    changes_from,
    new_camera_from,
    version_from,
    whole_settings_from,
)
from webapp.json_input import BadInput, body, text, whole
from webapp.labels import OWNER_CLASSES
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("api_cameras", __name__, url_prefix="/api/cameras")


@blueprint.post("/preview")
@requires("camera.view")
def preview_anywhere() -> Response:
    """The view of a camera that is not in the register yet. Nothing is stored."""
    return jsonify(preview_json(db(), view_of(db(), whole_settings_from(body(SETTINGS)))))


@blueprint.post("/<path:code>/preview")
@requires("camera.view")
def preview(code: str) -> Response:
    """The view with the settings sent, all of them: the answer tells nothing of the camera that was not said."""
    register.get_record(db(), code, current_scope())
    return jsonify(preview_json(db(), view_of(db(), whole_settings_from(body(SETTINGS)))))


@blueprint.post("")
@requires("camera.change")
def add() -> Response:
    """A new camera; the answer says where its record is."""
    given = body({*SETTINGS, "code", "name", "kind", "status"})
    code, said = text(given, "code", 64).strip(), new_camera_from(given)
    if not code:
        raise Refused("Enter the camera's code.")
    camera = add_camera(db(), code, scope=current_scope(), actor_id=me().id, **said)
    return jsonify(code=camera.code, page=url_for("cameras.camera", code=camera.code))


@blueprint.post("/<path:code>")
@requires("camera.change")
def change(code: str) -> Response:
    """Save settings or the state; the answer has the new version and each cell's share before and after."""
    begun = time.perf_counter()
    given = body({*SETTINGS, "status", "version"})
    changes, version = changes_from(given), version_from(given)
    found = register.get_record(db(), code, current_scope())
    places = _touched(found, changes)
    before = register.cell_shares(db(), places)
    camera = change_camera(db(), found["id"], version=version, scope=current_scope(), actor_id=me().id, **changes)
    cells = share_changes(before, register.cell_shares(db(), places))
    seen = [cell for cell in cells if lies_within(cell["code"], current_scope())]
    took_ms = round(1000 * (time.perf_counter() - begun), 1)
    return jsonify(version=camera.version, status=camera.status, cells=seen, took_ms=took_ms)


def _touched(found: Any, changes: dict[str, Any]) -> list[tuple[float, float, float]]:
    """Where the change can matter: around the old place and the new one, as far as the camera sees."""
    new = {name: changes.get(name, found[name]) for name in ("lon", "lat", "range_m")}
    places = [(row["lon"], row["lat"], float(row["range_m"]) + AROUND_M) for row in (found, new)]
    return [place for place in places if abs(place[1]) < 85 and place[2] < 6000]


@blueprint.post("/what-if")
@requires("camera.view")
def failing() -> Response:
    """What would be lost if the cameras named, those of an owner class or those in a cell failed. Nothing is stored."""
    given = body({"codes", "owner_class", "cell"})
    chosen = register.cameras_that_fail(db(), current_scope(), **_chosen(given))
    if not chosen:
        raise Refused("No camera that is online was chosen.")
    ids = [row["id"] for row in chosen]
    found = what_if(db(), ids)
    parts, names = lost_parts(db(), found.gaps, ids), cell_names(db(), [cell.code for cell in found.cells])
    answer = what_if_json(found, parts, names, lambda code: lies_within(code, current_scope()))
    register.note_list(db(), chosen, register.Wanted(words="what-if"), me().id)
    cameras = [{"code": row["code"], "name": row["name"], "lon": row["lon"], "lat": row["lat"]} for row in chosen]
    return jsonify(cameras=cameras, **answer)


def _chosen(given: dict[str, Any]) -> dict[str, Any]:
    codes = given.get("codes", [])
    if not isinstance(codes, list) or not all(isinstance(code, str) and len(code) <= 64 for code in codes):
        raise BadInput("{name} has to be a list of texts.", name="codes")
    owner_class = whole(given, "owner_class", 1, len(OWNER_CLASSES)) if given.get("owner_class") is not None else None
    cell = text(given, "cell", 15).strip()
    if cell and not (cell.isascii() and cell.isdecimal() and len(cell) >= 6):
        raise Refused("An area's code has 6 to 15 digits.")
    return {"codes": codes[: register.MOST_FAILING], "owner_class": owner_class, "cell_code": cell}
