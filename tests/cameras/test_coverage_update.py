"""Coverage through the database: rows in, engine, rows out, checked against hand-made geometry and an oracle."""

import math

import pytest
from shapely import box, from_wkb
from sqlalchemy import select, text

from cameras.coverage import update_coverage
from cameras.models import CameraView, CellCoverage, CoverageGap, CoverageRun
from data.errors import NotFound
from tests.build import CELL

#: A cell of about 462 m × 555 m in the south-west of the village; degrees to metres there, east and north.
SMALL_BOX = box(122.3, 33.8, 122.305, 33.805)
M_PER_DEG_LON, M_PER_DEG_LAT = 92_620.0, 110_925.0


@pytest.fixture
def cell(build):
    return build.cell(CELL, SMALL_BOX)


def view_of(session, camera):
    wkb = session.scalar(select(CameraView.view.ST_AsBinary()).where(CameraView.camera_id == camera.id))
    return from_wkb(bytes(wkb))


def test_view_when_nothing_is_in_the_way_is_the_whole_sector_facing_true_north(build, session, cell):
    camera = build.camera(lon=122.3025, lat=33.8025, bearing_deg=0, hfov_deg=90, range_m=100)
    update_coverage(session)
    view = session.scalar(select(CameraView).where(CameraView.camera_id == camera.id))
    assert view.exact_area_m2 == pytest.approx(math.pi * 100**2 / 4, rel=1e-9)
    seen = view_of(session, camera)
    assert seen.contains(box(122.30249, 33.8029, 122.30251, 33.8033))
    assert not seen.intersects(box(122.3, 33.8, 122.305, 33.8024))


def test_share_when_one_camera_sees_a_full_circle_is_its_area_over_open_ground(build, session, cell):
    build.camera(lon=122.3025, lat=33.8025, hfov_deg=360, range_m=100)
    update_coverage(session)
    row = session.get(CellCoverage, cell.id)
    area_m2 = session.scalar(text("SELECT area_m2 FROM cells WHERE id = :id"), {"id": cell.id})
    assert row.open_area_m2 == pytest.approx(area_m2, rel=1e-4)
    assert row.watched_share == pytest.approx(math.pi * 100**2 / area_m2, rel=2e-3)
    assert row.camera_count == 1


def test_view_when_a_building_stands_in_the_way_ends_at_its_wall(build, session, cell):
    camera = build.camera(lon=122.3025, lat=33.8025, bearing_deg=0, hfov_deg=60, range_m=100)
    build.building(box(122.302, 33.8028, 122.303, 33.8029))
    update_coverage(session)
    seen = view_of(session, camera)
    assert seen.bounds[3] == pytest.approx(33.8028, abs=1e-6)
    oracle = session.scalar(
        text(
            "SELECT st_area(st_intersection(view, st_makeenvelope(122.302, 33.8028, 122.303, 33.81, 4326))::geography)"
            " FROM camera_views WHERE camera_id = :id"
        ),
        {"id": camera.id},
    )
    assert oracle == pytest.approx(0, abs=0.5)


def test_cameras_when_offline_watch_nothing(build, session, cell):
    build.camera(lon=122.3025, lat=33.8025, status="offline")
    update_coverage(session)
    assert session.scalars(select(CameraView)).all() == []
    assert session.get(CellCoverage, cell.id).watched_share == 0


def test_gaps_when_a_street_is_out_of_sight_lie_along_it_with_its_metres(build, session, cell):
    build.street("122.3005 33.8025, 122.3045 33.8025")
    update_coverage(session)
    gap = session.scalars(select(CoverageGap)).one()
    assert gap.cell_id == cell.id
    assert gap.street_m == pytest.approx(0.004 * M_PER_DEG_LON, rel=0.01)
    row = session.get(CellCoverage, cell.id)
    assert row.street_m == pytest.approx(row.unwatched_street_m)
    build.camera(lon=122.3025, lat=33.8025, hfov_deg=360, range_m=100)
    update_coverage(session)
    session.refresh(row)
    assert row.street_m - row.unwatched_street_m == pytest.approx(200, abs=2)


def test_coverage_when_computed_twice_is_the_same_and_replaces_the_rows(build, session, cell):
    build.camera(lon=122.3025, lat=33.8025, hfov_deg=120)
    build.building(box(122.302, 33.8028, 122.3024, 33.8029))
    first = update_coverage(session)
    rows = session.execute(select(CameraView.exact_area_m2, CameraView.polygon_area_m2)).all()
    second = update_coverage(session)
    assert session.execute(select(CameraView.exact_area_m2, CameraView.polygon_area_m2)).all() == rows
    assert first.fingerprint == second.fingerprint
    assert set(session.scalars(select(CameraView.run_id))) == {second.id}
    assert session.scalars(select(CoverageRun.id).order_by(CoverageRun.id)).all() == [first.id, second.id]


def test_coverage_when_the_area_has_no_cells_says_what_to_do(session):
    with pytest.raises(NotFound, match="Draw or import cells first"):
        update_coverage(session, "990101")
