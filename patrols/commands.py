"""Writes: shifts and who walks them, patrols from start to end, positions in between. They never commit."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg2.extras import DateTimeTZRange
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from data.errors import Conflict, NotAllowed, NotFound, Refused
from data.events import record
from grids.models import Division
from patrols import events
from patrols.fitness import SKILLS
from patrols.models import PatrolMember, PatrolSession, PatrolTeam, Shift, ShiftMember
from patrols.queries import find_open_session, is_in_shift
from patrols.rules import Fix, session_end, start_problem
from patrols.taking import take_positions
from patrols.verification_asked import ask_verification
from patrols.walking import end_pauses


def publish_shift(
    session: Session,
    *,
    name: str,
    division: Division,
    starts_at: datetime,
    ends_at: datetime,
    actor_id: int | None,
    route_plan_id: int | None = None,
    team_id: int | None = None,
    capacity: int = 12,
    is_open_to_volunteers: bool = False,
) -> Shift:
    """Publish a shift: the members it is for see it from now on."""
    if not name.strip():
        raise Refused("Give the shift a name.")
    if not starts_at < ends_at:
        raise Refused("The shift has to end after it starts.")
    shift = Shift(
        name=name.strip()[:120],
        division_id=division.id,
        team_id=team_id,
        route_plan_id=route_plan_id,
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=capacity,
        is_open_to_volunteers=is_open_to_volunteers,
        made_by=actor_id,
    )
    session.add(shift)
    session.flush()
    event = events.ShiftPublished(shift.id, shift.name, starts_at.isoformat(), ends_at.isoformat())
    record(session, event, subject=f"shift:{shift.id}", location_code=division.code, actor_id=actor_id)
    return shift


def cancel_shift(session: Session, shift: Shift, *, actor_id: int | None) -> None:
    """Call a shift off; its members are free for others. Raises Refused while somebody walks it, or when it is off."""
    # the row is locked, so that nobody starts to walk it, or calls it off too, in the same moment
    status = session.scalar(select(Shift.status).where(Shift.id == shift.id).with_for_update())
    if status == "cancelled":
        raise Refused("This shift has been called off already.")
    if session.scalar(
        select(PatrolSession.id).where(PatrolSession.shift_id == shift.id, PatrolSession.ended_at.is_(None)).limit(1)
    ):
        raise Refused("Somebody is on patrol in this shift. End the patrol first.")
    shift.status = "cancelled"
    session.execute(delete(ShiftMember).where(ShiftMember.shift_id == shift.id))
    event = events.ShiftCancelled(shift.id, shift.name)
    record(session, event, subject=f"shift:{shift.id}", actor_id=actor_id)


def set_skills(session: Session, team: PatrolTeam, skills: Sequence[str], *, actor_id: int | None) -> None:
    """Say what a team can do besides walking. Raises Refused for a skill that is not in the list."""
    if unknown := sorted(set(skills) - set(SKILLS)):
        raise Refused("There is no skill {skill}. Choose from the list.", skill=unknown[0])
    team.skills = sorted(set(skills))
    session.flush()
    event = events.TeamSkillsChanged(team.id, team.skills)
    record(session, event, subject=f"team:{team.id}", actor_id=actor_id)


def assign_member(session: Session, shift: Shift, member_id: int, *, actor_id: int | None) -> None:
    """Put a member into a shift. Raises NotFound, Conflict (full, or busy: the database says so)."""
    if session.get(PatrolMember, member_id) is None:
        raise NotFound("There is no such member.")
    put_in(session, shift, member_id, "assigned")
    event = events.MemberAssigned(shift.id, member_id)
    record(session, event, subject=f"shift:{shift.id}", actor_id=actor_id)


def join_shift(session: Session, shift: Shift, member: PatrolMember, *, actor_id: int) -> None:
    """A member joins by the own act."""
    put_in(session, shift, member.id, "joined")
    record(session, events.MemberJoined(shift.id, member.id), subject=f"shift:{shift.id}", actor_id=actor_id)


def leave_shift(session: Session, shift: Shift, member_id: int, *, actor_id: int | None) -> None:
    """Take a member out of a shift; nothing happens when the member is not in it."""
    here = (PatrolSession.shift_id == shift.id, PatrolSession.member_id == member_id)
    if session.scalar(select(PatrolSession.id).where(*here, PatrolSession.ended_at.is_(None))):
        raise Refused("This member is on patrol in this shift. End the patrol first.")
    session.execute(delete(ShiftMember).where(ShiftMember.shift_id == shift.id, ShiftMember.member_id == member_id))
    record(session, events.MemberLeft(shift.id, member_id), subject=f"shift:{shift.id}", actor_id=actor_id)


def put_in(session: Session, shift: Shift, member_id: int, how: str) -> None:
    """A member is in the shift; nothing happens to one who is. Raises Refused (called off), Conflict (full)."""
    # the row of the shift is locked, so that two who take the last place at once do not both get it
    session.execute(select(Shift.id).where(Shift.id == shift.id).with_for_update())
    if is_in_shift(session, shift.id, member_id):
        return
    if shift.status != "published":
        raise Refused("This shift was cancelled. Choose another one.")
    taken = session.scalar(select(func.count()).select_from(ShiftMember).where(ShiftMember.shift_id == shift.id)) or 0
    if taken >= shift.capacity:
        raise Conflict("The shift is full: {capacity} members are in it.", capacity=shift.capacity)
    period = DateTimeTZRange(shift.starts_at, shift.ends_at)
    session.execute(insert(ShiftMember).values(shift_id=shift.id, member_id=member_id, period=period, joined_how=how))


def start_patrol(
    session: Session, member: PatrolMember, shift: Shift, *, session_id: UUID, now: datetime, actor_id: int
) -> PatrolSession:
    """A member starts to walk; positions are taken until the end. The same `session_id` again is the same patrol.

    Raises NotAllowed when the member is not in the shift, Refused when it is too early or too late, Conflict
    while another patrol of the member is going on.
    """
    known = session.get(PatrolSession, session_id)
    if known is not None:
        if known.member_id != member.id:
            raise Conflict("This patrol belongs to somebody else.")
        return known
    if not is_in_shift(session, shift.id, member.id):
        raise NotAllowed("Join the shift first.")
    # read under a lock: the shift may be called off in this very moment
    status = session.scalar(select(Shift.status).where(Shift.id == shift.id).with_for_update(read=True))
    if problem := start_problem(now, shift.starts_at, shift.ends_at, status or shift.status):
        raise Refused(problem)
    _end_forgotten(session, member.id, now)
    if find_open_session(session, member.id):
        raise Conflict("You are on patrol already. End that patrol first.")
    patrol = PatrolSession(id=session_id, member_id=member.id, shift_id=shift.id, started_at=now)
    session.add(patrol)
    session.flush()
    event = events.PatrolStarted(str(session_id), shift.id)
    record(session, event, subject=f"patrol:{session_id}", actor_id=actor_id)
    return patrol


def end_forgotten_patrols(session: Session, now: datetime) -> int:
    """End every patrol that nobody ended although its shift is long over; returns how many."""
    found = 0
    for member_id in session.scalars(select(PatrolSession.member_id).where(PatrolSession.ended_at.is_(None))).all():
        found += _end_forgotten(session, member_id, now)
    return found


def _end_forgotten(session: Session, member_id: int, now: datetime) -> bool:
    patrol = find_open_session(session, member_id)
    if patrol is None:
        return False
    shift_ends_at = session.scalar(select(Shift.ends_at).where(Shift.id == patrol.shift_id))
    ended_at = session_end(patrol.started_at, shift_ends_at, now)
    if ended_at is not None:
        patrol.ended_at = ended_at
        session.flush()
        end_pauses(session, patrol.id, ended_at)
        event = events.PatrolEnded(str(patrol.id), True)
        record(session, event, subject=f"patrol:{patrol.id}")
        ask_verification(session, patrol.id)
    return ended_at is not None


def end_patrol(
    session: Session, member: PatrolMember, session_id: UUID, *, now: datetime, actor_id: int
) -> PatrolSession:
    """A member ends the own patrol; ending it again changes nothing."""
    patrol = _own_patrol(session, member, session_id)
    if patrol.ended_at is None:
        patrol.ended_at = max(now, patrol.started_at)
        session.flush()
        event = events.PatrolEnded(str(session_id), False)
        record(session, event, subject=f"patrol:{session_id}", actor_id=actor_id)
        ask_verification(session, session_id)
    return patrol


def add_fixes(
    session: Session, member: PatrolMember, session_id: UUID, fixes: list[Fix], *, now: datetime
) -> tuple[int, dict[str, int]]:
    """Take the positions of a patrol; returns how many are new, and how many were refused for which reason.

    Sending the same ones again changes nothing. Positions outside the patrol are refused, always.
    """
    patrol = _own_patrol(session, member, session_id)
    taken = take_positions(
        session, fixes, member_id=member.id, source="app", now=now, session_id=session_id, begun_at=patrol.started_at
    )
    for late in taken.late:
        ask_verification(session, late)
    return taken.added, taken.refused


def _own_patrol(session: Session, member: PatrolMember, session_id: UUID) -> PatrolSession:
    patrol = session.get(PatrolSession, session_id)
    if patrol is None or patrol.member_id != member.id:
        raise NotFound("There is no such patrol of yours.")
    return patrol
