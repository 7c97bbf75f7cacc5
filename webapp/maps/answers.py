"""What a map page asks while it is open: what lies here, where is that, which cells, who is out."""

import math
import re

from flask_babel import gettext as _
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from accounts.queries import Actor
from cameras.on_map import (
    find_cell_at,
    get_camera,
    get_cell,
    list_cameras_at,
    list_gaps_at,
    note_lookup,
    search_cameras,
)
from grids.on_map import MapPoint, list_divisions_at, search_ground
from incidents.on_map import count_open_in, list_incidents_at, search_incidents
from incidents.tiles import IncidentFilter
from patrols.on_map import list_routes_at
from webapp import labels
from webapp.labels import label
from webapp.maps import describing
from webapp.maps.describing import Feature
from webapp.maps.layers import LAYERS

#: A finger or a pointer is this many pixels wide on the map.
REACH_PX = 14

_PERMISSION = {layer.name: layer.permission for layer in LAYERS}
_NUMBER = r"[-+]?\d{1,3}(?:\.\d+)?"
_COORDINATES = re.compile(rf"\s*({_NUMBER})\s*[,，\s]\s*({_NUMBER})\s*")


def point_at(lon: float, lat: float, zoom: int) -> MapPoint:
    """The point with its reach on the ground at this zoom."""
    pixel_m = 40_075_016.7 * math.cos(math.radians(lat)) / (256 * 2**zoom)
    return MapPoint(lon, lat, REACH_PX * pixel_m)


def identify(session: Session, actor: Actor, point: MapPoint, names: set[str], wanted: IncidentFilter) -> list[Feature]:
    """What of the switched-on layers lies at this point, small things before large ones."""
    seen = {name for name in names if actor.may(_PERMISSION[name])}
    found: list[Feature] = []
    if "incidents" in seen:
        incidents = list_incidents_at(session, point, actor.scope("incident.view"), wanted)
        found += [describing.describe_incident(row) for row in incidents]
    if "cameras" in seen:
        cameras = list_cameras_at(session, point, actor.scope("camera.view"))
        note_lookup(session, cameras, actor.id)
        found += [describing.describe_camera(row) for row in cameras]
    if "route_plans" in seen:
        routes = list_routes_at(session, point, actor.scope("patrol.view"))
        found += [describing.describe_route(row) for row in routes]
    if "coverage_gaps" in seen:
        gaps = list_gaps_at(session, point, actor.scope("camera.view"))
        found += [describing.describe_gap(row) for row in gaps]
    return found + _areas(session, actor, point, seen)


def _areas(session: Session, actor: Actor, point: MapPoint, seen: set[str]) -> list[Feature]:
    if seen & {"cells", "watched", "vacant"}:
        watched_in = actor.scope("camera.view")
        cell = find_cell_at(session, point, actor.scope("map.view"), watched_in=watched_in)
        if cell is not None:
            return [_cell(session, actor, cell)]
    if "divisions" in seen:
        divisions = list_divisions_at(session, point, actor.scope("map.view"))
        return describing.describe_divisions([dict(row) for row in divisions])
    return []


def cell_with_code(session: Session, actor: Actor, code: str) -> Feature:
    """Everything to say about one cell; NotFound outside the person's area."""
    watched_in = actor.scope("camera.view")
    return _cell(session, actor, get_cell(session, code, actor.scope("map.view"), watched_in=watched_in))


def camera_with_code(session: Session, actor: Actor, code: str) -> Feature:
    """Everything to say about one camera; NotFound outside the person's area. The look-up is written down."""
    camera = get_camera(session, code, actor.scope("camera.view"))
    note_lookup(session, [camera], actor.id)
    return describing.describe_camera(camera)


def _cell(session: Session, actor: Actor, cell: RowMapping) -> Feature:
    code = cell["code"]
    may_count = any(code.startswith(prefix) for prefix in actor.scope("incident.view"))
    has_coverage = any(code.startswith(prefix) for prefix in actor.scope("camera.view"))
    open_incidents = count_open_in(session, code) if may_count else None
    return describing.describe_cell(cell, open_incidents, has_coverage=has_coverage)


def search(session: Session, actor: Actor, words: str, near: tuple[float, float]) -> list[Feature]:
    """Places that answer to these words: coordinates, codes, numbers, names."""
    place = coordinates(words)
    if place is not None:
        return [_hit("point", _("Coordinates"), f"{place[0]:.6f}, {place[1]:.6f}", place[0], place[1])]
    ground = [_ground_hit(row) for row in search_ground(session, words, actor.scope("map.view"), near)]
    found = []
    if actor.may("incident.view") and words[:1].isdigit():
        incidents = search_incidents(session, words, actor.scope("incident.view"))
        found += [
            _hit("incident", label(labels.STATUSES, row["status"]), f"{row['number']} {describing.named(row)}",
                 row["lon"], row["lat"])
            for row in incidents
        ]  # fmt: skip
    if actor.may("camera.view"):
        cameras = search_cameras(session, words, actor.scope("camera.view"))
        note_lookup(session, cameras, actor.id)
        found += [
            _hit("camera", label(labels.CAMERA_STATUSES, row["status"]), f"{row['code']} {row['name']}",
                 row["lon"], row["lat"], code=row["code"])
            for row in cameras
        ]  # fmt: skip
    return ground + found


def coordinates(words: str) -> tuple[float, float] | None:
    """Longitude and latitude, when the words are two numbers; "lat, lon" is understood where it can mean nothing else.

    >>> coordinates("118.761, 34.524"), coordinates("34.524 118.761"), coordinates("Hauptstrasse 3")
    ((118.761, 34.524), (118.761, 34.524), None)
    """
    match = _COORDINATES.fullmatch(words)
    if not match:
        return None
    lon, lat = float(match[1]), float(match[2])
    if abs(lat) > 90 >= abs(lon):
        lon, lat = lat, lon
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 85 else None


def _ground_hit(row: RowMapping) -> Feature:
    kind = row["kind"]
    if kind == "division":
        note, title = label(labels.LEVELS, row["detail"]), f"{describing.division_name(row)} ({row['code']})"
    elif kind == "cell":
        note, title = label(labels.CELL_KINDS, row["detail"]), f"{row['name']} ({row['code']})"
    else:
        note, title = _("Street") if kind == "street" else _("Place"), row["name"]
    return _hit(kind, note, title, row["lon"], row["lat"], box=describing.box(row), code=row["code"])


def _hit(kind: str, note: str, title: str, lon: float, lat: float, **more: object) -> Feature:
    return {"kind": kind, "note": note, "title": title, "lon": lon, "lat": lat, **more}
