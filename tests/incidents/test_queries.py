"""Lists, cases, what lies near, who could go; and what people of other areas never see."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from shapely import box

from data.errors import NotFound
from incidents.access import sight_of
from incidents.candidates import list_teams_for, list_workers_for
from incidents.commands import Details, PhotoFacts, act, add_photo, report
from incidents.queries import (
    PAGE_SIZE,
    Wanted,
    count_open,
    get_case,
    get_photo,
    incidents_geojson,
    list_incidents,
    list_near,
    list_queue,
    list_reported,
    list_work,
    stream_incidents,
)
from incidents.rules import STATUSES
from patrols.models import PatrolSession
from tests.build import CELL, COUNTY, TOWNSHIP

NOW = datetime.now(UTC)
EVERYWHERE = (-180.0, -85.0, 180.0, 85.0)


@pytest.fixture
def everyone(session, dispatcher):
    return sight_of(session, dispatcher)


def test_queue_when_listed_has_urgent_first_then_what_is_due_first(build, session, everyone):
    late = build.incident(due_at=NOW + timedelta(hours=9))
    soon = build.incident(due_at=NOW + timedelta(hours=1))
    urgent = build.incident(priority="urgent", due_at=NOW + timedelta(hours=20))
    without = build.incident()
    build.incident(status="closed", closed_at=NOW)
    rows = list_queue(session, everyone, Wanted()).rows
    assert [row.id for row in rows] == [urgent.id, soon.id, late.id, without.id]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(statuses=("filed",)), {"filed"}),
        (Wanted(priority="urgent"), {"urgent"}),
        (Wanted(group_code="04"), {"sinkhole"}),
        (Wanted(category_code="0401"), {"sinkhole"}),
        (Wanted(place_code=CELL), {"plain", "urgent", "filed", "sinkhole"}),
        (Wanted(place_code="990101999"), set()),
        (Wanted(words="URGENT"), {"urgent"}),
        (Wanted(words="路面"), {"sinkhole"}),
        (Wanted(words="100%"), set()),
        (Wanted(words="_"), set()),
        (Wanted(only_overdue=True), {"filed"}),
        (Wanted(since=NOW + timedelta(days=1)), set()),
        (Wanted(until=NOW + timedelta(days=1), priority="urgent"), {"urgent"}),
    ],
)
def test_list_when_filtered_has_only_what_was_asked_for(build, session, everyone, wanted, found):
    build.cell(CELL)
    build.category("0401", name_zh="路面塌陷", name_en="Sinkhole", group_code="04")
    build.incident(description="plain")
    build.incident(description="urgent", priority="urgent")
    build.incident(description="filed", status="filed", due_at=NOW - timedelta(hours=1))
    build.incident(description="sinkhole", category_code="0401")
    assert {row.description for row in list_incidents(session, everyone, wanted).rows} == found


def test_list_when_longer_than_a_page_goes_on(build, session, everyone):
    for _ in range(PAGE_SIZE + 3):
        build.incident()
    first, second = (list_incidents(session, everyone, Wanted(), page=number) for number in (1, 2))
    assert (len(first.rows), first.has_more, len(second.rows), second.has_more) == (PAGE_SIZE, True, 3, False)
    assert {row.id for row in first.rows}.isdisjoint(row.id for row in second.rows)
    assert len(list(stream_incidents(session, everyone, Wanted(), most=40))) == 40


def test_counts_when_asked_leave_parked_ones_without_a_clock(build, session, everyone):
    build.incident(due_at=NOW - timedelta(hours=1), priority="urgent")
    build.incident(due_at=NOW - timedelta(hours=1), status="parked")
    build.incident(status="closed", closed_at=NOW, due_at=NOW - timedelta(hours=1))
    counts = count_open(session, everyone)
    assert (counts["reported"], counts["parked"], counts["overdue"], counts["urgent"]) == (1, 1, 1, 1)


def test_worker_when_looking_sees_own_cell_own_reports_own_work_and_nothing_else(
    build, session, worker, worker_id, dispatcher, report_of
):
    mine = build.incident()
    elsewhere = build.incident(lon=122.45, lat=33.95)
    assigned = build.incident(lon=122.45, lat=33.95, status="dispatched", worker_id=worker_id)
    own_report, _ = report(session, report_of(x=122.45, y=33.95), worker)
    sight = sight_of(session, worker)
    assert {row.id for row in list_incidents(session, sight, Wanted()).rows} == {mine.id, assigned.id, own_report.id}
    with pytest.raises(NotFound):
        get_case(session, elsewhere.id, worker, sight)
    assert [row.id for row in list_work(session, sight)] == [assigned.id]
    assert [row.id for row in list_reported(session, sight, NOW)] == [own_report.id]
    features = json.loads(incidents_geojson(session, sight, EVERYWHERE, Wanted()))["features"]
    assert {feature["id"] for feature in features} == {str(mine.id), str(assigned.id), str(own_report.id)}


@pytest.mark.parametrize(
    ("role", "area", "sees_it"),
    [
        ("dispatcher", "", True),
        ("dispatcher", COUNTY, True),
        ("dispatcher", TOWNSHIP, True),
        ("centre_staff", TOWNSHIP, True),
        ("patrol_leader", TOWNSHIP, True),
        ("dispatcher", "990102", False),
        ("dispatcher", "990101002", False),
        ("grid_worker", TOWNSHIP, False),
        ("volunteer", TOWNSHIP, False),
        ("administrator", "", False),
    ],
)
def test_incident_when_looked_for_is_there_only_for_those_of_its_area(build, session, person, role, area, sees_it):
    build.cell(CELL)
    build.division("990102", area=box(123, 33.8, 123.4, 34.2))
    build.division("990101002", area=box(122.5, 33.8, 122.7, 34.0))
    incident = build.incident()
    actor = person(role, area)
    sight = sight_of(session, actor)
    looks = (
        lambda: get_case(session, incident.id, actor, sight),
        lambda: act(session, incident.id, "file", actor, version=1),
        lambda: add_photo(session, incident.id, PhotoFacts("a" * 64, "report", 1, 1, 1), actor),
        lambda: get_photo(session, incident.id, "a" * 64, sight),
    )
    listed = [row.id for row in list_queue(session, sight, Wanted(statuses=STATUSES)).rows]
    near = list_near(session, sight, 122.32, 33.85)
    features = json.loads(incidents_geojson(session, sight, EVERYWHERE, Wanted()))["features"]
    if sees_it:
        assert looks[0]().row.id == incident.id
        assert (listed, len(near), len(features)) == ([incident.id], 1, 1)
        assert sum(count_open(session, sight).values()) > 0
        return
    assert (listed, near, features) == ([], [], [])
    assert sum(count_open(session, sight).values()) == 0
    for look in looks:
        with pytest.raises(NotFound):
            look()


def test_case_when_read_has_its_log_photos_and_what_can_be_done(session, worker, worker_id, dispatcher, report_of):
    incident, _ = report(session, report_of(), worker)
    add_photo(session, incident.id, PhotoFacts("a" * 64, "report", 4, 3, 100), worker)
    act(session, incident.id, "dispatch", dispatcher, version=1, details=Details(worker_id=worker_id))
    found = get_case(session, incident.id, worker, sight_of(session, worker))
    assert [line.action for line in found.log] == ["report", "file", "dispatch"]
    assert [line.actor_name for line in found.log] == ["Wang", "Deng", "Deng"]
    assert found.actions == ("accept", "return")
    assert (found.row.worker_name, found.row.reporter_name, found.row.photo_count) == ("Wang", "Wang", 1)
    assert [photo.sha256 for photo in found.photos_of("report")] == ["a" * 64]
    assert found.photos_of("handling") == []
    assert round(found.row.lon, 6) == 122.32
    assert get_photo(session, incident.id, "a" * 64, sight_of(session, worker)).width_px == 4
    with pytest.raises(NotFound):
        get_photo(session, incident.id, "b" * 64, sight_of(session, worker))


def test_near_when_asked_finds_open_ones_by_metres_not_degrees(build, session, everyone):
    # 0.001° is 111 m to the north but only 92 m to the east at 34° N
    north = build.incident(lat=33.851)
    east = build.incident(lon=122.321)
    build.incident(status="closed", closed_at=NOW)
    build.incident(lat=33.852)
    near = list_near(session, everyone, 122.32, 33.85)
    assert [row.id for row, _ in near] == [east.id, north.id]
    assert [round(metres) for _, metres in near] == pytest.approx([92, 111], abs=1)
    assert list_near(session, everyone, 122.32, 33.85, within_m=100, without=east.id) == []


def test_geojson_when_read_has_the_box_only_and_names_no_person(build, session, everyone):
    inside = build.incident(description="private words", reporter_id=build.user("someone").id)
    build.incident(lon=122.6)
    text = incidents_geojson(session, everyone, (122.3, 33.8, 122.4, 33.9), Wanted())
    assert [feature["id"] for feature in json.loads(text)["features"]] == [str(inside.id)]
    assert "private words" not in text
    assert "Someone" not in text
    short = json.loads(incidents_geojson(session, everyone, EVERYWHERE, Wanted(), most=1))
    assert (len(short["features"]), short["is_complete"]) == (1, False)


def test_workers_when_suggested_are_of_the_cell_first_then_of_the_nearest(build, session, dispatcher):
    own = build.cell(CELL)
    beside = build.cell(CELL[:-1] + "2", area=box(122.35, 33.8, 122.4, 33.9))
    lead, substitute, neighbour, gone = (build.worker(name) for name in ("Lead", "Substitute", "Neighbour", "Gone"))
    build.assignment(own, lead)
    build.assignment(own, substitute, duty="substitute")
    build.assignment(beside, neighbour)
    build.assignment(beside, gone, duty="substitute")
    gone.joined_on, gone.left_on = NOW.date() - timedelta(days=9), NOW.date() - timedelta(days=1)
    incident = build.incident()
    build.incident(status="handling", worker_id=lead.id)
    build.incident(status="handled", worker_id=lead.id)
    found = list_workers_for(session, incident.id, dispatcher.scope("incident.dispatch"))
    assert [candidate.name for candidate in found] == ["Lead", "Substitute", "Neighbour"]
    assert [candidate.is_own_cell for candidate in found] == [True, True, False]
    assert [candidate.open_work for candidate in found] == [1, 0, 0]
    assert found[2].away_m == pytest.approx(0.03 * 92_500, rel=0.01)
    assert list_workers_for(session, incident.id, ("990102",)) == []


def test_teams_when_suggested_have_those_on_patrol_first_then_the_nearest(build, session, dispatcher):
    far = build.team("FAR", station="SRID=4326;POINT(122.42 33.85)")
    near = build.team("NEAR", station="SRID=4326;POINT(122.33 33.85)")
    walking = build.team("WALK", station="SRID=4326;POINT(122.49 33.85)")
    nowhere = build.team("NOWHERE")
    for team, ended in ((walking, None), (far, NOW)):
        member = build.member(f"Of {team.code}", team_id=team.id)
        session.add(PatrolSession(member_id=member.id, started_at=NOW - timedelta(hours=1), ended_at=ended))
    session.flush()
    incident = build.incident()
    found = list_teams_for(session, incident.id, dispatcher.scope("incident.dispatch"))
    assert [candidate.id for candidate in found] == [walking.id, near.id, far.id, nowhere.id]
    assert [candidate.on_patrol for candidate in found] == [1, 0, 0, 0]
    assert found[1].away_m == pytest.approx(925, rel=0.01)
    assert found[3].away_m is None
