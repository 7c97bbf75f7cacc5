"""Rows of the database as the map's browser side shows them: title, lines of label and value, shape, link.

Everything is plain text: the browser puts it in with `textContent`, so that nobody's words can become markup.
"""

import json
from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _

from webapp import labels
from webapp.i18n import distance, duration, is_chinese, moment
from webapp.labels import label

Feature = dict[str, Any]
Row = Mapping[Any, Any]

UNKNOWN = "–"


def describe_cell(cell: Row, open_incidents: int | None, *, has_coverage: bool) -> Feature:
    """A cell: where it belongs, who answers for it, how much of it is watched."""
    lines = [
        (_("Code"), cell["code"]),
        (_("Kind"), label(labels.CELL_KINDS, cell["kind"])),
        (_("Village"), f"{cell['township']} · {cell['village']}"),
        (_("Households"), number(cell["households"])),
        (_("Area"), area(cell["area_m2"])),
        (_("Lead worker"), cell["lead"] or _("nobody")),
        (_("Substitute"), cell["substitute"] or UNKNOWN),
    ]
    if open_incidents is not None:
        lines.append((_("Open incidents"), number(open_incidents)))
    brief = [lines[0], lines[5]]
    if has_coverage:
        lines += _coverage(cell)
        brief += _coverage(cell)[:1]
    return feature("cells", cell["name"], lines, cell, code=cell["code"], box=box(cell), brief=brief)


def _coverage(cell: Row) -> list[tuple[str, str]]:
    if cell["watched_share"] is None:
        return [(_("Open ground watched"), _("not calculated yet"))]
    twice = cell["watched_twice_area_m2"] / cell["open_area_m2"] if cell["open_area_m2"] else 0
    return [
        (_("Open ground watched"), format_percent(cell["watched_share"])),
        (_("Watched by two or more"), format_percent(min(1, twice))),
        (_("Open ground"), area(cell["open_area_m2"])),
        (_("Street seen by no camera"), distance(cell["unwatched_street_m"])),
        (_("Cameras in the cell"), number(cell["camera_count"])),
        (_("Calculated"), moment(cell["finished_at"])),
    ]


def describe_camera(camera: Row) -> Feature:
    """A camera: state, where it looks, what it sees."""
    lines = [
        (_("Code"), camera["code"]),
        (_("Kind"), label(labels.CAMERA_KINDS, camera["kind"])),
        (_("State"), label(labels.CAMERA_STATUSES, camera["status"])),
        (_("Looks towards"), _("%(deg)d° from north", deg=round(camera["bearing_deg"]))),
        (_("Field of view"), _("%(deg)d°, %(m)d m", deg=round(camera["hfov_deg"]), m=round(camera["range_m"]))),
        (_("Sign"), label(labels.SIGNAGE, camera["signage"])),
        (_("Owner"), camera["owner"] or UNKNOWN),
    ]
    if camera["is_blind"]:
        lines.append((_("Sees"), _("nothing: something stands right in front of it")))
    elif camera["exact_area_m2"] is not None:
        lines.append((_("Sees"), area(camera["exact_area_m2"])))
    link = url_for("cameras.camera", code=camera["code"])
    return feature("cameras", camera["name"], lines, camera, code=camera["code"], link=link)


def describe_incident(incident: Row) -> Feature:
    """An incident: state, times, place."""
    lines = [
        (_("Number"), incident["number"]),
        (_("Status"), label(labels.STATUSES, incident["status"])),
        (_("Priority"), label(labels.PRIORITIES, incident["priority"])),
        (_("Reported at"), moment(incident["reported_at"])),
        (_("Deadline"), moment(incident["due_at"])),
    ]
    lines += [
        (title, incident[name])
        for title, name in ((_("Place"), "place_text"), (_("Description"), "description"))
        if incident[name]
    ]
    link = url_for("incidents.case", incident_id=incident["id"])
    return feature("incidents", named(incident), lines, incident, code=incident["number"], link=link)


def describe_route(route: Row) -> Feature:
    """A patrol route: how long, whose."""
    lines = [
        (_("Status"), label(labels.PLAN_STATUSES, route["status"])),
        (_("Length"), distance(route["length_m"])),
        (_("Walking time"), duration(route["walk_s"])),
        (_("Division"), route["division"]),
    ]
    return feature("route_plans", route["name"], lines, route, link=url_for("patrols.plan", plan_id=route["id"]))


def describe_gap(gap: Row) -> Feature:
    """A gap in the coverage."""
    lines = [(_("Area"), area(gap["area_m2"])), (_("Street along it"), distance(gap["street_m"]))]
    return feature("coverage_gaps", _("Seen by no camera"), lines, gap)


def describe_divisions(divisions: list[Row]) -> list[Feature]:
    """The divisions under a point as one feature, county first."""
    if not divisions:
        return []
    lines = [
        (label(labels.LEVELS, division["level"]), f"{division_name(division)} ({division['code']})")
        for division in reversed(divisions)
    ]
    return [feature("divisions", division_name(divisions[0]), lines, {})]


def feature(layer: str, title: str, lines: list[tuple[str, str]], row: Row, **more: Any) -> Feature:
    """One described thing; `shape` is GeoJSON, `lon`/`lat` its place when it is a point."""
    shape = row.get("shape")
    made = {"layer": layer, "title": title, "lines": [[name, str(value)] for name, value in lines], **more}
    made["shape"] = json.loads(shape) if shape else None
    if row.get("lon") is not None:
        made |= {"lon": row["lon"], "lat": row["lat"]}
    return made


def named(row: Row) -> str:
    """The name in the reader's language."""
    return str(row["name_zh"] if is_chinese() else row["name_en"])


def division_name(row: Row) -> str:
    """A division's name in the reader's language, as far as there is one."""
    return str(row["name"] if is_chinese() else row["name_en"] or row["name"])


def box(row: Row) -> list[float]:
    """West, south, east, north to five decimals (a metre)."""
    return [round(row[side], 5) for side in ("west", "south", "east", "north")]


def number(value: float | None) -> str:
    """A number as the reader writes it."""
    return UNKNOWN if value is None else format_decimal(value)


def area(area_m2: float) -> str:
    """An area in square metres, hectares or square kilometres."""
    if area_m2 < 10_000:
        return str(_("%(area)s m²", area=format_decimal(round(area_m2))))
    if area_m2 < 1_000_000:
        return str(_("%(area)s ha", area=format_decimal(round(area_m2 / 10_000, 1))))
    return str(_("%(area)s km²", area=format_decimal(round(area_m2 / 1_000_000, 2))))
