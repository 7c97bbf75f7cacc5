"""A computation of coverage belongs to its area: others neither read nor stop it; and duties begin on sensible days."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import func, select

from cameras.models import CoverageRun
from gis.coverage import Cameras, check_cameras
from gis.coverage.quality import unknown_quality
from grids.models import CellAssignment
from tests.build import COUNTY, TOWNSHIP
from webapp.coverage_texts import REFUSALS, in_words


def test_run_of_the_county_is_not_read_or_stopped_from_a_township(build, signed_in, session):
    build.cell()
    county = CoverageRun(area_code=COUNTY, status="running", parameters={})
    own = CoverageRun(area_code=TOWNSHIP, status="waiting", parameters={})
    everything = CoverageRun(area_code="", status="waiting", parameters={})
    session.add_all([county, own, everything])
    session.flush()
    staff = signed_in("centre_staff", TOWNSHIP)
    assert staff.get(f"/api/coverage/runs/{county.id}").status_code == 404
    assert staff.get(f"/api/coverage/runs/{own.id}").status_code == 200
    assert staff.get(f"/api/coverage/runs/{everything.id}").status_code == 404
    assert staff.post(f"/coverage/runs/{county.id}/stop").status_code == 404
    assert f"<td>{COUNTY}</td>" not in staff.get("/coverage/runs").text
    assert f"/coverage/runs/{county.id}" not in staff.get("/coverage").text
    session.refresh(county)
    assert county.stop_asked_at is None
    assert staff.post(f"/coverage/runs/{own.id}/stop").status_code == 302
    of_all = signed_in("centre_staff", COUNTY)
    assert f"<td>{COUNTY}</td>" in of_all.get("/coverage/runs").text
    assert of_all.get(f"/api/coverage/runs/{everything.id}").status_code == 200


def test_form_when_staff_have_only_a_township_does_not_offer_everything(build, signed_in):
    build.cell()
    everything = '<option value="">Everything</option>'
    assert everything in signed_in("centre_staff", COUNTY).get("/coverage").text
    staff = signed_in("centre_staff", TOWNSHIP)
    page = staff.get("/coverage").text
    assert everything not in page
    assert f'<option value="{TOWNSHIP}"' in page
    assert staff.post("/coverage", data={"area": ""}).status_code == 403


def test_menu_when_siting_is_open_shows_where_one_is(build, signed_in):
    build.cell()
    page = signed_in("centre_staff", COUNTY).get("/siting").text
    assert re.findall(r'<a class="nav-link [^"]*active"[^>]*href="([^"]+)"', page) == ["/coverage", "/siting"]


def test_refusals_of_cameras_when_read_in_chinese_are_in_chinese(app):
    bad = Cameras.of(np.nan, 0, np.nan, 720, -1, height_m=-1, pixels_h=-1, pitch_deg=400, vfov_deg=-1)
    found = [*check_cameras(bad), *unknown_quality(Cameras.of(0, 0))]
    assert len({refusal.sentence for refusal in found}) == len(REFUSALS) == 9
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        for refusal in found:
            told = in_words(refusal.sentence, refusal.facts)
            assert not told.isascii()
            assert told != refusal.sentence.format(**refusal.facts)


@pytest.mark.parametrize(
    "day", ["9999-12-31", "1999-12-31", (datetime.now(UTC) + timedelta(days=400)).date().isoformat()]
)
def test_duty_when_it_begins_on_an_impossible_day_is_refused(build, signed_in, session, day):
    cell, worker = build.cell(), build.worker()
    sent = {"worker_id": worker.id, "duty": "lead", "starts_on": day}
    answer = signed_in("centre_staff", TOWNSHIP).post(f"/staffing/cells/{cell.code}/assign", data=sent)
    assert answer.status_code == 422
    assert "A duty begins between the year 2000 and one year from now." in answer.text
    assert session.scalar(select(func.count()).select_from(CellAssignment)) == 0
