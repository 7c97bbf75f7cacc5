"""Deadlines in the database: both clocks of a case through its life, the tables' defaults, and what cannot be."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from data.errors import Refused
from incidents import commands, deadlines
from incidents.commands import Details
from incidents.models import Incident

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: A Friday, at four in the afternoon.
FRIDAY = datetime(2026, 11, 20, 16, tzinfo=SHANGHAI)


def at(text_):
    return datetime.fromisoformat(text_).replace(tzinfo=SHANGHAI)


@pytest.fixture
def working_days(build):
    return build.category(close_clock="days")


@pytest.fixture
def case(session, working_days, worker, report_of):
    incident, _is_new = commands.report(session, report_of(), worker, now=FRIDAY)
    return incident


def test_case_when_reported_has_the_clocks_of_its_category_and_its_stage(session, case):

    assert case.due_clock == "days"
    assert case.due_at == at("2026-11-27 16:00")  # five days of 1,440 minutes: working days
    assert case.yellow_at < case.due_at
    assert case.state_due_at == at("2026-11-23 11:00")  # four working hours to file it
    assert case.state_yellow_at == at("2026-11-23 10:00")


def test_case_when_it_goes_on_each_stage_has_its_own_clock_and_an_ended_one_none(
    session, case, dispatcher, worker, worker_id
):
    def act(action, actor, now, **more):
        found = commands.act(session, case.id, action, actor, version=case.version, details=Details(**more), now=now)
        return found.state_due_at

    monday = at("2026-11-23 09:00")
    assert act("dispatch", dispatcher, monday, worker_id=worker_id) == at("2026-11-23 15:00")
    assert act("accept", worker, monday) == at("2026-11-25 09:00")
    assert act("finish", worker, monday, note="swept") == at("2026-11-25 09:00")
    assert act("close", dispatcher, monday) is None
    assert case.due_at == at("2026-11-27 16:00")


def test_case_when_parked_keeps_the_working_time_it_had_left(session, case, dispatcher):
    commands.act(
        session, case.id, "park", dispatcher, version=1, details=Details(note="frost"), now=at("2026-11-24 16:00")
    )
    later = at("2026-12-08 10:00")
    commands.act(session, case.id, "unpark", dispatcher, version=2, now=later)
    assert case.due_at == at("2026-12-11 10:00")  # three working days were left


@pytest.mark.parametrize(
    ("priority", "due", "clock"),
    [
        ("urgent", "2026-11-21 16:00", "urgent"),
        ("important", "2026-11-25 16:00", "days"),
        ("long", None, "days"),
    ],
)
def test_case_when_its_priority_changes_follows_the_stricter_or_looser_clock(
    session, case, dispatcher, priority, due, clock
):
    details = Details(priority=priority)
    commands.act(session, case.id, "prioritise", dispatcher, version=1, details=details, now=FRIDAY)
    assert case.due_clock == clock
    assert case.due_at == at(due) if due else case.due_at > at("2026-11-27 16:00")


def test_calendar_when_a_holiday_is_named_moves_new_deadlines_only(session, case, worker, report_of, person):
    admin = person("administrator", "")
    before = case.due_at
    deadlines.set_calendar_day(session, date(2026, 11, 23), is_worked=False, name="Fair", actor_id=admin.id)
    second, _is_new = commands.report(session, report_of(), worker, now=FRIDAY)
    assert (case.due_at, second.due_at) == (before, at("2026-11-30 16:00"))
    deadlines.set_calendar_day(session, date(2026, 11, 23), is_worked=None, actor_id=admin.id)
    third, _is_new = commands.report(session, report_of(), worker, now=FRIDAY)
    assert third.due_at == before


def test_rules_when_changed_are_for_new_stages_and_on_demand_for_open_ones(session, case, person):
    admin = person("administrator", "")
    deadlines.set_rule(session, "general", "file", "urgent", 15, actor_id=admin.id)
    assert case.state_due_at == at("2026-11-23 11:00")
    assert deadlines.renew_open(session, FRIDAY) == session.query(Incident).count()
    assert case.state_due_at == FRIDAY + timedelta(minutes=15)
    assert case.due_at == at("2026-11-27 16:00")


@pytest.mark.parametrize(
    ("stage", "clock", "amount"), [("file", "days", 0), ("file", "days", 367), ("nap", "days", 1), ("file", "sun", 1)]
)
def test_rules_when_they_make_no_sense_are_refused(session, stage, clock, amount):
    with pytest.raises(Refused):
        deadlines.set_rule(session, "general", stage, clock, amount, actor_id=None)


def test_office_when_changed_to_never_or_nowhere_is_refused(session):
    with pytest.raises(Refused, match="some day"):
        deadlines.set_office(session, "Asia/Shanghai", {"1": " "}, actor_id=None)
    with pytest.raises(Refused, match="no time zone"):
        deadlines.set_office(session, "Nowhere/City", {"1": "08:00-12:00"}, actor_id=None)
    deadlines.set_office(session, "Asia/Urumqi", {"1": "10:00-14:00"}, actor_id=None)
    assert deadlines.load_office(session).day_length == timedelta(hours=4)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE incidents SET yellow_at = due_at + interval '1 second'",
        "UPDATE incidents SET status = 'closed', closed_at = now()",
        "UPDATE deadline_rules SET amount = 0",
        'INSERT INTO office_hours (id, hours) VALUES (false, \'{"1": ""}\')',
    ],
)
def test_database_when_clocks_make_no_sense_refuses(session, case, change):
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(change))
