"""What stands at the head of a printed route: whose it is, on which day, and who walks."""

from dataclasses import dataclass

from flask import request
from sqlalchemy import RowMapping

from patrols.models import PatrolTeam, RoutePlan, Shift
from patrols.queries import get_shift, list_shift_members
from webapp.security import current_scope
from webapp.session import db


@dataclass(frozen=True)
class Sheet:
    """The shift a sheet was printed for, its team, and its members."""

    shift: Shift
    team: PatrolTeam | None
    members: list[RowMapping]


def sheet_of(plan: RoutePlan) -> Sheet | None:
    """The head of the sheet for the shift in the address; None for a sheet that is filled in by hand.

    A shift that does not walk this route is none.
    """
    shift_id = request.args.get("shift", type=int)
    if shift_id is None:
        return None
    shift = get_shift(db(), shift_id, current_scope())
    if shift.route_plan_id != plan.id:
        return None
    team = db().get(PatrolTeam, shift.team_id) if shift.team_id else None
    return Sheet(shift, team, list_shift_members(db(), shift.id))
