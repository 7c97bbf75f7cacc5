"""Every page of every role: no other host, no script error, no broken policy, no serious barrier."""

from pathlib import Path

import pytest

from tests.stories.conftest import sign_in_at_the_page

AXE = next((Path(__file__).resolve().parents[1] / "vendor").glob("axe-core@*")) / "axe.min.js"

#: On the phone staff look things up and inspect; the desk's work is done at the desk.
ON_THE_PHONE = {
    "staff": [
        "/map", "/coverage", "/coverage/gaps", "/siting", "/cameras/SX990101-00004", "/cameras/inspections",
        "/cameras/SX990101-00004/inspect", "/staffing", "/incidents",
    ]
}  # fmt: skip

PAGES = {
    "worker": ["/worker", "/worker/report", "/map", "/incidents", "/password", "/cameras/inspections"],
    "dispatcher": ["/dispatch", "/incidents", "/incidents/new", "/map", "/patrols"],
    "leader": [
        "/patrols", "/patrols/plans/new", "/patrols/plans/1", "/patrols/plans/1?print=1",
        "/patrols/shifts/new", "/patrols/shifts/1", "/patrols/roster", "/map",
    ],
    "volunteer": ["/my-patrols", "/my-patrols/hours", "/map"],
    "staff": [
        "/map", "/coverage", "/coverage?area=990101001001", "/coverage/gaps", "/coverage/gaps?kind=streets",
        "/coverage/cells", "/coverage/quality", "/coverage/runs", "/siting", "/siting/new", "/siting/compare",
        "/staffing", "/staffing/cells/990101001001001", "/incidents", "/patrols", "/cameras",
        "/cameras/SX990101-00004", "/cameras/new", "/cameras/what-if?code=SX990101-00004", "/cameras/inspections",
        "/cameras/SX990101-00004/inspect",
    ],
    "admin": [
        "/admin/users", "/admin/users/new", "/admin/users/1", "/admin/code-lists/categories",
        "/admin/code-lists/categories/new", "/admin/code-lists/fixed", "/admin/imports",
        "/admin/imports/new", "/admin/audit",
    ],
}  # fmt: skip

#: Everybody at the device of the own day, in either language; test_roles.py has all four for every role.
VISITS = [
    ("worker", "phone", "zh"), ("dispatcher", "desktop", "zh"), ("leader", "desktop", "en"),
    ("volunteer", "phone", "en"), ("staff", "desktop", "zh"), ("staff", "phone", "en"), ("admin", "desktop", "en"),
]  # fmt: skip

#: What axe finds here is not ours to decide or would be wrong advice: each with its reason.
RULES_OFF = {
    "region": {"enabled": False},  # Leaflet's controls lie outside landmarks; the map itself is one labelled region
}


def barriers(page) -> list[str]:
    """What axe calls serious or critical on the page, with the element it means."""
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "rules => axe.run({exclude: [['.leaflet-pane']]}, {rules, resultTypes: ['violations']})", RULES_OFF
    )
    return [
        f"{violation['id']}: {node['target']}"
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


@pytest.mark.browser
@pytest.mark.parametrize(("username", "size", "locale"), VISITS)
def test_pages_when_opened_stay_at_home_and_have_no_barrier(visit, username, size, locale):
    visitor = visit(username, size, locale)
    found = {}
    pages = ON_THE_PHONE if size == "phone" and username in ON_THE_PHONE else PAGES
    for path in pages[username]:
        page = visitor.go(path)
        assert page.locator("html").get_attribute("lang") == ("zh-CN" if locale == "zh" else "en")
        assert page.locator("[role=alert]").count() == 0 or "/error" not in page.url, page.content()
        if page.locator(".map-frame").count():
            visitor.has_map()
        visitor.check()
        if problems := barriers(page):
            found[path] = problems
    assert found == {}, found


@pytest.mark.browser
@pytest.mark.parametrize(("username", "begins"), [("worker", "/worker"), ("staff", "/map")])
def test_login_page_when_filled_in_leads_to_where_the_day_of_that_role_begins(visit, username, begins):
    visitor = visit(None, "phone", "zh")
    sign_in_at_the_page(visitor, username)
    assert visitor.page.url == visitor.base + begins
    visitor.check()


@pytest.mark.browser
def test_guard_when_a_page_asks_for_another_host_or_breaks_the_policy_finds_it(visit):
    visitor = visit("worker")
    page = visitor.go("/password")
    page.evaluate("fetch('http://elsewhere.example/x').catch(() => 0)")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"http://elsewhere.example/y.png\">')")
    page.wait_for_timeout(500)
    assert visitor.outside or visitor.problems, "neither the blocked hosts nor the policy spoke up"
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<button></button><div style=\"width:3000px\">x</div>')"
    )
    assert any(problem.startswith("button-name") for problem in barriers(page))
    with pytest.raises(AssertionError):
        visitor.check()
    visitor.outside.clear()
