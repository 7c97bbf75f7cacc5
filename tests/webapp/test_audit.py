"""The audit page speaks: labels instead of keys, before and after, links for those who may follow them."""

import re

from accounts.commands import set_active, set_roles
from data.events import record
from incidents.categories import save_category
from incidents.events import IncidentFiled
from patrols.events import MemberJoined
from tests.build import COUNTY, TOWNSHIP


def test_changes_when_recorded_show_before_and_after_with_words(build, signed_in, session):
    user = build.user("wang", "dispatcher", TOWNSHIP)
    set_roles(session, user, [("patrol_leader", COUNTY)], actor_id=None)
    set_active(session, user, False, actor_id=None)
    category = build.category(priority="general")
    save_category(session, "cjt214", category.code, actor_id=None, priority="urgent", name_en="Litter")
    page = signed_in("administrator").get("/admin/audit").text
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    assert f"Roles Dispatcher {TOWNSHIP} → Patrol leader {COUNTY}" in plain
    assert "May sign in yes → no" in plain
    assert "Priority General → Urgent" in plain
    assert "Name in English" not in plain, "what stayed is no change"
    assert f'<a href="/admin/users/{user.id}">User wang</a>' in page
    assert "is_active" not in page


def test_case_when_in_the_log_is_a_link_only_for_those_who_may_see_cases(build, signed_in, session):
    incident = build.incident()
    filed = IncidentFiled(incident.number, "reported", "filed", "general", None, None)
    record(session, filed, subject=str(incident.id), location_code=COUNTY)
    administrator = signed_in("administrator", username="boss")
    page = administrator.get("/admin/audit").text
    assert f"Case {incident.number}" in page
    assert f"/incidents/{incident.id}" not in page
    both = build.user("boss")
    set_roles(session, both, [("administrator", ""), ("centre_staff", "")], actor_id=None)
    assert f'href="/incidents/{incident.id}"' in administrator.get("/admin/audit").text


def test_numbers_when_they_have_a_name_are_shown_by_it_and_the_subject_once(build, signed_in, session):
    member, shift = build.member("Zhao"), build.shift(name="Evening walk")
    record(session, MemberJoined(shift.id, member.id), subject=f"shift:{shift.id}", location_code=COUNTY)
    page = signed_in("administrator").get("/admin/audit").text
    line = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("Member joined a shift</td>") :]))
    assert "Member Zhao" in line
    assert line.count("Evening walk") == 1, "as the subject, and not again as a detail"
