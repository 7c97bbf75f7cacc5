"""Reads while somebody is out: the checkpoints still ahead, calls for help that are open."""

from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from data.errors import NotFound
from data.sql import sql
from data.tiles import patterns
from grids.models import Division
from grids.queries import under
from patrols.models import Checkpoint, PatrolSession, Shift
from patrols.walking_models import PatrolAlert


def list_checkpoints(session: Session, plan_id: int, session_id: UUID | None) -> list[RowMapping]:
    """The checkpoints of a route in order, with place, code, and when this patrol visited each."""
    facts = {"plan_id": plan_id, "session_id": session_id}
    return list(session.execute(sql("patrols", "list_checkpoints_of_walk"), facts).mappings())


def find_checkpoint_by_code(session: Session, code: str, patrol: PatrolSession) -> Checkpoint | None:
    """The checkpoint with this code on the route of a patrol."""
    on_route = select(Checkpoint).join(Shift, Shift.route_plan_id == Checkpoint.route_plan_id)
    return session.scalar(on_route.where(Shift.id == patrol.shift_id, Checkpoint.code == code))


def list_alerts(
    session: Session,
    scope: tuple[str, ...],
    *,
    only_open: bool = True,
    alert_id: UUID | None = None,
    limit: int = 50,
) -> list[RowMapping]:
    """Calls for help of an area, open ones first, newest first; with who, where, and who takes care.

    With `only_open` false also those of the last thirty days that are over; with `alert_id` that one alone.
    """
    facts = {"scope": patterns(scope), "only_open": only_open, "alert_id": alert_id, "limit": limit}
    return list(session.execute(sql("patrols", "list_alerts"), facts).mappings())


def get_alert(session: Session, alert_id: UUID, scope: tuple[str, ...]) -> PatrolAlert:
    """A call for help of the area, or NotFound."""
    found = select(PatrolAlert).join(Division, Division.id == PatrolAlert.division_id)
    alert = session.scalar(found.where(PatrolAlert.id == alert_id, under(Division.code, scope)))
    if alert is None:
        raise NotFound("There is no such call for help in your area.")
    return alert
