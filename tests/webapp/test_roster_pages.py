"""The roster on screen: a week's grid, repeats, codes, substitutes and notes by both sides, hours as a file."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from shapely import box

from patrols.commands import assign_member
from tests.build import TOWNSHIP

START = (datetime.now(UTC) + timedelta(days=7)).replace(hour=4, minute=0, second=0, microsecond=0)


@pytest.fixture
def team(build):
    return build.team("T1", kind="volunteer")


@pytest.fixture
def zhao(build, team):
    return build.member("Zhao", user=build.user("zhao", "volunteer", TOWNSHIP), team_id=team.id)


@pytest.fixture
def shift(build, session, team, zhao):
    made = build.shift(starts_at=START, team_id=team.id)
    assign_member(session, made, zhao.id, actor_id=None)
    return made


@pytest.fixture
def leader(signed_in):
    return signed_in("patrol_leader", TOWNSHIP)


@pytest.fixture
def phone(signed_in, zhao):
    return signed_in("volunteer", TOWNSHIP, username="zhao")


def test_week_when_shown_has_a_line_a_team_or_a_member_and_is_repeated(leader, shift):
    address = f"/patrols/roster?week={START.date()}"
    page = leader.get(address).text
    assert re.search(r'<th scope="row">Team T1</th>', page)
    assert "12:00–14:00" in page
    assert "No route" in page
    assert re.search(r'<th scope="row">Zhao</th>', leader.get(address + "&by=member").text)
    answer = leader.post(
        "/patrols/roster/repeat", data={"week": str(START.date()), "with_members": "1"}, follow_redirects=True
    )
    assert "Shifts published: 1." in answer.text
    assert "12:00–14:00" in answer.text


@pytest.mark.parametrize("week", ["", "soon", "0001-01-01", "9999-12-31"])
def test_week_when_odd_is_this_one(leader, week):
    assert leader.get("/patrols/roster", query_string={"week": week, "team": "²", "by": "x"}).status_code == 200


def test_rounds_and_repeats_when_set_show_on_the_shift(leader, shift):
    page = f"/patrols/shifts/{shift.id}"
    answer = leader.post(f"{page}/rounds", data={"frequency_min": 60, "tolerance_min": 10}, follow_redirects=True)
    assert "12:00" in answer.text
    assert "in time 12:50 to 13:10" in answer.text
    refused = leader.post(f"{page}/rounds", data={"frequency_min": 60, "tolerance_min": 40})
    assert (refused.status_code, "shorter than half" in refused.text) == (422, True)
    assert "Shifts published: 2." in leader.post(f"{page}/repeat", data={"weeks": 2}, follow_redirects=True).text


def test_code_when_scanned_leads_to_the_shift_and_joins(leader, shift, signed_in, build):
    build.member("Sun", user=build.user("sun", "volunteer", TOWNSHIP))
    sun = signed_in("volunteer", TOWNSHIP, username="sun")
    address = re.search(r"/my-patrols/join/\w+", leader.get(f"/patrols/shifts/{shift.id}/code").text)[0]
    assert "Join this shift" in sun.get(address).text
    assert "You are in. Thank you." in sun.post(address, follow_redirects=True).text
    assert sun.get("/my-patrols/join/guess").status_code == 404


def test_substitute_when_asked_on_the_phone_accepts_on_the_other(phone, shift, signed_in, build, team, leader):
    qian = build.member("Qian", user=build.user("qian", "volunteer", TOWNSHIP), team_id=team.id)
    stranger = build.member("Far", area=build.division("990101002", box(122.5, 33.8, 122.7, 34.0)).code)
    page = f"/my-patrols/shifts/{shift.id}"
    assert "find a substitute" in phone.get(page).text
    assert phone.post(f"{page}/substitute", data={"substitute_id": stranger.id}).status_code == 404
    assert (
        "Qian has been asked."
        in phone.post(f"{page}/substitute", data={"substitute_id": qian.id}, follow_redirects=True).text
    )
    assert "Zhao asks Qian" in leader.get(f"/patrols/shifts/{shift.id}").text
    other = signed_in("volunteer", TOWNSHIP, username="qian")
    address = re.search(r"/my-patrols/substitutions/\d+/accepted", other.get("/my-patrols").text)[0]
    assert phone.post(address).status_code == 404
    assert "You walk in this shift now." in other.post(address, follow_redirects=True).text


def test_note_when_written_on_the_phone_is_read_by_the_leader_and_a_stranger_writes_none(
    phone, shift, leader, signed_in, build
):
    phone.post(f"/my-patrols/shifts/{shift.id}/handover", data={"note": "The gate is broken <b>"})
    assert "The gate is broken &lt;b&gt;" in leader.get(f"/patrols/shifts/{shift.id}").text
    build.member("Sun", user=build.user("sun", "volunteer", TOWNSHIP))
    sun = signed_in("volunteer", TOWNSHIP, username="sun")
    assert sun.post(f"/my-patrols/shifts/{shift.id}/handover", data={"note": "x"}).status_code == 404


def test_hours_when_nobody_walked_say_so_and_the_file_has_its_head(leader, phone):
    assert "Nobody was on patrol in this year." in leader.get("/patrols/hours").text
    assert leader.get("/patrols/hours.csv").text.splitlines() == ["\ufeffMonth,Member,Team,Patrols,Hours"]
    assert "You were not on patrol in this year." in phone.get("/my-patrols/hours").text
    assert phone.get("/patrols/hours").status_code == 403
