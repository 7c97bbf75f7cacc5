"""What belongs to the whole county is not changed from a township, and a phone hears that its session ended."""

import pytest

from incidents.categories import get_category
from tests.build import COUNTY, TOWNSHIP

LINE = {
    "needed_skill": "",
    "close_clock": "days",
    "name_zh": "甲",
    "name_en": "Changed",
    "priority": "general",
    "close_within_min": 5,
    "position": 1,
}


def test_categories_when_the_administrator_has_a_township_are_read_only(build, signed_in, session):
    line = build.category()
    browser = signed_in("administrator", TOWNSHIP)
    page = browser.get("/admin/code-lists/categories")
    assert page.status_code == 200
    assert "/categories/new" not in page.text
    assert f"/categories/{line.code}" not in page.text
    for address in (f"/admin/code-lists/categories/{line.code}", "/admin/code-lists/categories/new"):
        answer = browser.post(address, data=LINE | {"code": "zz1"})
        assert answer.status_code == 403
        assert "hold for the whole county" in answer.text
    session.refresh(line)
    assert line.name_en == "Litter"
    whole = signed_in("administrator")
    assert "/categories/new" in whole.get("/admin/code-lists/categories").text
    whole.post(f"/admin/code-lists/categories/{line.code}", data=LINE | {"code": line.code})
    session.expire_all()
    assert get_category(session, line.scheme, line.code).name_en == "Changed"


@pytest.mark.parametrize("address", ["/api/incidents", "/api/patrols/plans"])
def test_program_when_its_session_has_ended_is_told_to_sign_in(app, build, signed_in, address):
    build.division(COUNTY)
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post(address, json={}, headers={"Accept-Language": "en"})
    assert answer.status_code == 401
    assert "Sign in" in answer.json["error"]
    assert signed_in("grid_worker").post("/api/incidents", json={}).status_code == 400
