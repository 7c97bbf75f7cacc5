"""Coverage in figures: by division, street gaps, findings, runs; each only of the asker's area."""

import pytest
from shapely import box

from cameras import queries
from cameras.coverage import update_coverage
from tests.build import CELL, TOWNSHIP, VILLAGE


@pytest.fixture
def covered(build, session):
    build.cell(CELL, box(122.3, 33.8, 122.305, 33.805))
    build.cell(f"{VILLAGE}002", box(122.305, 33.8, 122.31, 33.805))
    build.street("122.3005 33.8025, 122.3095 33.8025", name="Long Street")
    build.building(box(122.302, 33.8024, 122.303, 33.8026))
    build.camera("IN", lon=122.3025, lat=33.8025, hfov_deg=360, range_m=100)
    return update_coverage(session)


def test_divisions_when_listed_add_up_their_cells(session, covered):
    (township,) = queries.coverage_by_division(session, (TOWNSHIP,))
    (village,) = queries.coverage_by_division(session, ("",), digits=12)
    totals = queries.coverage_totals(session, ("",))
    assert (township.code, village.code) == (TOWNSHIP, VILLAGE)
    assert township.watched_area_m2 == village.watched_area_m2 == totals.watched_area_m2 > 1000
    assert township.cells == 2
    assert township.camera_count == 1


def test_divisions_when_the_scope_is_one_cell_count_only_that(session, covered):
    (village,) = queries.coverage_by_division(session, (f"{VILLAGE}002",), digits=12)
    assert (village.cells, village.camera_count) == (1, 0)


def test_street_gaps_when_listed_come_longest_first_with_their_street(session, covered):
    gaps = queries.list_longest_street_gaps(session, ("",))
    assert [gap.street for gap in gaps] == ["Long Street"] * len(gaps)
    assert gaps[0].length_m == max(gap.length_m for gap in gaps) > 400
    assert queries.list_longest_street_gaps(session, ("999999",)) == []


def test_findings_when_a_camera_hangs_deep_inside_a_building_name_it(session, covered):
    (finding,) = queries.list_findings(session, ("",))
    assert (finding.code, finding.kind) == ("IN", "camera_moved_far")
    assert queries.list_findings(session, ("999999",)) == []


def test_runs_when_listed_begin_with_the_newest(session, covered):
    second = update_coverage(session)
    assert [run.id for run in queries.list_runs(session)] == [second.id, covered.id]
    assert queries.find_last_run(session).id == second.id
