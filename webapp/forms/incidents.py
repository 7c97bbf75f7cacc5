"""What programs and pages may send about incidents, read strictly: an unknown field is refused, never ignored."""

import math
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, request
from flask_babel import gettext as _

from incidents.commands import Details, Report
from webapp.json_input import check_texts, sent_json
from webapp.maps.asking import refuse

REPORT_FIELDS = frozenset({
    "id", "category", "scheme", "lon", "lat", "crs", "accuracy_m", "reported_at",
    "description", "place_text", "priority", "self_handled",
})  # fmt: skip
STEP_FIELDS = frozenset({"action", "version", "note", "worker_id", "team_id", "priority"})

Body = Mapping[str, Any]


def read_body(fields: Collection[str]) -> Body:
    """The request's JSON object, which may have these fields only."""
    body = sent_json()
    if not isinstance(body, dict):
        refuse(_("The request has to be one JSON object, sent as application/json."))
    check_texts(body)
    for name in body:
        if name not in fields:
            refuse(_("There is no field called “%(name)s” here.", name=str(name)[:40]))
    return body


def read_report(body: Body) -> Report:
    """The report in a JSON object."""
    return Report(
        id=_uuid(body, "id"),
        scheme=_text(body, "scheme") or current_app.config["SETTINGS"].incident_scheme,
        category_code=_text(body, "category", is_needed=True),
        x=_number(body, "lon"),
        y=_number(body, "lat"),
        source_crs=_text(body, "crs") or "wgs84",
        accuracy_m=_number(body, "accuracy_m") if body.get("accuracy_m") is not None else None,
        reported_at=_moment(body, "reported_at"),
        description=_text(body, "description"),
        place_text=_text(body, "place_text"),
        priority=_text(body, "priority") or None,
        is_self_handled=_truth(body, "self_handled"),
    )


def read_step(body: Body) -> tuple[str, int | None, Details]:
    """The action, the version it was decided on, and what it brings along."""
    details = Details(
        note=_text(body, "note"),
        worker_id=_whole(body, "worker_id"),
        team_id=_whole(body, "team_id"),
        priority=_text(body, "priority") or None,
    )
    return _text(body, "action", is_needed=True), _whole(body, "version"), details


def read_step_form(action: str) -> tuple[int | None, Details]:
    """The same from a page's form; a candidate is written `worker:7` or `team:3`."""
    form = request.form
    kind, _colon, number = form.get("assignee", "").partition(":")
    details = Details(
        note=form.get("note", ""),
        worker_id=_form_number(number) if kind == "worker" and action == "dispatch" else None,
        team_id=_form_number(number) if kind == "team" and action == "dispatch" else None,
        priority=form.get("priority") or None,
    )
    return _form_number(form.get("version", "")), details


def _form_number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 16 else None


def _text(body: Body, name: str, *, is_needed: bool = False) -> str:
    value = body.get(name)
    if value is None:
        value = ""
    if not isinstance(value, str) or (is_needed and not value):
        refuse(_("“%(name)s” has to be a text.", name=name))
    return value


def _number(body: Body, name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e9 or not math.isfinite(value):
        refuse(_("“%(name)s” has to be a number.", name=name))
    return float(value)


def _whole(body: Body, name: str) -> int | None:
    value = body.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**62):
        refuse(_("“%(name)s” has to be a whole number.", name=name))
    return value


def _truth(body: Body, name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        refuse(_("“%(name)s” has to be true or false.", name=name))
    return value


def _uuid(body: Body, name: str) -> UUID:
    try:
        return UUID(_text(body, name, is_needed=True))
    except ValueError:
        refuse(_("“%(name)s” has to be a UUID, for example 4f0e0cde-6a35-4a39-8a2c-3d9d2c8f0b11.", name=name))


def _moment(body: Body, name: str) -> datetime | None:
    given = _text(body, name)
    if not given:
        return None
    try:
        return datetime.fromisoformat(given)
    except ValueError:
        refuse(_("“%(name)s” has to be a time such as 2026-03-04T12:00:00+08:00.", name=name))
