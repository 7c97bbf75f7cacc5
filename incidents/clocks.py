"""Three clocks: urgent hours run day and night, working hours and working days only while the centre works. Pure.

The clocks are those of digital urban management (CJ/T 315: 紧急工作时, 工作时, 工作日). A working day is as long as an
ordinary day's working hours, so that "two working days" from Tuesday 10:00 end on Thursday 10:00.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from data.errors import Refused

Clock = Literal["urgent", "hours", "days"]
CLOCKS: tuple[Clock, ...] = ("urgent", "hours", "days")

Windows = tuple[tuple[time, time], ...]

#: Nobody waits longer; an office that never opens must not be waited for in vain.
_LONGEST = timedelta(days=3 * 366)

_WINDOW = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)\Z")


@dataclass(frozen=True)
class Office:
    """When the centre works: windows for each weekday (Monday is 1), the zone they are meant in, and other days.

    `days` says of single dates whether they are worked (a make-up day, by the first working weekday's hours) or not
    (a holiday).
    """

    zone: ZoneInfo
    windows: Mapping[int, Windows]
    days: Mapping[date, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not any(self.windows.values()):
            raise Refused("The centre has to work on some day of the week. Give at least one day its hours.")

    @property
    def day_length(self) -> timedelta:
        """The working time of an ordinary day: that of the first weekday that has some."""
        return sum((_length(window) for window in self._ordinary()), timedelta())

    def _ordinary(self) -> Windows:
        return next(windows for weekday in range(1, 8) if (windows := self.windows.get(weekday, ())))

    def windows_on(self, day: date) -> Windows:
        """The working hours of a date.

        >>> office = Office(ZoneInfo("Asia/Shanghai"), {1: read_windows("08:30-12:00")}, {date(2026, 11, 22): True})
        >>> len(office.windows_on(date(2026, 11, 22))), len(office.windows_on(date(2026, 11, 21)))
        (1, 0)
        """
        is_worked = self.days.get(day)
        if is_worked is None:
            return self.windows.get(day.isoweekday(), ())
        return (self.windows.get(day.isoweekday()) or self._ordinary()) if is_worked else ()

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working time from `start` on, as pairs of moments in UTC, in order, for three years."""
        first = start.astimezone(self.zone).date()
        for number in range(_LONGEST.days):
            day = first + timedelta(days=number)
            for opens, closes in self.windows_on(day):
                begin = datetime.combine(day, opens, self.zone).astimezone(UTC)
                end = datetime.combine(day, closes, self.zone).astimezone(UTC)
                if end > start:
                    yield max(begin, start.astimezone(UTC)), end


def _length(window: tuple[time, time]) -> timedelta:
    opens, closes = window
    return timedelta(hours=closes.hour - opens.hour, minutes=closes.minute - opens.minute)


def read_windows(text: str) -> Windows:
    """Hours as people write them, such as "08:30-12:00 14:00-17:30"; an empty text is a day off. Raises Refused.

    >>> read_windows("08:30-12:00 14:00-17:30")[1][0].isoformat()
    '14:00:00'
    """
    windows = tuple(_window(part) for part in text.replace(",", " ").replace("–", "-").split())
    bounds = [moment for window in windows if window for moment in window]
    # begin and end of each window in turn: strictly later within one, not earlier from one to the next
    is_sound = None not in windows and all(
        earlier < later or (number % 2 and earlier == later) for number, (earlier, later) in enumerate(pairwise(bounds))
    )
    if not is_sound:
        raise Refused(
            "Write the hours as 08:30-12:00 14:00-17:30, one after the other; “{text}” cannot be read.", text=text[:60]
        )
    return tuple(window for window in windows if window)


def _window(text: str) -> tuple[time, time] | None:
    found = _WINDOW.match(text)
    if not found:
        return None
    opens_h, opens_min, closes_h, closes_min = (int(number) for number in found.groups())
    if max(opens_h, closes_h) > 23 or max(opens_min, closes_min) > 59:
        return None
    return time(opens_h, opens_min), time(closes_h, closes_min)


def write_windows(windows: Windows) -> str:
    """Hours as `read_windows` reads them."""
    return " ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in windows)


@dataclass(frozen=True)
class Limit:
    """An amount on a clock: minutes of the urgent and the working-hours clock, days of the working-days clock."""

    clock: Clock
    amount: float

    def length(self, office: Office) -> timedelta:
        """How much running time it is."""
        return self.amount * office.day_length if self.clock == "days" else timedelta(minutes=self.amount)


def moment_after(start: datetime, length: timedelta, clock: Clock, office: Office) -> datetime:
    """When so much time of this clock has run since `start`.

    On the working clocks it never falls outside of working time. Raises Refused when the office does not work that
    long in three years.

    >>> office = Office(ZoneInfo("UTC"), {day: read_windows("09:00-12:00 13:00-17:00") for day in range(1, 6)})
    >>> friday = datetime(2026, 11, 20, 16, tzinfo=UTC)
    >>> moment_after(friday, timedelta(hours=2), "hours", office).isoformat()
    '2026-11-23T10:00:00+00:00'
    >>> moment_after(friday, Limit("days", 2).length(office), "days", office).isoformat()
    '2026-11-24T16:00:00+00:00'
    """
    if clock == "urgent":
        return start + length
    left = max(length, timedelta())
    for begin, end in office.spans(start):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    raise Refused("The centre works too little for this deadline within three years. Look at its hours and holidays.")


def elapsed(start: datetime, end: datetime, clock: Clock, office: Office) -> timedelta:
    """How much time of this clock has run between two moments; none when the end is not later.

    >>> office = Office(ZoneInfo("UTC"), {day: read_windows("09:00-12:00 13:00-17:00") for day in range(1, 6)})
    >>> elapsed(datetime(2026, 11, 20, 16, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC), "hours", office)
    datetime.timedelta(seconds=7200)
    """
    if end <= start:
        return timedelta()
    if clock == "urgent":
        return end - start
    run = timedelta()
    for begin, stop in office.spans(start):
        if begin >= end:
            break
        run += min(stop, end) - begin
    return run
