"""Cameras with impossible values are refused one by one, with a reason; the rest are computed."""

import numpy as np
import pytest

from gis.coverage import (
    IEC_62676_4_2014,
    IEC_62676_4_2025,
    Cameras,
    build_scene,
    check_cameras,
    quality_range_m,
    see,
)
from gis.errors import BadParameter

NAN = float("nan")


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"x_m": NAN}, "place"),
        ({"y_m": np.inf}, "place"),
        ({"x_m": 4.0e7}, "place"),
        ({"bearing_deg": NAN}, "bearing"),
        ({"bearing_deg": np.inf}, "bearing"),
        ({"hfov_deg": 0.0}, "field of view"),
        ({"hfov_deg": 720.0}, "field of view"),
        ({"hfov_deg": NAN}, "field of view"),
        ({"hfov_deg": -90.0}, "field of view"),
        ({"range_m": 0.0}, "range"),
        ({"range_m": -5.0}, "range"),
        ({"range_m": NAN}, "range"),
        ({"range_m": 1e6}, "range"),
        ({"height_m": 0.0}, "height"),
        ({"height_m": -3.0}, "height"),
        ({"height_m": 9999.0}, "height"),
        ({"pixels_h": -1.0}, "pixels"),
        ({"pixels_h": np.inf}, "pixels"),
    ],
)
def test_camera_when_a_value_is_impossible_is_refused_alone_and_the_rest_kept(wrong, word):
    good = {"x_m": 0.0, "y_m": 0.0, "bearing_deg": 10.0, "hfov_deg": 90.0, "range_m": 50.0}
    good |= {"height_m": 4.0, "pixels_h": 1920.0}
    columns = {name: [value, wrong.get(name, value), value] for name, value in good.items()}
    cameras = Cameras.of(**columns)
    (refusal,) = check_cameras(cameras)
    assert refusal.index == 1
    assert word in refusal.sentence.format(**refusal.facts)
    views = see(build_scene([]), cameras)
    assert views.is_refused.tolist() == [False, True, False]
    assert views.polygons[1].is_empty
    assert not views.is_blind.any()
    np.testing.assert_allclose(views.exact_area_m2, [np.pi / 4 * 2500, 0, np.pi / 4 * 2500])


def test_camera_when_several_values_are_wrong_hears_of_each():
    refusals = check_cameras(Cameras.of([0, 1], 0, hfov_deg=[90, NAN], range_m=[50, -1]))
    assert [refusal.index for refusal in refusals] == [1, 1]


def test_camera_when_height_and_pixels_are_unknown_is_fine():
    assert check_cameras(Cameras.of(0, 0)) == []


def test_cameras_when_lengths_differ_are_refused_together():
    with pytest.raises(BadParameter, match="different lengths"):
        Cameras.of([0, 1], [0, 1, 2])
    with pytest.raises(BadParameter, match="no property called zoom"):
        Cameras.of(0, 0, zoom=3)


def test_quality_range_when_field_is_90_follows_the_standard():
    """IEC 62676-4: density = pixels / (2 d tan(HFOV / 2)); at 90° and 2,560 px, 25 px/m ends at 51 m."""
    assert quality_range_m(2560, 90, 25) == pytest.approx(51.2)
    assert quality_range_m(1920, 60, 125) == pytest.approx(1920 / (2 * 125 * np.tan(np.radians(30))))
    ranges = quality_range_m(3840, 70, list(IEC_62676_4_2014.values()))
    assert (np.diff(ranges) < 0).all()
    assert list(IEC_62676_4_2025.values()) == [20, 40, 80, 125, 250, 500, 1500]


def test_quality_range_when_camera_hangs_high_measures_the_slant():
    assert quality_range_m(1000, 90, 10, drop_m=30.0) == pytest.approx(40.0)
    assert quality_range_m(1000, 90, 10, drop_m=60.0) == 0.0


def test_quality_range_when_lens_is_wide_or_pixels_unknown_stays_defined():
    assert quality_range_m(3600, 360, 10) == pytest.approx(3600 / (2 * np.pi * 10))
    assert np.isnan(quality_range_m(NAN, 90, 25))
    with pytest.raises(BadParameter):
        quality_range_m(1920, 90, 0)


def test_see_when_asked_for_a_tier_shrinks_the_view_to_it():
    cameras = Cameras.of([0, 0, 0], 0, hfov_deg=90, range_m=[100, 20, 100], pixels_h=[2560, 2560, NAN])
    views = see(build_scene([]), cameras, px_per_m=IEC_62676_4_2014["detect"])
    np.testing.assert_allclose(views.exact_area_m2, np.pi / 4 * np.array([51.2, 20, 0]) ** 2)
    assert [refusal.index for refusal in views.refusals] == [2]


def test_see_when_no_ground_reaches_the_tier_sees_nothing_but_is_not_called_blind():
    camera = Cameras.of(0, 0, hfov_deg=90, range_m=100, pixels_h=1000, height_m=60)
    for engine in ("compiled", "arrays"):
        views = see(build_scene([]), camera, px_per_m=10, engine=engine)
        assert views.polygons[0].is_empty
        assert views.exact_area_m2[0] == 0.0
        assert not views.is_blind[0]
