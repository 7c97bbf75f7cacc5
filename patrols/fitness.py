"""Whether a unit on patrol is fit to go to an incident, and what is missing when none is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.rules import sentence

#: Our own defaults; no standard was at hand. What is older may be anywhere.
FRESH_FOR = timedelta(minutes=5)
#: Nobody is sent further than this when somebody nearer could be found by telephone.
REACH = timedelta(minutes=45)
#: After so long on foot a person rests first.
REST_AFTER = timedelta(hours=4)

#: What a team may be able to do beyond walking; a category may ask for one of them.
SKILLS = ("first_aid", "fire", "water_rescue", "traffic", "electrical")

#: What speaks against a unit, the weightiest first.
PROBLEMS = ("no_position", "out_of_reach", "lacks_skill", "stale", "busy", "pausing", "needs_rest", "shift_ends")

#: When no unit is fit: what all of them lack, and what to do about it.
SHORTFALLS = {
    "nobody": sentence("Nobody of your area is on patrol now. Send a worker, or call a team's station."),
    "no_position": sentence("Teams are on patrol, but no telephone has told where they are. Call a team."),
    "out_of_reach": sentence("No team on patrol is there within 45 minutes. Send a worker, or call the next centre."),
    "lacks_skill": sentence("No team within reach has the skill this case asks for. Choose one, and call the service."),
    "stale": sentence("The positions of all teams are older than 5 minutes. Call the nearest before you send it."),
    "busy": sentence("Every team within reach has a case already. Choose one, or send a worker."),
    "pausing": sentence("Every team within reach has a break. Call one, or send a worker."),
    "needs_rest": sentence("Every team within reach has walked for more than 4 hours. Let one rest, or send a worker."),
    "shift_ends": sentence("The shift of every team within reach ends before it would arrive. Ask one to stay on."),
    "mixed": sentence("No team is fit to go: see why beside each. Choose one all the same, or send a worker."),
}  # fmt: skip


@dataclass(frozen=True)
class UnitFacts:
    """What is known of a unit: seconds on the way (None: no way or no place known), when it was last seen, state."""

    eta_s: float | None
    seen_at: datetime | None
    walking_since: datetime
    shift_ends_at: datetime | None = None
    open_work: int = 0
    skills: frozenset[str] = frozenset()
    is_pausing: bool = False


def problems_of(unit: UnitFacts, needed_skill: str | None, now: datetime) -> tuple[str, ...]:
    """What speaks against sending this unit, the weightiest first; empty when it is fit.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 22, 20, tzinfo=UTC)
    >>> unit = UnitFacts(240.0, now - timedelta(minutes=9), now - timedelta(hours=1), now + timedelta(minutes=2))
    >>> problems_of(unit, "first_aid", now)
    ('lacks_skill', 'stale', 'shift_ends')
    """
    arrives_at = now + timedelta(seconds=unit.eta_s or 0)
    is_true = {
        "no_position": unit.seen_at is None,
        "out_of_reach": unit.seen_at is not None and (unit.eta_s is None or unit.eta_s > REACH.total_seconds()),
        "lacks_skill": needed_skill is not None and needed_skill not in unit.skills,
        "stale": unit.seen_at is not None and now - unit.seen_at > FRESH_FOR,
        "busy": unit.open_work > 0,
        "pausing": unit.is_pausing,
        "needs_rest": now - unit.walking_since > REST_AFTER,
        "shift_ends": unit.shift_ends_at is not None and unit.shift_ends_at < arrives_at,
    }
    return tuple(code for code in PROBLEMS if is_true[code])


def shortfall(problems: Sequence[Sequence[str]]) -> str | None:
    """What all units lack, given the problems of each, or None when one of them is fit.

    >>> shortfall([("stale",), ("stale", "busy")]), shortfall([("stale",), ("busy",)]), shortfall([]), shortfall([()])
    ('stale', 'mixed', 'nobody', None)
    """
    if not problems:
        return "nobody"
    if not all(problems):
        return None
    common = [code for code in PROBLEMS if all(code in of_one for of_one in problems)]
    return common[0] if common else "mixed"


def order_of(problems: Sequence[str], eta_s: float | None, name: str) -> tuple[bool, bool, float, int, str]:
    """What units are sorted by: fit ones first, then those with a way, the quickest, those with least against them."""
    return (bool(problems), eta_s is None, eta_s if eta_s is not None else 0.0, len(problems), name)
