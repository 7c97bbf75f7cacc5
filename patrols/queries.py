"""Reads: route plans, teams, members, shifts, the own patrol."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.orm import Session

from data.errors import NotFound
from data.sql import sql
from data.tiles import patterns
from grids.models import Division
from grids.queries import under
from patrols.models import Checkpoint, PatrolMember, PatrolSession, PatrolTeam, RoutePlan, Shift, ShiftMember


@dataclass(frozen=True)
class PlanWithPath:
    """A route plan, its path as GeoJSON text, and its checkpoints in order."""

    plan: RoutePlan
    path_geojson: str
    checkpoints: list[RowMapping]


def list_plans(session: Session, scope: tuple[str, ...], *, limit: int = 100) -> list[RowMapping]:
    """Route plans of an area, newest first, with their division and number of coming shifts."""
    return _rows(session, "list_plans", scope=patterns(scope), limit=limit)


def get_plan(session: Session, plan_id: int, scope: tuple[str, ...]) -> PlanWithPath:
    """A route plan of the area, or NotFound."""
    row = session.execute(
        select(RoutePlan, func.st_asgeojson(RoutePlan.path, 6))
        .join(Division, Division.id == RoutePlan.division_id)
        .where(RoutePlan.id == plan_id, under(Division.code, scope))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no route {plan_id} in your area.", plan_id=plan_id)
    checkpoints = select(
        Checkpoint.seq,
        Checkpoint.name,
        Checkpoint.dwell_min,
        func.st_x(Checkpoint.place).label("lon"),
        func.st_y(Checkpoint.place).label("lat"),
    ).where(Checkpoint.route_plan_id == plan_id)
    return PlanWithPath(row[0], row[1], list(session.execute(checkpoints.order_by(Checkpoint.seq)).mappings()))


def list_teams(session: Session, scope: tuple[str, ...]) -> list[RowMapping]:
    """Teams of an area with station, kind, number of members, ordered by code."""
    return _rows(session, "list_teams", scope=patterns(scope))


def get_team(session: Session, team_id: int, scope: tuple[str, ...]) -> PatrolTeam:
    """A team of the area, or NotFound."""
    found = select(PatrolTeam).join(Division, Division.id == PatrolTeam.division_id)
    team = session.scalar(found.where(PatrolTeam.id == team_id, under(Division.code, scope)))
    if team is None:
        raise NotFound("There is no such team in your area.")
    return team


def get_member(session: Session, member_id: int, scope: tuple[str, ...]) -> PatrolMember:
    """A member of the area, or NotFound."""
    found = select(PatrolMember).join(Division, Division.id == PatrolMember.division_id)
    member = session.scalar(found.where(PatrolMember.id == member_id, under(Division.code, scope)))
    if member is None:
        raise NotFound("There is no such member in your area.")
    return member


def list_members(
    session: Session, scope: tuple[str, ...], *, search: str = "", shift: Shift | None = None, limit: int = 100
) -> list[RowMapping]:
    """Members of an area, those nearest to the shift's route first, each marked when busy in that time."""
    return _rows(
        session,
        "list_members",
        scope=patterns(scope),
        search=search,
        shift_id=shift.id if shift else None,
        plan_id=shift.route_plan_id if shift else None,
        starts_at=shift.starts_at if shift else None,
        ends_at=shift.ends_at if shift else None,
        limit=limit,
    )


def list_shifts(session: Session, scope: tuple[str, ...], *, since: datetime, limit: int = 200) -> list[RowMapping]:
    """Shifts of an area that end after `since`, earliest first, with route, team, and how many have joined."""
    return _rows(session, "list_shifts", scope=patterns(scope), since=since, limit=limit)


def get_shift(session: Session, shift_id: int, scope: tuple[str, ...]) -> Shift:
    """A shift of the area, or NotFound."""
    shift = session.scalar(
        select(Shift)
        .join(Division, Division.id == Shift.division_id)
        .where(Shift.id == shift_id, under(Division.code, scope))
    )
    if shift is None:
        raise NotFound("There is no shift {shift_id} in your area.", shift_id=shift_id)
    return shift


def list_shift_members(session: Session, shift_id: int) -> list[RowMapping]:
    """Who is in a shift, and whether each is on patrol now."""
    return _rows(session, "list_shift_members", shift_id=shift_id)


def find_member(session: Session, user_id: int) -> PatrolMember | None:
    """The patrol member behind a user, while that person is one."""
    return session.scalar(
        select(PatrolMember).where(
            PatrolMember.user_id == user_id,
            (PatrolMember.left_on.is_(None)) | (PatrolMember.left_on > func.current_date()),
        )
    )


def list_shifts_for(session: Session, member: PatrolMember, *, now: datetime) -> list[RowMapping]:
    """Shifts a member is in or may join: of the own team, or open to volunteers where the member lives."""
    return _rows(
        session,
        "list_shifts_for",
        member_id=member.id,
        team_id=member.team_id,
        division_id=member.division_id,
        is_volunteer=member.kind == "volunteer",
        now=now,
    )


def find_open_session(session: Session, member_id: int) -> PatrolSession | None:
    """The patrol a member is on now."""
    return session.scalar(
        select(PatrolSession).where(PatrolSession.member_id == member_id, PatrolSession.ended_at.is_(None))
    )


def is_in_shift(session: Session, shift_id: int, member_id: int) -> bool:
    """Whether a member belongs to a shift."""
    return session.get(ShiftMember, (shift_id, member_id)) is not None


def walked_so_far(session: Session, session_id: UUID) -> RowMapping:
    """Of one patrol: number of positions, the line between them as GeoJSON text, when the last one was."""
    return _rows(session, "walked_so_far", session_id=session_id)[0]


def list_own_patrols(session: Session, member_id: int, *, limit: int = 20) -> list[RowMapping]:
    """A member's own patrols, newest first, with hours and metres."""
    return _rows(session, "list_own_patrols", member_id=member_id, limit=limit)


def _rows(session: Session, question: str, **facts: Any) -> list[RowMapping]:
    return list(session.execute(sql("patrols", question), facts).mappings())
