"""Writes of the roster: rounds, repeats, teaming up, substitutes, notes handed over. They never commit."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data.errors import Conflict, NotFound, Refused
from data.events import record
from grids.models import Division
from patrols import events
from patrols.commands import leave_shift, publish_shift, put_in
from patrols.models import PatrolMember, Shift, ShiftMember
from patrols.queries import is_in_shift
from patrols.roster_models import ShiftHandover, ShiftSubstitution
from patrols.roster_rules import MOST_WEEKS, days_later

LONGEST_NOTE = 2000


@dataclass
class Repeated:
    """What came of repeating: the new shifts, and who could not be put into which (member, day)."""

    shifts: list[Shift] = field(default_factory=list)
    busy: list[tuple[str, datetime]] = field(default_factory=list)


def plan_rounds(shift: Shift, frequency_min: int | None, tolerance_min: int | None) -> None:
    """Say how often a round begins, and how much later or earlier is in time. Raises Refused."""
    if not frequency_min:
        shift.frequency_min = shift.tolerance_min = None
        return
    tolerance_min = tolerance_min or 0
    if not 10 <= frequency_min <= 1440:
        raise Refused("A round begins every 10 to 1,440 minutes.")
    if not 0 <= tolerance_min * 2 < frequency_min:
        raise Refused("The tolerance has to be shorter than half of the time between two rounds.")
    shift.frequency_min, shift.tolerance_min = frequency_min, tolerance_min


def repeat_shift(
    session: Session, shift: Shift, weeks: int, *, with_members: bool, zone: ZoneInfo, actor_id: int | None
) -> Repeated:
    """The same shift in each of the next `weeks` weeks, at the same time of the clock; one that is there stays alone.

    Members who walk elsewhere at that time are left out and named. Raises Refused for too many weeks.
    """
    if not 1 <= weeks <= MOST_WEEKS:
        raise Refused("Repeat a shift over 1 to {most} weeks.", most=MOST_WEEKS)
    done = Repeated()
    for week in range(1, weeks + 1):
        _copy(session, shift, 7 * week, with_members, zone, actor_id, done)
    return done


def repeat_week(
    session: Session, shifts: list[Shift], *, with_members: bool, zone: ZoneInfo, actor_id: int | None
) -> Repeated:
    """All of these shifts again a week later."""
    done = Repeated()
    for shift in shifts:
        _copy(session, shift, 7, with_members, zone, actor_id, done)
    return done


def _copy(
    session: Session, shift: Shift, days: int, with_members: bool, zone: ZoneInfo, actor_id: int | None, done: Repeated
) -> None:
    starts_at, ends_at = days_later(shift.starts_at, days, zone), days_later(shift.ends_at, days, zone)
    same = (Shift.name == shift.name, Shift.division_id == shift.division_id, Shift.starts_at == starts_at)
    if session.scalar(select(Shift.id).where(*same, Shift.status != "cancelled").limit(1)):
        return
    made = publish_shift(
        session,
        name=shift.name,
        division=session.get_one(Division, shift.division_id),
        starts_at=starts_at,
        ends_at=ends_at,
        actor_id=actor_id,
        route_plan_id=shift.route_plan_id,
        team_id=shift.team_id,
        capacity=shift.capacity,
        is_open_to_volunteers=shift.is_open_to_volunteers,
    )
    made.frequency_min, made.tolerance_min, made.repeat_of = shift.frequency_min, shift.tolerance_min, shift.id
    session.flush()
    done.shifts.append(made)
    if with_members:
        _copy_members(session, shift, made, done)


def _copy_members(session: Session, shift: Shift, made: Shift, done: Repeated) -> None:
    inside = select(PatrolMember).join(ShiftMember, ShiftMember.member_id == PatrolMember.id)
    still_here = PatrolMember.left_on.is_(None) | (PatrolMember.left_on > made.starts_at)
    for member in session.scalars(inside.where(ShiftMember.shift_id == shift.id, still_here)).all():
        try:
            with session.begin_nested():
                put_in(session, made, member.id, "repeated")
        except IntegrityError:  # the database knows of another shift at that time
            done.busy.append((member.name, made.starts_at))


# --- teaming up ----------------------------------------------------------------------------------------------------


def find_shift_by_code(session: Session, code: str) -> Shift:
    """The shift with this code, or NotFound."""
    shift = session.scalar(select(Shift).where(Shift.join_code == code))
    if shift is None:
        raise NotFound("This code belongs to no shift. Scan it again, or ask the leader.")
    return shift


def join_by_code(session: Session, shift: Shift, member: PatrolMember, *, now: datetime, actor_id: int) -> None:
    """A member who was shown the code joins, also a shift that is not open to everybody. Raises Refused when over."""
    if now >= shift.ends_at:
        raise Refused("This shift is over. Choose another one.")
    put_in(session, shift, member.id, "scanned")
    record(session, events.MemberJoined(shift.id, member.id), subject=f"shift:{shift.id}", actor_id=actor_id)


# --- substitutes -----------------------------------------------------------------------------------------------------


def ask_substitute(
    session: Session, shift: Shift, member: PatrolMember, substitute: PatrolMember, note: str, *, now: datetime
) -> ShiftSubstitution:
    """Ask somebody to walk in the own place. Raises Refused, Conflict when somebody has been asked already."""
    if not is_in_shift(session, shift.id, member.id):
        raise Refused("You are not in this shift.")
    if now >= shift.starts_at or shift.status != "published":
        raise Refused("A substitute has to be found before the shift begins.")
    if substitute.id == member.id or is_in_shift(session, shift.id, substitute.id):
        raise Refused("Choose somebody who is not in this shift yet.")
    asked = (ShiftSubstitution.shift_id == shift.id, ShiftSubstitution.member_id == member.id)
    if session.scalar(select(ShiftSubstitution.id).where(*asked, ShiftSubstitution.status == "asked")):
        raise Conflict("You have asked somebody already. Withdraw that first.")
    row = ShiftSubstitution(
        shift_id=shift.id, member_id=member.id, substitute_id=substitute.id, note=note.strip()[:300] or None
    )
    session.add(row)
    session.flush()
    told = events.SubstituteAsked(shift.id, member.id, substitute.id)
    record(session, told, subject=f"shift:{shift.id}", actor_id=member.user_id)
    return row


def answer_substitution(
    session: Session, substitution_id: int, member: PatrolMember, answer: str, *, now: datetime
) -> ShiftSubstitution:
    """The one who was asked accepts (and is in the shift instead) or declines; the one who asked withdraws.

    Raises NotFound for what is not one's own, Conflict when it has been answered, and what the database says when
    the substitute walks elsewhere at that time.
    """
    row = session.get(ShiftSubstitution, substitution_id, with_for_update=True, populate_existing=True)
    owner_id = None if row is None else row.member_id if answer == "withdrawn" else row.substitute_id
    if row is None or owner_id != member.id or answer not in {"accepted", "declined", "withdrawn"}:
        raise NotFound("There is no such question for you.")
    if row.status != "asked":
        raise Conflict("This question has been answered already.")
    if answer == "accepted":
        _swap(session, row, member, now)
    row.status, row.answered_at = answer, now
    session.flush()
    told = events.SubstituteAnswered(row.shift_id, row.member_id, row.substitute_id, answer)
    record(session, told, subject=f"shift:{row.shift_id}", actor_id=member.user_id)
    return row


def _swap(session: Session, row: ShiftSubstitution, substitute: PatrolMember, now: datetime) -> None:
    shift = session.get_one(Shift, row.shift_id)
    if now >= shift.starts_at:
        raise Refused("A substitute has to be found before the shift begins.")
    if not is_in_shift(session, shift.id, row.member_id):
        raise Conflict("The one who asked is not in this shift any more.")
    leave_shift(session, shift, row.member_id, actor_id=substitute.user_id)
    put_in(session, shift, substitute.id, "substitute")


# --- notes handed over -----------------------------------------------------------------------------------------------


def hand_over(session: Session, shift: Shift, note: str, *, actor_id: int) -> ShiftHandover:
    """Write down what the next ones have to know. Raises Refused for nothing."""
    note = note.strip()
    if not note:
        raise Refused("Write what the next ones have to know.")
    if len(note) > LONGEST_NOTE:
        raise Refused("A note has at most {most} characters.", most=LONGEST_NOTE)
    row = ShiftHandover(shift_id=shift.id, note=note, written_by=actor_id)
    session.add(row)
    session.flush()
    record(session, events.ShiftHandedOver(shift.id), subject=f"shift:{shift.id}", actor_id=actor_id)
    return row
