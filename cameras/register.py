"""The register as people read it: the list with its filter, one camera's record, its neighbours, its history."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from accounts.rules import lies_within
from cameras.health import Health, StatusChange, health
from cameras.reading import grown
from cameras.rules import KINDS, STATUSES
from data.errors import NotFound, Refused
from data.events import record
from data.sql import sql
from data.tiles import narrowing

PAGE = 50
#: A camera recorded further than this inside a building has a record that should be looked at.
SNAPPED_OVER_M = 1.0
#: What-if asks about no more cameras at once: a town's worth.
MOST_FAILING = 500


@dataclass(frozen=True)
class CamerasListed:
    """Somebody looked through the register: places of cameras are confidential, so looking is logged."""

    codes: list[str]
    filters: dict[str, object]


@dataclass(frozen=True)
class CamerasExported:
    """Somebody took the register away as a file."""

    rows: int
    filters: dict[str, object]


@dataclass(frozen=True)
class Wanted:
    """What a list of cameras shows; nothing chosen is everything but those taken down."""

    words: str = ""
    status: str = ""
    kind: str = ""
    owner_class: int | None = None
    only_blind: bool = False
    only_snapped: bool = False
    only_due: bool = False

    def __post_init__(self) -> None:
        if self.status not in ("", *STATUSES):
            raise Refused("Choose one of the states.")
        if self.kind not in ("", *KINDS):
            raise Refused("Choose one of the kinds of camera.")

    def chosen(self) -> dict[str, object]:
        """What was chosen, for the record of who looked."""
        return {name: value for name, value in asdict(self).items() if value}


def list_cameras(
    session: Session, scope: tuple[str, ...], wanted: Wanted, *, today: date, limit: int = PAGE, offset: int = 0
) -> list[RowMapping]:
    """One page of the register by code; each line carries the `total`."""
    asked = {
        **asdict(wanted),
        "scope": narrowing(scope),
        "today": today,
        "snapped_over_m": SNAPPED_OVER_M,
        "limit": limit,
        "offset": offset,
    }
    return list(session.execute(sql("cameras", "register_lines"), asked).mappings())


def note_list(session: Session, lines: list[RowMapping], wanted: Wanted, actor_id: int) -> None:
    """Write down who looked through which part of the register."""
    if lines:
        record(session, CamerasListed([line["code"] for line in lines], wanted.chosen()), actor_id=actor_id)


def note_export(session: Session, rows: int, wanted: Wanted, actor_id: int) -> None:
    """Write down who took the register away."""
    record(session, CamerasExported(rows, wanted.chosen()), actor_id=actor_id)


def get_record(session: Session, code: str, scope: tuple[str, ...]) -> RowMapping:
    """Everything in the register about the camera with this code; NotFound when there is none in the scope."""
    found = session.execute(sql("cameras", "camera_record"), {"code": code}).mappings().one_or_none()
    if found is None or not lies_within(found["location_code"], scope):
        raise NotFound("There is no camera {code} in your area.", code=code)
    return found


def list_neighbours(session: Session, camera_id: int, scope: tuple[str, ...]) -> list[RowMapping]:
    """Cameras in the scope that see some of what this one sees, those that share most first."""
    found = session.execute(sql("cameras", "camera_neighbours"), {"camera_id": camera_id}).mappings()
    return [row for row in found if lies_within(row["location_code"], scope) and row["overlap_m2"] >= 0.5]


def alone_share(session: Session, camera_id: int) -> float | None:
    """The share of this camera's view that nobody else sees; None when it sees nothing now."""
    found = session.execute(sql("cameras", "camera_alone"), {"camera_id": camera_id}).one_or_none()
    if found is None or not found.all_m2:
        return None
    return float(min(1.0, max(0.0, found.alone_m2 / found.all_m2)))


def list_camera_events(session: Session, code: str, *, limit: int = 50) -> list[RowMapping]:
    """What happened to the camera, newest first, each with who did it."""
    asked = {"subject": f"camera:{code}", "limit": limit}
    return list(session.execute(sql("cameras", "camera_events"), asked).mappings())


def camera_health(session: Session, code: str, status: str, now: datetime) -> tuple[Health, list[StatusChange]]:
    """How the camera has been, and its changes of state, newest first."""
    changes: list[StatusChange] = []
    status_now = status
    for event in list_camera_events(session, code, limit=1000):  # newest first: each tells what was before
        before, after = _states(event["kind"], event["payload"], status_now)
        if after is not None:
            changes.append(StatusChange(event["recorded_at"], before, after))
            status_now = before or status_now
    return health(status, changes[::-1], now), changes


def _states(kind: str, payload: dict[str, Any], status_after: str) -> tuple[str | None, str | None]:
    """The states before and after an event; (None, None) when it did not change the state."""
    if kind == "camera_added":
        return None, payload.get("status", status_after)
    if kind == "camera_changed" and "status" in payload.get("changes", {}):
        before, after = payload["changes"]["status"]
        return before, after
    if kind == "camera_removed":
        return payload.get("status_before", "online"), "removed"
    return None, None


def cell_shares(session: Session, places: list[tuple[float, float, float]]) -> dict[str, RowMapping]:
    """By code, the share watched of each of today's cells within reach of places (lon, lat, metres)."""
    import numpy as np

    found: dict[str, RowMapping] = {}
    for lon, lat, reach_m in places:
        west, south, east, north = grown(np.array([[lon, lat, lon, lat]]), reach_m)[0].tolist()
        asked = {"west": west, "south": south, "east": east, "north": north}
        rows = session.execute(sql("cameras", "cell_shares_in_box"), asked).mappings()
        found |= {row["code"]: row for row in rows}
    return found


def building_shapes(session: Session, building_ids: list[int]) -> dict[int, str]:
    """The footprints of buildings as GeoJSON texts, by id."""
    statement = text("SELECT id, st_asgeojson(area, 7) AS shape FROM buildings WHERE id = ANY (:ids)")
    return {row.id: row.shape for row in session.execute(statement, {"ids": building_ids})}


def cameras_that_fail(
    session: Session,
    scope: tuple[str, ...],
    *,
    codes: list[str],
    owner_class: int | None = None,
    cell_code: str = "",
) -> list[RowMapping]:
    """The online cameras of the scope that are named, or belong to an owner class, or stand in a cell.

    Raises Refused when there are too many to ask about at once, NotFound when a code is not in the scope.
    """
    statement = text(
        "SELECT id, code, name, location_code, st_x(place) AS lon, st_y(place) AS lat FROM cameras"
        " WHERE status = 'online' AND (code = ANY (:codes) OR owner_class = :owner_class"
        "   OR (:cell <> '' AND location_code LIKE :cell || '%'))"
        " AND (CAST(:scope AS text[]) IS NULL OR coalesce(location_code, '') LIKE ANY (CAST(:scope AS text[])))"
        " ORDER BY code LIMIT :limit"
    )
    asked = {"codes": codes, "owner_class": owner_class, "cell": cell_code, "scope": narrowing(scope)}
    found = list(session.execute(statement, {**asked, "limit": MOST_FAILING + 1}).mappings())
    if len(found) > MOST_FAILING:
        raise Refused("These are more than {most} cameras. Choose fewer.", most=MOST_FAILING)
    missing = set(codes) - {row["code"] for row in found}
    if missing:
        raise NotFound("There is no online camera {code} in your area.", code=min(missing))
    return found
