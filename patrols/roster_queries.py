"""Reads of the roster: a week's shifts with their members, substitutes, notes handed over, hours walked."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from data.sql import sql
from data.tiles import patterns
from grids.models import Division
from grids.queries import under
from patrols.models import PatrolMember, Shift


def list_week(session: Session, scope: tuple[str, ...], begins_at: datetime, ends_at: datetime) -> list[RowMapping]:
    """Shifts of an area that begin in that time, with team, route and `people` (id, name of each member)."""
    return _rows(session, "roster_week", scope=patterns(scope), begins_at=begins_at, ends_at=ends_at)


def list_shifts_between(
    session: Session, scope: tuple[str, ...], begins_at: datetime, ends_at: datetime
) -> list[Shift]:
    """The same shifts as rows that can be repeated, without those that were called off."""
    found = select(Shift).join(Division, Division.id == Shift.division_id)
    when = (Shift.starts_at >= begins_at, Shift.starts_at < ends_at, Shift.status != "cancelled")
    return list(session.scalars(found.where(under(Division.code, scope), *when).order_by(Shift.starts_at, Shift.id)))


def list_substitutions(
    session: Session, *, shift_id: int | None = None, member_id: int | None = None
) -> list[RowMapping]:
    """Questions for substitutes: of a shift, or those that wait for a member's answer; newest first."""
    return _rows(session, "list_substitutions", shift_id=shift_id, member_id=member_id)


def list_possible_substitutes(session: Session, shift: Shift, member: PatrolMember) -> list[RowMapping]:
    """Members of the own team, else of the own area and kind, who are free at the time of the shift."""
    return _rows(
        session, "list_possible_substitutes", shift_id=shift.id, member_id=member.id, team_id=member.team_id,
        division_id=member.division_id, kind=member.kind, starts_at=shift.starts_at, ends_at=shift.ends_at,
    )  # fmt: skip


def list_handovers(session: Session, shift: Shift) -> list[RowMapping]:
    """Notes of this shift, and of the one before it of the same team or route (at most two days old), newest first."""
    return _rows(
        session, "list_handovers", shift_id=shift.id, team_id=shift.team_id, plan_id=shift.route_plan_id,
        starts_at=shift.starts_at,
    )  # fmt: skip


def list_hours(session: Session, scope: tuple[str, ...], begins_on: date, ends_on: date, zone: str) -> list[RowMapping]:
    """Hours on patrol, pauses left out, of each member of an area by month, from `begins_on` to `ends_on`."""
    facts = {"scope": patterns(scope), "member_id": None, "begins_on": begins_on, "ends_on": ends_on, "zone": zone}
    return _rows(session, "list_hours", **facts)


def list_own_hours(session: Session, member_id: int, year: int, zone: str) -> list[RowMapping]:
    """A member's own hours of a year, by month."""
    days = {"begins_on": date(year, 1, 1), "ends_on": date(year, 12, 31)}
    return _rows(session, "list_hours", scope=patterns(("",)), member_id=member_id, zone=zone, **days)


def _rows(session: Session, question: str, **facts: Any) -> list[RowMapping]:
    return list(session.execute(sql("patrols", question), facts).mappings())
