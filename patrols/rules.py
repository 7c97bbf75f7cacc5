"""Decisions about patrols: how many teams, who may start when, which fixes count. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: A member may start this long before the shift, and as long as it lasts.
EARLY_START = timedelta(minutes=30)
#: A patrol nobody ended is ended by itself this long after its shift.
LATE_END = timedelta(hours=2)
#: The longest a patrol without a shift may last before it counts as forgotten.
LONGEST_SESSION = timedelta(hours=12)
#: A phone's clock may be wrong by this much; what lies further ahead is not believed.
CLOCK_SKEW = timedelta(minutes=10)

MOST_TEAMS = 24
MOST_MEMBERS = 500
MOST_HOURS = 12.0
MEMBERS_IN_TEAM = 4


@dataclass(frozen=True)
class Fix:
    """A position as a phone sent it; `fixed_at` is the phone's time, UTC. `is_mocked`: the phone says it is made up."""

    fixed_at: datetime
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    battery_pct: int | None = None
    is_mocked: bool = False


def teams_for(members: int, members_per_team: int = MEMBERS_IN_TEAM) -> int:
    """How many teams `members` people make when nobody walks alone.

    >>> [teams_for(members) for members in (1, 4, 5, 9)]
    [1, 1, 2, 3]
    """
    return max(1, -(-members // members_per_team)) if members > 0 else 0


def start_problem(now: datetime, starts_at: datetime, ends_at: datetime, status: str) -> str | None:
    """Why a member may not start this shift now, as a sentence, or None.

    >>> from datetime import UTC
    >>> begin = datetime(2026, 11, 22, 18, tzinfo=UTC)
    >>> start_problem(begin - timedelta(hours=1), begin, begin + timedelta(hours=2), "published")
    'It is too early: a patrol can be started 30 minutes before its shift.'
    """
    if status != "published":
        return "This shift was cancelled. Choose another one."
    if now < starts_at - EARLY_START:
        return "It is too early: a patrol can be started 30 minutes before its shift."
    if now > ends_at:
        return "This shift is over. Choose another one."
    return None


def session_end(started_at: datetime, shift_ends_at: datetime | None, now: datetime) -> datetime | None:
    """When a patrol that nobody ended counts as ended, or None while it may still be going on.

    >>> from datetime import UTC
    >>> start = datetime(2026, 11, 22, 18, tzinfo=UTC)
    >>> session_end(start, None, start + timedelta(hours=13)).hour
    6
    """
    latest = (shift_ends_at + LATE_END) if shift_ends_at else (started_at + LONGEST_SESSION)
    return max(latest, started_at) if now > latest else None
