"""What the database refuses becomes a page with a sentence, never a bare error."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.orm import Session

from incidents.models import IncidentCategory
from tests.build import COUNTY, TOWNSHIP
from webapp.session import db

HUGE = "9" * 30


def test_member_when_busy_elsewhere_gets_a_page_with_the_reason(build, signed_in):
    now = datetime.now(UTC) + timedelta(hours=1)
    member, first, second = build.member(), build.shift(starts_at=now), build.shift("Night", starts_at=now)
    leader = signed_in("patrol_leader", TOWNSHIP)
    assert leader.post(f"/patrols/shifts/{first.id}/members", data={"member_id": member.id}).status_code == 302
    answer = leader.post(f"/patrols/shifts/{second.id}/members", data={"member_id": member.id})
    assert answer.status_code == 409
    assert "This member is in another shift in that time." in answer.text
    assert "<nav" in answer.text


@pytest.mark.parametrize(("username", "name"), [("x", "Li"), ("ÄÖ", "Li"), ("li.si", "   ")])
def test_user_when_a_name_is_malformed_is_told_so_on_the_form(signed_in, username, name):
    sent = {"username": username, "name": name, "password": "correct horse battery", "role": "dispatcher"}
    answer = signed_in("administrator").post("/admin/users/new", data=sent | {"division_code": ""})
    assert answer.status_code == 200
    assert "lower-case letters" in answer.text or "Enter a name." in answer.text
    assert "<form" in answer.text


def test_category_when_its_code_ends_with_a_line_break_is_refused_on_the_form(signed_in, session):
    sent = {
        "code": "zz6\n",
        "name_zh": "甲",
        "name_en": "A",
        "priority": "general",
        "close_within_min": 5,
        "position": 1,
    }
    answer = signed_in("administrator").post("/admin/code-lists/categories/new", data=sent)
    assert answer.status_code == 200
    assert "Letters and digits only." in answer.text
    assert session.query(IncidentCategory).filter(IncidentCategory.code.like("zz6%")).count() == 0


def test_audit_when_asked_before_a_number_too_large_says_it_is_out_of_range(signed_in):
    answer = signed_in("administrator").get(f"/admin/audit?before={HUGE}")
    assert answer.status_code == 422
    assert "A value is out of range." in answer.text


@pytest.fixture
def broken(app):
    """A page that breaks in the way it is asked to."""

    def page():
        from flask import request

        how = request.args["how"]
        if how == "range":
            db().execute(text("SELECT CAST('99999999999' AS integer)"))
        if how == "slow":
            db().execute(text("SET LOCAL statement_timeout = 1"))
            db().execute(text("SELECT pg_sleep(1)"))
        raise PendingRollbackError("Can't reconnect until invalid transaction is rolled back.")

    page.permission = "self"
    app.add_url_rule("/broken", "broken", page)


@pytest.mark.parametrize(
    ("how", "status", "sentence"),
    [
        ("range", 422, "A value is out of range."),
        ("slow", 503, "This took too long"),
        ("pending", 503, "The database cannot be reached."),
    ],
)
def test_page_when_the_database_fails_says_what_failed(broken, signed_in, how, status, sentence):
    answer = signed_in("dispatcher").get(f"/broken?how={how}")
    assert answer.status_code == status
    assert sentence in answer.text
    assert "<nav" in answer.text


def test_page_when_the_database_is_away_still_has_its_sentence(app, client):
    nobody_there = create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/nothing")
    app.extensions["gridbeat_make_session"] = lambda: Session(nobody_there)
    client.set_cookie("gridbeat", "a token")
    answer = client.get("/patrols")
    assert answer.status_code == 503
    assert "The database cannot be reached." in answer.text
    assert "<main" in answer.text


@pytest.mark.parametrize("error", [ValueError("A string literal cannot contain NUL"), PendingRollbackError("x")])
def test_page_when_keeping_fails_is_an_error_page(app, signed_in, session, monkeypatch, error):
    browser = signed_in("administrator", COUNTY)
    make = app.extensions["gridbeat_make_session"]

    def failing():
        made = make()

        def commit():
            raise error

        made.commit = commit
        return made

    app.extensions["gridbeat_make_session"] = failing
    answer = browser.get("/admin/users")
    assert answer.status_code == (503 if isinstance(error, PendingRollbackError) else 500)
    assert "<nav" in answer.text
