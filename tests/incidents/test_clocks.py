"""The three clocks: what they count, what they leave out, and that counting forward and back agree."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import Refused
from incidents.clocks import CLOCKS, Limit, Office, elapsed, moment_after, read_windows, write_windows

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = read_windows("08:30-12:00 14:00-17:30")
WEEK = dict.fromkeys(range(1, 6), HOURS)
#: The week of National Day 2026: off from Thursday 1 to Wednesday 7, made up for on Saturday 10.
NATIONAL_DAY = {date(2026, 10, day): False for day in range(1, 8)} | {date(2026, 10, 10): True}
OFFICE = Office(SHANGHAI, WEEK, NATIONAL_DAY)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-11-20 16:00", Limit("urgent", 24 * 60), "2026-11-21 16:00"),
        ("2026-11-20 16:00", Limit("hours", 60), "2026-11-20 17:00"),
        ("2026-11-20 17:00", Limit("hours", 60), "2026-11-23 09:00"),
        ("2026-11-20 11:30", Limit("hours", 60), "2026-11-20 14:30"),
        ("2026-11-20 10:00", Limit("days", 1), "2026-11-23 10:00"),
        ("2026-11-21 10:00", Limit("days", 1), "2026-11-23 17:30"),
        ("2026-11-16 09:00", Limit("days", 5), "2026-11-23 09:00"),
        ("2026-09-30 10:00", Limit("days", 1), "2026-10-08 10:00"),
        ("2026-10-09 10:00", Limit("days", 1), "2026-10-10 10:00"),
    ],
)
def test_deadline_when_counted_leaves_out_nights_weekends_and_holidays(start, limit, due):
    assert moment_after(at(start), limit.length(OFFICE), limit.clock, OFFICE) == at(due)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001 - made aware
windows = st.lists(st.integers(0, 23 * 60 + 59), min_size=2, max_size=6, unique=True).map(
    lambda minutes: " ".join(
        f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}"
        for a, b in zip(sorted(minutes)[::2], sorted(minutes)[1::2], strict=False)
    )
)
offices = st.builds(
    Office,
    st.sampled_from([SHANGHAI, ZoneInfo("Europe/Berlin"), UTC]),
    st.dictionaries(st.integers(1, 7), windows.map(read_windows), min_size=1),
    st.dictionaries(st.dates(date(2026, 1, 1), date(2027, 2, 1)), st.booleans(), max_size=20),
)


@settings(deadline=None)  # an office that hardly works is followed through three years
@given(moments, st.integers(1, 3000).map(lambda minutes: timedelta(minutes=minutes)), st.sampled_from(CLOCKS), offices)
def test_clocks_when_counted_forward_and_back_agree(start, length, clock, office):
    try:
        due = moment_after(start, length, clock, office)
    except Refused:
        assert elapsed(start, start + timedelta(days=3 * 366 - 2), clock, office) < length
        return
    assert elapsed(start, due, clock, office) == length
    assert elapsed(start, due - timedelta(minutes=1), clock, office) < length


@settings(deadline=None)
@given(moments, moments, moments, st.sampled_from(CLOCKS), offices)
def test_elapsed_when_cut_in_two_adds_up(one, two, three, clock, office):
    first, middle, last = sorted((one, two, three))
    whole = elapsed(first, last, clock, office)
    assert whole == elapsed(first, middle, clock, office) + elapsed(middle, last, clock, office)
    assert timedelta() <= whole <= last - first


@given(windows)
def test_windows_when_written_are_read_again(text):
    assert write_windows(read_windows(text)) == text


@pytest.mark.parametrize("text", ["8-12", "12:00-08:00", "08:00-12:00 11:00-13:00", "25:00-26:00", "08:00", "a-b"])
def test_windows_when_they_make_no_sense_are_refused_with_an_example(text):
    with pytest.raises(Refused, match="08:30-12:00"):
        read_windows(text)


def test_office_when_it_never_works_is_refused():
    with pytest.raises(Refused, match="some day of the week"):
        Office(SHANGHAI, {1: ()})
    holidays = {date(2026, 1, 1) + timedelta(days=day): False for day in range(1500)}
    with pytest.raises(Refused, match="three years"):
        moment_after(at("2026-01-01 00:00"), timedelta(hours=1), "hours", Office(SHANGHAI, WEEK, holidays))
