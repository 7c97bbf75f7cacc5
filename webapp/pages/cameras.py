"""The camera register: the list beside the map, one camera's record with its view, new ones, what if some fail."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response as Answer

from cameras import register
from cameras.commands import change_camera, remove_camera
from cameras.inspections import list_inspections
from cameras.on_map import note_lookup
from data.errors import Refused
from grids.on_map import Bounds
from webapp import camera_words as words
from webapp.cases import address_without, csrf, page_number
from webapp.forms.cameras import SETTINGS, form_version, record_from, wanted_from
from webapp.i18n import static_url
from webapp.maps.page import MapPage, map_page
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("cameras", __name__)

LAYERS = ("divisions", "cells", "watched", "cameras", "camera_views", "coverage_gaps")
MOST_ROWS = 50_000

_MODULES = Path(__file__).resolve().parent.parent / "static" / "js" / "cameras"
#: What the record says, in groups.
_OPTICS = (
    "mount_height_m",
    "bearing_deg",
    "hfov_deg",
    "range_m",
    "pixels_h",
    "pitch_deg",
    "vfov_deg",
)
_IDENTITY = ("gb_code", "kind", "owner_class", "owner", "installed_on")
_LAW = ("legal_basis", "signage", "sign_seen_on", "filing_no", "filed_on", "retention_days")


@blueprint.get("/cameras")
@requires("camera.view")
def index() -> str:
    """The register: search, filter, page by page, beside the map."""
    wanted, number = wanted_from(request.args), page_number(request.args)
    offset = (number - 1) * register.PAGE
    lines = register.list_cameras(db(), current_scope(), wanted, today=words.today(), offset=offset)
    register.note_list(db(), lines, wanted, me().id)
    page = camera_map("cameras", on=("cells", "cameras"), tools=("layers", "identify", "search", "fresh"),
                      layersClosed=True, bounds=_box(lines) if wanted.chosen() else None)  # fmt: skip
    total = lines[0]["total"] if lines else 0
    has_more = offset + len(lines) < total
    shown = {"lines": lines, "total": total, "number": number, "has_more": has_more, "args": request.args}
    return render_template("cameras/index.html", map=page, address=address_without, words=words, **shown)


def camera_map(name: str, *, on: tuple[str, ...], tools: tuple[str, ...] = (), **more: Any) -> MapPage:
    """A map for a page of cameras; `more` goes into the configuration that its script reads."""
    page = map_page(db(), me(), name=name, layers=LAYERS, on=on, tools=tools, csrf=csrf(),
                    camera=words.texts(), **more)  # fmt: skip
    names = [f"js/cameras/{path.name}" for path in sorted(_MODULES.glob("*.js"))]
    own = {url_for("static", filename=path): static_url(path) for path in names}
    return replace(page, imports=page.imports | own)


def _box(lines: list[RowMapping]) -> Bounds | None:
    """The box around the cameras listed, with some room."""
    if not lines:
        return None
    lons, lats = [line["lon"] for line in lines], [line["lat"] for line in lines]
    return (min(lons) - 0.002, min(lats) - 0.002, max(lons) + 0.002, max(lats) + 0.002)


@blueprint.get("/cameras.csv")
@requires("camera.view")
def export() -> Response:
    """The filtered register as a file that spreadsheets open; who took it is recorded."""
    wanted = wanted_from(request.args)
    lines = register.list_cameras(db(), current_scope(), wanted, today=words.today(), limit=MOST_ROWS)
    register.note_export(db(), len(lines), wanted, me().id)
    name = f"cameras-{datetime.now(UTC):%Y%m%d-%H%M}.csv"
    return Response(_csv(lines), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


#: Columns of the file: those of the import, so that a file can be edited and come back.
_COLUMNS = (
    "code", "gb_code", "name", "kind", "status", "lon", "lat", "mount_height_m", "bearing_deg", "hfov_deg", "range_m",
    "pixels_h", "pitch_deg", "vfov_deg", "owner_class", "owner", "legal_basis", "signage", "filing_no",
    "retention_days", "installed_on", "cell_code", "exact_area_m2", "is_blind", "snapped_m", "inspected_at",
    "next_due_on",
)  # fmt: skip


def _csv(lines: list[RowMapping]) -> str:
    out = io.StringIO()
    out.write("\ufeff")  # without this mark, spreadsheets take the text for another encoding
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for line in lines:
        writer.writerow([_harmless(line[name]) for name in _COLUMNS])
    return out.getvalue()


def _harmless(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets a sign before it that makes it text."""
    is_formula = isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{value}" if is_formula else round(value, 6) if isinstance(value, float) else value


@blueprint.get("/cameras/new")
@requires("camera.change")
def new() -> str:
    """A new camera: click where it hangs, turn it, see what it would see."""
    page = camera_map("new_camera", on=("cells", "cameras", "camera_views"), tools=("layers", "search", "fresh"),
                      layersClosed=True, settings=_DEFAULTS, isNew=True)  # fmt: skip
    return render_template("cameras/new.html", map=page, settings=_DEFAULTS)


_DEFAULTS = {
    "mount_height_m": 4.5, "bearing_deg": 0.0, "hfov_deg": 60.0, "range_m": 50.0, "pixels_h": 2560, "pitch_deg": None,
    "vfov_deg": None,
}  # fmt: skip


@blueprint.get("/cameras/what-if")
@requires("camera.view")
def failing() -> str:
    """Choose cameras that fail, and see what nobody would see then."""
    page = camera_map("what_if", on=("cells", "cameras"), tools=("layers", "identify", "search"), layersClosed=True)
    return render_template("cameras/what_if.html", map=page)


@blueprint.get("/cameras/<path:code>")
@requires("camera.view")
def camera(code: str) -> str:
    """The record (一机一档): all fields, health, inspections, history, and the view on the map."""
    found = register.get_record(db(), code, current_scope())
    note_lookup(db(), [found], me().id)
    return render_template("cameras/camera.html", camera=found, words=words, **_record(found), **_around(found))


def _record(found: RowMapping) -> dict[str, Any]:
    """What is written about the camera."""
    health, changes = register.camera_health(db(), found["code"], found["status"], datetime.now(UTC))
    return {
        "identity": words.record_lines(found, _IDENTITY),
        "law": words.record_lines(found, _LAW),
        "optics": words.record_lines(found, _OPTICS),
        "places": words.place_lines(found),
        "health": health,
        "status_changes": changes[:10],
        "inspections": list_inspections(db(), found["id"]),
        "events": register.list_camera_events(db(), found["code"]),
    }


def _around(found: RowMapping) -> dict[str, Any]:
    """What is on the map with it."""
    neighbours = register.list_neighbours(db(), found["id"], current_scope())
    reach = max(0.0006, float(found["range_m"]) / 105_000)
    box = (found["lon"] - reach, found["lat"] - reach, found["lon"] + reach, found["lat"] + reach)
    settings = {name: None if found[name] is None else float(found[name]) for name in SETTINGS}
    page = camera_map(
        "camera", on=("cells", "cameras"), tools=("layers", "fresh"), layersClosed=True, bounds=box,
        code=found["code"], version=found["version"], settings=settings, mayChange=me().may("camera.change"),
        neighbours=[{"code": row["code"], "name": row["name"], "shape": row["shape"]} for row in neighbours],
    )  # fmt: skip
    alone = register.alone_share(db(), found["id"])
    return {"map": page, "settings": settings, "neighbours": neighbours, "alone": alone}


@blueprint.post("/cameras/<path:code>/record")
@requires("camera.change")
def change_record(code: str) -> Answer:
    """Keep what the record says about owner, law, sign and filing."""
    found = register.get_record(db(), code, current_scope())
    fields, version = record_from(request.form), form_version(request.form)
    change_camera(db(), found["id"], version=version, scope=current_scope(), actor_id=me().id, **fields)
    flash(_("The record has been kept."))
    return redirect(url_for("cameras.camera", code=code))


@blueprint.post("/cameras/<path:code>/retire")
@requires("camera.change")
def retire(code: str) -> Answer:
    """Take a camera out of the register's daily life, with the reason; the record stays."""
    found = register.get_record(db(), code, current_scope())
    reason = request.form.get("reason", "").strip()[:300]
    if not reason:
        raise Refused("Say why the camera is taken down.")
    version = form_version(request.form)
    remove_camera(db(), found["id"], version=version, scope=current_scope(), actor_id=me().id, reason=reason)
    flash(_("The camera is taken down. Its record stays."))
    return redirect(url_for("cameras.camera", code=code))
