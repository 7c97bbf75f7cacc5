"""Coverage by quality: the finer the tier the less is watched, and never more than geometrically."""

import pytest
from shapely import box

from cameras.coverage import update_coverage
from cameras.coverage_lists import area_figures
from cameras.tiers import area_tiers, update_tiers
from data.errors import NotFound
from tests.build import CELL


def test_tiers_when_computed_fall_with_density_and_stay_below_the_geometric_view(session, build):
    build.cell(CELL, box(122.3, 33.8, 122.303, 33.803))
    build.street("122.3003 33.8015, 122.3027 33.8015")
    build.camera("A", 122.3015, 33.8014, hfov_deg=90, range_m=100, pixels_h=2560, mount_height_m=4.5)
    run = update_coverage(session)
    assert update_tiers(session, run.id) == 0
    tiers = {line["tier"]: line["watched_area_m2"] for line in area_tiers(session, ("",))}
    order = [tiers[name] for name in ("detect", "outline", "observe", "recognise", "identify")]
    assert order == sorted(order, reverse=True)
    # a 90° sector is a quarter of a disc; at 25 px/m it ends at 51.2 m (slant, the lens 4.5 m up)
    assert tiers["detect"] == pytest.approx(3.14159265 / 4 * (51.2**2 - 4.5**2), rel=5e-3)
    assert 0 < order[-1] < order[0] < area_figures(session, ("",))["watched_area_m2"]
    update_tiers(session, run.id)
    assert len(area_tiers(session, ("",))) == 5


def test_tiers_when_there_is_no_run_are_not_found(session):
    with pytest.raises(NotFound):
        update_tiers(session, 999_999)
