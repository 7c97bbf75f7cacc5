"""What would be: cameras that fail, and a camera that is only being thought of. Nothing is stored."""

import math

import pytest
from shapely import box
from sqlalchemy import text

from cameras.coverage import update_coverage
from cameras.models import CellCoverage
from cameras.previewing import view_of, what_if
from data.errors import Refused
from tests.build import CELL

SMALL_BOX = box(122.3, 33.8, 122.305, 33.805)
HERE = {"lon": 122.3025, "lat": 33.8025}


@pytest.fixture
def cell(build):
    made = build.cell(CELL, SMALL_BOX)
    build.street("122.3005 33.8025, 122.3045 33.8025")
    return made


def everything(session):
    tables = ("camera_views", "cell_coverages", "coverage_gaps", "coverage_street_gaps", "coverage_changes")
    return {table: session.execute(text(f"SELECT * FROM {table} ORDER BY 1")).all() for table in tables}


def test_what_if_when_cameras_fail_says_what_a_run_without_them_finds(build, session, cell):
    stays = build.camera("A", **HERE, hfov_deg=360, range_m=60)
    fails = build.camera("B", 122.3032, 33.8026, hfov_deg=360, range_m=80)
    update_coverage(session)
    before = session.get(CellCoverage, cell.id).watched_share
    stored = everything(session)
    lost = what_if(session, [fails.id])
    assert everything(session) == stored
    fails.status = "fault"
    update_coverage(session)
    session.expire_all()
    row = session.get(CellCoverage, cell.id)
    assert lost.cells[0].share_before == pytest.approx(before, rel=1e-9)
    assert lost.cells[0].share_after == pytest.approx(row.watched_share, rel=1e-9)
    assert lost.lost_m2 > 10_000
    assert lost.cells[0].unwatched_street_more_m == pytest.approx(84, abs=2)
    gaps = session.execute(text("SELECT area_m2, street_m FROM coverage_gaps ORDER BY area_m2 DESC")).all()
    assert sorted((gap.area_m2 for gap in lost.gaps), reverse=True)[0] == pytest.approx(gaps[0].area_m2, rel=1e-3)
    assert stays.status == "online"


def test_what_if_when_nobody_fails_loses_nothing(build, session, cell):
    build.camera("A", **HERE)
    update_coverage(session)
    assert what_if(session, []).cells == []


def test_what_if_when_coverage_was_never_computed_says_so(session, cell):
    with pytest.raises(Refused, match="Compute it first"):
        what_if(session, [1])


def test_view_when_asked_for_settings_is_that_of_a_camera_saved_with_them(build, session, cell):
    build.building(box(122.302, 33.8028, 122.303, 33.8029), height_m=9)
    asked = HERE | {"bearing_deg": 350.0, "hfov_deg": 80.0, "range_m": 90.0, "mount_height_m": 6.0}
    preview = view_of(session, asked)
    camera = build.camera("A", **asked)
    update_coverage(session)
    stored = session.execute(
        text("SELECT exact_area_m2, st_area(view::geography) AS m2 FROM camera_views WHERE camera_id = :id"),
        {"id": camera.id},
    ).one()
    assert preview.area_m2 == pytest.approx(stored.exact_area_m2, rel=1e-9)
    assert preview.sector_area_m2 > preview.area_m2 + 1000


def test_view_when_buildings_stand_in_the_way_names_them_with_what_they_hide(build, session, cell):
    near = build.building(box(122.3022, 33.8028, 122.3028, 33.8029), ref="near", height_m=9)
    build.building(box(122.3024, 33.80295, 122.3026, 33.8030), ref="hidden", height_m=3)
    aside = build.building(box(122.3033, 33.8029, 122.3034, 33.8030), ref="aside")
    build.building(box(122.3024, 33.8015, 122.3026, 33.8016), ref="behind")
    preview = view_of(session, HERE | {"bearing_deg": 20.0, "hfov_deg": 100.0, "range_m": 100.0})
    assert [hider.building_id for hider in preview.hiders] == [near.id, aside.id]
    assert preview.hiders[0].height_m == 9
    assert preview.hiders[0].distance_m == pytest.approx(33.3, abs=0.5)
    assert preview.sector_area_m2 - preview.area_m2 == pytest.approx(
        sum(hider.hidden_m2 for hider in preview.hiders), rel=0.02
    )


def test_view_when_nothing_is_in_the_way_has_tiers_that_end_where_pixels_do(session, cell):
    preview = view_of(session, HERE | {"hfov_deg": 90.0, "range_m": 100.0, "pixels_h": 2560, "mount_height_m": 0.1})
    areas = {tier.name: tier.area_m2 for tier in preview.tiers}
    assert list(areas) == ["detect", "observe", "recognise", "identify"]
    assert areas["detect"] == pytest.approx(math.pi * 51.2**2 / 4, rel=1e-3)
    assert areas["observe"] == pytest.approx(math.pi * 20.48**2 / 4, rel=1e-3)
    assert preview.hiders == []


def test_view_when_settings_are_impossible_is_refused(session, cell):
    with pytest.raises(Refused, match="field of view"):
        view_of(session, HERE | {"hfov_deg": 0})
