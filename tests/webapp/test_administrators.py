"""Administrators: one who rules everything stays, and nobody takes over the accounts of another area."""

import pytest

from accounts.commands import set_active, set_roles
from accounts.queries import list_users_within
from data.errors import Refused
from tests.build import COUNTY, TOWNSHIP


def test_last_administrator_of_everything_keeps_the_role_until_another_has_it(build, signed_in, session):
    browser = signed_in("administrator", username="boss")
    build.user("half", "administrator", TOWNSHIP)
    boss = build.user("boss")
    answer = browser.post(f"/admin/users/{boss.id}/roles", data={"do": "remove", "role": "administrator"})
    assert answer.status_code == 422
    assert "Boss is the last administrator of everything." in answer.text
    assert browser.get("/admin/users").status_code == 200
    with pytest.raises(Refused, match="last administrator"):
        set_active(session, boss, False, actor_id=None)

    other = build.user("other", "administrator")
    set_active(session, other, False, actor_id=None)
    with pytest.raises(Refused, match="last administrator"):
        set_roles(session, boss, [("administrator", COUNTY)], actor_id=None)
    set_active(session, other, True, actor_id=None)
    set_roles(session, boss, [], actor_id=None)
    assert boss.roles == []


def test_user_without_roles_belongs_only_to_who_rules_everywhere(build, signed_in, session):
    build.division(COUNTY)
    stray, own = build.user("stray"), build.user("own", "dispatcher", TOWNSHIP)
    browser = signed_in("administrator", TOWNSHIP)
    assert browser.get(f"/admin/users/{stray.id}").status_code == 404
    taken = browser.post(f"/admin/users/{stray.id}/password", data={"password": "correct horse battery"})
    assert taken.status_code == 404
    assert stray in list_users_within(session, ("",))
    assert stray not in list_users_within(session, ("990101",))

    sent = {"do": "remove", "role": "dispatcher", "division_code": TOWNSHIP}
    answer = browser.post(f"/admin/users/{own.id}/roles", data=sent, follow_redirects=True)
    assert answer.status_code == 200
    assert "The roles of Own have been changed." in answer.text
