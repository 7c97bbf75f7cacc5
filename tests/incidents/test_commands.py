"""Reporting and every step of a case on a real database."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from shapely import box
from sqlalchemy import func, select

from data.errors import Conflict, GridbeatError, NotAllowed, NotFound, Refused
from data.events import Event
from gis.errors import GisError
from incidents.access import sight_of
from incidents.commands import Details, PhotoFacts, act, add_photo, report, warnings_about
from incidents.models import Incident, IncidentAction
from incidents.queries import get_case
from tests.build import CELL, COUNTY

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def photo(stage="report", sign="a"):
    return PhotoFacts(sha256=sign * 64, stage=stage, width_px=4, height_px=3, size_bytes=100)


def last_event(session):
    return session.scalar(select(Event).order_by(Event.id.desc()).limit(1))


def test_report_when_new_is_kept_with_its_cell_deadline_log_and_event(session, worker, report_of):
    incident, is_new = report(session, report_of(description="bags\x00 🗑️ \u202eabc"), worker, now=NOW)
    assert is_new
    assert (incident.location_code, incident.status, incident.channel) == (CELL, "reported", "app")
    assert incident.description == "bags 🗑️ \u202eabc"
    assert incident.due_at == NOW + timedelta(minutes=7200)
    assert incident.number
    log = session.scalars(select(IncidentAction)).all()
    assert [(line.action, line.from_status, line.to_status, line.actor_id) for line in log] == [
        ("report", None, "reported", worker.id)
    ]
    event = last_event(session)
    assert (event.kind, event.subject, event.location_code) == ("incident_reported", str(incident.id), CELL)
    assert "bags" not in str(event.payload)


def test_report_when_sent_again_gets_the_first_answer_and_stays_one(session, worker, report_of):
    first = report_of(description="x", reported_at=NOW)
    kept, _ = report(session, first, worker, now=NOW)
    again, is_new = report(session, first, worker, now=NOW + timedelta(hours=1))
    assert not is_new
    assert again.id == kept.id
    assert again.received_at == NOW
    assert session.scalar(select(func.count()).select_from(Incident)) == 1
    assert session.scalar(select(func.count()).select_from(IncidentAction)) == 1


def test_report_when_the_id_comes_with_other_content_keeps_the_first_and_both_hashes(session, worker, report_of):
    first = report_of(description="first")
    kept, _ = report(session, first, worker)
    with pytest.raises(Conflict, match="other content"):
        report(session, report_of(id=first.id, description="second"), worker)
    assert kept.description == "first"
    event = last_event(session)
    assert event.kind == "incident_content_refused"
    assert event.payload["kept_sha256"] == kept.payload_sha256
    assert event.payload["refused_sha256"] not in {None, kept.payload_sha256}


def test_report_when_another_person_sends_the_same_id_is_refused(session, worker, dispatcher, report_of):
    first = report_of()
    report(session, first, worker)
    with pytest.raises(Conflict):
        report(session, first, dispatcher)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"category_code": "nothing"}, "no category nothing"),
        ({"scheme": "other"}, "no category 0102"),
        ({"y": 200.0}, "latitude"),
        ({"y": 86.0}, "outside the map"),
        ({"x": float("nan")}, "nan"),
        ({"source_crs": "mars"}, "mars"),
        ({"accuracy_m": -1.0}, "accuracy"),
        ({"description": "x" * 2001}, "at most 2000"),
        ({"place_text": "x" * 201}, "at most 200"),
        ({"priority": "high"}, "one of the priorities"),
    ],
)
def test_report_when_something_is_impossible_says_what_and_keeps_nothing(session, worker, report_of, change, sentence):
    with pytest.raises((GridbeatError, GisError), match=sentence):
        report(session, report_of(**change), worker)
    assert session.scalar(select(func.count()).select_from(Incident)) == 0


@pytest.mark.parametrize("years", [-50, 5])
def test_report_when_the_phone_clock_is_wrong_is_kept_with_both_times(session, worker, report_of, years):
    claimed = NOW.replace(year=NOW.year + years)
    incident, _ = report(session, report_of(reported_at=claimed), worker, now=NOW)
    assert (incident.reported_at, incident.received_at) == (claimed, NOW)
    assert incident.due_at > NOW


def test_report_when_given_in_gcj02_lands_in_its_cell_with_the_raw_pair_kept(session, worker, report_of):
    from gis.crs import from_wgs84, parse_crs

    x, y = from_wgs84([[122.3495, 33.85]], parse_crs("gcj02"))[0].tolist()
    incident, _ = report(session, report_of(x=x, y=y, source_crs="GCJ-02"), worker)
    assert (incident.raw_x, incident.raw_y, incident.source_crs) == (x, y, "gcj02")
    assert incident.location_code == CELL
    as_if_wgs84, _ = report(session, report_of(x=x, y=y), worker)
    assert as_if_wgs84.location_code != CELL


def test_report_when_outside_of_every_division_is_seen_by_those_who_answer_for_the_reporter(
    session, build, worker, dispatcher, person, report_of
):
    incident, _ = report(session, report_of(x=10.0, y=10.0), worker)
    assert incident.location_code is None
    assert get_case(session, incident.id, dispatcher, sight_of(session, dispatcher)).row.id == incident.id
    act(session, incident.id, "file", dispatcher, version=1)
    build.division("990102", area=box(123, 33.8, 123.4, 34.2))
    stranger = person("dispatcher", "990102")
    with pytest.raises(NotFound):
        get_case(session, incident.id, stranger, sight_of(session, stranger))


def test_report_when_self_handled_is_with_its_finder_and_waits_for_a_photo(session, worker, worker_id, report_of):
    incident, _ = report(session, report_of(is_self_handled=True), worker)
    assert (incident.status, incident.worker_id) == ("handling", worker_id)
    with pytest.raises(Refused, match="photo has to show"):
        act(session, incident.id, "finish", worker, version=2, details=Details(note="swept"))
    add_photo(session, incident.id, photo("handling"), worker)
    act(session, incident.id, "finish", worker, version=2)
    assert incident.status == "handled"


def test_report_when_a_volunteer_says_self_handled_stays_a_report(session, person, report_of):
    incident, _ = report(session, report_of(is_self_handled=True), person("volunteer"))
    assert (incident.status, incident.channel) == ("reported", "patrol")


def test_report_when_a_worker_sets_a_priority_is_refused_but_a_dispatcher_may(session, worker, dispatcher, report_of):
    with pytest.raises(NotAllowed):
        report(session, report_of(priority="urgent"), worker)
    incident, _ = report(session, report_of(priority="urgent"), dispatcher, now=NOW)
    assert (incident.priority, incident.channel) == ("urgent", "centre")
    assert incident.due_at == NOW + timedelta(hours=24)


def test_warnings_when_a_telephone_number_is_in_the_text_ask_to_leave_it_out(report_of):
    assert warnings_about(report_of(description="电话 138 1234 5678"))
    assert warnings_about(report_of(description="路面塌陷")) == []


def test_case_when_all_goes_well_runs_from_report_to_closed_with_a_line_and_an_event_each(
    session, worker, worker_id, dispatcher, report_of
):
    incident, _ = report(session, report_of(), worker, now=NOW)
    steps = [
        ("file", dispatcher, Details()),
        ("prioritise", dispatcher, Details(priority="urgent")),
        ("dispatch", dispatcher, Details(worker_id=worker_id, note="please")),
        ("accept", worker, Details()),
        ("finish", worker, Details(note="done")),
        ("rework", dispatcher, Details(note="still there")),
        ("accept", worker, Details()),
        ("finish", worker, Details(note="really done")),
        ("close", dispatcher, Details()),
    ]
    for version, (action, who, details) in enumerate(steps, start=1):
        act(session, incident.id, action, who, version=version, details=details, now=NOW + timedelta(minutes=version))
    assert (incident.status, incident.closed_at) == ("closed", NOW + timedelta(minutes=9))
    log = session.scalars(select(IncidentAction).order_by(IncidentAction.id)).all()
    assert [line.action for line in log] == ["report", *(step[0] for step in steps)]
    assert [line.to_status for line in log] == [
        "reported", "filed", "filed", "dispatched", "handling", "handled",
        "dispatched", "handling", "handled", "closed",
    ]  # fmt: skip
    assert [line.from_status for line in log][1:] == [line.to_status for line in log][:-1]
    assert log[3].note == "→ Wang\nplease"
    kinds = session.scalars(select(Event.kind).where(Event.subject == str(incident.id)).order_by(Event.id)).all()
    assert len(kinds) == 10
    assert kinds[:4] == ["incident_reported", "incident_filed", "incident_prioritised", "incident_dispatched"]


def test_dispatch_when_the_case_is_not_filed_yet_files_it_first(session, worker, worker_id, dispatcher, report_of):
    incident, _ = report(session, report_of(), worker)
    act(session, incident.id, "dispatch", dispatcher, version=1, details=Details(worker_id=worker_id))
    log = session.scalars(select(IncidentAction.action).order_by(IncidentAction.id)).all()
    assert log == ["report", "file", "dispatch"]
    assert incident.version == 3
    with pytest.raises(Refused, match="already"):
        act(session, incident.id, "dispatch", dispatcher, version=3, details=Details(worker_id=worker_id))


def test_dispatch_when_the_worker_belongs_to_another_county_is_refused(session, build, worker, dispatcher, report_of):
    build.division("990102", area=box(123, 33.8, 123.4, 34.2))
    build.division("990102001", area=box(123, 33.8, 123.2, 34.0))
    foreign = build.worker("Foreign", area="990102001")
    incident, _ = report(session, report_of(), worker)
    for details in (Details(worker_id=foreign.id), Details(worker_id=10**9), Details(team_id=10**9)):
        with pytest.raises(NotFound, match="not in your area"):
            act(session, incident.id, "dispatch", dispatcher, version=1, details=details)
    assert incident.status == "reported"


def test_dispatch_when_sent_to_a_team_lets_its_leader_and_members_accept(
    session, build, person, dispatcher, worker, report_of
):
    leader = person("patrol_leader", COUNTY)
    team = build.team(leader_id=leader.id)
    incident, _ = report(session, report_of(), worker)
    act(session, incident.id, "dispatch", dispatcher, version=1, details=Details(team_id=team.id))
    with pytest.raises(NotAllowed):
        act(session, incident.id, "accept", worker, version=3)
    act(session, incident.id, "accept", leader, version=3)
    assert incident.status == "handling"


def test_return_when_given_back_has_a_reason_and_nobody_assigned(session, worker, worker_id, dispatcher, report_of):
    incident, _ = report(session, report_of(), worker)
    act(session, incident.id, "dispatch", dispatcher, version=1, details=Details(worker_id=worker_id))
    with pytest.raises(Refused, match="reason"):
        act(session, incident.id, "return", worker, version=3, details=Details(note="\u200b "))
    act(session, incident.id, "return", worker, version=3, details=Details(note="not my cell"))
    assert (incident.status, incident.worker_id) == ("filed", None)


def test_park_when_taken_up_again_moves_the_deadline_by_the_time_parked(session, worker, dispatcher, report_of):
    incident, _ = report(session, report_of(), worker, now=NOW)
    due = incident.due_at
    act(session, incident.id, "park", dispatcher, version=1, details=Details(note="waits for parts"), now=NOW)
    act(session, incident.id, "unpark", dispatcher, version=2, now=NOW + timedelta(days=3))
    assert incident.due_at == due + timedelta(days=3)
    assert incident.status == "filed"


def test_remind_when_sent_twice_leaves_two_lines_and_disturbs_nobody(session, worker, worker_id, dispatcher, report_of):
    incident, _ = report(session, report_of(), worker)
    act(session, incident.id, "dispatch", dispatcher, version=1, details=Details(worker_id=worker_id))
    act(session, incident.id, "remind", dispatcher, version=None)
    act(session, incident.id, "remind", dispatcher, version=3)
    assert incident.version == 3
    act(session, incident.id, "accept", worker, version=3)


def test_verify_when_the_dispatcher_handled_the_case_is_not_allowed(
    session, build, person, worker, dispatcher, report_of
):
    handler = person("dispatcher", COUNTY, "double")
    row = build.worker("Double", user=build.user("double"))
    incident, _ = report(session, report_of(), worker)
    act(session, incident.id, "dispatch", dispatcher, version=1, details=Details(worker_id=row.id))
    act(session, incident.id, "accept", handler, version=3)
    act(session, incident.id, "finish", handler, version=4, details=Details(note="done"))
    with pytest.raises(NotAllowed, match="not handled the case"):
        act(session, incident.id, "close", handler, version=5)
    act(session, incident.id, "close", dispatcher, version=5)


def test_act_when_somebody_was_faster_says_who_did_what(session, person, worker, dispatcher, report_of):
    incident, _ = report(session, report_of(), worker)
    act(session, incident.id, "file", dispatcher, version=1)
    with pytest.raises(Conflict, match="Deng has filed this case"):
        act(session, incident.id, "void", person("dispatcher"), version=1, details=Details(note="double"))
    assert incident.status == "filed"


def test_act_when_the_answer_was_lost_and_it_comes_again_is_the_same_answer(session, worker, dispatcher, report_of):
    incident, _ = report(session, report_of(), worker)
    for _ in range(3):
        assert act(session, incident.id, "file", dispatcher, version=1).version == 2
    assert session.scalar(select(func.count()).select_from(IncidentAction)) == 2
    with pytest.raises(Conflict):
        act(session, incident.id, "park", dispatcher, version=1, details=Details(note="x"))


def test_act_when_the_action_or_the_incident_is_unknown_says_so(session, worker, dispatcher, report_of):
    incident, _ = report(session, report_of(), worker)
    with pytest.raises(Refused, match="no action explode"):
        act(session, incident.id, "explode", dispatcher, version=1)
    with pytest.raises(NotFound):
        act(session, uuid4(), "file", dispatcher, version=1)


def test_photo_when_added_twice_is_one_and_a_tenth_is_refused(session, worker, report_of):
    incident, _ = report(session, report_of(), worker)
    signs = "0123456789"
    for sign in signs[:9]:
        assert add_photo(session, incident.id, photo(sign=sign), worker)[1]
    assert not add_photo(session, incident.id, photo(sign="3"), worker)[1]
    with pytest.raises(Refused, match="at most 9"):
        add_photo(session, incident.id, photo(sign="9"), worker)


def test_photo_when_the_reporter_sends_it_after_the_end_is_still_taken(session, worker, dispatcher, report_of):
    incident, _ = report(session, report_of(), worker)
    act(session, incident.id, "void", dispatcher, version=1, details=Details(note="double"))
    assert add_photo(session, incident.id, photo(), worker)[1]
    with pytest.raises(NotAllowed):
        add_photo(session, incident.id, photo(sign="b"), dispatcher)
    with pytest.raises(NotAllowed):
        add_photo(session, incident.id, photo("handling", sign="c"), worker)
