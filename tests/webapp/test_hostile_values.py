"""Values nobody types but somebody sends: every one is answered with a sentence, none with an error of ours."""

import json
from uuid import uuid4

import pytest
from shapely import box

from tests.build import CELL, COUNTY, VILLAGE

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
