"""What stands in a cell becomes a value, or is refused: never anything else, whatever stands there."""

import doctest
import math
import string
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

import data.importing.values
from data.errors import Refused
from data.importing.mapping import Field, map_columns, read_fields
from data.importing.report import Refusal
from data.importing.rows import SourceRow
from data.importing.values import choice, code, day, moment, number, spelled, text, uuid, whole

anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.datetimes(), st.dates(), st.binary()
)
READERS = {
    "text": text(50),
    "code": code,
    "number": number(-1e6, 1e6),
    "whole": whole(0, 1000),
    "choice": choice(spelled({"online": "on 在线", "offline": "off 离线"})),
    "day": day,
    "moment": moment("Asia/Shanghai"),
    "uuid": uuid,
}


def test_docstrings_when_run_then_say_the_truth():
    outcome = doctest.testmod(data.importing.values)
    assert outcome.attempted > 0
    assert outcome.failed == 0


@given(anything, st.sampled_from(sorted(READERS)))
def test_reader_when_given_anything_then_reads_or_refuses_in_one_sentence(value, name):
    sentence = ""
    try:
        READERS[name](value)
    except Refused as refused:
        sentence = str(refused)
    assert sentence == "" or sentence.endswith(".")


@given(st.dictionaries(st.sampled_from("abcd"), anything))
def test_row_when_given_anything_then_gives_values_or_a_refusal_that_can_be_kept(cells):
    fields = [Field(name, read, (column,)) for (name, read), column in zip(READERS.items(), "abcdefgh", strict=True)]
    outcome = read_fields(SourceRow(7, cells), fields, map_columns(list(cells), fields))
    if isinstance(outcome, Refusal):
        assert outcome.row_number == 7
        assert outcome.column in cells
        assert len(outcome.value or "") <= 200
        assert "\x00" not in str(outcome) + (outcome.value or "")
    else:
        assert set(outcome) <= set(READERS)


@given(st.floats(-1e6, 1e6))
def test_number_when_written_then_read_again(amount):
    assert number(-1e6, 1e6)(repr(amount)) == amount
    assert number(-1e6, 1e6)(f" {amount!r} m") == amount


@given(st.integers(0, 999_999_999_999_999))
def test_code_when_a_spreadsheet_kept_it_as_a_number_then_read_to_the_last_digit(digits):
    assert code(digits) == code(float(digits)) == code(str(digits)) == str(digits)


@given(st.integers(2**53, 10**20))
def test_code_when_a_number_has_lost_digits_then_refused(digits):
    with pytest.raises(Refused, match="Format the column as text"):
        code(float(digits))


@given(st.datetimes(datetime(1901, 1, 1), datetime(2199, 12, 31)))  # noqa: DTZ001 - written without a zone
def test_moment_when_written_in_a_usual_way_then_read_as_of_its_zone(when):
    when = when.replace(microsecond=0)
    read = moment("Asia/Shanghai")
    for form in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y年%m月%d日 %H:%M:%S"):
        assert read(when.strftime(form)).replace(tzinfo=None) == when
    with_zone = when.replace(tzinfo=timezone(timedelta(hours=3)))
    assert read(with_zone.isoformat()) == with_zone


@given(st.text(string.ascii_letters + string.digits + " ，。网格", max_size=50))
def test_text_when_plain_then_kept_without_blanks_around_it(said):
    assert text(50)(said) in {None, said.strip()}


@pytest.mark.parametrize("value", ["", "  ", "NaN", "null", "N/A", "-", float("nan"), None, "无"])
def test_cell_when_it_says_nothing_then_none(value):
    assert all(read(value) is None for read in READERS.values())


@pytest.mark.parametrize("value", ["abc", "1,5", "1 2", "٣", "0x10", True, math.inf, "1e999", "12 km"])
def test_number_when_none_then_refused(value):
    with pytest.raises(Refused, match="is not a number"):
        number(0, 1e9)(value)


@pytest.mark.parametrize("value", ["2026-13-01", "yesterday", "32/1/2026", "1800-01-01", "2026年2月30日"])
def test_day_when_none_then_refused(value):
    with pytest.raises(Refused):
        day(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026.3.5", date(2026, 3, 5)),
        (datetime(2026, 3, 5, 23, 59, tzinfo=UTC), date(2026, 3, 5)),
        ("2026-03-05T10:00:00Z", date(2026, 3, 5)),
        ("２０２６－０３－０５", date(2026, 3, 5)),
    ],
)
def test_day_when_written_in_another_way_then_read(value, expected):
    assert day(value) == expected


@pytest.mark.parametrize("value", ["rtsp://admin:12345@10.0.0.1/h264", "https://evil.example/cam", "user:pw://@host"])
def test_text_when_it_is_the_address_of_a_stream_then_refused(value):
    with pytest.raises(Refused, match="video stream"):
        text(200)(value)


def test_choice_when_unknown_then_the_sentence_names_the_choices():
    with pytest.raises(Refused, match="“broken” is not one of: online, offline"):
        READERS["choice"]("broken")
