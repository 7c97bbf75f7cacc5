"""What was walked, for those who may see it: lists, one patrol with its shapes, who looked, appeals and decisions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from data.errors import NotFound, Refused
from data.events import record
from data.sql import sql
from data.tiles import patterns
from patrols import events
from patrols.models import PatrolVerification
from patrols.verification_asked import ask_verification


@dataclass(frozen=True)
class Track:
    """A patrol: who and when (`patrol`), what verifying found (None: not verified yet), and GeoJSON texts to draw."""

    patrol: RowMapping
    verified: PatrolVerification | None
    shapes: RowMapping


def list_walked_patrols(
    session: Session, scope: tuple[str, ...], *, since: datetime, shift_id: int | None = None, limit: int = 200
) -> list[RowMapping]:
    """Patrols of an area's members since then, newest first, those that want a decision before them."""
    asked = {"scope": patterns(scope), "since": since, "shift_id": shift_id, "limit": limit}
    return list(session.execute(sql("patrols", "list_walked_patrols"), asked).mappings())


def get_track(
    session: Session, session_id: UUID, *, scope: tuple[str, ...] = (), member_id: int | None = None
) -> Track:
    """A patrol of the area, or of the member, with its shapes; NotFound otherwise."""
    asked = {"session_id": session_id, "scope": patterns(scope), "member_id": member_id}
    patrol = session.execute(sql("patrols", "get_walked_patrol"), asked).mappings().one_or_none()
    if patrol is None:
        raise NotFound("There is no such patrol in your area.")
    verified = session.get(PatrolVerification, session_id)
    missed = verified.figures.get("missed_parts", []) if verified else []
    shapes = session.execute(sql("patrols", "shapes_of_walk"), {"session_id": session_id, "missed": missed})
    return Track(patrol, verified, shapes.mappings().one())


def note_look(session: Session, session_id: UUID, *, actor_id: int) -> None:
    """Write down that somebody looked at where a member walked; the member can read it."""
    record(session, events.TrackSeen(str(session_id)), subject=f"patrol:{session_id}", actor_id=actor_id)


def list_looks(session: Session, session_id: UUID) -> list[RowMapping]:
    """Who looked at a patrol's track, the last first, once a person and day."""
    return list(session.execute(sql("patrols", "list_looks"), {"subject": f"patrol:{session_id}"}).mappings())


def appeal(session: Session, track: Track, words: str, *, now: datetime, actor_id: int) -> None:
    """The member says why the positions are real. Raises Refused."""
    verified = track.verified
    if verified is None or verified.verdict == "sound":
        raise Refused("There is nothing to appeal against: this patrol is counted.")
    if verified.decision is not None:
        raise Refused("This has been decided already. Talk to your patrol leader.")
    words = words.strip()
    if not words or len(words) > 1000:
        raise Refused("Say in 1 to 1,000 characters why the positions are right.")
    verified.appeal, verified.appealed_at = words, now
    session.flush()
    event = events.PatrolAppealed(str(verified.session_id))
    record(session, event, subject=f"patrol:{verified.session_id}", actor_id=actor_id)


def decide(session: Session, track: Track, decision: str, note: str, *, now: datetime, actor_id: int) -> None:
    """A leader accepts doubtful positions, or does not, and says why; accepted ones are counted. Raises Refused."""
    verified = track.verified
    if verified is None or verified.verdict == "sound":
        raise Refused("There is nothing to decide: this patrol is counted.")
    if decision not in {"accepted", "rejected"}:
        raise Refused("Choose whether the positions are accepted.")
    note = note.strip()[:1000]
    if not note:
        raise Refused("Give the reason for the decision: the member reads it.")
    if track.patrol["user_id"] == actor_id:
        raise Refused("Nobody decides on the own patrol. Ask another leader.")
    verified.decision, verified.decision_note = decision, note
    verified.decided_by, verified.decided_at = actor_id, now
    session.flush()
    event = events.PatrolDecided(str(verified.session_id), decision, note)
    record(session, event, subject=f"patrol:{verified.session_id}", actor_id=actor_id)
    ask_verification(session, verified.session_id)


def share_walked(figures: dict[str, Any]) -> float | None:
    """The share of the planned streets that was walked, or None without a plan.

    >>> share_walked({"planned_m": 2000, "planned_covered_m": 1500}), share_walked({"planned_m": 0})
    (0.75, None)
    """
    planned_m = figures.get("planned_m") or 0
    return figures.get("planned_covered_m", 0) / planned_m if planned_m else None
