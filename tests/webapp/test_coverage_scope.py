"""A computation of coverage belongs to its area: others neither read nor stop it; and duties begin on sensible days."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from cameras.models import CoverageRun
from grids.models import CellAssignment
from tests.build import COUNTY, TOWNSHIP


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
