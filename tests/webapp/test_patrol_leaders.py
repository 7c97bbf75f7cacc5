"""Leaders reach their own people only, and do not call off what somebody walks."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from shapely import box
from sqlalchemy import func, select

from data.errors import Refused
from data.events import Event
from patrols.commands import assign_member, cancel_shift, end_patrol, start_patrol
from patrols.models import Shift, ShiftMember
from tests.build import TOWNSHIP

OTHER = "990101002"


@pytest.fixture
def leader(build, signed_in):
    build.division(OTHER, box(122.5, 33.8, 122.7, 34.0))
    return signed_in("patrol_leader", TOWNSHIP)


def test_member_of_another_area_when_chosen_is_not_found(build, leader, session):
    shift, stranger, own = build.shift(), build.member("Far", area=OTHER), build.member("Near")
    answer = leader.post(f"/patrols/shifts/{shift.id}/members", data={"member_id": stranger.id})
    assert answer.status_code == 404
    assert "There is no such member in your area." in answer.text
    leader.post(f"/patrols/shifts/{shift.id}/members", data={"member_id": own.id})
    assert list(session.scalars(select(ShiftMember.member_id))) == [own.id]


def test_team_of_another_area_or_none_when_chosen_is_not_found(build, leader, session):
    mine, theirs = build.team("T1"), build.team("T2", area=OTHER)
    day = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    form = {"name": "Evening", "on": day, "begins": "18:00", "ends": "20:00", "division_code": TOWNSHIP, "capacity": 4}
    form["plan_id"] = "none"
    for team_id in (theirs.id, 999_999):
        answer = leader.post("/patrols/shifts/new", data=form | {"team_id": team_id})
        assert answer.status_code == 404
        assert "There is no such team in your area." in answer.text
    assert leader.post("/patrols/shifts/new", data=form | {"team_id": mine.id}).status_code == 302
    assert list(session.scalars(select(Shift.team_id))) == [mine.id]


def test_shift_without_a_route_when_published_was_chosen_so_and_says_so(build, leader, session):
    day = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    form = {"name": "Evening", "on": day, "begins": "18:00", "ends": "20:00", "division_code": TOWNSHIP, "capacity": 4}
    for left_over in ({}, {"plan_id": ""}):
        answer = leader.post("/patrols/shifts/new", data=form | left_over)
        assert "Choose a route, or say that there is none." in answer.text
    assert session.scalar(select(func.count()).select_from(Shift)) == 0
    made = leader.post("/patrols/shifts/new", data=form | {"plan_id": "none"}).headers["Location"]
    for page in ("/patrols", made):
        assert "No route" in leader.get(page).text


def test_shift_when_somebody_walks_it_is_not_called_off_and_never_twice(build, session):
    now = datetime.now(UTC)
    user = build.user("walker")
    shift, member = build.shift(starts_at=now), build.member(user=user)
    assign_member(session, shift, member.id, actor_id=None)
    patrol = start_patrol(session, member, shift, session_id=uuid4(), now=now, actor_id=user.id)
    with pytest.raises(Refused, match="Somebody is on patrol"):
        cancel_shift(session, shift, actor_id=None)
    assert shift.status == "published"
    end_patrol(session, member, patrol.id, now=now, actor_id=user.id)
    cancel_shift(session, shift, actor_id=None)
    with pytest.raises(Refused, match="called off already"):
        cancel_shift(session, shift, actor_id=None)
    cancelled = select(func.count()).select_from(Event).where(Event.kind == "shift_cancelled")
    assert session.scalar(cancelled) == 1
