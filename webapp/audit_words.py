"""The audit trail in words: what an event was about, with a way there, and its details with labels."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from webapp import labels
from webapp.labels import label
from webapp.security.access import may

#: Labels of details; the words of cameras' fields are used where they fit.
FIELDS: dict[str, LazyString] = labels.CAMERA_FIELDS | {
    "zone": _l("Time zone"),
    "hours": _l("Working hours"),
    "day": _l("Date"),
    "is_worked": _l("Worked"),
    "clock": _l("Clock"),
    "amount": _l("Amount"),
    "close_clock": _l("Clock"),
    "needed_skill": _l("Skill it asks for"),
    "plan_on": _l("Day"),
    "teams": _l("Teams"),
    "shifts": _l("Shifts"),
    "number": _l("Number"),
    "from_status": _l("Status before"),
    "to_status": _l("Status"),
    "priority": _l("Priority"),
    "channel": _l("Channel"),
    "scheme": _l("Category list"),
    "category_code": _l("Category"),
    "worker_id": _l("Worker"),
    "team_id": _l("Team"),
    "member_id": _l("Member"),
    "session_id": _l("Patrol"),
    "by_itself": _l("Ended by itself"),
    "shift_id": _l("Shift"),
    "device_id": _l("Device"),
    "decision": _l("Decision"),
    "note": _l("Reason"),
    "positions": _l("Positions"),
    "plan_id": _l("Route"),
    "starts_at": _l("From"),
    "ends_at": _l("Until"),
    "starts_on": _l("From"),
    "ends_on": _l("Until"),
    "length_m": _l("Length (m)"),
    "method": _l("Made"),
    "code": _l("Code"),
    "codes": _l("Cameras"),
    "cell": _l("Cell"),
    "duty": _l("Duty"),
    "username": _l("User name"),
    "roles": _l("Roles"),
    "reason": _l("Reason"),
    "password": _l("Password"),
    "is_active": _l("May sign in"),
    "file_name": _l("File"),
    "status": _l("State"),
    "added": _l("Added"),
    "changed": _l("Changed"),
    "refused": _l("Refused"),
    "is_dry_run": _l("Dry run"),
    "run_id": _l("Run"),
    "rows": _l("Rows"),
    "filters": _l("Filter"),
    "cameras": _l("Cameras"),
    "buildings": _l("Buildings"),
    "seconds": _l("Seconds"),
    "area_code": _l("Area code"),
    "area": _l("Area code"),
    "stage": _l("Stage"),
    "sha256": _l("Check sum"),
    "kept_sha256": _l("Check sum of the kept one"),
    "refused_sha256": _l("Check sum of the refused one"),
    "faults": _l("Faults"),
    "next_due_on": _l("Next inspection"),
    "status_before": _l("State before"),
    "what": _l("What"),
    "file_format": _l("File format"),
    "proposals": _l("Proposals"),
    "study_id": _l("Study"),
    "name_zh": _l("Name in Chinese"),
    "name_en": _l("Name in English"),
    "close_within_min": _l("Time to close (min)"),
    "icon": _l("Icon"),
    "position": _l("Position"),
    "group_code": _l("Class"),
    "villages": _l("Villages"),
    "cells": _l("Cells"),
    "closed": _l("Ended"),
    "division_code": _l("Division"),
    "building_id": _l("Building"),
    "height_m": _l("Height (m)"),
    "has_new_footprint": _l("New footprint"),
    "is_gone": _l("Gone"),
    "distance_m": _l("Distance (m)"),
    "how": _l("How"),
    "skills": _l("Skills"),
    "seq": _l("Checkpoint"),
    "substitute_id": _l("Substitute"),
    "answer": _l("Answer"),
    "begins_on": _l("From"),
    "alert_id": _l("Call for help"),
}

#: How somebody checked in.
HOW: dict[str, LazyString] = {"place": _l("by the place"), "qr": _l("by the sign")}

#: Tables whose words are used for the values of these fields.
_CODES: dict[str, tuple[dict[str, LazyString], ...]] = {
    "from_status": (labels.STATUSES,),
    "to_status": (labels.STATUSES,),
    "priority": (labels.PRIORITIES,),
    "channel": (labels.CHANNELS,),
    "kind": (labels.IMPORT_KINDS, labels.CAMERA_KINDS, labels.CELL_KINDS),
    "status": (labels.IMPORT_STATUSES, labels.CAMERA_STATUSES),
    "status_before": (labels.CAMERA_STATUSES,),
    "method": (labels.PLAN_METHODS,),
    "duty": (labels.DUTIES,),
    "legal_basis": (labels.LEGAL_BASES,),
    "owner_class": (labels.OWNER_CLASSES,),
    "signage": (labels.SIGNAGE,),
    "faults": (labels.INSPECTION_CHECKS,),
    "roles": (labels.ROLES,),
    "role": (labels.ROLES,),
    "how": (HOW,),
    "answer": (labels.SUBSTITUTIONS,),
}

#: What a subject's prefix means: endpoint, the name of its argument, what is needed to open it, and the word for it.
_SUBJECTS: dict[str, tuple[str, str, str, LazyString]] = {
    "shift": ("patrols.shift", "shift_id", "patrol.view", _l("Shift")),
    "route": ("patrols.plan", "plan_id", "patrol.view", _l("Route")),
    "cell": ("cells.cell", "code", "cell.assign", _l("Cell")),
    "camera": ("cameras.camera", "code", "camera.view", _l("Camera")),
    "incident": ("incidents.case", "incident_id", "incident.view", _l("Case")),
    "import": ("imports.show", "run_id", "import.run", _l("Import")),
    "user": ("admin.user", "user_id", "account.manage", _l("User")),
    "patrol_study": ("planning.show", "study_id", "patrol.plan", _l("Plan for a day")),
    "siting": ("siting.show", "study_id", "coverage.run", _l("Siting")),
    "alert": ("walking.alert", "alert_id", "position.view", _l("Call for help")),
    "category": ("code_lists.category", "code", "code_list.edit", _l("Category")),
}
_PLAIN_SUBJECTS = {
    "patrol": _l("Patrol"),
    "coverage": _l("Coverage"),
    "division": _l("Division"),
    "building": _l("Building"),
}

#: The field of an event that names its subject again.
_SUBJECT_FIELDS = {
    "shift": "shift_id",
    "route": "plan_id",
    "patrol": "session_id",
    "alert": "alert_id",
    "camera": "code",
    "cell": "cell",
    "category": "code",
    "import": "run_id",
    "coverage": "run_id",
    "siting": "study_id",
}

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBERS = {"shift_id", "plan_id", "run_id", "user_id", "study_id"}
_MOST_LISTED = 12


@dataclass(frozen=True)
class Subject:
    """What an event is about: a title, and where it can be seen by this reader ("" when nowhere)."""

    title: str
    href: str = ""


@dataclass(frozen=True)
class Detail:
    """One line of an event: a label, what it is, and what it was before where that is known."""

    title: str
    now: str
    before: str | None = None


def subject_of(
    subject: str | None, payload: dict[str, Any], names: dict[tuple[str, int], str] | None = None
) -> Subject | None:
    """The subject of an event in words, with the way there when the reader may go."""
    if not subject:
        return None
    prefix, _colon, rest = subject.partition(":")
    if _UUID.fullmatch(subject):
        prefix, rest = "incident", subject
    if prefix not in _SUBJECTS:
        return Subject(f"{_PLAIN_SUBJECTS[prefix]} {_short(rest)}" if prefix in _PLAIN_SUBJECTS else subject)
    endpoint, argument, permission, word = _SUBJECTS[prefix]
    value: Any = int(rest) if argument in _NUMBERS and rest.isdecimal() else rest
    named = payload.get("number") or payload.get("username") or payload.get("name")
    named = named or (names or {}).get((argument, value)) or _short(rest)
    is_open = may(permission) and (argument not in _NUMBERS or isinstance(value, int))
    return Subject(f"{word} {named}", url_for(endpoint, **{argument: value}) if is_open else "")


def _short(rest: str) -> str:
    return rest[:8] if _UUID.fullmatch(rest) else rest


def details_of(
    payload: dict[str, Any], subject: str | None = None, names: dict[tuple[str, int], str] | None = None
) -> list[Detail]:
    """The details of an event with labels; of changes, what was before and what is now.

    What the subject says already is not said again; numbers that have a name in `names` are shown by it.
    """
    prefix, _colon, about = (subject or "").partition(":")
    names = names or {}
    shown: dict[str, Any] = {}
    for field, value in payload.items():
        if _SUBJECT_FIELDS.get(prefix) == field and str(value) == about:
            continue
        is_number = isinstance(value, int) and not isinstance(value, bool)
        shown[field] = names.get((field, value), value) if is_number else value
    return list(_details(shown))


def _details(payload: dict[str, Any]) -> Iterator[Detail]:
    for name, value in payload.items():
        if name == "changes" and isinstance(value, dict):
            yield from (_change(field, pair) for field, pair in value.items())
        elif name == "filters" and isinstance(value, dict):
            said = ", ".join(f"{label(FIELDS, field)}: {_told(field, one)}" for field, one in value.items())
            yield Detail(str(FIELDS["filters"]), said or "–")
        elif value not in (None, [], ""):
            yield Detail(label(FIELDS, name), _told(name, value))


def _change(name: str, pair: Any) -> Detail:
    """A change as [before, after]; older events say only what is now."""
    if isinstance(pair, list) and len(pair) == 2 and not all(isinstance(one, list) and len(one) == 2 for one in pair):
        return Detail(label(FIELDS, name), _told(name, pair[1]), _told(name, pair[0]))
    return Detail(label(FIELDS, name), _told(name, pair))


def _told(name: str, value: Any) -> str:
    """One value in the reader's language."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        shown = [_told(name, one) for one in value[:_MOST_LISTED]]
        more = [_("and %(n)d more", n=len(value) - _MOST_LISTED)] if len(value) > _MOST_LISTED else []
        return ", ".join(shown + more) or "–"
    if isinstance(value, str):
        word, _blank, rest = value.partition(" ")  # a role stands before its area: "dispatcher 990101"
        for table in _CODES.get(name, ()):
            if word in table:
                return f"{label(table, word)} {rest}".strip()
        return value[:12] + "…" if name.endswith("sha256") and len(value) > 12 else value
    return str(value)
