"""Decisions of the roster: the rounds of a shift, the days of a week, the same hour some weeks later. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MOST_WEEKS = 12


@dataclass(frozen=True)
class Round:
    """One round of a shift: when it is due to begin, and between when it counts as in time."""

    number: int
    due_at: datetime
    earliest_at: datetime
    latest_at: datetime


def rounds_of(
    starts_at: datetime, ends_at: datetime, frequency_min: int | None, tolerance_min: int | None
) -> list[Round]:
    """The rounds of a shift: one every `frequency_min` minutes from its beginning, as long as a whole one fits.

    A round that begins `tolerance_min` minutes before or after its time is in time. Without a frequency there is
    none to compute.

    >>> from datetime import UTC
    >>> begin = datetime(2026, 11, 22, 18, tzinfo=UTC)
    >>> [line.due_at.strftime("%H:%M") for line in rounds_of(begin, begin + timedelta(hours=4), 90, 15)]
    ['18:00', '19:30']
    >>> rounds_of(begin, begin + timedelta(hours=4), None, None)
    []
    """
    if not frequency_min:
        return []
    step, slack = timedelta(minutes=frequency_min), timedelta(minutes=tolerance_min or 0)
    count = (ends_at - starts_at) // step
    due = [starts_at + step * number for number in range(count)]
    return [Round(number, at, max(at - slack, starts_at), at + slack) for number, at in enumerate(due, 1)]


def week_of(day: date) -> list[date]:
    """The seven days of the week of `day`, from Monday.

    >>> week_of(date(2026, 11, 22))[0].isoformat(), week_of(date(2026, 11, 23))[0].isoformat()
    ('2026-11-16', '2026-11-23')
    """
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=number) for number in range(7)]


def days_later(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same time of the clock so many days later, where the operator is: summer time moves no shift.

    >>> from datetime import UTC
    >>> berlin = ZoneInfo("Europe/Berlin")
    >>> days_later(datetime(2026, 10, 24, 6, tzinfo=UTC), 7, berlin).isoformat()
    '2026-10-31T07:00:00+00:00'
    """

    local = at.astimezone(zone)
    return (local.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC)
