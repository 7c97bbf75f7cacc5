"""What the phone on patrol has to know when its page opens: the route's checkpoints, what is done, what goes on."""

from typing import Any
from uuid import UUID

from patrols.models import PatrolSession, Shift
from patrols.walking import find_pause
from patrols.walking_queries import list_checkpoints
from patrols.walking_rules import CHECK_IN_WITHIN_M
from webapp.session import db


def walk_state(shift: Shift, patrol: PatrolSession | None, user_id: int) -> dict[str, Any]:
    """The configuration of `static/js/patrols/walk.js`."""
    is_here = patrol is not None and patrol.shift_id == shift.id
    session_id = patrol.id if patrol is not None and is_here else None
    pause = find_pause(db(), session_id) if session_id else None
    return {
        "shift": shift.id,
        "user": user_id,
        "session": str(session_id) if session_id else None,
        "started_at": patrol.started_at.isoformat() if patrol is not None and is_here else None,
        "paused_at": pause.started_at.isoformat() if pause else None,
        "elsewhere": patrol is not None and not is_here,
        "within_m": CHECK_IN_WITHIN_M,
        "checkpoints": _checkpoints(shift, session_id),
    }


def _checkpoints(shift: Shift, session_id: UUID | None) -> list[dict[str, Any]]:
    if shift.route_plan_id is None:
        return []
    return [
        {"id": line["id"], "seq": line["seq"], "name": line["name"], "lon": line["lon"], "lat": line["lat"],
         "dwell_min": line["dwell_min"], "visited_at": line["visited_at"] and line["visited_at"].isoformat()}
        for line in list_checkpoints(db(), shift.route_plan_id, session_id)
    ]  # fmt: skip
