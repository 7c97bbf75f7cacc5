"""The gate of addresses that devices send to: a token opens them, and it opens nothing else."""

import base64
import binascii
from datetime import UTC, datetime

from flask import abort, g, request
from flask_babel import gettext as _
from sqlalchemy import RowMapping

from data.errors import NotAllowed
from patrols.devices import MOST_REQUESTS_A_MINUTE, hear_device
from webapp.json_input import sent_json
from webapp.session import db

#: Where the protocols put what we made the token for: OsmAnd and Traccar have one field, the device's id.
_FIELDS = ("id", "deviceid")


def sender() -> RowMapping:
    """The device whose token the request brought; the gate lets nobody else come to a view for devices."""
    device: RowMapping = g.device
    return device


def admit(*, is_person: bool) -> None:
    """Let a device with a sound token pass; 401 says nothing about why another one is not."""
    token = _token()
    device = hear_device(db(), token, datetime.now(UTC)) if token else None
    if device is None:
        if is_person and not token:
            raise NotAllowed("This address is for devices. Make a token for yours under My devices.")
        abort(401, description=_("This device token is not known here or no longer valid. Make a new one."))
    if device["minute_requests"] > MOST_REQUESTS_A_MINUTE:
        abort(429)
    g.device = device


def _token() -> str:
    """The token of the request: bearer, password of HTTP Basic, or the device's id in query, form or JSON."""
    kind, _space, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return given.strip()
    if kind.lower() == "basic":
        return _password(given)
    for name in _FIELDS:
        if request.values.get(name):
            return str(request.values[name])
    told = sent_json() if request.is_json else None
    return str(told.get("device_id") or "") if isinstance(told, dict) else ""


def _password(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
