"""Pages of siting: the form, a study under way, its answer, decisions, comparison, files."""

import csv
import io

import pytest
from shapely import box
from sqlalchemy import select

from cameras.models import Camera
from cameras.siting import list_proposals
from cameras.siting_models import SitingStudy
from tests.build import CELL, COUNTY, TOWNSHIP
from tests.cameras.test_siting import answered

FORM = {
    "name": "Market", "area": CELL[:12], "k": "2", "time_limit_s": "5", "every_m": "30", "bearings": "4",
    "height_m": "4.5", "hfov_deg": "90", "range_m": "40", "pixels_h": "2560", "weight_street": "1",
    "weight_incident": "20", "weight_place": "50", "weight_open_ground": "0.02", "forbid_schools": "y",
    "privacy": "warn", "crs": "wgs84", "box": "",
}  # fmt: skip


@pytest.fixture
def county(build):
    build.cell(CELL, box(122.3, 33.8, 122.306, 33.803), name="West cell")
    build.street("122.3003 33.8015, 122.3057 33.8015")
    return build


@pytest.fixture
def staff(county, signed_in):
    return signed_in("centre_staff", COUNTY)


@pytest.fixture
def study(staff, session):
    staff.post("/siting/new", data=FORM)
    return session.scalar(select(SitingStudy).order_by(SitingStudy.id.desc()))


def test_list_when_empty_says_what_studies_are_for(staff):
    assert "There is no study yet." in staff.get("/siting").text


def test_form_when_sent_becomes_a_study_that_is_waited_for(staff, study):
    assert (study.name, study.status, study.parameters["k"], study.area_code) == ("Market", "waiting", 2, CELL[:12])
    assert study.parameters["forbid_schools"] is True
    assert study.parameters["forbid_dwellings"] is False
    page = staff.get(f"/siting/{study.id}").text
    assert f"/api/coverage/studies/{study.id}" in page
    assert "Stop" in page
    assert staff.get(f"/api/coverage/studies/{study.id}").json["isOpen"] is True
    staff.post(f"/siting/{study.id}/stop")
    assert "It stops at its next step." in staff.get(f"/siting/{study.id}").text


@pytest.mark.parametrize(
    "wrong", [{"k": "0"}, {"k": "x"}, {"hfov_deg": "720"}, {"range_m": "nan"}, {"area": "990102"}, {"name": ""}]
)
def test_form_when_impossible_marks_the_field_and_asks_for_nothing(staff, session, wrong):
    answer = staff.post("/siting/new", data=FORM | wrong)
    assert "Some of the input cannot be used" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert session.scalar(select(SitingStudy)) is None


@pytest.mark.parametrize("box_said", ["1,2,3", "a,b,c,d", "5,5,4,6", "nan,1,2,3"])
def test_form_when_the_part_of_the_map_is_none_is_refused(staff, session, box_said):
    assert staff.post("/siting/new", data=FORM | {"box": box_said}).status_code == 422
    assert session.scalar(select(SitingStudy)) is None


def test_poles_when_given_as_csv_or_geojson_are_kept(staff, session):
    point = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[122.301,33.8015]}}'
    files = {
        "poles.csv": "id,lon,lat\n1,122.301,33.8015\n",
        "poles.geojson": f'{{"type":"FeatureCollection","features":[{point}]}}',
    }
    for name, content in files.items():
        staff.post("/siting/new", data=FORM | {"poles": (io.BytesIO(content.encode()), name)})
        study = session.scalar(select(SitingStudy).order_by(SitingStudy.id.desc()))
        assert study.poles == [pytest.approx([122.301, 33.8015])], name
    wrong = staff.post("/siting/new", data=FORM | {"poles": (io.BytesIO(b"x"), "poles.exe")})
    assert wrong.status_code == 422


def test_answer_when_there_shows_reasons_bound_and_gains_in_both_languages(staff, study, session, signed_in):
    answered(session, study)
    page = staff.get(f"/siting/{study.id}").text
    for words in (
        "Value added",
        "No choice adds more than",
        "of street that nobody sees yet",
        "What cells gain",
        "West cell",
    ):
        assert words in page
    chinese = signed_in("centre_staff", COUNTY, locale="zh_Hans_CN", username="chen").get(f"/siting/{study.id}")
    assert "米此前无人看到的街道" in chinese.text
    assert "nobody sees" not in chinese.text


def test_decisions_when_sent_with_solve_again_make_a_second_study(staff, study, session):
    answered(session, study)
    one, other = list_proposals(session, study.id)
    said = {f"decision-{one['id']}": "locked", f"decision-{other['id']}": "excluded", "then": "again", "name": "Two"}
    assert staff.post(f"/siting/{study.id}/decide", data=said).status_code == 302
    second = session.scalar(select(SitingStudy).order_by(SitingStudy.id.desc()))
    assert (second.name, second.parent_id, len(second.fixed), len(second.barred)) == ("Two", study.id, 1, 1)
    answered(session, second)
    page = staff.get(f"/siting/compare?study={study.id}&study={second.id}").text
    assert "Market" in page
    assert "Two" in page
    assert "West cell" in page
    assert "Value per camera" in page


def test_comparison_when_one_is_missing_says_so(staff, study):
    assert "Mark two studies" in staff.get("/siting/compare").text
    assert staff.get(f"/siting/compare?study={study.id}&study=999999").status_code == 404


def test_proposals_when_planned_are_in_the_register(staff, study, session):
    answered(session, study)
    ids = [line["id"] for line in list_proposals(session, study.id)]
    staff.post(f"/siting/{study.id}/plan", data={"proposal": ids})
    planned = session.scalars(select(Camera).where(Camera.status == "planned")).all()
    assert len(planned) == len(ids) == 2
    assert planned[0].code in staff.get(f"/siting/{study.id}").text


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson", "gpkg"])
def test_proposals_as_a_file(staff, study, session, ending):
    answered(session, study)
    answer = staff.get(f"/siting/{study.id}.{ending}")
    assert answer.status_code == 200
    assert answer.data
    if ending == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
        assert [row["rank"] for row in rows] == ["1", "2"]
        assert "nobody sees yet" in rows[0]["why"]
    if ending == "geojson":
        assert answer.get_json(force=True)["features"][0]["geometry"]["type"] == "Point"


def test_study_when_of_others_is_not_found(study, signed_in):
    browser = signed_in("centre_staff", "990102")
    for path in (f"/siting/{study.id}", f"/siting/{study.id}.csv", f"/api/coverage/studies/{study.id}"):
        assert browser.get(path).status_code == 404
    for action in ("stop", "decide", "plan"):
        assert browser.post(f"/siting/{study.id}/{action}").status_code == 404
    assert signed_in("grid_worker", TOWNSHIP).get("/siting").status_code == 403
