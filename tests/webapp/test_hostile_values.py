"""Values nobody types but somebody sends: every one is answered with a sentence, none with an error of ours."""

import io
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from shapely import Point, box
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from cameras.importing import import_cameras
from cameras.siting_models import SitingStudy
from data.events import Event
from data.importing.models import ImportRefusal
from data.importing.reading import read_table
from gis.crs import parse_crs
from patrols.models import Shift
from tests.build import CELL, COUNTY, VILLAGE
from tests.importing_files import write_geojson
from webapp.cases import page_number
from webapp.importing_jobs import ask_for_import, carry_out

HALF = "\ud800"
HUGE = 10**400
HERE = {"lon": 122.3025, "lat": 33.8025}


def deep(depth: int = 10_000) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def is_refused(answer, *, most: int = 600) -> bool:
    """Whether the answer is a refusal with a short sentence."""
    said = answer.get_json(silent=True)
    return 400 <= answer.status_code < 500 and (said is None or 0 < len(said["error"]) < most)


def send(browser, address: str, said: dict):
    """Post as JSON in plain ASCII, the way a half character travels."""
    return browser.post(address, data=json.dumps(said), content_type="application/json")


@pytest.fixture
def camera(build):
    build.cell(CELL, box(122.3, 33.8, 122.305, 33.805))
    return build.camera("c1", **HERE)


@pytest.fixture
def staff(build, signed_in):
    build.division(VILLAGE)
    return signed_in("centre_staff", COUNTY)


@pytest.fixture
def leader(build, signed_in):
    build.division(VILLAGE)
    return signed_in("patrol_leader", COUNTY)


# JSON -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        {"code": f"n{HALF}", **HERE},
        {"code": "n", "name": HALF, **HERE},
        {"code": "n", "name": "a\x00b", **HERE},
        {"code": "n", "lon": HUGE, "lat": 33.8},
        {"code": "n", "lon": 122.3, "lat": -HUGE},
        {"code": "n", "status": [], **HERE},
        {"code": "n", "kind": {}, **HERE},
    ],
)
def test_new_camera_when_a_value_is_hostile_is_refused(camera, staff, said):
    assert is_refused(send(staff, "/api/cameras", said))


@pytest.mark.parametrize(
    "said",
    [{"status": ["x"]}, {"status": {}}, {"version": 1.9}, {"version": True}, {"version": "1"}, {"range_m": HUGE}],
)
def test_camera_change_when_a_value_is_hostile_is_refused_and_nothing_changes(camera, staff, session, said):
    assert is_refused(send(staff, "/api/cameras/c1", {"version": 1, "status": "offline"} | said))
    session.refresh(camera)
    assert (camera.status, camera.version) == ("online", 1)


@pytest.mark.parametrize(
    "said", [{"codes": [HALF]}, {"codes": ["a\x00"]}, {"cell": HALF}, {"owner_class": 1.5}, {"owner_class": HUGE}]
)
def test_what_if_when_a_value_is_hostile_is_refused(camera, staff, said):
    assert is_refused(send(staff, "/api/cameras/what-if", said))


@pytest.mark.parametrize("address", ["/api/cameras/preview", "/api/cameras", "/api/cameras/what-if", "/api/incidents"])
def test_json_when_nested_deeply_is_refused(camera, staff, address):
    assert is_refused(staff.post(address, data=deep(100_000), content_type="application/json"))


@pytest.mark.parametrize("name", ["name", "division_code"])
def test_route_plan_when_a_text_is_half_a_character_is_refused(leader, name):
    stops = [HERE, {"lon": 122.304, "lat": 33.8025}]
    said = {"name": "n", "division_code": VILLAGE, "stops": stops, "loop": False} | {name: HALF}
    assert is_refused(send(leader, "/api/patrols/plans", said))


@pytest.mark.parametrize("name", ["crs", "category", "scheme", "description", "place_text"])
@pytest.mark.parametrize("text", [HALF, "a\x00b"])
def test_report_when_a_text_cannot_be_kept_is_refused(build, signed_in, name, text):
    build.category()
    said = {"id": str(uuid4()), "category": "0102", "lon": 122.32, "lat": 33.85, "description": "d"} | {name: text}
    assert is_refused(send(signed_in("dispatcher", COUNTY), "/api/incidents", said))


@pytest.mark.parametrize("shift_id", ["[1]", '"abc"', "NaN", "1e999", "1.5", "true", "{}", '"1"', "null", "9" * 400])
def test_patrol_start_when_the_shift_is_no_whole_number_is_refused(build, app, shift_id):
    user = build.user("vera", "volunteer", COUNTY)
    build.member(user=user)
    browser = app.test_client()
    browser.set_cookie("gridbeat", build.session_token(user))
    answer = browser.post(
        f"/api/patrols/sessions/{uuid4()}/start", data=f'{{"shift_id": {shift_id}}}', content_type="application/json"
    )
    assert answer.status_code == 400
    assert is_refused(answer)


# path, query and form -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/incidents?q=%00",
        "/incidents?%00=1",
        "/incidents.csv?zz=%00",
        "/cameras?q=a%00b",
        "/cameras/%00",
        "/api/search?q=%00",
        "/api/map/cameras/%00",
        "/login?next=%00",
        "/nothing-here%00",
    ],
)
def test_address_with_a_zero_byte_is_refused_with_a_sentence(camera, staff, address):
    answer = staff.get(address)
    assert answer.status_code == 400
    assert "zero byte" in answer.text


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/login", {"username": "a\x00", "password": "b"}),
        ("/siting/new", {"name": "a\x00b", "area": COUNTY}),
        ("/language/en", {"next": "/\x00"}),
        ("/siting/new", {"name": "n", "poles": (io.BytesIO(b"x"), "a\x00.csv")}),
    ],
)
def test_form_with_a_zero_byte_is_refused_with_a_sentence(camera, staff, address, form):
    answer = staff.post(address, data=form)
    assert answer.status_code == 400
    assert "zero byte" in answer.text


def test_export_when_recorded_holds_known_filters_only(build, signed_in, session):
    staff = signed_in("centre_staff", COUNTY)
    assert staff.get("/incidents.csv?zz=1&q=" + "w" * 500).status_code == 200
    event = session.scalars(select(Event).where(Event.kind == "incidents_exported")).one()
    assert event.payload["filters"] == {"q": "w" * 100}


@pytest.mark.parametrize("wanted", ["//[", "/\r\nX", "/\x7f", "//[::1", "/a\tb"])
def test_next_when_it_is_no_path_of_ours_leads_home(client, wanted):
    answer = client.post("/language/en", data={"next": wanted})
    assert (answer.status_code, answer.location) == (302, "/")


@pytest.mark.parametrize(
    "address",
    [
        "/api/map/versions?days=000001999999999999",
        "/api/identify?lon=122.3&lat=33.8&layers=cells&zoom=00000000199999999",
        "/tiles/incidents/1/1/1.mvt?days=000001999999999999",
        "/api/map/cells?offset=000000001" + "9" * 30,
    ],
)
def test_number_when_padded_with_zeros_is_read_whole(camera, signed_in, address):
    assert signed_in("dispatcher", COUNTY).get(address).status_code == 400


@pytest.mark.parametrize(
    ("given", "page"), [("0000010", 10), ("000001" + "9" * 30, 10_000), ("0", 1), ("²", 1), ("", 1)]
)
def test_page_number_when_odd_is_a_page(given, page):
    assert page_number(MultiDict({"page": given})) == page


# forms ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [{"on": "9999-12-31"}, {"on": "0001-01-01"}, {"on": "2001-05-05"}, {"on": "9998-01-01"}, {"plan_id": "²"},
     {"team_id": "9" * 400}],
)  # fmt: skip
def test_shift_when_its_day_or_route_is_impossible_is_not_published(leader, session, wrong):
    day = datetime.now(UTC).date() + timedelta(days=2)
    form = {"name": "n", "on": str(day), "begins": "23:00", "ends": "01:00", "division_code": VILLAGE, "capacity": "5"}
    form["plan_id"] = "none"
    answer = leader.post("/patrols/shifts/new", data=form | wrong)
    assert answer.status_code == 200
    assert session.scalar(select(func.count()).select_from(Shift)) == 0
    assert leader.post("/patrols/shifts/new", data=form).status_code == 302


@pytest.mark.parametrize("number", ["²", "٣", "9" * 5000, "-1"])
def test_decision_when_its_number_is_none_is_left_out(camera, staff, session, number):
    study = SitingStudy(name="n", area_code=CELL[:12], parameters={}, status="done", finished_at=datetime.now(UTC))
    session.add(study)
    session.flush()
    answer = staff.post(f"/siting/{study.id}/decide", data={f"decision-{number}": "lock"})
    assert (answer.status_code, answer.location) == (302, f"/siting/{study.id}")


@pytest.mark.parametrize(
    ("name", "kept"), [("a." + "x" * 240 + "x", ""), ("a.geo'json", ".geojson"), ("a.OSM.pbf", ".osm.pbf")]
)
def test_import_when_the_ending_is_none_keeps_the_file_without_it(build, signed_in, settings, name, kept):
    build.division(VILLAGE)
    form = {"kind": "cameras", "crs": "wgs84", "file": (io.BytesIO(b"code,lon,lat\n"), name)}
    assert signed_in("administrator").post("/admin/imports/new", data=form).status_code == 302
    (file,) = settings.upload_folder.iterdir()
    assert "".join(file.suffixes) == kept


# codes of cameras -----------------------------------------------------------------------------------------------------

IMPOSSIBLE_CODES = ["what-if", "new", "Inspections", "..", "a/../b", "a//b", "a/", "x/preview", "a\u202eb", "a?b"]


@pytest.mark.parametrize("code", IMPOSSIBLE_CODES)
def test_camera_code_when_no_address_could_lead_to_it_is_refused(camera, staff, session, tmp_path, code):
    answer = send(staff, "/api/cameras", {"code": code, **HERE})
    assert answer.status_code == 422
    assert "code" in answer.get_json()["error"]
    path = write_geojson(tmp_path / "c.geojson", [{"code": code}], [Point(122.3025, 33.8025)])
    report = import_cameras(session, read_table(path), parse_crs("wgs84"))
    assert (report.added, len(report.refusals)) == (0, 1)


@pytest.mark.parametrize("code", ["GATE/1", "东门-3", "a.b:c_d", "32072200001320000001"])
def test_camera_code_when_it_can_be_an_address_has_a_page(camera, staff, code):
    page = send(staff, "/api/cameras", {"code": code, **HERE}).get_json()["page"]
    assert staff.get(page).status_code == 200


def test_report_when_its_system_is_a_long_text_is_refused_without_repeating_it(build, signed_in):
    build.category()
    said = {"id": str(uuid4()), "category": "0102", "lon": 122.32, "lat": 33.85, "crs": "x" * 100_000}
    assert is_refused(send(signed_in("dispatcher", COUNTY), "/api/incidents", said))


# files ----------------------------------------------------------------------------------------------------------------


def carried_out(session, path, name=None):
    """The run of an import of cameras from this file, uploaded under that name."""
    run = ask_for_import(session, "cameras", path, crs="wgs84")
    run.file_name = name or run.file_name
    carry_out(session, run.id, path)
    session.flush()
    session.expire_all()
    return run


@pytest.mark.parametrize(
    "hostile", [{"code": HALF}, {"code": "n", "name": f"a{HALF}"}, {"code": "n", "range_m": 1e308}]
)
def test_row_when_a_value_cannot_be_kept_is_refused_and_the_others_come_in(build, session, tmp_path, hostile):
    rows = [{"code": "good", "name": "n", "range_m": 50.0, f"x{HALF}": 1}, {"name": "n", "range_m": 50.0} | hostile]
    features = [
        {"type": "Feature", "properties": row, "geometry": {"type": "Point", "coordinates": [122.3, 33.8]}}
        for row in rows
    ]
    path = tmp_path / "c.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    run = carried_out(session, path)
    assert (run.status, run.added, run.refused) == ("done", 1, 1)
    (refusal,) = session.scalars(select(ImportRefusal).where(ImportRefusal.run_id == run.id))
    said = refusal.sentence.format(**refusal.facts) + refusal.value
    assert len(said) < 200
    assert said.encode()


def test_file_without_an_ending_is_called_by_the_name_it_was_uploaded_under(session, tmp_path):
    path = tmp_path / ("0" * 64)
    path.write_text("code,lon,lat\n")
    run = carried_out(session, path, "cameras of the town")
    assert run.status == "failed"
    assert run.sentence_facts == {"name": "cameras of the town"}


@pytest.mark.parametrize(
    ("text", "crs", "words"),
    [
        ("lon,lat\n122.3025,33.8025\n", "EPSG:4549", "do not fit EPSG:4549"),
        ("x,y\n122.3025,33.8025\n", "EPSG:4549", "do not fit EPSG:4549"),
        ("lon,lat\n500000,3821000\n", "wgs84", "do not fit wgs84"),
        ("a,b\n1,2\n", "wgs84", "has no columns lon and lat"),
    ],
)
def test_poles_when_they_do_not_fit_are_refused_under_the_name_of_the_file(camera, staff, text, crs, words):
    form = {
        "name": "n", "area": CELL[:12], "k": "1", "time_limit_s": "5", "every_m": "30", "bearings": "4",
        "height_m": "4.5", "hfov_deg": "90", "range_m": "40", "pixels_h": "2560", "weight_street": "1",
        "weight_incident": "20", "weight_place": "50", "weight_open_ground": "0.02", "privacy": "warn",
        "crs": crs, "box": "", "poles": (io.BytesIO(text.encode()), "masts of ours.csv"),
    }  # fmt: skip
    answer = staff.post("/siting/new", data=form)
    assert answer.status_code == 422
    assert words in answer.text
    assert "masts of ours.csv" in answer.text
    assert "--crs" not in answer.text
