"""Every route names its permission, and the gate asks for it."""

import pytest
from flask import Flask

from accounts.rules import ALL_PERMISSIONS, PERMISSIONS

FRAMEWORK = {"static"}


def unmarked(app: Flask) -> list[str]:
    """Endpoints that name no permission."""
    return sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in FRAMEWORK and not hasattr(app.view_functions[rule.endpoint], "permission")
    )


def test_routes_when_listed_all_name_a_permission(app):
    assert unmarked(app) == []
    assert len(list(app.url_map.iter_rules())) > 15


def test_guard_when_a_route_names_no_permission_finds_it_and_the_gate_refuses_it(app, signed_in):
    app.add_url_rule("/planted", "planted", lambda: "open to all")
    assert unmarked(app) == ["planted"]
    assert signed_in("administrator").get("/planted").status_code == 403
    assert app.test_client().get("/planted").status_code == 302


def test_public_routes_when_listed_are_these_and_no_others(app):
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "permission", "") == "public"
    }
    assert public == {"account.login", "account.language", "health.healthz"}


def _routes(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, path with small fillings, permission) of every route that answers GET."""
    fillings = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000", "string": "x", "path": "x", "default": "x"}
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in FRAMEWORK:
            continue
        values = {}
        for name, converter in rule._converters.items():
            kind = type(converter).__name__.removesuffix("Converter").lower()
            values[name] = fillings.get({"integer": "int", "unicode": "string"}.get(kind, kind), "x")
        method = "GET" if "GET" in rule.methods else "POST"
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
        found.append((rule.endpoint, method, path, app.view_functions[rule.endpoint].permission))
    return found


@pytest.mark.parametrize("role", [*PERMISSIONS])
def test_routes_when_asked_by_a_role_that_may_not_answer_403_and_otherwise_not(app, signed_in, role):
    client = signed_in(role)
    for endpoint, method, path, permission in _routes(app):
        if permission == "public" or endpoint in {"account.logout"}:
            continue
        answer = client.open(path, method=method, headers={"Accept": "application/json"})
        may = permission in PERMISSIONS[role]
        assert (answer.status_code == 403) == (not may) or (may and answer.status_code in {403, 404}), (
            endpoint,
            permission,
            answer.status_code,
        )
        assert answer.status_code < 500, (endpoint, answer.text[:500])


def test_routes_when_asked_by_nobody_lead_to_sign_in_or_answer_401(app):
    client = app.test_client()
    for endpoint, method, path, permission in _routes(app):
        if permission == "public":
            continue
        answer = client.open(path, method=method)
        assert answer.status_code in {302, 401}, (endpoint, answer.status_code)
        if answer.status_code == 302:
            assert answer.headers["Location"].startswith("/login"), endpoint


def test_permissions_when_named_by_routes_are_all_held_by_some_role(app):
    named = {permission for *_rest, permission in _routes(app)}
    assert named <= ALL_PERMISSIONS
    assert sorted(ALL_PERMISSIONS - named) == [], "permissions nobody asks for"
