"""Deadlines of cases: how long each stage may take, on which clock, and when it turns yellow and red.

Two run at once: the business clock of the whole case (`due_at`) and the state clock of its present stage
(`state_due_at`). The amounts are editable tables; their first values are ours, because no standard's numbers were at
hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from data.errors import Refused
from data.events import record
from incidents.clocks import CLOCKS, Limit, Office, elapsed, moment_after, read_windows
from incidents.models import CalendarDay, DeadlineRule, Incident, IncidentCategory, OfficeHours
from incidents.rules import OPEN, PRIORITIES, YELLOW_FROM

#: Status of a case → the stage whose clock runs.
STAGE_OF = {
    "reported": "file", "filed": "dispatch", "dispatched": "accept", "handling": "on_site", "handled": "verify",
    "parked": "review",
}  # fmt: skip
STAGES = (*STAGE_OF.values(), "close")
LONGEST_DAYS = 366


@dataclass(frozen=True)
class Due:
    """When time is up, and when three quarters of it have run."""

    red_at: datetime
    yellow_at: datetime


@dataclass(frozen=True)
class OfficeChanged:
    """An administrator changed when the centre works."""

    zone: str
    hours: dict[str, str]


@dataclass(frozen=True)
class CalendarDayChanged:
    """An administrator named a holiday or a make-up day, or took one out."""

    day: str
    is_worked: bool | None
    name: str


@dataclass(frozen=True)
class DeadlineRuleChanged:
    """An administrator changed how long a stage may take."""

    priority: str
    stage: str
    clock: str
    amount: float


@dataclass(frozen=True)
class Deadlines:
    """The tables as they are now: `office` and the limits by (priority, stage)."""

    office: Office
    limits: Mapping[tuple[str, str], Limit]

    def due(self, start: datetime, limit: Limit) -> Due:
        """When a limit that starts now is up; a limit nobody can meet within three years raises Refused."""
        length = limit.length(self.office)
        red_at = moment_after(start, length, limit.clock, self.office)
        return Due(red_at, moment_after(start, length * YELLOW_FROM, limit.clock, self.office))

    def state(self, status: str, priority: str, start: datetime) -> Due | None:
        """The state clock of a status entered at `start`; None for one that has no clock (the case has ended)."""
        limit = self.limits.get((priority, STAGE_OF.get(status, "")))
        return self.due(start, limit) if limit else None

    def business(self, start: datetime, category: IncidentCategory, priority: str) -> tuple[Due, str]:
        """The business clock of a case received at `start`, and which clock it is.

        The category's limit; with another priority than the category's, that of the priority where it is stricter
        (raised) or looser (lowered).
        """
        amount = category.close_within_min / (24 * 60 if category.close_clock == "days" else 1)
        usual = Limit(category.close_clock, amount)  # type: ignore[arg-type] # the database knows the three
        limits = [usual] if priority == category.priority else [usual, self.limits[priority, "close"]]
        is_raised = PRIORITIES.index(priority) < PRIORITIES.index(category.priority)
        dues = [(self.due(start, limit), limit.clock) for limit in limits]
        choose = min if is_raised else max
        return choose(dues, key=lambda one: one[0].red_at)

    def resumed(self, due: Due, clock: str, parked_at: datetime, now: datetime) -> Due:
        """A deadline whose clock stood still from `parked_at` to `now`: what was left then is left now."""
        kept: Any = clock
        left = {
            name: elapsed(parked_at, moment, kept, self.office)
            for name, moment in (("red_at", due.red_at), ("yellow_at", due.yellow_at))
        }
        return Due(**{name: moment_after(now, length, kept, self.office) for name, length in left.items()})


def load_deadlines(session: Session) -> Deadlines:
    """The tables of today."""
    limits = {
        (row.priority, row.stage): Limit(row.clock, row.amount)  # type: ignore[arg-type] # the database knows the three
        for row in session.scalars(select(DeadlineRule))
    }
    return Deadlines(load_office(session), limits)


def load_office(session: Session) -> Office:
    """When the centre works, with holidays and make-up days."""
    row = session.execute(select(OfficeHours)).scalar_one()
    windows = {int(day): read_windows(text) for day, text in row.hours.items()}
    days = {day.day: day.is_worked for day in session.scalars(select(CalendarDay))}
    return Office(ZoneInfo(row.zone), windows, days)


def set_office(session: Session, zone: str, hours: Mapping[str, str], *, actor_id: int | None) -> None:
    """Change when the centre works. Raises Refused for hours that make no sense or an unknown zone.

    Deadlines already set stay; new ones follow the new hours.
    """
    try:
        found = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Refused("There is no time zone {zone}. Name one such as Asia/Shanghai.", zone=zone[:40]) from error
    kept = {day: text.strip() for day, text in hours.items() if day in "1234567" and text.strip()}
    Office(found, {int(day): read_windows(text) for day, text in kept.items()})
    row = session.execute(select(OfficeHours)).scalar_one()
    row.zone, row.hours = zone, kept
    session.flush()
    record(session, OfficeChanged(zone, kept), subject="office", actor_id=actor_id)


def renew_open(session: Session, now: datetime) -> int:
    """Give every open case the state clock of today's rules; returns how many. Business deadlines stay as promised."""
    deadlines, count = load_deadlines(session), 0
    for incident in session.scalars(select(Incident).where(Incident.status.in_(OPEN))):
        due = deadlines.state(incident.status, incident.priority, min(incident.status_since, now))
        incident.state_due_at, incident.state_yellow_at = (due.red_at, due.yellow_at) if due else (None, None)
        count += 1
    session.flush()
    return count


def list_calendar(session: Session, since: date) -> list[CalendarDay]:
    """Holidays and make-up days from a date on."""
    return list(session.scalars(select(CalendarDay).where(CalendarDay.day >= since).order_by(CalendarDay.day)))


def set_calendar_day(
    session: Session, day: date, *, is_worked: bool | None, name: str = "", actor_id: int | None
) -> None:
    """Name a holiday (`is_worked` False) or a make-up day (True), or take the date out again (None)."""
    if is_worked is None:
        session.execute(delete(CalendarDay).where(CalendarDay.day == day))
    else:
        values = {"day": day, "is_worked": is_worked, "name": name.strip()[:60]}
        session.execute(insert(CalendarDay).values(values).on_conflict_do_update(index_elements=["day"], set_=values))
    record(session, CalendarDayChanged(day.isoformat(), is_worked, name), subject="calendar", actor_id=actor_id)


def list_rules(session: Session) -> dict[tuple[str, str], DeadlineRule]:
    """The limits by (priority, stage)."""
    return {(row.priority, row.stage): row for row in session.scalars(select(DeadlineRule))}


def set_rule(session: Session, priority: str, stage: str, clock: str, amount: float, *, actor_id: int | None) -> None:
    """Change how long a stage may take. Raises Refused for what cannot be."""
    if priority not in PRIORITIES or stage not in STAGES or clock not in CLOCKS:
        raise Refused("There is no such deadline. Look at the table again.")
    most = LONGEST_DAYS if clock == "days" else LONGEST_DAYS * 24 * 60
    if not 0 < amount <= most:
        raise Refused("A deadline has to be longer than nothing and at most 366 days.")
    row = session.get(DeadlineRule, (priority, stage))
    if row is None:
        row = DeadlineRule(priority=priority, stage=stage, clock=clock, amount=amount)
        session.add(row)
    if (row.clock, row.amount) == (clock, amount):
        session.flush()
        return
    row.clock, row.amount = clock, amount
    session.flush()
    record(session, DeadlineRuleChanged(priority, stage, clock, amount), subject="deadlines", actor_id=actor_id)
