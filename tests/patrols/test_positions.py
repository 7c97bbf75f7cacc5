"""Positions of three protocols become one thing; those that do not count are marked, never dropped."""

import doctest
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import patrols.positions
from data.errors import Refused
from patrols.positions import from_osmand, from_owntracks, from_traccar, marked
from patrols.rules import Fix

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def test_examples_when_run_say_what_they_say():
    found = doctest.testmod(patrols.positions)
    assert found.attempted > 5
    assert found.failed == 0


@pytest.mark.parametrize("said", ["1795334400", "1795334400000", "2026-11-22T08:00:00Z", "2026-11-22 08:00:00"])
def test_osmand_when_the_time_comes_in_any_of_its_ways_is_the_same_moment(said):
    assert from_osmand({"id": "a", "lat": "47.1", "lon": "9.5", "timestamp": said}, NOW).fixes[0].fixed_at == NOW


def test_osmand_when_place_is_one_field_and_time_is_left_out_is_here_and_now():
    report = from_osmand({"deviceid": "a", "location": "47.1,9.5", "accuracy": "7.5"}, NOW)
    assert report.device == "a"
    assert report.fixes == (Fix(NOW, 9.5, 47.1, 7.5),)


def test_three_protocols_when_they_tell_the_same_are_the_same_fix():
    place = {"timestamp": "2026-11-22T08:00:00.000Z", "coords": {"latitude": 47.1, "longitude": 9.5, "accuracy": 5}}
    query = {"id": "a", "lat": "47.1", "lon": "9.5", "timestamp": "1795334400", "accuracy": "5"}
    owntracks = {"_type": "location", "lat": 47.1, "lon": 9.5, "tst": 1795334400, "acc": 5, "tid": "a"}
    reports = [
        from_osmand(query, NOW),
        from_traccar({"location": place, "device_id": "a"}),
        from_owntracks(owntracks),
    ]
    assert reports[0] == reports[1] == reports[2]


def test_batches_when_sent_keep_their_order():
    at = [NOW - timedelta(seconds=20 - 10 * step) for step in range(3)]
    locations = [{"timestamp": time.isoformat(), "coords": {"latitude": 47.1, "longitude": 9.5}} for time in at]
    messages = [{"_type": "location", "lat": 47.1, "lon": 9.5, "tst": time.timestamp()} for time in at]
    assert [fix.fixed_at for fix in from_traccar({"location": locations}).fixes] == at
    assert [fix.fixed_at for fix in from_owntracks([*messages, {"_type": "waypoint"}]).fixes] == at


@pytest.mark.parametrize(
    ("read", "sent", "sentence"),
    [
        (from_traccar, ["no object"], "JSON object"),
        (from_traccar, {"device_id": "a"}, "JSON object"),
        (from_traccar, {"location": {"timestamp": "soon", "coords": {}}}, "time like"),
        (from_owntracks, {"_type": "location", "lat": "north", "lon": 9, "tst": 1}, "lat has to be a number"),
        (from_owntracks, {"_type": "location", "lat": 47.1, "lon": math.nan, "tst": 1}, "lon has to be a number"),
        (from_owntracks, {"_type": "location", "lat": 47.1, "lon": 9.5, "tst": math.inf}, "time like"),
        (lambda sent: from_osmand(sent, NOW), {"id": "a"}, "lon has to be a number"),
    ],
)
def test_message_when_it_cannot_be_read_is_refused_with_the_field(read, sent, sentence):
    with pytest.raises(Refused, match=sentence):
        read(sent)


def test_marks_when_everything_goes_wrong_say_what():
    def at(seconds, lon=9.5, lat=47.1, accuracy_m=5.0):
        return Fix(NOW + timedelta(seconds=seconds), lon, lat, accuracy_m)

    told = [
        at(-60),
        at(-60),
        at(-50, lat=95.0),
        at(-45, 0.0, 0.0),
        at(-40, accuracy_m=400.0),
        at(-30, lon=9.9),
        at(-20),
        at(600),
        at(-31 * 86_400),
        at(-10),
        at(-15),
    ]
    assert marked(told, NOW, called_invalid=frozenset({9})) == [
        "ok", "duplicate", "invalid", "null_island", "inaccurate", "too_fast", "ok", "future", "outdated", "invalid",
        "ok",
    ]  # fmt: skip
    assert marked([], NOW) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Fix,
            fixed_at=st.integers(-80 * 86_400, 40 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds)),
            lon=st.floats(-400, 400),
            lat=st.floats(-200, 200),
            accuracy_m=st.none() | st.floats(0, 1000),
        ),
        max_size=12,
    )
)
def test_marks_when_anything_is_sent_are_one_for_each_and_ok_ones_can_be_believed(fixes):
    codes = marked(fixes, NOW)
    assert len(codes) == len(fixes)
    believed = [fix for fix, code in zip(fixes, codes, strict=True) if code == "ok"]
    assert all(abs(fix.lon) <= 180 and abs(fix.lat) <= 90 for fix in believed)
    assert len({fix.fixed_at for fix in believed}) == len(believed)
    assert all(NOW - timedelta(days=30) <= fix.fixed_at <= NOW + timedelta(minutes=2) for fix in believed)
