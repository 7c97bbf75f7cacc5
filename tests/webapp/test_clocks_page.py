"""Administrators set working hours, holidays and deadlines on a page; others only read them."""

import pytest
from sqlalchemy import text

from tests.build import TOWNSHIP

ADDRESS = "/admin/clocks"


@pytest.fixture
def admin(signed_in):
    return signed_in("administrator")


def table(session):
    rows = session.execute(text("SELECT priority, stage, clock, amount FROM deadline_rules"))
    form = {}
    for row in rows:
        form |= {f"{row.priority}-{row.stage}-clock": row.clock, f"{row.priority}-{row.stage}-amount": row.amount}
    return form


def test_page_when_opened_shows_every_stage_and_the_week(admin):
    page = admin.get(ADDRESS).text
    assert page.count("-amount") == 28
    assert "08:30-12:00 14:00-17:30" in page
    assert "No holiday has been named yet" in page


def test_deadlines_when_saved_are_kept_and_what_did_not_change_leaves_no_trace(admin, session):
    form = table(session) | {"urgent-file-amount": "7.5", "urgent-file-clock": "hours"}
    assert admin.post(f"{ADDRESS}/limits", data=form).status_code == 302
    kept = session.execute(text("SELECT clock, amount FROM deadline_rules WHERE priority='urgent' AND stage='file'"))
    assert kept.one() == ("hours", 7.5)
    changed = session.scalar(text("SELECT count(*) FROM events WHERE kind = 'deadline_rule_changed'"))
    assert changed == 1
    assert "Deadline changed" in admin.get("/admin/audit").text


@pytest.mark.parametrize("amount", ["0", "-1", "nan", "inf", "much", "1e9"])
def test_deadlines_when_one_makes_no_sense_none_is_kept(admin, session, amount):
    form = table(session) | {"general-file-amount": "9", "urgent-file-amount": amount}
    answer = admin.post(f"{ADDRESS}/limits", data=form)
    assert (answer.status_code, "366 days" in answer.text) == (422, True)


def test_hours_and_holidays_when_saved_are_shown_and_can_be_taken_out(admin):
    hours = {"hours-1": "09:00-12:00", "zone": "Asia/Shanghai"}
    assert admin.post(f"{ADDRESS}/hours", data=hours).status_code == 302
    assert "09:00-12:00" in admin.get(ADDRESS).text
    wrong = admin.post(f"{ADDRESS}/hours", data={"hours-1": "nine", "zone": "Asia/Shanghai"})
    assert (wrong.status_code, "08:30-12:00" in wrong.text) == (422, True)
    day = {"day": "2099-10-01", "kind": "holiday", "name": "国庆节"}
    assert admin.post(f"{ADDRESS}/days", data=day).status_code == 302
    assert "国庆节" in admin.get(ADDRESS).text
    assert admin.post(f"{ADDRESS}/days", data={"day": "2099-10-01"}).status_code == 302
    assert "国庆节" not in admin.get(ADDRESS).text
    assert admin.post(f"{ADDRESS}/days", data=day | {"day": "soon"}).status_code == 422


def test_clocks_when_the_administrator_has_a_township_are_read_only(signed_in, session):
    browser = signed_in("administrator", TOWNSHIP)
    assert "disabled" in browser.get(ADDRESS).text
    for part, form in (("limits", table(session)), ("hours", {}), ("days", {"day": "2099-01-01", "kind": "holiday"})):
        assert browser.post(f"{ADDRESS}/{part}", data=form).status_code == 403


def test_case_when_its_stage_runs_late_says_so_on_its_page_and_in_the_queue(signed_in, build, session):
    build.cell()
    case = build.incident(status="filed")
    session.execute(text("UPDATE incidents SET state_due_at = now() + interval '3 hours'"))
    desk = signed_in("dispatcher", "990101")
    assert "Send somebody: until" in desk.get(f"/incidents/{case.id}").text
    assert "Send somebody" not in desk.get("/dispatch").text
    session.execute(text("UPDATE incidents SET state_due_at = now() - interval '2 hours'"))
    assert "Send somebody: late by 2 h" in desk.get(f"/incidents/{case.id}").text
    assert "Send somebody: late by 2 h" in desk.get("/dispatch").text
