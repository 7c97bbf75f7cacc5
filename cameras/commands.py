"""Writes: cameras added, changed, taken down, buildings changed, and the coverage with them. They never commit."""

from datetime import date
from typing import Any

from geoalchemy2.shape import to_shape
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from accounts.rules import lies_within
from cameras.events import BuildingChanged, CameraAdded, CameraChanged, CameraRemoved
from cameras.models import Camera
from cameras.refresh import Refreshed, lock_coverage, refresh_area, refresh_around
from cameras.rules import FIELDS, SIGHT_FIELDS, changed_fields, code_problem, normal_bearing_deg, settings_problem
from data.errors import Conflict, NotAllowed, NotFound, Refused
from data.events import record
from data.sql import sql
from grids.ground import Building

Scope = tuple[str, ...]


def get_camera(session: Session, camera_id: int, scope: Scope, *, lock: bool = False) -> Camera:
    """The camera; NotFound when there is none or it lies outside the areas of `scope`."""
    query = select(Camera).where(Camera.id == camera_id)
    if lock:  # as weakly as an update does: who writes the camera's view meanwhile need not wait
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    camera = session.scalar(query)
    if camera is None or not lies_within(camera.location_code, scope):
        raise NotFound("There is no such camera, or it lies outside your area.")
    return camera


def add_camera(
    session: Session, code: str, *, lon: float, lat: float, scope: Scope, actor_id: int | None, **said: Any
) -> Camera:
    """A new camera in the register, with what it sees; `said` are fields of `rules.FIELDS`, blank ones have defaults.

    Raises Refused for impossible settings or a code that is taken, NotAllowed when it would stand outside `scope`.
    """
    values = _checked({"lon": lon, "lat": lat, **said})
    if problem := code_problem(code.strip()):
        raise Refused(problem)
    lock_coverage(session)
    if session.scalar(select(Camera.id).where(Camera.code == code.strip())):
        raise Refused("There is a camera with this code already.")
    values.pop("lon"), values.pop("lat")
    values.setdefault("name", code.strip())
    camera = Camera(code=code.strip(), place=_point(lon, lat), source="operator", **values)
    session.add(camera)
    _settle(session, camera, scope)
    refresh_around(session, [camera.id])
    _record(session, CameraAdded(camera.code, camera.status), camera, actor_id)
    return camera


def change_camera(
    session: Session, camera_id: int, *, version: int, scope: Scope, actor_id: int | None, **changes: Any
) -> Camera:
    """The camera with fields of `rules.FIELDS` changed (`lon` and `lat` move it); coverage is fresh when this returns.

    `version` is the one the person looked at: Conflict when somebody changed the camera since. Raises Refused for
    impossible settings, NotFound and NotAllowed when it stands, or would stand, outside `scope`.
    """
    wanted = _checked(changes)
    if SIGHT_FIELDS & wanted.keys():
        lock_coverage(session)
    camera = get_camera(session, camera_id, scope, lock=True)
    if camera.version != version:
        raise Conflict("Somebody else has changed this camera meanwhile. Look at it again before you change it.")
    known = {name: getattr(camera, name) for name in FIELDS - {"lon", "lat"}}
    known["lon"], known["lat"] = _lonlat(session, camera)
    differs = changed_fields(known, wanted)
    if not differs:
        return camera
    if {"lon", "lat"} & differs.keys():
        camera.place = _point(wanted.get("lon", known["lon"]), wanted.get("lat", known["lat"]))
    for name in differs.keys() - {"lon", "lat"}:
        setattr(camera, name, wanted[name])
    _settle(session, camera, scope)
    if SIGHT_FIELDS & differs.keys():
        refresh_around(session, [camera.id])
    _record(session, CameraChanged(camera.code, _told(differs)), camera, actor_id)
    return camera


def remove_camera(
    session: Session, camera_id: int, *, version: int, scope: Scope, actor_id: int | None, reason: str = ""
) -> Camera:
    """The camera taken down, and why: its record stays, it sees nothing any more. Raises as `change_camera` does."""
    lock_coverage(session)
    camera = get_camera(session, camera_id, scope, lock=True)
    if camera.version != version:
        raise Conflict("Somebody else has changed this camera meanwhile. Look at it again before you change it.")
    if camera.status != "removed":
        event = CameraRemoved(camera.code, reason.strip(), camera.status)
        camera.status = "removed"
        _settle(session, camera, scope)
        refresh_around(session, [camera.id])
        _record(session, event, camera, actor_id)
    return camera


def change_building(
    session: Session,
    building_id: int,
    *,
    scope: Scope,
    actor_id: int | None,
    height_m: float | None = None,
    area: Any = None,
    is_gone: bool = False,
) -> Refreshed | None:
    """Give a building a measured height or another footprint (a shape in lon/lat), or take it away; coverage follows.

    Raises Refused for an impossible height or footprint, NotFound when the building is not in the areas of `scope`.
    """
    lock_coverage(session)
    building = session.get(Building, building_id, with_for_update=True)
    where = session.scalar(sql("cameras", "code_of_building"), {"id": building_id}) if building else None
    if building is None or not lies_within(where, scope):
        raise NotFound("There is no such building, or it lies outside your area.")
    before = to_shape(building.area)
    if height_m is not None:
        if not 0 < height_m < 1000:
            raise Refused("A building's height is above 0 m and below 1,000 m.")
        building.height_m, building.height_source = height_m, "measured"
    after = before if area is None else area
    if area is not None:
        if area.is_empty or not area.is_valid or "Polygon" not in area.geom_type:
            raise Refused("The footprint crosses itself or is no area. Draw it again without crossings.")
        building.area = func.st_multi(func.st_geomfromtext(area.wkt, 4326))
    if is_gone:
        session.delete(building)
    session.flush()
    corners = before.union(after).bounds
    event = BuildingChanged(building_id, height_m, area is not None, is_gone)
    record(session, event, subject=f"building:{building_id}", location_code=where, actor_id=actor_id)
    return refresh_area(session, corners)


def _checked(said: dict[str, Any]) -> dict[str, Any]:
    """The fields as they will be kept; Refused when one of them cannot be."""
    unknown = sorted(said.keys() - FIELDS)
    if unknown:
        raise Refused("A camera has no field {name} that can be changed.", name=unknown[0])
    if problem := settings_problem(said):
        raise Refused(problem)
    values = dict(said)
    if "bearing_deg" in values:
        values["bearing_deg"] = normal_bearing_deg(values["bearing_deg"])
    return values


def _point(lon: float, lat: float) -> str:
    return f"SRID=4326;POINT({lon!r} {lat!r})"


def _lonlat(session: Session, camera: Camera) -> tuple[float, float]:
    found = session.execute(
        text("SELECT st_x(place) AS lon, st_y(place) AS lat FROM cameras WHERE id = :id"), {"id": camera.id}
    ).one()
    return found.lon, found.lat


def _settle(session: Session, camera: Camera, scope: Scope) -> None:
    """Write the row and read back what the database said: the cell it stands in, its version."""
    session.flush()
    session.refresh(camera, ["cell_id", "location_code", "version"])
    if not lies_within(camera.location_code, scope):
        raise NotAllowed("The camera would stand outside your area.")


def _told(differs: dict[str, list[Any]]) -> dict[str, list[object]]:
    return {
        name: [value.isoformat() if isinstance(value, date) else value for value in pair]
        for name, pair in differs.items()
    }


def _record(session: Session, event: Any, camera: Camera, actor_id: int | None) -> None:
    record(session, event, subject=f"camera:{camera.code}", location_code=camera.location_code, actor_id=actor_id)
