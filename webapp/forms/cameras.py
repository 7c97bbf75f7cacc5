"""What the camera pages may send: settings while a camera is edited, the fields of its record, an inspection."""

from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from cameras.inspections import CHECKS
from cameras.register import Wanted
from cameras.rules import KINDS, STATUSES
from data.errors import Refused
from webapp.json_input import BadInput, number, text, whole
from webapp.labels import LEGAL_BASES, OWNER_CLASSES, SIGNAGE

#: Settings with the bounds of what can be a number at all; what is possible for a camera the rules know.
SETTINGS = {
    "lon": 180.0,
    "lat": 85.0,
    "mount_height_m": 1e4,
    "bearing_deg": 3600.0,
    "hfov_deg": 1e4,
    "range_m": 1e5,
    "pixels_h": 1e6,
    "pitch_deg": 1e4,
    "vfov_deg": 1e4,
}
_MAY_BE_UNKNOWN = {"pitch_deg", "vfov_deg"}
_PLACE = {"lon", "lat"}

#: Fields of the record as the form names them; a blank one is unknown.
TEXTS = {"name": 120, "gb_code": 20, "owner": 120, "filing_no": 120}
DATES = ("sign_seen_on", "filed_on", "installed_on")


def settings_from(given: dict[str, Any]) -> dict[str, Any]:
    """The settings among what was sent, as numbers; unknown ones may be null."""
    found: dict[str, Any] = {}
    for name, most in SETTINGS.items():
        if name in given:
            is_unknown = given[name] is None and name in _MAY_BE_UNKNOWN
            found[name] = None if is_unknown else number(given, name, -most, most)
    if "pixels_h" in found:
        found["pixels_h"] = round(found["pixels_h"])
    return found


def whole_settings_from(given: dict[str, Any]) -> dict[str, Any]:
    """All settings of a camera; the place, at least, has to be there."""
    found = settings_from(given)
    if _PLACE - found.keys():
        raise BadInput("{name} has to be a number.", name="lon, lat")
    return found


def changes_from(given: dict[str, Any]) -> dict[str, Any]:
    """Settings and state to change, as far as they were sent."""
    found = settings_from(given)
    if "status" in given:
        if given["status"] not in STATUSES[:-1]:
            raise BadInput("{name} has to be one of {choices}.", name="status", choices=", ".join(STATUSES[:-1]))
        found["status"] = given["status"]
    return found


def new_camera_from(given: dict[str, Any]) -> dict[str, Any]:
    """Settings, name and kind of a camera that is new."""
    kind = given.get("kind", "bullet")
    if kind not in KINDS:
        raise BadInput("{name} has to be one of {choices}.", name="kind", choices=", ".join(KINDS))
    said = whole_settings_from(given) | {"kind": kind, "status": given.get("status", "online")}
    if said["status"] not in ("online", "planned"):
        raise BadInput("{name} has to be one of {choices}.", name="status", choices="online, planned")
    name = text(given, "name", 120).strip()
    return said | ({"name": name} if name else {})


def version_from(given: dict[str, Any]) -> int:
    """The version of the record that the person looked at."""
    return whole(given, "version", 1, 2**31)


def wanted_from(args: MultiDict[str, str]) -> Wanted:
    """The filter in a page's address; what is not known there is not asked."""
    status, kind, owner = args.get("status", ""), args.get("kind", ""), args.get("class", "")
    return Wanted(
        words=args.get("q", "").strip()[:80],
        status=status if status in STATUSES else "",
        kind=kind if kind in KINDS else "",
        owner_class=int(owner) if owner in OWNER_CLASSES else None,
        only_blind=args.get("only") == "blind",
        only_snapped=args.get("only") == "snapped",
        only_due=args.get("only") == "due",
    )


def record_from(form: MultiDict[str, str]) -> dict[str, Any]:
    """The fields of the record as its form sends them."""
    found: dict[str, Any] = {name: form.get(name, "").strip()[:most] or None for name, most in TEXTS.items()}
    if found["name"] is None:
        raise Refused("Enter a name.")
    found |= {name: _day(form.get(name, "")) for name in DATES}
    for name, known in (("kind", KINDS), ("legal_basis", LEGAL_BASES), ("signage", SIGNAGE)):
        found[name] = _choice(form.get(name, ""), tuple(known))
    owner_class, kept = form.get("owner_class", ""), form.get("retention_days", "").strip()
    found["owner_class"] = int(_choice(owner_class, tuple(OWNER_CLASSES))) if owner_class else None
    if kept and not (kept.isascii() and kept.isdecimal() and len(kept) <= 6 and int(kept) <= 3650):
        raise Refused("Recordings are kept for a whole number of days, at most 3,650.")
    found["retention_days"] = int(kept) if kept else None
    return found


def _choice(value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise Refused("Choose one of the list.")
    return value


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise Refused("The day has to look like 2026-11-22.") from error


def inspection_from(form: MultiDict[str, str]) -> dict[str, Any]:
    """An inspection as its form sends it."""
    measured = form.get("measured_bearing_deg", "").strip().replace(",", ".")
    try:
        bearing = float(measured) if measured else None
    except ValueError as error:
        raise Refused("A bearing is a number of degrees, clockwise from true north.") from error
    status = form.get("set_status", "")
    return {
        "findings": {name: form.get(name, "unchecked") for name in CHECKS},
        "note": form.get("note", ""),
        "measured_bearing_deg": bearing,
        "set_status": status or None,
    }


def form_version(form: MultiDict[str, str]) -> int:
    """The version of the record that the form was filled in from."""
    version = form.get("version", "")
    return int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0
