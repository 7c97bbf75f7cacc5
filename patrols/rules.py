"""Decisions about patrols: how many teams, who may start when, which fixes count. Pure."""

from collections.abc import Sequence
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
MOST_STOPS = 100

#: What a plan is asked → least and most.
_STUDY_LIMITS = {
    "seconds": (1.0, 120.0),
    "slack_share": (0.0, 0.5),
    "base": (0.0, 100.0),
    "incident": (0.0, 100.0),
    "most_incidents": (0.0, 1000.0),
    "place": (0.0, 100.0),
    "gap": (0.0, 100.0),
    "discount": (0.0, 1.0),
    "recovery_days": (0.5, 60.0),
}


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


def sentence(words: str) -> str:
    """The words themselves; the call marks them as a sentence people read, to be translated."""
    return words


def study_problem(hours: float, teams: int, asked: dict[str, float], stops: Sequence[dict[str, float]]) -> str | None:
    """What is wrong with a question for a plan, as a sentence; None when all is well.

    >>> study_problem(2.0, 0, {}, [])
    'Choose at least one team.'
    """
    if not 0 < hours <= MOST_HOURS:
        return sentence("A patrol lasts from a few minutes to {most} hours.")
    if teams < 1:
        return sentence("Choose at least one team.")
    if teams > MOST_TEAMS:
        return sentence("Choose fewer teams; plan the others apart.")
    for name, (least, most) in _STUDY_LIMITS.items():
        if not least <= asked.get(name, least) <= most:
            return sentence("One of the numbers is too small or too large. Check time, slack and weights.")
    return _stops_problem(hours, stops)


def _stops_problem(hours: float, stops: Sequence[dict[str, float]]) -> str | None:
    if len(stops) > MOST_STOPS:
        return sentence("There are too many checkpoints; take some out.")
    for stop in stops:
        closes = stop.get("closes_min")
        opens = stop.get("opens_min") or 0.0
        if closes is not None and closes < opens:
            return sentence("A checkpoint's window ends before it begins. Correct it.")
        if not 0 <= (stop.get("dwell_min") or 0.0) <= 60 * hours:
            return sentence("A checkpoint takes longer than the patrol. Correct it.")
    return None


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
