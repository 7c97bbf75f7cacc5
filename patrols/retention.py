"""How long positions are kept: exact for a day, coarse for thirty, then not at all; counts by street stay."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from data.sql import sql
from patrols.positions import KEPT_FOR

EXACT_FOR = timedelta(hours=24)
#: Tables are made for so many days ahead, so that a week without a worker loses nothing.
DAYS_AHEAD = 10


@dataclass(frozen=True)
class Forgotten:
    """What was done, or would be: day tables made, positions before and after coarsening, day tables dropped with
    their positions, positions without a day of their own that were deleted, and walks whose times were forgotten."""

    days_made: int
    exact: int
    coarse: int
    days_dropped: tuple[str, ...]
    positions_dropped: int
    walks_forgotten: int


def keep_positions_private(session: Session, now: datetime) -> Forgotten:
    """Make the tables of the coming days, coarsen what is older than a day, drop what is older than thirty.

    A patrol that goes on is coarsened too once its positions are a day old. Doing it again changes nothing.
    """
    days_made = session.scalar(
        text("SELECT make_position_days(CAST(:first AS date), :days)"),
        {"first": now.astimezone(UTC).date() - timedelta(days=1), "days": DAYS_AHEAD + 2},
    )
    # what waits without a day of its own (a restored copy, a clock that was wrong) gets one while it is kept
    for day in session.scalars(
        text("SELECT DISTINCT (fixed_at AT TIME ZONE 'UTC')::date FROM position_fixes_rest WHERE fixed_at > :since"),
        {"since": now - KEPT_FOR},
    ).all():
        session.execute(text("SELECT make_position_days(CAST(:first AS date), 1)"), {"first": day})
    names, dropped = _drop_days(session, now)
    rest = text(
        "WITH gone AS (DELETE FROM position_fixes_rest WHERE fixed_at < :until RETURNING 1) SELECT count(*) FROM gone"
    )
    dropped += session.scalar(rest, {"until": now - KEPT_FOR}) or 0
    row = session.execute(sql("patrols", "coarsen_positions"), {"until": now - EXACT_FOR}).one()
    walks = session.execute(sql("patrols", "forget_walk_times"), {"until": now - KEPT_FOR}).scalar_one()
    return Forgotten(days_made or 0, row.exact, row.coarse, names, dropped, walks)


def _drop_days(session: Session, now: datetime) -> tuple[tuple[str, ...], int]:
    """Drop the tables of days whose last moment is older than positions are kept; returns names and positions."""
    last = f"position_fixes_{(now - KEPT_FOR).astimezone(UTC):%Y%m%d}"
    listed = text(
        "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
        " WHERE inhparent = 'position_fixes'::regclass AND child.relname ~ '^position_fixes_[0-9]{8}$'"
        " AND child.relname < :last ORDER BY 1"
    )
    names = tuple(session.scalars(listed, {"last": last}))
    dropped = 0
    for name in names:
        dropped += session.scalar(text(f"SELECT count(*) FROM {name}")) or 0
        session.execute(text(f"DROP TABLE {name}"))
    return names, dropped
