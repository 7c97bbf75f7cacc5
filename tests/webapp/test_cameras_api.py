"""What camera pages ask: previews that store nothing, changes with shares before and after, what if some fail."""

import pytest
from shapely import box
from sqlalchemy import select, text

from cameras.coverage import update_coverage
from cameras.models import Camera
from data.events import Event
from tests.build import CELL, COUNTY, VILLAGE

HERE = {"lon": 122.3025, "lat": 33.8025}
WHOLE = HERE | {"bearing_deg": 90, "hfov_deg": 90, "range_m": 60, "mount_height_m": 5, "pixels_h": 2560}


@pytest.fixture
def camera(build, session):
    build.cell(CELL, box(122.3, 33.8, 122.305, 33.805), name="Market cell")
    build.street("122.3005 33.8025, 122.3045 33.8025")
    build.building(box(122.3028, 33.8024, 122.3029, 33.8026), height_m=12, height_source="measured")
    made = build.camera("A", **HERE, bearing_deg=0, hfov_deg=90, range_m=60, mount_height_m=5)
    update_coverage(session)
    session.refresh(made)
    return made


def stored(session):
    tables = ("cameras", "camera_views", "cell_coverages", "coverage_gaps", "coverage_changes")
    return {table: session.execute(text(f"SELECT * FROM {table} ORDER BY 1")).all() for table in tables}


def test_preview_when_asked_shows_view_tiers_and_hiders_and_stores_nothing(staff, camera, session):
    before = stored(session)
    answer = staff.post("/api/cameras/A/preview", json=WHOLE).get_json()
    assert answer["view"]["type"] in {"Polygon", "MultiPolygon"}
    assert answer["area_m2"] < 2700
    assert [tier["name"] for tier in answer["tiers"]] == ["detect", "observe", "recognise", "identify"]
    assert answer["hiders"][0]["height"] == "12 m high (measured)"
    assert answer["hiders"][0]["shape"]["type"] == "MultiPolygon"
    free = staff.post("/api/cameras/preview", json=WHOLE | {"bearing_deg": 270}).get_json()
    assert free["hiders"] == []
    assert free["area_m2"] == pytest.approx(3.14159 * 60**2 / 4, rel=1e-4)
    assert stored(session) == before


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"hfov_deg": 720}, 422),
        ({"hfov_deg": "wide"}, 400),
        ({"lon": None}, 400),
        ({"colour": 1}, 400),
        ({"range_m": 0}, 422),
    ],
)
def test_preview_when_a_setting_is_impossible_says_so(staff, camera, said, status):
    answer = staff.post("/api/cameras/preview", json=WHOLE | said)
    assert answer.status_code == status
    assert answer.get_json()["error"]


def test_change_when_saved_answers_with_the_cells_share_before_and_after(staff, camera, session):
    answer = staff.post("/api/cameras/A", json={"version": 1, "range_m": 30}).get_json()
    assert answer["version"] == 2
    cell = answer["cells"][0]
    assert (cell["code"], cell["name"]) == (CELL, "Market cell")
    assert float(cell["before"].rstrip(" %\u00a0")) > float(cell["after"].rstrip(" %\u00a0"))
    assert cell["more"].startswith("−")
    event = session.scalars(select(Event).where(Event.kind == "camera_changed")).one()
    assert event.payload["changes"]["range_m"] == [60.0, 30.0]
    assert event.actor_id is not None


def test_change_when_somebody_was_faster_is_told_and_nothing_is_lost(staff, camera, session):
    assert staff.post("/api/cameras/A", json={"version": 1, "bearing_deg": 10}).status_code == 200
    late = staff.post("/api/cameras/A", json={"version": 1, "bearing_deg": 200})
    assert late.status_code == 409
    assert "Somebody else" in late.get_json()["error"]
    session.expire_all()
    assert camera.bearing_deg == 10


def test_change_when_switched_off_takes_its_ground(staff, camera):
    off = staff.post("/api/cameras/A", json={"version": 1, "status": "offline"}).get_json()
    assert off["status"] == "offline"
    assert off["cells"][0]["after"].startswith("0")
    assert staff.post("/api/cameras/A", json={"version": 2, "status": "removed"}).status_code == 400


def test_change_when_the_role_or_the_area_does_not_permit_is_refused(signed_in, staff, camera):
    assert signed_in("dispatcher", COUNTY).post("/api/cameras/A", json={"version": 1, "range_m": 9}).status_code == 403
    assert staff.post("/api/cameras/A", json={"version": 1, "lon": 100.0}).status_code == 403
    village = signed_in("centre_staff", VILLAGE)
    assert village.post("/api/cameras/B", json={"version": 1, "range_m": 9}).status_code == 404


def test_add_when_placed_on_the_map_has_a_record_and_a_view(staff, camera, session):
    said = WHOLE | {"code": " NEW-1 ", "name": "New one", "kind": "dome"}
    answer = staff.post("/api/cameras", json=said).get_json()
    assert answer == {"code": "NEW-1", "page": "/cameras/NEW-1"}
    kept = session.scalar(select(Camera).where(Camera.code == "NEW-1"))
    assert (kept.kind, kept.name, kept.location_code) == ("dome", "New one", CELL)
    assert "New one" in staff.get("/cameras/NEW-1").text
    assert staff.post("/api/cameras", json=said).status_code == 422
    assert staff.post("/api/cameras", json=said | {"code": " "}).status_code == 422


def test_what_if_when_asked_says_what_would_be_lost_and_stores_nothing(staff, camera, session):
    before = stored(session)
    answer = staff.post("/api/cameras/what-if", json={"codes": ["A"]}).get_json()
    assert answer["cells"][0]["name"] == "Market cell"
    assert answer["cells"][0]["after"].startswith("0")
    assert answer["gaps"][0]["part"]["type"] in {"Polygon", "MultiPolygon", "GeometryCollection"}
    assert [one["code"] for one in answer["cameras"]] == ["A"]
    same = staff.post("/api/cameras/what-if", json={"cell": CELL}).get_json()
    assert same["lost"] == answer["lost"]
    assert stored(session) == before


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"codes": ["X"]}, 404),
        ({"codes": []}, 422),
        ({"codes": "A"}, 400),
        ({"cell": "12"}, 422),
        ({"owner_class": 7}, 400),
    ],
)
def test_what_if_when_nothing_sensible_is_chosen_says_so(staff, camera, said, status):
    assert staff.post("/api/cameras/what-if", json=said).status_code == status
