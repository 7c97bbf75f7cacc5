"""Patrol teams of an area: where they stand, how many they are, what they can do besides walking."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from patrols import commands, queries
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("teams", __name__, url_prefix="/patrols/teams")


@blueprint.get("")
@requires("patrol.view")
def index() -> str:
    """The teams."""
    return render_template("patrols/teams.html", teams=queries.list_teams(db(), current_scope()))


@blueprint.post("/<int:team_id>/skills")
@requires("patrol.plan")
def skills(team_id: int) -> Response:
    """Say what a team can do: who is proposed for an incident follows from it."""
    team = queries.get_team(db(), team_id, current_scope())
    commands.set_skills(db(), team, request.form.getlist("skill"), actor_id=me().id)
    flash(_("The skills of %(name)s have been saved.", name=team.name))
    return redirect(url_for("teams.index"))
