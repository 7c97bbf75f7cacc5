"""A week of shifts as a table: lines of teams or members, columns of days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from patrols.models import PatrolMember, Shift
from patrols.roster_queries import list_handovers, list_possible_substitutes, list_substitutions
from patrols.roster_rules import MOST_WEEKS, Round, rounds_of, week_of
from webapp.session import db


@dataclass(frozen=True)
class Week:
    """The days shown, from Monday, and by what the lines are: "team" or "member"; `team_id` narrows to one team."""

    days: list[date]
    begins_at: datetime
    ends_at: datetime
    by: str
    team_id: int | None

    @property
    def previous_monday(self) -> date:
        """Where the way back leads."""
        return self.days[0] - timedelta(days=7)

    @property
    def next_monday(self) -> date:
        """Where the way on leads."""
        return self.days[0] + timedelta(days=7)


@dataclass
class Line:
    """One line: whose it is, and the shifts of each of the seven days."""

    title: str
    days: list[list[dict[str, Any]]] = field(default_factory=lambda: [[] for _ in range(7)])
    hours: float = 0.0


def week_asked(args: Mapping[str, str], zone: ZoneInfo) -> Week:
    """The week in an address (`week` is any of its days); this week where none or nonsense is."""
    today = datetime.now(zone).date()
    try:
        day = date.fromisoformat(args.get("week") or "")
    except ValueError:
        day = today
    days = week_of(day if abs((day - today).days) < 3660 else today)
    begins, ends = (
        datetime.combine(one, time.min, zone).astimezone(UTC) for one in (days[0], days[0] + timedelta(days=7))
    )
    team = args.get("team") or ""
    team_id = int(team) if team.isascii() and team.isdecimal() and len(team) < 16 else None
    return Week(days, begins, ends, "member" if args.get("by") == "member" else "team", team_id)


def rows_of(shifts: Sequence[RowMapping], week: Week, zone: ZoneInfo) -> list[Line]:
    """The lines of the table; shifts without a team stand in a line of their own, at the end."""
    lines: dict[Any, Line] = {}
    for shift in shifts:
        if week.team_id is not None and shift["team_id"] != week.team_id:
            continue
        shown = dict(shift) | {"rounds": len(_rounds(shift))}
        day = (shift["starts_at"].astimezone(zone).date() - week.days[0]).days
        for key, title in _whose(shift, week.by):
            line = lines.setdefault(key, Line(title))
            line.days[day].append(shown)
            line.hours += (shift["ends_at"] - shift["starts_at"]).total_seconds() / 3600
    by_name = week.by == "member"
    return sorted(lines.values(), key=lambda line: (line.title == "", line.title)) if by_name else list(lines.values())


def _whose(shift: RowMapping, by: str) -> list[tuple[Any, str]]:
    if by == "member":
        return [(person["id"], person["name"]) for person in shift["people"]] or [("nobody", "")]
    return [(shift["team_id"] or "none", shift["team"] or "")]


def _rounds(shift: RowMapping) -> list[Any]:
    return list(rounds_of(shift["starts_at"], shift["ends_at"], shift["frequency_min"], shift["tolerance_min"]))


def shift_roster(shift: Shift) -> dict[str, Any]:
    """What the roster says about a shift: its rounds, notes handed over, questions for substitutes."""
    return {
        "handovers": list_handovers(db(), shift),
        "rounds": _rounds_of(shift),
        "asked": list_substitutions(db(), shift_id=shift.id),
        "most_weeks": MOST_WEEKS,
    }


def member_roster(shift: Shift, member: PatrolMember) -> dict[str, Any]:
    """The same for one of its members: the own questions, and who could be asked."""
    own = [line for line in list_substitutions(db(), shift_id=shift.id) if line["member_id"] == member.id]
    can_ask = shift.starts_at > datetime.now(UTC) and not any(line["status"] == "asked" for line in own)
    return {
        "handovers": list_handovers(db(), shift),
        "rounds": _rounds_of(shift),
        "asked": own,
        "can_ask": can_ask,
        "substitutes": list_possible_substitutes(db(), shift, member) if can_ask else [],
    }


def _rounds_of(shift: Shift) -> list[Round]:
    return rounds_of(shift.starts_at, shift.ends_at, shift.frequency_min, shift.tolerance_min)
