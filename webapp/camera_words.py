"""Cameras in the reader's words: the record with units, what hides a view, health, history, shares before and after."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import shapely
from flask import current_app
from flask_babel import LazyString, format_decimal, format_percent
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from cameras.failing import LostPart
from cameras.health import Health
from cameras.previewing import CellChange, Hider, Preview, Tier, WhatIf
from cameras.register import building_shapes
from webapp import labels
from webapp.i18n import distance, is_chinese
from webapp.labels import label
from webapp.maps.describing import UNKNOWN, area

Row = Mapping[Any, Any]


def today() -> date:
    """The day where the operator is."""
    return datetime.now(ZoneInfo(current_app.config["SETTINGS"].timezone)).date()


def share(value: float | None) -> str:
    """A share to a tenth of a percent, because one camera changes little more than that."""
    return UNKNOWN if value is None else str(format_percent(value, "0.0 %"))


def degrees(value: float | None) -> str:
    """An angle."""
    return UNKNOWN if value is None else str(_("%(deg)s°", deg=format_decimal(round(float(value), 1))))


def metres(value: float | None) -> str:
    """A height or length to a tenth of a metre."""
    return UNKNOWN if value is None else str(_("%(m)s m", m=format_decimal(round(float(value), 1))))


def _code(table: dict[str, LazyString], value: object) -> str:
    return UNKNOWN if value is None else label(table, str(value))


def _days(value: int | None) -> str:
    return UNKNOWN if value is None else str(_("%(n)d days", n=value))


def _pixels(value: int) -> str:
    return str(_("%(n)s px", n=format_decimal(value)))


#: How each field is written.
_WRITE: dict[str, Any] = {
    "lon": lambda value: f"{value:.6f}",
    "lat": lambda value: f"{value:.6f}",
    "kind": lambda value: _code(labels.CAMERA_KINDS, value),
    "status": lambda value: _code(labels.CAMERA_STATUSES, value),
    "mount_height_m": metres,
    "bearing_deg": degrees,
    "hfov_deg": degrees,
    "range_m": metres,
    "pixels_h": _pixels,
    "pitch_deg": degrees,
    "vfov_deg": degrees,
    "owner_class": lambda value: _code(labels.OWNER_CLASSES, value),
    "legal_basis": lambda value: _code(labels.LEGAL_BASES, value),
    "signage": lambda value: _code(labels.SIGNAGE, value),
    "retention_days": _days,
}


def field(name: str, value: Any) -> str:
    """A field's value with its unit."""
    if value is None or value == "":
        return UNKNOWN
    return str(_WRITE[name](value)) if name in _WRITE else str(value)


def record_lines(row: Row, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """(title, value) of fields of the record."""
    return [(label(labels.CAMERA_FIELDS, name), field(name, row[name])) for name in names]


def place_lines(row: Row) -> list[tuple[str, str]]:
    """Where it stands: cell, village, township, coordinates, and what it was told as."""
    english = not is_chinese()
    village = (row["village_en"] if english else None) or row["village"] or UNKNOWN
    township = (row["township_en"] if english else None) or row["township"] or UNKNOWN
    lines = [
        (str(_("Cell")), f"{row['cell_name']} ({row['cell_code']})" if row["cell_code"] else UNKNOWN),
        (str(_("Village")), f"{township} · {village}"),
        (str(_("Longitude, latitude (WGS 84)")), f"{row['lon']:.6f}, {row['lat']:.6f}"),
    ]
    if row["raw_x"] is not None:
        told = f"{row['raw_x']:.6f}, {row['raw_y']:.6f} ({row['source_crs']})"
        lines.append((str(_("As it was imported")), told))
    if row["snapped_m"]:
        lines.append((str(_("Moved before the wall by")), metres(row["snapped_m"])))
    return lines


def changes_of(event: Row) -> list[str]:
    """What an event of the log says, line by line."""
    payload = event["payload"]
    if event["kind"] == "camera_changed":
        return [
            f"{label(labels.CAMERA_FIELDS, name)}: {field(name, before)} → {field(name, after)}"
            for name, (before, after) in sorted(payload.get("changes", {}).items())
        ]
    if event["kind"] == "camera_removed":
        return [payload["reason"]] if payload.get("reason") else []
    if event["kind"] == "camera_inspected":
        faults = [label(labels.INSPECTION_CHECKS, name) for name in payload.get("faults", [])]
        return [str(_("Fault: %(what)s", what=", ".join(faults)))] if faults else [str(_("No fault found"))]
    return []


def health_words(found: Health) -> str:
    """The share of the last 30 days online, or that it is not known."""
    if found.online_share is None:
        return str(_("not known: its state has not changed here yet"))
    days = format_decimal(round(found.known.total_seconds() / 86_400, 1))
    return str(_("%(share)s of the last %(days)s days", share=share(found.online_share), days=days))


def preview_json(session: Session, found: Preview) -> dict[str, Any]:
    """A preview as the page draws it, every text ready."""
    shapes = building_shapes(session, [hider.building_id for hider in found.hiders])
    seen = found.area_m2 / found.sector_area_m2 if found.sector_area_m2 else 0.0
    return {
        "view": _geojson(found.view),
        "area_m2": round(found.area_m2, 1),
        "area": area(found.area_m2),
        "share": share(min(1.0, seen)),
        "stands": found.stands,
        "remarks": _remarks(found),
        "hiders": [_hider(hider, shapes.get(hider.building_id)) for hider in found.hiders],
        "tiers": [_tier(tier) for tier in found.tiers],
        "coarse": area(max(0.0, found.area_m2 - max((tier.area_m2 for tier in found.tiers), default=0.0))),
    }


def _geojson(shape: Any) -> Any:
    return None if shape is None or shape.is_empty else json.loads(shapely.to_geojson(shape))


def _remarks(found: Preview) -> list[str]:
    """What somebody who sets this camera up should know."""
    said = []
    if found.is_walled_in:
        said.append(_("It hangs inside a building with no way out and sees nothing. Move it."))
    elif found.is_blind:
        said.append(_("It sees almost nothing: something stands right in front of it."))
    if found.snapped_m > 0.005:
        said.append(_("It hangs on a building: taken to look from %(m)s before the wall.", m=metres(found.snapped_m)))
    return [str(sentence) for sentence in said]


def _hider(hider: Hider, shape: str | None) -> dict[str, Any]:
    if hider.height_m is None:
        height = _("height unknown: hides all behind it")
    else:
        source = label(labels.HEIGHT_SOURCES, hider.height_source)
        height = _("%(m)s high (%(source)s)", m=metres(hider.height_m), source=source)
    hidden = _("%(m)s away, hides %(area)s", m=distance(hider.distance_m), area=area(hider.hidden_m2))
    return {"shape": json.loads(shape) if shape else None, "height": str(height), "hidden": str(hidden),
            "known": hider.height_m is not None}  # fmt: skip


def _tier(tier: Tier) -> dict[str, Any]:
    return {"name": tier.name, "area": area(tier.area_m2), "view": _geojson(tier.view)}


def share_changes(before: Mapping[str, Row], after: Mapping[str, Row]) -> list[dict[str, str]]:
    """The cells whose share of open ground watched is another one now."""
    found = []
    for code in sorted(before.keys() & after.keys()):
        was, now = before[code], after[code]
        if was["watched_share"] is None or abs(now["watched_area_m2"] - was["watched_area_m2"]) < 0.5:
            continue
        more = now["watched_area_m2"] - was["watched_area_m2"]
        found.append({"code": code, "name": now["name"], "before": share(was["watched_share"]),
                      "after": share(now["watched_share"]), "more": signed(more)})  # fmt: skip
    return found


def signed(area_m2: float) -> str:
    """An area with its sign."""
    return ("+" if area_m2 >= 0 else "−") + area(abs(area_m2))


def what_if_json(
    found: WhatIf, parts: Sequence[LostPart], names: Mapping[str, str], sees: Callable[[str], bool]
) -> dict[str, Any]:
    """What would be lost, as the page shows it; `sees(code)` tells whether the person may know of that cell."""
    lost = sum(cell.watched_before_m2 - cell.watched_after_m2 for cell in found.cells if sees(cell.code))
    return {
        "lost": area(max(0.0, lost)),
        "cells": [_cell_change(cell, names) for cell in _worst_first(found.cells) if sees(cell.code)],
        "gaps": [_lost_part(part) for part in parts if sees(part.gap.cell_code)],
    }


def _lost_part(part: LostPart) -> dict[str, Any]:
    gap = part.gap
    return {
        "name": part.cell_name,
        "more": area(part.area_m2),
        "area": area(gap.area_m2),
        "street": distance(gap.street_m),
        "shape": _geojson(gap.area),
        "part": _geojson(part.area),
    }


def _worst_first(cells: list[CellChange]) -> list[CellChange]:
    changed = [cell for cell in cells if cell.watched_before_m2 - cell.watched_after_m2 > 0.5]
    return sorted(changed, key=lambda cell: cell.watched_after_m2 - cell.watched_before_m2)


def _cell_change(cell: CellChange, names: Mapping[str, str]) -> dict[str, str]:
    return {
        "code": cell.code,
        "name": names.get(cell.code, cell.code),
        "before": share(cell.share_before),
        "after": share(cell.share_after),
        "lost": signed(cell.watched_after_m2 - cell.watched_before_m2),
        "street": distance(cell.unwatched_street_more_m),
    }


def texts() -> dict[str, str]:
    """Every sentence the camera scripts say."""
    return {
        "failed": _("The server cannot be reached. Nothing was changed; try again."),
        "computing": _("Computing the view …"),
        "camera": _("Camera: drag it, or move it with the arrow keys"),
        "bearingHandle": _("Bearing: drag it, or turn it with the left and right arrow keys"),
        "bearingValue": _("{deg}° clockwise from true north"),
        "before": _("{before} → {after}"),
        "changed": _("Not saved yet."),
        "unchanged": _("Nothing is changed."),
        "saved": _("Saved. The map and the shares are up to date."),
        "cellLine": _("{name}: {before} → {after} ({more})"),
        "noCell": _("No cell's share changes by a square metre."),
        "noHider": _("No building cuts the view."),
        "hider": _("Building {n}"),
        "leave": _("The change has not been saved."),
        "codeMissing": _("Enter the camera's code."),
        "choose": _("Choose cameras first."),
        "remove": _("Take {name} out of the choice"),
        "lost": _("{area} of open ground would no longer be seen."),
        "newGap": _("{name}: {more} newly out of sight, in a gap of {area} with {street} of street"),
        "nothingLost": _("Nothing would be lost: others see the same ground, or these cameras are not online."),
    }
