"""A member's pages on the phone: shifts to join, the route, the patrol itself, the own patrols."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from data.errors import NotFound
from incidents.queries import list_work
from patrols import commands, exports, queries
from patrols.models import PatrolMember, Shift
from patrols.roster_queries import list_substitutions
from webapp.cases import my_sight, show
from webapp.maps.page import map_page
from webapp.patrol_texts import patrol_texts
from webapp.roster_week import member_roster
from webapp.security import me, requires
from webapp.session import db
from webapp.walk_state import walk_state

blueprint = Blueprint("volunteer", __name__, url_prefix="/my-patrols")


@blueprint.get("")
@requires("patrol.join")
def home() -> str:
    """Shifts to join, the patrol going on, and what one has walked."""
    member = queries.find_member(db(), me().id)
    now = datetime.now(UTC)
    return show(
        "volunteer/home.html",
        member=member,
        shifts=queries.list_shifts_for(db(), member, now=now) if member else [],
        patrol=queries.find_open_session(db(), member.id) if member else None,
        questions=list_substitutions(db(), member_id=member.id) if member else [],
        work=list_work(db(), my_sight()),
        walked=queries.list_own_patrols(db(), member.id) if member else [],
    )


@blueprint.get("/shifts/<int:shift_id>")
@requires("patrol.join")
def shift(shift_id: int) -> str:
    """A shift: its route on the map; start and end the patrol here."""
    member, found = _own_shift(shift_id)
    plan = queries.get_plan(db(), found.route_plan_id, ("",)) if found.route_plan_id else None
    patrol = queries.find_open_session(db(), member.id)
    page = map_page(
        db(), me(), name="walk", layers=(), tools=(), patrol=patrol_texts(),
        route=exports.plan_geojson(plan) if plan else None,
        walk=(state := walk_state(found, patrol, me().id)),
    )  # fmt: skip
    is_in = queries.is_in_shift(db(), shift_id, member.id)
    return render_template(
        "volunteer/shift.html", shift=found, plan=plan and plan.plan, map=page, is_in=is_in, walk=state,
        **(member_roster(found, member) if is_in else {}),
    )  # fmt: skip


@blueprint.post("/shifts/<int:shift_id>/join")
@requires("patrol.join")
def join(shift_id: int) -> Response:
    """Join a shift."""
    member, found = _own_shift(shift_id)
    commands.join_shift(db(), found, member, actor_id=me().id)
    flash(_("You are in. Thank you."))
    return redirect(url_for("volunteer.shift", shift_id=shift_id))


@blueprint.post("/shifts/<int:shift_id>/leave")
@requires("patrol.join")
def leave(shift_id: int) -> Response:
    """Leave a shift."""
    member, found = _own_shift(shift_id)
    commands.leave_shift(db(), found, member.id, actor_id=me().id)
    flash(_("You have left the shift."))
    return redirect(url_for("volunteer.home"))


def _own_shift(shift_id: int) -> tuple[PatrolMember, Shift]:
    """The member and a shift that is offered to this member; every other one does not exist for them."""
    member = queries.find_member(db(), me().id)
    offered = queries.list_shifts_for(db(), member, now=datetime.now(UTC)) if member else []
    if member is None or shift_id not in {line["id"] for line in offered}:
        raise NotFound("There is no such shift for you.")
    return member, queries.get_shift(db(), shift_id, ("",))
