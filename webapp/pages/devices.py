"""Devices that send positions: a member's own, with a code to scan; and, for leaders, which of them are well."""

import base64
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from data.errors import NotAllowed
from patrols import devices, queries
from patrols.models import Device, PatrolMember
from webapp import patrol_words
from webapp.qr import qr_path
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("devices", __name__)

#: A fix every so many seconds is enough to know the street, and a telephone lasts a day with it.
INTERVAL_S = 15


@blueprint.get("/my-patrols/devices")
@requires("patrol.join")
def own() -> str:
    """The own devices: what was last heard of each, and a form for another one."""
    return _own_page(_member())


@blueprint.post("/my-patrols/devices")
@requires("patrol.join")
def make() -> str:
    """Make a device; its token is on this one page and nowhere else."""
    member, form = _member(), request.form
    device, token = devices.make_device(
        db(), member, name=form.get("name", ""), kind=form.get("kind", ""), now=datetime.now(UTC), actor_id=me().id
    )
    return _own_page(member, made=settings_of(device, token))


@blueprint.post("/my-patrols/devices/<int:device_id>/revoke")
@requires("patrol.join")
def revoke(device_id: int) -> Response:
    """From now on this device may send nothing."""
    devices.revoke_device(db(), device_id, member_id=_member().id, now=datetime.now(UTC), actor_id=me().id)
    flash(_("The device has been revoked. Nothing is taken from it any more."))
    return redirect(url_for("devices.own"))


@blueprint.get("/patrols/devices")
@requires("position.view")
def health() -> str:
    """Devices of the area's members: who is silent, whose battery is low, what went wrong. No places."""
    lines = devices.list_device_health(db(), current_scope())
    return render_template("devices/health.html", lines=lines, words=patrol_words, now=datetime.now(UTC))


def settings_of(device: Device, token: str) -> dict[str, str | int]:
    """What to type or scan into the app: address, token, and the code as the path of an SVG."""
    if device.kind == "owntracks":
        address = url_for("api_positions.owntracks", _external=True)
        wanted = {"_type": "configuration", "mode": 3, "url": address, "auth": True, "username": "gridbeat"}
        told = json.dumps({**wanted, "password": token}, separators=(",", ":"))
        scanned = "owntracks:///config?inline=" + base64.urlsafe_b64encode(told.encode()).decode()
    else:
        address = url_for("api_positions.osmand", _external=True)
        asked = {
            "id": token,
            "interval": INTERVAL_S,
            "distance": 0,
            "angle": 0,
            "accuracy": "highest",
            "buffer": "true",
        }
        scanned = f"{address}?{urlencode(asked)}"
    path, width = qr_path(scanned)
    shown = address if device.kind != "osmand" else f"{address}?id={token}&lat={{0}}&lon={{1}}&timestamp={{2}}"
    more = "" if device.kind != "osmand" else "&speed={5}&bearing={6}"
    return {
        "name": device.name,
        "kind": device.kind,
        "token": token,
        "address": shown + more,
        "qr": path,
        "width": width,
    }


def _own_page(member: PatrolMember, made: dict[str, str | int] | None = None) -> str:
    lines = devices.list_own_devices(db(), member.id)
    return render_template("devices/own.html", lines=lines, words=patrol_words, made=made, now=datetime.now(UTC))


def _member() -> PatrolMember:
    member = queries.find_member(db(), me().id)
    if member is None:
        raise NotAllowed("You are in no patrol team yet. Ask your patrol leader.")
    return member
