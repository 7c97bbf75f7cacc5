"""Signing in and out in a real application on a real database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from accounts.commands import add_user, set_active
from accounts.models import UserSession
from data.errors import NotFound, Refused

PASSWORD = "correct horse battery"


@pytest.fixture
def user(session):
    return add_user(session, "Zhang.San", "张三", PASSWORD, [("dispatcher", "")])


def login(client, username="zhang.san", password=PASSWORD, **more):
    return client.post("/login", data={"username": username, "password": password}, **more)


def test_sign_in_when_right_leads_to_the_own_start_and_keeps_only_a_hash(client, user, session):
    answer = login(client)
    assert answer.status_code == 302
    token = client.get_cookie("gridbeat").value
    stored = session.scalar(select(UserSession.token_hash))
    assert stored != token.encode()
    assert len(stored) == 32
    assert client.get("/").status_code == 302


def test_sign_in_when_wrong_says_the_same_for_unknown_name_and_wrong_password(client, user):
    wrong = login(client, password="not the password")
    unknown = login(client, username="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert "The user name or the password is wrong." in wrong.text
    assert "The user name or the password is wrong." in unknown.text


def test_sign_in_after_five_failures_has_to_wait_even_with_the_right_password(client, user, session):
    for _ in range(5):
        assert login(client, password="wrong").status_code == 401
    refused = login(client)
    assert refused.status_code == 429
    assert "Too many failed attempts" in refused.text
    session.execute(text("UPDATE login_attempts SET attempted_at = attempted_at - interval '5 seconds'"))
    assert login(client).status_code == 302


def test_sign_in_after_ten_failures_is_locked_for_a_quarter_of_an_hour(client, user, session):
    session.execute(
        text(
            "INSERT INTO login_attempts (username, has_succeeded, attempted_at)"
            " SELECT 'zhang.san', false, now() - interval '10 minutes' FROM generate_series(1, 10)"
        )
    )
    assert login(client).status_code == 429
    session.execute(text("UPDATE login_attempts SET attempted_at = attempted_at - interval '6 minutes'"))
    assert login(client).status_code == 302


def test_expired_session_when_used_leads_to_sign_in_and_an_api_answers_401(app, build):
    browser = app.test_client()
    browser.set_cookie(
        "gridbeat", build.session_token(build.user("old", "dispatcher"), expires_in=timedelta(seconds=-1))
    )
    assert browser.get("/").headers["Location"].startswith("/login")
    answer = browser.get("/api/incidents", headers={"Accept": "application/json"})
    assert answer.status_code in {401, 404}


def test_disabled_user_when_signed_in_is_out_at_once(client, user, session):
    login(client)
    set_active(session, user, False, actor_id=None)
    assert session.scalar(select(func.count()).select_from(UserSession)) == 0
    assert client.get("/").headers["Location"].startswith("/login")
    assert login(client).status_code == 401


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_sign_in_when_next_names_another_host_stays_here(client, user, target):
    answer = client.post(f"/login?next={target}", data={"username": "zhang.san", "password": PASSWORD})
    assert answer.headers["Location"] == "/"


def test_language_when_switched_stays_for_page_and_account(client, user, session):
    login(client)
    client.post("/language/en", data={"next": "/password"})
    assert 'lang="en"' in client.get("/password").text
    client.post("/language/zh_Hans_CN", data={"next": "/password"})
    assert 'lang="zh-CN"' in client.get("/password").text
    assert user.locale == "zh_Hans_CN"
    assert client.post("/language/xx").status_code == 404


@pytest.mark.parametrize(
    ("username", "password", "role", "sentence"),
    [
        ("x.y", "short", "dispatcher", "at least 10"),
        ("abcdefgh", "abcdefgh123", "dispatcher", "easy to guess"),
        ("x y", PASSWORD, "dispatcher", "lower-case letters"),
        ("x.y", PASSWORD, "king", "no role king"),
    ],
)
def test_add_user_when_input_is_bad_says_which_rule(session, username, password, role, sentence):
    with pytest.raises(Refused, match=sentence), session.begin_nested():
        add_user(session, username, "X", password, [(role, "")])


def test_add_user_when_division_is_unknown_names_the_code(session):
    with pytest.raises(NotFound, match="123456"):
        add_user(session, "x.y", "X", PASSWORD, [("dispatcher", "123456")])


def test_password_when_changed_ends_every_session(client, user, session):
    login(client)
    answer = client.post("/password", data={"old": PASSWORD, "new": "another long password"})
    assert answer.status_code == 302
    assert session.scalar(select(func.count()).select_from(UserSession)) == 0
    assert login(client, password="another long password").status_code == 302
    session.refresh(user)
    assert user.last_login_at > datetime.now(UTC) - timedelta(minutes=1)


def test_password_when_guessed_too_often_has_to_wait_as_at_sign_in(client, user, session):
    login(client)
    client.post("/language/en")
    sent = {"old": "a wrong guess", "new": "another long password"}
    for _ in range(5):
        assert "The present password is wrong." in client.post("/password", data=sent).text
    refused = client.post("/password", data=sent | {"old": PASSWORD})
    assert refused.status_code == 429
    assert "Too many failed attempts" in refused.text
    assert session.scalar(text("SELECT count(*) FROM events WHERE kind = 'sign_in_refused'")) == 5
    session.execute(text("UPDATE login_attempts SET attempted_at = attempted_at - interval '5 seconds'"))
    assert client.post("/password", data=sent | {"old": PASSWORD}).status_code == 302


def test_sign_in_keeps_the_language_the_page_was_read_in(client, user):
    assert user.locale == "zh_Hans_CN"
    login(client)
    assert client.get_cookie("gridbeat_language").value == "en"
    assert '<html lang="en">' in client.get("/password").text
