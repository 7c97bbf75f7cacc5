"""Writes: report an incident, take a case one step further, add a photo. They never commit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.queries import Actor
from accounts.rules import lies_within
from data.errors import Conflict, NotAllowed, NotFound, Refused
from gis.crs import parse_crs, to_wgs84
from incidents import events
from incidents.access import Sight, get_visible, party_of, sight_of
from incidents.deadlines import Due, load_deadlines
from incidents.models import Incident, IncidentCategory, IncidentPhoto
from incidents.rules import (
    ACTIONS,
    MAX_PHOTOS,
    MAX_PLACE_TEXT,
    MAX_TEXT,
    PRIORITIES,
    Action,
    CaseFacts,
    Given,
    clean_text,
    has_personal_numbers,
    is_blank,
    level_after,
    payload_sha256,
    photo_refusal,
    refusal,
    reported_time,
    sentence,
)
from incidents.steps import apply_step, error_of, facts_of, faster, last_step, record_event, write_log

_CHANNELS = (("grid_worker", "app"), ("dispatcher", "centre"), ("centre_staff", "centre"))


@dataclass(frozen=True)
class Report:
    """What a client says about an incident, sealed: the same id always comes with the same content.

    `x`, `y` are longitude and latitude in `source_crs` (or easting and northing of an EPSG system).
    """

    id: UUID
    scheme: str
    category_code: str
    x: float
    y: float
    reported_at: datetime | None = None
    source_crs: str = "wgs84"
    accuracy_m: float | None = None
    description: str = ""
    place_text: str = ""
    priority: str | None = None
    is_self_handled: bool = False


@dataclass(frozen=True)
class Details:
    """What an action may bring along; `facts` is what was known when deciding, for the log."""

    note: str = ""
    worker_id: int | None = None
    team_id: int | None = None
    priority: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PhotoFacts:
    """A photo that has been examined and re-encoded; `sha256` is that of the bytes the client sent."""

    sha256: str
    stage: str
    width_px: int
    height_px: int
    size_bytes: int


def report(session: Session, payload: Report, actor: Actor, *, now: datetime | None = None) -> tuple[Incident, bool]:
    """The incident of this report, and whether it is new: a retry gets the first answer again.

    The unique index decides, not a look beforehand, so that two copies on their way at once stay one.
    Raises Conflict for a known id with other content, Refused for a category or place that cannot be.
    """
    now = now or datetime.now(UTC)
    category = _category(session, payload)
    lon, lat = _place(payload)
    priority = _priority(payload, category, actor)
    sealed = payload_sha256(asdict(payload) | {"reporter": actor.id})
    values = {
        "id": payload.id, "scheme": category.scheme, "category_code": category.code, "priority": priority,
        "description": _text(payload.description, MAX_TEXT),
        "place_text": _text(payload.place_text, MAX_PLACE_TEXT) or None,
        "accuracy_m": payload.accuracy_m, "source_crs": parse_crs(payload.source_crs).name,
        "raw_x": payload.x, "raw_y": payload.y, "place": f"SRID=4326;POINT({lon!r} {lat!r})",
        "channel": _channel(actor), "reporter_id": actor.id, "received_at": now, "status_since": now,
        "reported_at": reported_time(payload.reported_at, now),
        "payload_sha256": sealed, **clocks(session, category, priority, now),
    }  # fmt: skip
    is_new = session.scalar(
        insert(Incident).values(**values).on_conflict_do_nothing(index_elements=["id"]).returning(Incident.id)
    )
    incident = session.get_one(Incident, payload.id, populate_existing=True)
    if not is_new:
        return _first_answer(session, incident, sealed, actor), False
    write_log(session, incident, "report", None, actor, "", now)
    happened = events.IncidentReported(
        incident.number, incident.scheme, incident.category_code, priority, incident.channel
    )
    record_event(session, happened, incident, actor)
    if payload.is_self_handled:
        _take_on(session, incident, actor, now)
    return incident, True


def clocks(session: Session, category: IncidentCategory, priority: str, now: datetime) -> dict[str, Any]:
    """The deadlines of a case received now, as columns."""
    deadlines = load_deadlines(session)
    due, clock = deadlines.business(now, category, priority)
    state = deadlines.state("reported", priority, now)
    return {
        "due_at": due.red_at, "yellow_at": due.yellow_at, "due_clock": clock,
        "state_due_at": state and state.red_at, "state_yellow_at": state and state.yellow_at,
    }  # fmt: skip


def _category(session: Session, payload: Report) -> IncidentCategory:
    """The category, also one that may no longer be chosen: a phone may have kept the list of yesterday."""
    category = session.get(IncidentCategory, (payload.scheme, payload.category_code))
    if category is None:
        raise Refused("There is no category {code}. Choose one from the list.", code=payload.category_code)
    return category


def _place(payload: Report) -> tuple[float, float]:
    """Longitude and latitude in WGS 84, or a refusal in words for somebody with a phone in hand."""
    lon, lat = to_wgs84([[payload.x, payload.y]], parse_crs(payload.source_crs))[0].tolist()
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise Refused("The place lies outside the map of the world. Set the pin again.")
    if payload.accuracy_m is not None and not 0 <= payload.accuracy_m < 1e7:
        raise Refused("The accuracy of the place has to be a number of metres above 0.")
    return lon, lat


def _priority(payload: Report, category: IncidentCategory, actor: Actor) -> str:
    if payload.priority is None or payload.priority == category.priority:
        return category.priority
    if payload.priority not in PRIORITIES:
        raise Refused("Choose one of the priorities.")
    if not actor.may("incident.dispatch"):
        raise NotAllowed("The priority follows from the category; only a dispatcher may set another.")
    return payload.priority


def _text(given: str, most: int) -> str:
    cleaned = clean_text(given)
    if len(cleaned) > most:
        raise Refused("The text may have at most {most} characters; it has {length}.", most=most, length=len(cleaned))
    return "" if is_blank(cleaned) else cleaned


def _channel(actor: Actor) -> str:
    return next((channel for role, channel in _CHANNELS if role in actor.roles), "patrol")


def _first_answer(session: Session, incident: Incident, sealed: str, actor: Actor) -> Incident:
    if incident.payload_sha256 == sealed and incident.reporter_id == actor.id:
        return incident
    clash = events.IncidentContentRefused(incident.number, incident.payload_sha256, sealed)
    record_event(session, clash, incident, actor)
    raise Conflict(
        "A report with this id has been kept already, with other content. Send the changed report as a new one."
    )


def _take_on(session: Session, incident: Incident, actor: Actor, now: datetime) -> None:
    """Let the finder handle it at once where that is possible; otherwise the report stays a report, never lost."""
    sight = sight_of(session, actor)
    party = party_of(session, incident, actor, sight)
    if refusal(ACTIONS["self_handle"], CaseFacts(incident.status), party, Given()) is None:
        apply_step(session, incident, ACTIONS["self_handle"], actor, "", {"worker_id": sight.worker_id}, now)


def act(
    session: Session, incident_id: UUID, action: str, actor: Actor, *,
    version: int | None, details: Details | None = None, now: datetime | None = None,
) -> Incident:  # fmt: skip
    """The case one step further.

    `version` is the one the person looked at: when somebody else was faster, Conflict says who did what.
    The same person's same step again (its answer was lost on the way) gets the same answer.
    """
    now = now or datetime.now(UTC)
    line = ACTIONS.get(action)
    if line is None:
        raise Refused("There is no action {action}.", action=action)
    details = details or Details()
    sight = sight_of(session, actor)
    incident = get_visible(session, incident_id, sight, lock=True)
    note, changes = _changes(session, incident, line, actor, details, sight, now)
    if line.to_status or line.needs_priority:
        last = last_step(session, incident)
        if version != incident.version:
            if last and last[0].actor_id == actor.id and last[0].action == action and last[0].note == note:
                return incident
            raise faster(last)
    party = party_of(session, incident, actor, sight)
    given = Given(details.note, bool(details.worker_id or details.team_id), details.priority)
    if refused := refusal(line, facts_of(session, incident), party, given):
        raise error_of(refused)
    if action == "dispatch" and (details.worker_id, details.team_id) == (incident.worker_id, incident.team_id):
        raise Refused("This worker or team has the case already. Choose somebody else.")
    if action == "dispatch" and incident.status == "reported":
        apply_step(session, incident, ACTIONS["file"], actor, "", {}, now)
    apply_step(session, incident, line, actor, note, changes, now, facts=details.facts)
    return incident


def _changes(
    session: Session, incident: Incident, line: Action, actor: Actor, details: Details, sight: Sight, now: datetime
) -> tuple[str, dict[str, Any]]:
    """The log line's note and the columns this step sets besides the status."""
    note = _text(details.note, MAX_TEXT - 100)
    if line.name == "dispatch":
        name = _assignee_name(session, actor, details)
        note = f"→ {name}\n{note}".strip() if name else note
        return note, {"worker_id": details.worker_id, "team_id": details.team_id}
    if line.name == "prioritise" and details.priority in PRIORITIES:
        category = session.get_one(IncidentCategory, (incident.scheme, incident.category_code))
        due, clock = load_deadlines(session).business(incident.received_at, category, details.priority)
        changes = {"due_at": due.red_at, "yellow_at": due.yellow_at, "due_clock": clock}
        return details.priority, {"priority": details.priority, **changes}
    if line.name in {"escalate", "delegate"}:
        return note, {"level": level_after(incident.level, line.name) or incident.level}
    if line.name == "self_handle":
        return note, {"worker_id": sight.worker_id, "team_id": None}
    if line.name == "unpark":
        return note, _resumed(session, incident, now)
    return note, {}


def _resumed(session: Session, incident: Incident, now: datetime) -> dict[str, Any]:
    """The deadline of a case that was parked: its clock stood still meanwhile."""
    if incident.due_at is None:
        return {}
    due = Due(incident.due_at, incident.yellow_at or incident.due_at)
    new = load_deadlines(session).resumed(due, incident.due_clock, incident.status_since, now)
    return {"due_at": new.red_at, "yellow_at": new.yellow_at}


_ASSIGNEE = text(
    "SELECT somebody.name, division.code FROM ("
    "SELECT name, division_id FROM workers WHERE id = :worker_id AND (left_on IS NULL OR left_on > CURRENT_DATE)"
    " UNION ALL SELECT name, division_id FROM patrol_teams WHERE id = :team_id"
    ") somebody JOIN divisions division ON division.id = somebody.division_id"
)


def _assignee_name(session: Session, actor: Actor, details: Details) -> str | None:
    """The name of who is to go, who has to belong to the dispatcher's area; None when nobody is named."""
    if details.worker_id is None and details.team_id is None:
        return None
    if details.worker_id is not None and details.team_id is not None:
        raise Refused("Choose either a worker or a team.")
    found = session.execute(_ASSIGNEE, {"worker_id": details.worker_id, "team_id": details.team_id}).first()
    if found is None or not lies_within(found.code, actor.scope("incident.dispatch")):
        raise NotFound("This worker or team is not in your area, or has left. Choose another.")
    return str(found.name)


def add_photo(session: Session, incident_id: UUID, photo: PhotoFacts, actor: Actor) -> tuple[IncidentPhoto, bool]:
    """The photo's row, and whether it is new: the same bytes again are the same photo.

    The caller has the file on disk before the transaction is kept. Raises Refused for a tenth photo.
    """
    sight = sight_of(session, actor)
    incident = get_visible(session, incident_id, sight, lock=True)
    known = session.get(IncidentPhoto, (incident_id, photo.sha256))
    if known is not None:
        return known, False
    party = party_of(session, incident, actor, sight)
    if refused := photo_refusal(photo.stage, incident.status, party):
        raise error_of(refused)
    count = session.scalar(select(func.count()).where(IncidentPhoto.incident_id == incident_id)) or 0
    if count >= MAX_PHOTOS:
        raise Refused("An incident may have at most {most} photos.", most=MAX_PHOTOS)
    row = IncidentPhoto(incident_id=incident_id, added_by=actor.id, **asdict(photo))
    session.add(row)
    session.flush()
    record_event(session, events.IncidentPhotoAdded(incident.number, photo.sha256, photo.stage), incident, actor)
    return row, True


def warnings_about(payload: Report) -> list[str]:
    """Sentences to show beside a kept report; nothing here refuses it."""
    if has_personal_numbers(f"{payload.description}\n{payload.place_text}"):
        return [
            sentence(
                "The text seems to hold a telephone or identity card number. Reports are about places, not people."
            )
        ]
    return []
