"""The one way positions come in, whoever sent them: phone page, tracker app or a file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from data.errors import Refused
from data.sql import sql
from patrols.positions import KEPT_FOR, OUTDATED, marked
from patrols.rules import CLOCK_SKEW, Fix

#: More at once are sent in several batches.
MOST_FIXES = 1000
#: Nobody who patrols is faster, by car either; how fast those on foot may be is asked when the walk is verified.
MOST_MPS = 45.0

#: Why a position is not kept at all; its place is forgotten at once.
REFUSALS = (
    "impossible_place",
    "in_the_future",
    "outdated",
    "twice",
    "before_start",
    "after_end",
    "outside_patrol",
    "paused",
)


@dataclass(frozen=True)
class Taken:
    """What became of a batch: how many are new, how many were known, how many refused why, and the new ones' marks.

    `late` are ended patrols that positions were added to: they want to be verified again.
    """

    added: int
    again: int
    refused: dict[str, int]
    marks: dict[str, int] = field(default_factory=dict)
    late: tuple[UUID, ...] = ()


def take_positions(
    session: Session,
    fixes: Sequence[Fix],
    *,
    member_id: int,
    source: str,
    now: datetime,
    session_id: UUID | None = None,
    begun_at: datetime | None = None,
    device_id: int | None = None,
    called_invalid: frozenset[int] = frozenset(),
) -> Taken:
    """Keep the positions that lie in a patrol of the member's (in `session_id` only, when given); see Taken.

    One statement a batch, however many positions; sending the same again changes nothing. What lies outside of every
    patrol is counted and forgotten. Raises Refused for more than 1,000 at once.
    """
    if len(fixes) > MOST_FIXES:
        raise Refused("Send at most {most} positions at once.", most=MOST_FIXES)
    if not fixes:
        return Taken(0, 0, {})
    order = sorted(range(len(fixes)), key=lambda row: fixes[row].fixed_at)
    told = [fixes[row] for row in order]
    invalid = frozenset(place for place, row in enumerate(order) if row in called_invalid)
    marks = marked(told, now, called_invalid=invalid, most_mps=MOST_MPS)
    asked = _columns(told, marks, [_refusal(told, row, now) for row in range(len(told))])
    facts = {"member_id": member_id, "source": source, "now": now, "begun_at": begun_at, "device_id": device_id}
    answer = session.execute(sql("patrols", "take_positions"), {**asked, **facts, "session_id": session_id}).one()
    late = tuple(UUID(one) for one in answer.late)
    return Taken(answer.added, answer.placed - answer.added, dict(answer.refused), dict(answer.marks), late)


def _refusal(told: Sequence[Fix], row: int, now: datetime) -> str:
    """Why a position is not even looked at; `told` is in order of time."""
    fix = told[row]
    if row and told[row - 1].fixed_at == fix.fixed_at:
        return "twice"
    if fix.fixed_at > now + CLOCK_SKEW:
        return "in_the_future"
    if fix.fixed_at < now - KEPT_FOR:
        return OUTDATED
    return "" if -180 <= fix.lon <= 180 and -85 <= fix.lat <= 85 else "impossible_place"


def _columns(told: Sequence[Fix], marks: Sequence[str], refusals: Sequence[str]) -> dict[str, list[Any]]:
    # what is refused keeps no mark of its own; order does not matter for what came late
    kept = {"duplicate": "ok", "out_of_order": "ok", OUTDATED: "ok"}
    return {
        "fixed_at": [fix.fixed_at for fix in told],
        "lon": [fix.lon for fix in told],
        "lat": [fix.lat for fix in told],
        "accuracy_m": [fix.accuracy_m for fix in told],
        "speed_mps": [fix.speed_mps for fix in told],
        "bearing_deg": [fix.bearing_deg for fix in told],
        "battery_pct": [fix.battery_pct for fix in told],
        "is_mocked": [fix.is_mocked for fix in told],
        "mark": [_mark(fix, kept.get(mark, mark)) for fix, mark in zip(told, marks, strict=True)],
        "refusal": list(refusals),
    }


def _mark(fix: Fix, mark: str) -> str:
    return "mocked" if fix.is_mocked and mark == "ok" else mark
