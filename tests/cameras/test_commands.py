"""Cameras changed by people: coverage follows at once, nobody overwrites anybody, nobody acts outside their area."""

import math

import pytest
from shapely import box
from sqlalchemy import select, text

from cameras.commands import add_camera, change_building, change_camera, remove_camera
from cameras.coverage import update_coverage
from cameras.models import Camera, CameraView, CellCoverage, CoverageFinding
from cameras.refresh import refresh_around
from data.errors import Conflict, NotAllowed, NotFound, Refused
from data.events import Event
from tests.build import CELL, COUNTY

SMALL_BOX = box(122.3, 33.8, 122.305, 33.805)
EVERYWHERE = ("",)
WHOLE_CIRCLE = {"lon": 122.3025, "lat": 33.8025, "hfov_deg": 360.0, "range_m": 100.0}


@pytest.fixture
def cell(build, session):
    made = build.cell(CELL, SMALL_BOX)
    build.street("122.3005 33.8025, 122.3045 33.8025")
    update_coverage(session)
    return made


def add(session, code="N1", **said):
    return add_camera(session, code, scope=EVERYWHERE, actor_id=None, **(WHOLE_CIRCLE | said))


def watched(session, cell):
    session.expire_all()
    return session.get(CellCoverage, cell.id).watched_area_m2


def events(session, kind):
    return session.scalars(select(Event.payload).where(Event.kind == kind)).all()


def test_add_when_coverage_is_known_shows_its_view_at_once(session, cell):
    camera = add(session, bearing_deg=-90)
    assert camera.bearing_deg == 270
    assert camera.cell_id == cell.id
    assert watched(session, cell) == pytest.approx(math.pi * 100**2, rel=2e-3)
    row = session.get(CellCoverage, cell.id)
    assert row.camera_count == 1
    assert row.street_m - row.unwatched_street_m == pytest.approx(200, abs=2)
    assert events(session, "camera_added") == [{"code": "N1", "status": "online"}]


def test_add_when_no_run_has_ended_keeps_the_camera_without_a_view(build, session):
    build.cell(CELL, SMALL_BOX)
    camera = add(session)
    assert session.get(CameraView, camera.id) is None


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"hfov_deg": 720}, "field of view"),
        ({"hfov_deg": 0}, "field of view"),
        ({"range_m": float("nan")}, "range"),
        ({"lat": 95}, "outside the map"),
        ({"status": "gone"}, "states"),
        ({"version": 9}, "no field version"),
    ],
)
def test_add_when_a_setting_is_impossible_says_which(session, cell, said, sentence):
    with pytest.raises(Refused, match=sentence):
        add(session, **said)


def test_add_when_the_code_is_taken_is_refused(session, cell):
    add(session)
    with pytest.raises(Refused, match="code already"):
        add(session)


def test_change_when_the_camera_moves_leaves_nothing_at_its_old_place(session, cell):
    camera = add(session, hfov_deg=90.0)
    before = watched(session, cell)
    moved = change_camera(session, camera.id, version=1, scope=EVERYWHERE, actor_id=None, lon=122.304, lat=33.804)
    assert moved.version == 2
    assert watched(session, cell) == pytest.approx(before, rel=1e-6)
    seen = session.scalar(text("SELECT st_xmin(view) FROM camera_views WHERE camera_id = :id"), {"id": camera.id})
    assert seen > 122.3028
    assert events(session, "camera_changed")[0]["changes"].keys() == {"lon", "lat"}


@pytest.mark.parametrize("status", ["offline", "fault", "planned", "removed"])
def test_change_when_the_camera_goes_off_counts_it_no_more(session, cell, status):
    camera = add(session)
    change_camera(session, camera.id, version=1, scope=EVERYWHERE, actor_id=None, status=status)
    assert watched(session, cell) == 0
    assert session.get(CellCoverage, cell.id).camera_count == 0
    change_camera(session, camera.id, version=2, scope=EVERYWHERE, actor_id=None, status="online")
    assert watched(session, cell) == pytest.approx(math.pi * 100**2, rel=2e-3)


def test_change_when_somebody_was_faster_is_a_conflict(session, cell):
    camera = add(session)
    session.execute(text("UPDATE cameras SET bearing_deg = 12 WHERE id = :id"), {"id": camera.id})
    with pytest.raises(Conflict, match="Somebody else"):
        change_camera(session, camera.id, version=1, scope=EVERYWHERE, actor_id=None, bearing_deg=20)


def test_change_when_nothing_differs_writes_nothing(session, cell):
    camera = add(session)
    same = change_camera(session, camera.id, version=1, scope=EVERYWHERE, actor_id=None, range_m=100, lon=122.3025)
    assert same.version == 1
    assert events(session, "camera_changed") == []


def test_change_when_it_is_no_matter_of_sight_leaves_the_view_alone(session, cell):
    camera = add(session)
    stamp = session.scalar(text("SELECT xmin::text FROM camera_views WHERE camera_id = :id"), {"id": camera.id})
    assert change_camera(session, camera.id, version=1, scope=EVERYWHERE, actor_id=None, owner="Office").version == 2
    again = session.scalar(text("SELECT xmin::text FROM camera_views WHERE camera_id = :id"), {"id": camera.id})
    assert again == stamp


def test_change_when_the_camera_is_or_would_be_outside_the_area_is_refused(session, cell):
    camera = add(session)
    with pytest.raises(NotFound):
        change_camera(session, camera.id, version=1, scope=("999999",), actor_id=None, bearing_deg=5)
    with pytest.raises(NotAllowed, match="outside your area"):
        change_camera(session, camera.id, version=1, scope=(COUNTY,), actor_id=None, lon=100.0)


def test_remove_when_done_keeps_the_record_and_takes_the_view(session, cell):
    camera = add(session)
    remove_camera(session, camera.id, version=1, scope=EVERYWHERE, actor_id=None, reason="The pole is gone ")
    assert session.get(CameraView, camera.id) is None
    assert session.get(Camera, camera.id).status == "removed"
    assert watched(session, cell) == 0
    told = {"code": "N1", "reason": "The pole is gone", "status_before": "online"}
    assert events(session, "camera_removed") == [told]


def test_building_when_it_grows_taller_than_the_camera_hides_more(build, session, cell):
    house = build.building(box(122.302, 33.8028, 122.303, 33.8029), height_m=3)
    update_coverage(session)
    add(session, mount_height_m=6.0)
    low = watched(session, cell)
    change_building(session, house.id, scope=EVERYWHERE, actor_id=None, height_m=20)
    high = watched(session, cell)
    assert high < low - 100
    change_building(session, house.id, scope=EVERYWHERE, actor_id=None, is_gone=True)
    assert watched(session, cell) == pytest.approx(math.pi * 100**2, rel=2e-3)
    assert len(events(session, "building_changed")) == 2


def test_building_when_outside_the_area_is_not_found(build, session, cell):
    house = build.building(box(122.302, 33.8028, 122.303, 33.8029))
    with pytest.raises(NotFound):
        change_building(session, house.id, scope=("999999",), actor_id=None, height_m=5)


def test_findings_when_a_camera_hangs_inside_a_building_say_how_far_it_was_moved(build, session, cell):
    build.building(box(122.302, 33.8024, 122.303, 33.8026))
    camera = add(session)
    found = session.scalars(select(CoverageFinding).where(CoverageFinding.camera_id == camera.id)).one()
    assert found.kind == "camera_moved_far"
    assert found.facts["snapped_m"] > 5
    camera.status = "offline"
    refresh_around(session, [camera.id])
    assert session.scalars(select(CoverageFinding).where(CoverageFinding.camera_id == camera.id)).all() == []
