"""Files as large as promised, with the token every form has."""

import io
import re

import pytest

from tests.build import COUNTY

LARGE = b"code,name,lon,lat\n" + b"C1,x,122.32,33.85\n" * 20_000


@pytest.mark.parametrize(
    ("role", "address", "field"),
    [("administrator", "/admin/imports/new", "file"), ("centre_staff", "/siting/new", "poles")],
)
def test_upload_when_larger_than_a_form_is_read_only_for_those_who_may(app, build, signed_in, role, address, field):
    build.division(COUNTY)
    app.config["WTF_CSRF_ENABLED"] = True
    browser = signed_in(role, COUNTY)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(address).text)[1]
    sent = {"csrf_token": token, "kind": "cameras", "crs": "wgs84", field: (io.BytesIO(LARGE), "c.csv")}
    assert len(LARGE) > 300_000
    assert browser.post(address, data=sent).status_code in {200, 302}

    other = signed_in("volunteer", COUNTY)
    assert other.post(address, data={field: (io.BytesIO(LARGE), "c.csv")}).status_code == 413
