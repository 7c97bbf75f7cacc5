"""Writes while somebody is out: pause and go on, check in at a checkpoint, call for help. They never commit.

Each may come again, late and in any order: a phone keeps what it could not send. The same act twice is one.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from data.errors import Conflict, NotFound, Refused
from data.events import record
from grids.models import Division
from patrols import events
from patrols.models import Checkpoint, PatrolMember, PatrolSession, Shift
from patrols.walking_models import CheckpointVisit, PatrolAlert, SessionPause
from patrols.walking_rules import reach_m, time_on_patrol


@dataclass(frozen=True)
class Here:
    """Where a phone says it is (WGS 84 degrees), and how sure (metres, None when it does not know)."""

    lon: float
    lat: float
    accuracy_m: float | None = None

    @property
    def point(self) -> str:
        """As the database takes it."""
        return f"SRID=4326;POINT({self.lon!r} {self.lat!r})"


def own_patrol(session: Session, member: PatrolMember, session_id: UUID) -> PatrolSession:
    """The patrol of this member, or NotFound: those of others do not exist."""
    patrol = session.get(PatrolSession, session_id, populate_existing=True, with_for_update=True)
    if patrol is None or patrol.member_id != member.id:
        raise NotFound("There is no such patrol of yours.")
    return patrol


def pause_patrol(session: Session, patrol: PatrolSession, *, said_at: datetime, now: datetime) -> SessionPause:
    """The pause that begins; pausing while pausing changes nothing. Raises Refused when the patrol has ended."""
    at = time_on_patrol(said_at, patrol.started_at, now)
    if patrol.ended_at is not None and at >= patrol.ended_at:
        raise Refused("This patrol has ended.")
    around = _pause_at(session, patrol.id, at)
    if around is not None:
        return around
    # a pause that a late message tells of lasts until the next one that is known
    following = session.scalar(
        select(func.min(SessionPause.started_at)).where(
            SessionPause.session_id == patrol.id, SessionPause.started_at > at
        )
    )
    pause = SessionPause(session_id=patrol.id, started_at=at, ended_at=following or patrol.ended_at)
    session.add(pause)
    session.flush()
    _forget_fixes(session, pause)
    _record(session, events.PatrolPaused(str(patrol.id)), patrol)
    return pause


def resume_patrol(session: Session, patrol: PatrolSession, *, said_at: datetime, now: datetime) -> None:
    """The pause around that moment ends then; nothing happens when there is none."""
    at = time_on_patrol(said_at, patrol.started_at, now)
    pause = _pause_at(session, patrol.id, at)
    if pause is None or pause.ended_at is not None:
        return
    pause.ended_at = max(at, pause.started_at)
    session.flush()
    _record(session, events.PatrolResumed(str(patrol.id)), patrol)


def _record(session: Session, event: object, patrol: PatrolSession) -> None:
    """The event, by the member who walks."""
    user_id = session.scalar(select(PatrolMember.user_id).where(PatrolMember.id == patrol.member_id))
    record(session, event, subject=f"patrol:{patrol.id}", actor_id=user_id)


def find_pause(session: Session, session_id: UUID) -> SessionPause | None:
    """The pause going on, or None."""
    going_on = (SessionPause.session_id == session_id, SessionPause.ended_at.is_(None))
    return session.scalar(select(SessionPause).where(*going_on))


def _pause_at(session: Session, session_id: UUID, at: datetime) -> SessionPause | None:
    return session.scalar(
        select(SessionPause).where(
            SessionPause.session_id == session_id,
            SessionPause.started_at <= at,
            SessionPause.ended_at.is_(None) | (SessionPause.ended_at > at),
        )
    )


def _forget_fixes(session: Session, pause: SessionPause) -> None:
    """Positions that another device sent before the pause was known are not kept."""
    session.execute(
        text(
            "DELETE FROM position_fixes WHERE session_id = :session_id AND fixed_at > :begins"
            " AND fixed_at < coalesce(CAST(:ends AS timestamptz), 'infinity')"
        ),
        {"session_id": pause.session_id, "begins": pause.started_at, "ends": pause.ended_at},
    )


def check_in(
    session: Session,
    patrol: PatrolSession,
    checkpoint_id: int,
    *,
    said_at: datetime,
    now: datetime,
    here: Here | None = None,
    code: str = "",
) -> CheckpointVisit:
    """The visit of a checkpoint of the patrol's route: by the code of its sign, else by the phone's place.

    Raises NotFound for a checkpoint that is not on the route, Refused for a wrong code or a place too far away.
    The first visit stays.
    """
    point = _checkpoint(session, patrol, checkpoint_id)
    known = session.get(CheckpointVisit, (patrol.id, point.id))
    if known is not None:
        return known
    away_m = _away_m(session, point, here) if here else None
    _refuse_elsewhere(point, here, code, away_m)
    at = time_on_patrol(said_at, patrol.started_at, patrol.ended_at or now)
    visit = insert(CheckpointVisit).values(
        session_id=patrol.id,
        checkpoint_id=point.id,
        visited_at=at,
        how="qr" if code else "place",
        distance_m=away_m,
        accuracy_m=here.accuracy_m if here else None,
    )
    session.execute(visit.on_conflict_do_nothing())
    seen = events.CheckpointVisited(str(patrol.id), point.seq, "qr" if code else "place", away_m and round(away_m))
    _record(session, seen, patrol)
    return session.get_one(CheckpointVisit, (patrol.id, point.id))


def _refuse_elsewhere(point: Checkpoint, here: Here | None, code: str, away_m: float | None) -> None:
    if code:
        if code != point.code:
            raise Refused("This code belongs to another checkpoint.")
    elif here is None or away_m is None:
        raise Refused("Say where you are, or scan the code at the checkpoint.")
    elif away_m > reach_m(here.accuracy_m):
        raise Refused(
            "You are {away} m away from this checkpoint. Go nearer, or scan the code there.", away=round(away_m)
        )


def _checkpoint(session: Session, patrol: PatrolSession, checkpoint_id: int) -> Checkpoint:
    on_route = select(Checkpoint).join(Shift, Shift.route_plan_id == Checkpoint.route_plan_id)
    point = session.scalar(on_route.where(Shift.id == patrol.shift_id, Checkpoint.id == checkpoint_id))
    if point is None:
        raise NotFound("There is no such checkpoint on your route.")
    return point


def _away_m(session: Session, point: Checkpoint, here: Here) -> float:
    """Metres on the ground from the phone to the checkpoint."""
    question = text("SELECT st_distance(place::geography, CAST(:here AS geography)) FROM checkpoints WHERE id = :id")
    return float(session.scalar(question, {"here": here.point, "id": point.id}) or 0.0)


def call_for_help(
    session: Session,
    member: PatrolMember,
    patrol: PatrolSession,
    *,
    alert_id: UUID,
    said_at: datetime,
    now: datetime,
    here: Here | None,
) -> PatrolAlert:
    """The alert that leaders and dispatchers of the area see at once; the same id again is the same alert.

    It comes through however late it is sent, and also in a pause. Raises Conflict for an id of somebody else.
    """
    known = session.get(PatrolAlert, alert_id)
    if known is not None:
        if known.member_id != member.id:
            raise Conflict("This call belongs to somebody else.")
        return known
    shift = session.get(Shift, patrol.shift_id) if patrol.shift_id else None
    division_id = shift.division_id if shift else member.division_id
    alert = PatrolAlert(
        id=alert_id,
        session_id=patrol.id,
        member_id=member.id,
        division_id=division_id,
        raised_at=time_on_patrol(said_at, patrol.started_at, now),
        accuracy_m=here.accuracy_m if here else None,
        place=here.point if here else None,
    )
    session.add(alert)
    session.flush()
    code = session.scalar(select(Division.code).where(Division.id == division_id))
    called = events.HelpCalled(str(alert_id), member.id)
    record(session, called, subject=f"alert:{alert_id}", location_code=code, actor_id=member.user_id)
    return alert


def answer_alert(session: Session, alert: PatrolAlert, *, actor_id: int, now: datetime) -> None:
    """Somebody takes care of it; the first one stays. Raises Conflict when it is over."""
    session.refresh(alert, with_for_update=True)
    if alert.closed_at is not None:
        raise Conflict("This call for help is over already.")
    if alert.answered_by is None:
        alert.answered_by, alert.answered_at = actor_id, now
        session.flush()
        record(session, events.HelpAnswered(str(alert.id)), subject=f"alert:{alert.id}", actor_id=actor_id)


def close_alert(session: Session, alert: PatrolAlert, note: str, *, actor_id: int, now: datetime) -> None:
    """It is over, and what it was. Raises Refused without a word about it, Conflict when it is over already."""
    session.refresh(alert, with_for_update=True)
    if alert.closed_at is not None:
        raise Conflict("This call for help is over already.")
    if not note.strip():
        raise Refused("Write what it was and how it ended.")
    alert.closed_by, alert.closed_at, alert.note = actor_id, now, note.strip()[:1000]
    session.flush()
    record(session, events.HelpEnded(str(alert.id)), subject=f"alert:{alert.id}", actor_id=actor_id)


def end_pauses(session: Session, session_id: UUID, at: datetime) -> None:
    """What was a pause ends with the patrol."""
    pause = find_pause(session, session_id)
    if pause is not None:
        pause.ended_at = max(at, pause.started_at)
        session.flush()
