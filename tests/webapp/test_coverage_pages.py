"""Pages of coverage: figures by division, ranked gaps, sorted cells, runs that can be stopped, files."""

import csv
import io
import re

import pyogrio
import pytest
from openpyxl import load_workbook
from shapely import box
from sqlalchemy import select, text

from cameras.coverage import update_coverage
from cameras.models import CoverageRun
from cameras.tiers import update_tiers
from data.events import Event
from tests.build import CELL, COUNTY, TOWNSHIP, VILLAGE
from tests.webapp.test_tiles import layers_of
from webapp.coverage_files import harmless

EAST = f"{VILLAGE}777"
OTHER = "990101002"


@pytest.fixture
def county(build):
    """Two cells with a street through both; a camera sees only the western one."""
    build.cell(CELL, box(122.3, 33.8, 122.303, 33.803), name="West cell")
    build.cell(EAST, box(122.303, 33.8, 122.306, 33.803), name="=East cell")
    build.street("122.3003 33.8015, 122.3057 33.8015")
    build.camera("A", 122.3010, 33.8014, hfov_deg=360, range_m=70, name="=HYPERLINK(1)")
    return build


@pytest.fixture
def computed(county, session):
    county.incident(122.3050, 33.8015)
    county.incident(122.3051, 33.8015)
    county.incident(122.3010, 33.8014)
    update_coverage(session)
    return county


@pytest.fixture
def staff(signed_in):
    return signed_in("centre_staff", COUNTY)


def test_overview_before_the_first_computation_says_what_to_do(county, staff):
    page = staff.get("/coverage").text
    assert "Coverage has not been computed yet." in page
    assert "Compute anew" in page
    assert "There has been none." in page


def test_overview_when_computed_shows_figures_and_drills_down_to_cells(computed, staff):
    page = staff.get("/coverage").text
    assert "Geometric" in page
    assert "of 3 in the last year" in page
    assert f"area={TOWNSHIP}" in page
    assert f"area={VILLAGE}" in staff.get(f"/coverage?area={TOWNSHIP}").text
    cells = staff.get(f"/coverage?area={VILLAGE}").text
    assert "West cell" in cells
    assert CELL in cells


def test_area_when_not_ones_own_or_no_code_is_not_found(computed, signed_in):
    browser = signed_in("centre_staff", OTHER)
    for path in ("/coverage", "/coverage/gaps", "/coverage/cells", "/coverage/quality", "/coverage/cells.csv"):
        assert browser.get(f"{path}?area={TOWNSHIP}").status_code == 404, path
        assert CELL not in browser.get(path).text
    assert browser.get("/coverage?area=99%25").status_code == 404


def test_coverage_when_not_permitted_is_closed(computed, signed_in):
    for role in ("grid_worker", "volunteer", "patrol_leader"):
        assert signed_in(role, COUNTY).get("/coverage").status_code == 403


def test_cells_when_sorted_and_searched_are_in_that_order(computed, staff):
    order = re.findall(rf"<code class=\"small\">({VILLAGE}\d+)", staff.get("/coverage/cells?sort=watched").text)
    assert order == [CELL, EAST]
    up = re.findall(rf"<code class=\"small\">({VILLAGE}\d+)", staff.get("/coverage/cells?sort=watched&up=1").text)
    assert up == [EAST, CELL]
    assert 'aria-sort="ascending"' in staff.get("/coverage/cells?sort=watched&up=1").text
    assert CELL not in staff.get("/coverage/cells?q=East").text
    assert staff.get("/coverage/cells?sort=drop&page=nonsense").status_code == 200


def test_gaps_when_ranked_by_incidents_put_those_first(computed, staff):
    page = staff.get("/coverage/gaps?sort=incidents").text
    weights = [int(n) for n in re.findall(r"(\d+) incidents in the last year", page)]
    assert weights
    assert weights[0] == 2
    assert weights == sorted(weights, reverse=True)
    streets = staff.get("/coverage/gaps?kind=streets").text
    assert "residential street" in streets
    assert "data-box=" in streets


def test_run_when_asked_for_waits_with_its_settings_and_can_be_stopped(county, staff, session):
    assert staff.post("/coverage", data={"area": COUNTY, "heights": "off"}).status_code == 302
    run = session.scalar(select(CoverageRun).order_by(CoverageRun.id.desc()))
    assert (run.status, run.parameters["has_heights"], run.area_code) == ("waiting", False, COUNTY)
    assert "data-progress" in staff.get("/coverage").text
    told = staff.get(f"/api/coverage/runs/{run.id}").json
    assert told["isOpen"] is True
    assert told["share"] == 0
    staff.post(f"/coverage/runs/{run.id}/stop")
    session.refresh(run)
    assert run.stop_asked_at is not None
    assert "It stops at its next step." in staff.get("/coverage").text


def test_run_when_asked_for_an_area_of_others_is_refused(county, signed_in, session):
    browser = signed_in("centre_staff", TOWNSHIP)
    assert browser.post("/coverage", data={"area": ""}).status_code == 403
    assert browser.post("/coverage", data={"area": OTHER}).status_code == 403
    assert session.scalar(select(CoverageRun)) is None


def test_former_runs_show_where_they_come_from(computed, staff, session):
    run = session.scalar(select(CoverageRun))
    page = staff.get("/coverage/runs").text
    assert run.fingerprint[:12] in page
    assert "1 cameras, 0 buildings" in page
    assert "heights used" in page


def test_quality_when_a_camera_stands_in_a_building_names_it(county, staff, session):
    county.building(box(122.3008, 33.8012, 122.3012, 33.8016))
    update_coverage(session)
    page = staff.get("/coverage/quality?kind=camera_moved_far").text
    assert "Camera recorded inside a building" in page
    assert '<code class="small">A</code>' in page


@pytest.mark.parametrize("what", ["cells", "gaps", "street_gaps", "cameras"])
def test_files_hold_the_same_lines_in_every_format_and_are_recorded(computed, staff, session, tmp_path, what):
    text_file = staff.get(f"/coverage/{what}.csv").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text_file)))
    assert rows
    sheet = load_workbook(io.BytesIO(staff.get(f"/coverage/{what}.xlsx").data)).active
    assert sheet.max_row == len(rows) + 1
    path = tmp_path / "file.gpkg"
    path.write_bytes(staff.get(f"/coverage/{what}.gpkg").data)
    info = pyogrio.read_info(path, layer=what)
    assert info["features"] == len(rows)
    assert info["crs"] == "EPSG:4326"
    assert len(staff.get(f"/coverage/{what}.geojson").get_json(force=True)["features"]) == len(rows)
    taken = session.scalars(select(Event).where(Event.kind == "coverage_exported")).all()
    assert {(event.payload["what"], event.payload["file_format"]) for event in taken} == {
        (what, "csv"), (what, "xlsx"), (what, "gpkg"), (what, "geojson"),
    }  # fmt: skip


def test_files_when_a_name_is_a_formula_hold_text(computed, staff):
    lines = staff.get("/coverage/cameras.csv").data.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in lines
    sheet = load_workbook(io.BytesIO(staff.get("/coverage/cells.xlsx").data)).active
    assert all(cell.data_type != "f" for row in sheet for cell in row)
    assert harmless("@x") == "'@x"
    assert harmless(-3.5) == -3.5


def test_file_when_unknown_or_of_others_is_not_found(computed, staff, signed_in):
    assert staff.get("/coverage/users.csv").status_code == 404
    assert staff.get("/coverage/cells.exe").status_code == 404
    lines = signed_in("centre_staff", OTHER).get("/coverage/cells.csv").data.decode("utf-8-sig")
    assert CELL not in lines


def test_weights_when_a_year_has_passed_no_longer_count(computed, session):
    session.execute(text("UPDATE incidents SET received_at = received_at - interval '2 years'"))
    update_coverage(session)
    assert session.scalar(text("SELECT sum(incident_weight) FROM coverage_gaps")) == 0


def test_map_when_a_quality_is_chosen_shows_what_is_seen_so_well(county, staff, session):
    run = update_coverage(session)
    update_tiers(session, run.id)
    lon, lat = 122.3010, 33.8014

    def drawn(query):
        found = layers_of(staff, "camera_views,cells", 16, query, lon=lon, lat=lat)
        (view,) = found["camera_views"]
        (west,) = [cell for cell in found["cells"] if cell.properties["code"] == CELL]
        x, _ = zip(*view.points, strict=True)
        return max(x) - min(x), west.properties["watched"]

    whole, seen = drawn("")
    assert drawn("?tier=")[0] == whole
    wide, known = drawn("?tier=detect")
    assert known < seen
    # a dome of 360° and 2,560 px: fisheye, 25 px/m end at 2560 / (2π · 25) = 16.3 m; it hangs 4.5 m up; whole: 70 m
    assert wide / whole == pytest.approx((16.3**2 - 4.5**2) ** 0.5 / 70, abs=0.01)
    assert staff.get("/tiles/camera_views/16/1/1.mvt?tier=sharp").status_code == 400
    assert staff.get("/tiles/streets/16/1/1.mvt?tier=detect").status_code == 400
    table = staff.get("/coverage").text.split("By division and quality of the picture")[1]
    assert re.search(r'<td class="num">\d', table)
