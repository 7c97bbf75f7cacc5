"""Fixes that can be believed, and how far they show that somebody walked."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gis.tracks
from gis.errors import BadParameter
from gis.tracks import clean_fixes, walked_path
from tests.gis.small_networks import lonlat


def fixes(*points, every_s=15.0, start_s=1_700_000_000.0):
    """Return times, lon and lat for points in metres."""
    lon, lat = np.array(lonlat(*points)).T
    return start_s + every_s * np.arange(len(points)), lon, lat


def test_examples_when_run_are_true():
    assert doctest.testmod(gis.tracks).failed == 0


def test_walk_when_steady_is_clean_and_measured():
    times, lon, lat = fixes(*[(20 * step, 0) for step in range(30)])
    codes = clean_fixes(times, lon, lat, np.full(30, 8.0), now=times[-1])
    assert set(codes) == {"ok"}
    walked = walked_path(times, lon, lat, codes)
    assert walked.length_m == pytest.approx(580, rel=0.005)
    assert (walked.walked_s, walked.gaps) == (29 * 15, ())
    assert len(walked.path.geoms) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lon": np.nan}, "invalid"),
        ({"lat": 91.0}, "invalid"),
        ({"accuracy_m": -1.0}, "invalid"),
        ({"times": np.nan}, "invalid"),
        ({"lon": 0.001, "lat": -0.002}, "null_island"),
        ({"accuracy_m": 80.0}, "inaccurate"),
        ({"times": 1_700_009_000.0}, "future"),
        ({"times": 1_700_000_030.0}, "duplicate"),
        ({"times": 1_700_000_010.0}, "out_of_order"),
        ({"lon": 9.7}, "too_fast"),
    ],
)
def test_fix_when_at_fault_is_marked_with_its_reason_and_only_it(change, code):
    times, lon, lat = fixes(*[(20 * step, 0) for step in range(6)])
    columns = {"times": times, "lon": lon, "lat": lat, "accuracy_m": np.full(6, 8.0)}
    for name, value in change.items():
        columns[name][3] = value
    codes = clean_fixes(**columns, now=times[0] + 600)
    assert codes[3] == code
    assert set(np.delete(codes, 3)) == {"ok"}


def test_fault_when_a_fix_has_two_is_the_graver_one():
    codes = clean_fixes([np.nan, 0.0], [0.0, 0.0], [0.0, 0.0], [500.0, 500.0])
    assert codes.tolist() == ["invalid", "null_island"]


def test_clock_when_a_little_ahead_is_let_pass():
    times, lon, lat = fixes((0, 0), (10, 0))
    assert set(clean_fixes(times, lon, lat, now=times[-1] - 60)) == {"ok"}


def test_wrong_future_time_when_one_fix_has_it_does_not_put_the_rest_out_of_order():
    times, lon, lat = fixes(*[(20 * step, 0) for step in range(6)])
    times[1] += 86_400
    assert clean_fixes(times, lon, lat, now=times[-1]).tolist() == ["ok", "future", "ok", "ok", "ok", "ok"]


def test_first_fix_when_it_is_the_wrong_one_is_outvoted():
    times, lon, lat = fixes((9000, 0), *[(20 * step, 0) for step in range(6)])
    assert clean_fixes(times, lon, lat).tolist() == ["too_fast", *["ok"] * 6]


def test_two_wrong_fixes_when_they_agree_do_not_outvote_a_walk():
    walk = [(20 * step, 0) for step in range(6)]
    times, lon, lat = fixes(*walk[:4], (9000, 0), (9010, 0), *walk[4:])
    codes = clean_fixes(times, lon, lat)
    assert codes[4:6].tolist() == ["too_fast", "too_fast"]
    assert set(np.delete(codes, [4, 5])) == {"ok"}


def test_jump_when_the_positions_stay_there_is_believed_but_not_credited():
    """Three fixes that agree stand, yet the kilometres between, gone in 15 seconds, were not walked."""
    near, far = [(20 * step, 0) for step in range(5)], [(9000 + 20 * step, 0) for step in range(5)]
    times, lon, lat = fixes(*near, *far)
    codes = clean_fixes(times, lon, lat)
    assert set(codes) == {"ok"}
    walked = walked_path(times, lon, lat, codes)
    assert walked.length_m == pytest.approx(160, rel=0.01)
    assert walked.gaps == ((4, 5),)


def test_accuracy_when_circles_overlap_explains_a_jump():
    times, lon, lat = fixes((0, 0), (100, 0))
    assert clean_fixes(times, lon, lat)[1] == "too_fast"
    assert clean_fixes(times, lon, lat, [25.0, 25.0])[1] == "ok"


def test_gap_when_longer_than_allowed_gives_no_credit_and_is_named():
    times, lon, lat = fixes((0, 0), (50, 0), (500, 0), (550, 0), every_s=60)
    times[2:] += 600
    walked = walked_path(times, lon, lat, ["ok"] * 4, gap_s=300)
    assert walked.length_m == pytest.approx(100, rel=0.01)
    assert (walked.walked_s, walked.gaps) == (120, ((1, 2),))
    assert len(walked.path.geoms) == 2


def test_position_when_trembling_at_rest_does_not_add_up():
    random = np.random.default_rng(3)
    points = random.normal(0, 3, (240, 2)).tolist()
    times, lon, lat = fixes(*points)
    codes = clean_fixes(times, lon, lat, np.full(240, 8.0))
    assert walked_path(times, lon, lat, codes, least_step_m=0).length_m > 800
    assert walked_path(times, lon, lat, codes, least_step_m=20).length_m < 60


def test_times_when_datetimes_in_utc_mean_the_same_as_seconds():
    times, lon, lat = fixes(*[(20 * step, 0) for step in range(4)])
    stamps = (times * 1e6).astype("datetime64[us]")
    stamps[2] = np.datetime64("NaT")
    assert clean_fixes(stamps, lon, lat, now=stamps[-1]).tolist() == ["ok", "ok", "invalid", "ok"]
    assert walked_path(stamps, lon, lat, ["ok", "ok", "no", "ok"]).walked_s == 45


def test_fixes_when_there_are_none_walk_nowhere():
    assert clean_fixes([], [], []).tolist() == []
    walked = walked_path([], [], [], [])
    assert (walked.length_m, walked.walked_s, walked.path.is_empty) == (0, 0, True)


@pytest.mark.parametrize("bad", [{"lon": [1.0]}, {"most_mps": 0}, {"most_accuracy_m": -1}])
def test_bad_parameters_when_given_are_refused(bad):
    good = {"times": [0, 1], "lon": [9.5, 9.5], "lat": [47.1, 47.1]}
    with pytest.raises(BadParameter):
        clean_fixes(**(good | bad))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(-200, 200), st.floats(-100, 100)), max_size=20))
def test_any_fixes_when_cleaned_keep_their_rows_and_the_clean_ones_are_in_order(rows):
    times, lon, lat = np.array(rows, dtype=float).reshape(-1, 3).T
    codes = clean_fixes(times, lon, lat)
    assert len(codes) == len(rows)
    clean = codes == "ok"
    assert (np.diff(times[clean]) > 0).all()
    walked = walked_path(times, lon, lat, codes, gap_s=60)
    assert 0 <= walked.length_m <= 4.0 * walked.walked_s + 100 * len(rows)
