"""Reads: the queue, one case with its log and photos, a worker's work, what lies near, who could go."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import ColumnElement, Select, and_, case, cast, column, func, literal_column, or_, select, table, tuple_
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.queries import Actor
from data.errors import NotFound
from data.sql import sql
from grids.models import Cell, Worker
from incidents.access import Sight, get_visible, party_of, sees
from incidents.models import Incident, IncidentAction, IncidentCategory, IncidentPhoto
from incidents.rules import OPEN, PRIORITIES, CaseFacts, Party, possible_actions
from incidents.steps import facts_of

#: The patrol room lies above this one; of its teams we need only the name.
_TEAMS = table("patrol_teams", column("id"), column("name"))

_NAMES = (IncidentCategory.name_zh, IncidentCategory.name_en)
_OF_ITS_CATEGORY = and_(IncidentCategory.scheme == Incident.scheme, IncidentCategory.code == Incident.category_code)

PAGE_SIZE = 50
_LATELY = timedelta(days=30)
WITH_HANDLER = ("dispatched", "handling")


@dataclass(frozen=True)
class IncidentRow:
    """An incident as lists and pages show it."""

    id: UUID
    number: str
    category_code: str
    name_zh: str
    name_en: str
    icon: str | None
    group_code: str | None
    priority: str
    status: str
    description: str
    place_text: str | None
    channel: str
    location_code: str | None
    cell_name: str | None
    reporter_name: str | None
    worker_name: str | None
    team_name: str | None
    worker_id: int | None
    team_id: int | None
    reporter_id: int | None
    reported_at: datetime
    received_at: datetime
    status_since: datetime
    due_at: datetime | None
    yellow_at: datetime | None
    state_due_at: datetime | None
    state_yellow_at: datetime | None
    closed_at: datetime | None
    accuracy_m: float | None
    version: int
    level: str
    lon: float
    lat: float
    photo_count: int


@dataclass(frozen=True)
class Wanted:
    """Which incidents a list is to show; what is None or empty does not matter."""

    statuses: tuple[str, ...] = OPEN
    priority: str = ""
    group_code: str = ""
    category_code: str = ""
    place_code: str = ""
    words: str = ""
    only_overdue: bool = False
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Page:
    """A page of a list; `number` counts from 1."""

    rows: list[IncidentRow]
    number: int
    has_more: bool


@dataclass(frozen=True)
class LogLine:
    """One line of the case log."""

    action: str
    from_status: str | None
    to_status: str
    actor_name: str | None
    note: str
    recorded_at: datetime
    facts: dict[str, Any]


@dataclass(frozen=True)
class Case:
    """An incident with everything its page shows, for one reader."""

    row: IncidentRow
    log: list[LogLine]
    photos: list[IncidentPhoto]
    party: Party
    facts: CaseFacts
    actions: tuple[str, ...] = field(default=())

    def times(self, action: str) -> int:
        """How often something was done with the case, as for reminders."""
        return sum(line.action == action for line in self.log)

    def photos_of(self, stage: str) -> list[IncidentPhoto]:
        """The photos of one stage, oldest first."""
        return [photo for photo in self.photos if photo.stage == stage]


def _place(axis: str) -> Any:
    return literal_column(f"ST_{axis}(incidents.place)")


def _rows() -> Any:
    photos = select(func.count()).where(IncidentPhoto.incident_id == Incident.id).scalar_subquery()
    return (
        select(
            Incident.id, Incident.number, Incident.category_code, IncidentCategory.name_zh, IncidentCategory.name_en,
            IncidentCategory.icon, IncidentCategory.group_code, Incident.priority, Incident.status,
            Incident.description, Incident.place_text, Incident.channel, Incident.location_code,
            Cell.name.label("cell_name"), User.name.label("reporter_name"),
            Worker.name.label("worker_name"), _TEAMS.c.name.label("team_name"),
            Incident.worker_id, Incident.team_id, Incident.reporter_id, Incident.reported_at, Incident.received_at,
            Incident.status_since, Incident.due_at, Incident.yellow_at, Incident.state_due_at, Incident.state_yellow_at,
            Incident.closed_at, Incident.accuracy_m,
            Incident.version, Incident.level,
            _place("X").label("lon"), _place("Y").label("lat"), photos.label("photo_count"),
        )
        .select_from(Incident)
        .join(IncidentCategory, _OF_ITS_CATEGORY)
        .outerjoin(Cell, Cell.id == Incident.cell_id)
        .outerjoin(User, User.id == Incident.reporter_id)
        .outerjoin(Worker, Worker.id == Incident.worker_id)
        .outerjoin(_TEAMS, _TEAMS.c.id == Incident.team_id)
    )  # fmt: skip


def _read(session: Session, query: Select[Any]) -> list[IncidentRow]:
    return [IncidentRow(*row) for row in session.execute(query)]


def _urgency() -> Any:
    return case({priority: place for place, priority in enumerate(PRIORITIES)}, value=Incident.priority)


def _says(words: str) -> ColumnElement[bool]:
    """Whether number, description, place or category hold the words, whatever their case."""
    # looking without case costs three times as much; Chinese and digits have none
    contains = "icontains" if words.lower() != words.upper() else "contains"
    named = select(IncidentCategory.scheme, IncidentCategory.code).where(
        or_(*(getattr(name, contains)(words, autoescape=True) for name in _NAMES))
    )
    return or_(
        getattr(Incident.description, contains)(words, autoescape=True),
        getattr(Incident.place_text, contains)(words, autoescape=True),
        Incident.number.startswith(words, autoescape=True),
        tuple_(Incident.scheme, Incident.category_code).in_(named),
    )


#: Field of `Wanted` → the condition it sets when it is not empty.
_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "priority": lambda value: Incident.priority == value,
    "group_code": lambda value: IncidentCategory.group_code == value,
    "category_code": lambda value: Incident.category_code == value,
    "place_code": lambda value: Incident.location_code.startswith(value, autoescape=True),
    "only_overdue": lambda _: and_(
        Incident.due_at < func.now(), Incident.status.in_(OPEN), Incident.status != "parked"
    ),
    "since": lambda value: Incident.received_at >= value,
    "until": lambda value: Incident.received_at < value,
    "words": _says,
}


def _matching(query: Select[Any], wanted: Wanted, sight: Sight) -> Select[Any]:
    query = query.where(sees(sight), Incident.status.in_(wanted.statuses))
    for name, condition in _CONDITIONS.items():
        if value := getattr(wanted, name):
            query = query.where(condition(value))
    return query


def list_queue(session: Session, sight: Sight, wanted: Wanted, *, page: int = 1) -> Page:
    """A page of the queue: most urgent first, then what is due first."""
    query = _matching(_rows(), wanted, sight).order_by(_urgency(), Incident.due_at.nulls_last(), Incident.received_at)
    return _page(session, query, page)


def list_incidents(session: Session, sight: Sight, wanted: Wanted, *, page: int = 1) -> Page:
    """A page of all incidents, the newest first."""
    return _page(
        session, _matching(_rows(), wanted, sight).order_by(Incident.received_at.desc(), Incident.number), page
    )


def _page(session: Session, query: Select[Any], number: int) -> Page:
    number = max(1, number)
    rows = _read(session, query.limit(PAGE_SIZE + 1).offset((number - 1) * PAGE_SIZE))
    return Page(rows[:PAGE_SIZE], number, len(rows) > PAGE_SIZE)


def stream_incidents(session: Session, sight: Sight, wanted: Wanted, *, most: int) -> Iterator[IncidentRow]:
    """Rows for a file, the newest first, at most `most`, without holding them all."""
    query = _matching(_rows(), wanted, sight).order_by(Incident.received_at.desc(), Incident.number).limit(most)
    for row in session.execute(query, execution_options={"yield_per": 500}):
        yield IncidentRow(*row)


def count_open(session: Session, sight: Sight) -> dict[str, int]:
    """How many open incidents there are by status, with `overdue`, `urgent` and `unanswered` besides.

    Parked ones have no clock. Unanswered: sent to somebody who has not accepted in time.
    """
    running = Incident.status != "parked"
    query = (
        select(
            Incident.status,
            func.count(),
            func.count().filter(running, Incident.due_at < func.now()),
            func.count().filter(running, Incident.priority == "urgent"),
            func.count().filter(Incident.status == "dispatched", Incident.state_due_at < func.now()),
        )
        .where(Incident.status.in_(OPEN), sees(sight))
        .group_by(Incident.status)
    )
    counts = dict.fromkeys((*OPEN, "overdue", "urgent", "unanswered"), 0)
    for status, total, overdue, urgent, unanswered in session.execute(query):
        counts[status] = total
        counts["overdue"] += overdue
        counts["urgent"] += urgent
        counts["unanswered"] += unanswered
    return counts


def get_case(session: Session, incident_id: UUID, actor: Actor, sight: Sight) -> Case:
    """The case as this person may see it, with what the person can do now. Raises NotFound."""
    incident = get_visible(session, incident_id, sight)
    row = _read(session, _rows().where(Incident.id == incident_id))[0]
    log = session.execute(
        select(
            IncidentAction.action, IncidentAction.from_status, IncidentAction.to_status,
            User.name, IncidentAction.note, IncidentAction.recorded_at, IncidentAction.facts,
        )
        .outerjoin(User, User.id == IncidentAction.actor_id)
        .where(IncidentAction.incident_id == incident_id)
        .order_by(IncidentAction.id)
    )  # fmt: skip
    photos = session.scalars(
        select(IncidentPhoto).where(IncidentPhoto.incident_id == incident_id).order_by(IncidentPhoto.added_at)
    )
    party = party_of(session, incident, actor, sight)
    facts = facts_of(session, incident)
    return Case(row, [LogLine(*line) for line in log], list(photos), party, facts, possible_actions(facts, party))


def get_photo(session: Session, incident_id: UUID, sha256: str, sight: Sight) -> IncidentPhoto:
    """The photo's row, or NotFound when it, or the incident, is not there for this person."""
    get_visible(session, incident_id, sight)
    photo = session.get(IncidentPhoto, (incident_id, sha256))
    if photo is None:
        raise NotFound("There is no such photo.")
    return photo


def list_work(session: Session, sight: Sight) -> list[IncidentRow]:
    """What lies with this worker or the worker's teams, most pressing first."""
    mine = [Incident.worker_id == sight.worker_id] if sight.worker_id is not None else []
    mine += [Incident.team_id.in_(sight.team_ids)] if sight.team_ids else []
    if not mine:
        return []
    query = _rows().where(or_(*mine), Incident.status.in_((*WITH_HANDLER, "handled")))
    order = (Incident.status == "handled", _urgency(), Incident.due_at.nulls_last())
    return _read(session, query.order_by(*order).limit(100))


def list_reported(session: Session, sight: Sight, now: datetime, *, most: int = 10) -> list[IncidentRow]:
    """What this person reported in the last month, the newest first."""
    mine = (Incident.reporter_id == sight.user_id, Incident.received_at > now - _LATELY)
    return _read(session, _rows().where(*mine).order_by(Incident.received_at.desc()).limit(most))


def list_near(
    session: Session, sight: Sight, lon: float, lat: float, *, within_m: float = 150, without: UUID | None = None
) -> list[tuple[IncidentRow, float]]:
    """Open incidents within so many metres of a place, with their distance in metres, nearest first."""
    here = func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326)
    geography: Any = literal_column("incidents.place::geography")
    away_m = func.ST_Distance(geography, func.geography(here))
    # a degree of latitude is 111 km; towards the poles one of longitude is shorter, so the box is widened there
    box = func.ST_Expand(here, within_m / 111_000 / max(0.1, 1 - abs(lat) / 90))
    query = (
        _rows()
        .add_columns(away_m.label("away_m"))
        .where(sees(sight), Incident.status.in_(OPEN), Incident.place.op("&&")(box), away_m <= within_m)
        .order_by(away_m)
        .limit(5)
    )
    if without is not None:
        query = query.where(Incident.id != without)
    return [(IncidentRow(*row[:-1]), float(row[-1])) for row in session.execute(query)]


Bounds = tuple[float, float, float, float]


def incidents_geojson(session: Session, sight: Sight, bounds: Bounds, wanted: Wanted, *, most: int = 2000) -> str:
    """The incidents in (west, south, east, north) as GeoJSON text, most urgent first; `properties` name no person."""
    box = cast(func.ST_MakeEnvelope(*bounds, 4326), Geometry)
    query = _matching(_rows(), wanted, sight).where(Incident.place.op("&&")(box))
    rows = _read(session, query.order_by(_urgency(), Incident.due_at.nulls_last()).limit(most + 1))
    return json.dumps(
        {
            "type": "FeatureCollection",
            "is_complete": len(rows) <= most,
            "features": [_feature(row) for row in rows[:most]],
        },
        ensure_ascii=False,
    )


def _feature(row: IncidentRow) -> dict[str, Any]:
    shown = ("number", "name_zh", "name_en", "icon", "priority", "status", "place_text", "cell_name")
    return {
        "type": "Feature",
        "id": str(row.id),
        "geometry": {"type": "Point", "coordinates": [round(row.lon, 6), round(row.lat, 6)]},
        "properties": {name: getattr(row, name) for name in shown}
        | {"id": str(row.id), "due_at": row.due_at and row.due_at.isoformat()},
    }


def list_categories_by_use(session: Session, sight: Sight, scheme: str, now: datetime) -> list[IncidentCategory]:
    """What may be reported: what is reported most often where this person works comes first."""
    used = (
        select(Incident.category_code, func.count().label("times"))
        .where(Incident.scheme == scheme, Incident.received_at > now - _LATELY, sees(sight))
        .group_by(Incident.category_code)
        .subquery()
    )
    query = (
        select(IncidentCategory)
        .outerjoin(used, used.c.category_code == IncidentCategory.code)
        .where(IncidentCategory.scheme == scheme, IncidentCategory.is_active)
        .order_by(func.coalesce(used.c.times, 0).desc(), IncidentCategory.position, IncidentCategory.code)
    )
    return list(session.scalars(query))


@dataclass(frozen=True)
class OwnCell:
    """A cell a worker answers for; `area` is GeoJSON, simplified to about a metre."""

    code: str
    name: str
    duty: str
    area: dict[str, Any]


def list_own_cells(session: Session, sight: Sight) -> list[OwnCell]:
    """The cells this worker answers for today, lead duties first."""
    found = session.execute(sql("incidents", "own_cells"), {"worker_id": sight.worker_id})
    return [OwnCell(row.code, row.name, row.duty, json.loads(row.area)) for row in found]
