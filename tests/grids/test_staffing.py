"""Who answers for which cell: assigned, replaced, ended, with history."""

from datetime import UTC, datetime, timedelta

import pytest
from shapely import box

from data.errors import NotFound, Refused
from grids.commands import assign_worker, end_assignment
from grids.queries import get_cell, list_assignments, list_candidates, list_cells
from tests.build import CELL, COUNTY, TOWNSHIP

TODAY = datetime.now(UTC).date()
LONG_AGO = TODAY - timedelta(days=400)
NEAR, FAR = "SRID=4326;POINT(122.32 33.85)", "SRID=4326;POINT(122.49 33.99)"


@pytest.fixture
def cell(build):
    return build.cell(households=300)


def duties(session, cell):
    return [(line["name"], line["duty"], line["ends_on"]) for line in list_assignments(session, cell)]


def test_worker_when_assigned_leads_and_the_one_before_ends_that_day(build, session, cell):
    old, new = build.worker("Old", joined_on=LONG_AGO), build.worker("New", joined_on=LONG_AGO)
    assign_worker(session, cell, old.id, "lead", TODAY - timedelta(days=30), actor_id=None)
    assign_worker(session, cell, new.id, "lead", TODAY, actor_id=None)
    assert duties(session, cell) == [("New", "lead", None), ("Old", "lead", TODAY)]
    assert [line["lead"] for line in list_cells(session, ("",))] == ["New"]


def test_substitute_when_made_lead_gives_up_the_substitution(build, session, cell):
    worker = build.worker("One", joined_on=LONG_AGO)
    assign_worker(session, cell, worker.id, "substitute", TODAY - timedelta(days=1), actor_id=None)
    assign_worker(session, cell, worker.id, "lead", TODAY, actor_id=None)
    assert duties(session, cell) == [("One", "lead", None), ("One", "substitute", TODAY)]


def test_assignment_when_ended_today_is_history(build, session, cell):
    worker = build.worker("One", joined_on=LONG_AGO)
    made = assign_worker(session, cell, worker.id, "lead", TODAY - timedelta(days=5), actor_id=None)
    end_assignment(session, cell, made.id, TODAY, actor_id=None)
    session.expire_all()
    assert list_cells(session, ("",), only_vacant=True)[0]["code"] == CELL
    assert duties(session, cell) == [("One", "lead", TODAY)]


@pytest.mark.parametrize(
    ("joined", "left", "words"),
    [(TODAY + timedelta(days=1), None, "joins only on"), (LONG_AGO, TODAY, "leaves on")],
)
def test_worker_when_not_there_then_is_refused_with_the_day(build, session, cell, joined, left, words):
    worker = build.worker("Away", joined_on=joined, left_on=left)
    with pytest.raises(Refused, match=words):
        assign_worker(session, cell, worker.id, "lead", TODAY, actor_id=None)


def test_worker_when_unknown_or_twice_is_refused(build, session, cell):
    with pytest.raises(NotFound):
        assign_worker(session, cell, 999_999, "lead", TODAY, actor_id=None)
    worker = build.worker("One", joined_on=LONG_AGO)
    assign_worker(session, cell, worker.id, "lead", TODAY, actor_id=None)
    with pytest.raises(Refused, match="already"):
        assign_worker(session, cell, worker.id, "lead", TODAY, actor_id=None)
    with pytest.raises(Refused, match="lead or substitute"):
        assign_worker(session, cell, worker.id, "king", TODAY, actor_id=None)


def test_candidates_when_listed_come_near_and_little_burdened_first(build, session, cell):
    far = build.worker("Far", home=FAR)
    near = build.worker("Near", home=NEAR)
    burdened = build.worker("Burdened", home=NEAR)
    other = build.cell("990101001001002", box(122.35, 33.8, 122.4, 33.9), households=90_000)
    build.assignment(other, burdened)
    found = list_candidates(session, cell, ("",))
    assert [line["name"] for line in found] == ["Near", "Far", "Burdened"]
    assert (found[0]["away_m"], found[2]["households"]) == (0, 90_000)
    assert {near.id, far.id, burdened.id} == {line["id"] for line in found}
    assert list_candidates(session, cell, ("990102",)) == []
    assert not any(line["is_substitute_here"] for line in found)
    assign_worker(session, cell, far.id, "substitute", TODAY, actor_id=None)
    assert {line["name"] for line in list_candidates(session, cell, ("",)) if line["is_substitute_here"]} == {"Far"}


def test_cell_when_outside_the_area_is_not_found(session, cell):
    assert get_cell(session, CELL, (TOWNSHIP,)).id == cell.id
    with pytest.raises(NotFound):
        get_cell(session, CELL, ("990101002",))


def test_staffing_pages_when_used_by_centre_staff_assign_a_worker(build, session, cell, signed_in):
    worker = build.worker("Li", joined_on=LONG_AGO, home=NEAR)
    client = signed_in("centre_staff", COUNTY)
    assert "Nobody" in client.get("/staffing").text
    page = client.get(f"/staffing/cells/{CELL}")
    assert "Li" in page.text
    answer = client.post(f"/staffing/cells/{CELL}/assign", data={"worker_id": worker.id, "duty": "lead"})
    assert answer.status_code == 302
    assert "Leads here" in client.get(f"/staffing/cells/{CELL}").text
    assert client.get("/staffing/cells/990102001001001").status_code == 404


def test_staffing_when_the_worker_is_of_another_area_is_refused(build, session, cell, signed_in):
    stranger = build.worker("Stranger", area="990101", joined_on=LONG_AGO)
    client = signed_in("centre_staff", TOWNSHIP)
    answer = client.post(f"/staffing/cells/{CELL}/assign", data={"worker_id": stranger.id})
    assert answer.status_code == 422
    assert "another area" in answer.text
