"""Inspections: the checklist, what somebody found at a camera, and which cameras are due. Writes never commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from cameras.commands import change_camera, get_camera
from cameras.models import Camera, CameraInspection
from cameras.rules import normal_bearing_deg, sentence, settings_problem
from data.errors import Conflict, Refused
from data.events import record
from data.sql import sql
from data.tiles import narrowing

#: The checklist, in the order in which one works through it: each is a column of `camera_inspections`.
CHECKS = ("picture_clear", "view_free", "bearing_right", "mount_firm", "sign_present", "power_network", "time_correct")
ANSWERS = ("ok", "fault", "unchecked")

#: How often a camera is looked at: after so many days again, sooner after a fault.
EVERY_DAYS = 90
AFTER_FAULT_DAYS = 14

#: A bearing that differs by no more is as recorded: a compass on a phone is no better.
BEARING_TOLERANCE_DEG = 10.0

_LONGEST_NOTE = 1000


@dataclass(frozen=True)
class CameraInspected:
    """Somebody worked through the checklist at a camera."""

    code: str
    faults: list[str]
    next_due_on: str


def inspection_problem(findings: Mapping[str, str], note: str, measured_bearing_deg: float | None) -> str | None:
    """What is wrong with an inspection as it was filled in, as a sentence; None when all is well.

    >>> inspection_problem({}, "", None)
    'Answer at least one line of the checklist.'
    >>> inspection_problem({"mount_firm": "ok"}, "", 12.0) is None
    True
    """
    if any(name not in CHECKS or answer not in ANSWERS for name, answer in findings.items()):
        return sentence("The checklist has lines that are not known here. Reload the page.")
    if all(answer == "unchecked" for answer in findings.values()):
        return sentence("Answer at least one line of the checklist.")
    if len(note) > _LONGEST_NOTE:
        return sentence("A note has at most 1,000 characters.")
    return None if measured_bearing_deg is None else settings_problem({"bearing_deg": measured_bearing_deg})


def next_due_on(findings: Mapping[str, str], today: date) -> date:
    """When somebody has to look again.

    >>> next_due_on({"mount_firm": "fault"}, date(2026, 11, 22))
    datetime.date(2026, 12, 6)
    """
    has_fault = "fault" in findings.values()
    return today + timedelta(days=AFTER_FAULT_DAYS if has_fault else EVERY_DAYS)


def inspect_camera(
    session: Session,
    camera_id: int,
    *,
    version: int,
    scope: tuple[str, ...],
    actor_id: int,
    now: datetime,
    today: date,
    findings: Mapping[str, str],
    note: str = "",
    measured_bearing_deg: float | None = None,
    set_status: str | None = None,
) -> CameraInspection:
    """The inspection as it was kept; with `set_status` the camera is faulty or online from now on, coverage with it.

    `version` is that of the camera the inspector looked at; it matters only when the state changes. Raises Refused
    for an empty checklist or another state, NotFound outside `scope`, Conflict when somebody changed the camera.
    """
    if problem := inspection_problem(findings, note, measured_bearing_deg):
        raise Refused(problem)
    camera = get_camera(session, camera_id, scope)
    if camera.status == "removed":
        raise Conflict("This camera has been taken down. There is nothing to inspect.")
    if set_status is not None:
        _set_status(session, camera, set_status, version=version, scope=scope, actor_id=actor_id)
    bearing = None if measured_bearing_deg is None else normal_bearing_deg(measured_bearing_deg)
    made = CameraInspection(
        camera_id=camera.id,
        inspected_at=now,
        inspected_by=actor_id,
        note=note.strip(),
        measured_bearing_deg=bearing,
        next_due_on=next_due_on(findings, today),
        **findings,
    )
    session.add(made)
    session.flush()
    faults = [name for name in CHECKS if findings.get(name) == "fault"]
    event = CameraInspected(camera.code, faults, made.next_due_on.isoformat())
    record(session, event, subject=f"camera:{camera.code}", location_code=camera.location_code, actor_id=actor_id)
    return made


def _set_status(session: Session, camera: Camera, status: str, **who: Any) -> None:
    """An inspector says whether it works; planning and taking down are others' business."""
    if status not in {"fault", "online"}:
        raise Refused("An inspection can only say that a camera works or that it is faulty.")
    change_camera(session, camera.id, status=status, **who)


def bearing_off_deg(recorded_deg: float, measured_deg: float) -> float:
    """By how many degrees two bearings differ, 0 to 180.

    >>> bearing_off_deg(350, 10)
    20.0
    """
    return abs((measured_deg - recorded_deg + 180.0) % 360.0 - 180.0)


def list_inspections(session: Session, camera_id: int, *, limit: int = 20) -> list[RowMapping]:
    """The inspections of a camera, newest first, each with who it was."""
    statement = text(
        "SELECT camera_inspections.*, users.name AS inspector FROM camera_inspections"
        " LEFT JOIN users ON users.id = camera_inspections.inspected_by"
        " WHERE camera_id = :camera_id ORDER BY inspected_at DESC, camera_inspections.id DESC LIMIT :limit"
    )
    return list(session.execute(statement, {"camera_id": camera_id, "limit": limit}).mappings())


def list_due(session: Session, scope: tuple[str, ...], *, today: date, limit: int = 200) -> list[RowMapping]:
    """Cameras somebody has to look at, by cell, the longest overdue first; each line carries the `total`."""
    asked = {"scope": narrowing(scope), "today": today, "limit": limit}
    return list(session.execute(sql("cameras", "inspections_due"), asked).mappings())
