"""What was walked: for leaders the verified patrols of their area, for members the own track and who looked at it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import shapely
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from data.errors import NotFound, Refused
from grids.queries import get_cell
from patrols import queries, tracks, walked
from patrols.importing import import_track
from patrols.models import PatrolMember
from patrols.positions import KEPT_FOR
from webapp import patrol_words
from webapp.errors import sentence_of
from webapp.labels import label
from webapp.maps.page import map_page
from webapp.security import current_scope, me, requires
from webapp.session import db

blueprint = Blueprint("tracks", __name__)


@blueprint.get("/patrols/walked")
@requires("position.view")
def index() -> str:
    """Patrols of the last week with what verifying found; those that want a decision first."""
    since = datetime.now(UTC) - timedelta(days=7)
    lines = tracks.list_walked_patrols(db(), current_scope(), since=since)
    return render_template("tracks/index.html", lines=lines, words=patrol_words, share=tracks.share_walked, shift=None)


@blueprint.get("/patrols/shifts/<int:shift_id>/walked")
@requires("position.view")
def shift(shift_id: int) -> str:
    """The patrols of one shift."""
    found = queries.get_shift(db(), shift_id, current_scope())
    since = datetime.now(UTC) - KEPT_FOR
    lines = tracks.list_walked_patrols(db(), current_scope(), since=since, shift_id=shift_id)
    return render_template("tracks/index.html", lines=lines, words=patrol_words, share=tracks.share_walked, shift=found)


@blueprint.get("/patrols/walked/<uuid:session_id>")
@requires("position.view")
def patrol(session_id: UUID) -> str:
    """One patrol held against its plan; that somebody looked is written down."""
    track = tracks.get_track(db(), session_id, scope=current_scope())
    if track.patrol["user_id"] != me().id:
        tracks.note_look(db(), session_id, actor_id=me().id)
    return _track_page(track, is_own=False)


@blueprint.post("/patrols/walked/<uuid:session_id>/decide")
@requires("patrol.plan")
def decide(session_id: UUID) -> Response:
    """Accept doubtful positions, or not, with a reason."""
    track = tracks.get_track(db(), session_id, scope=current_scope())
    decision, note = request.form.get("decision", ""), request.form.get("note", "")
    tracks.decide(db(), track, decision, note, now=datetime.now(UTC), actor_id=me().id)
    flash(_("The decision has been written down; the member can read it."))
    return redirect(url_for("tracks.patrol", session_id=session_id))


@blueprint.get("/patrols/streets-walked")
@requires("patrol.view")
def streets() -> str:
    """By cell: when walked last and how often in the last days; by street for one cell."""
    days = min(90, max(1, request.args.get("days", 7, type=int)))
    today, code = datetime.now(UTC).date(), request.args.get("cell", "")
    cell = get_cell(db(), code, current_scope()) if code else None
    streets_of = walked.list_streets_walked(db(), code, days=days, today=today) if cell else []
    cells = [] if cell else walked.list_cells_walked(db(), current_scope(), days=days, today=today)
    return render_template("tracks/streets.html", cells=cells, cell=cell, streets=streets_of, days=days)


@blueprint.get("/my-patrols/walked/<uuid:session_id>")
@requires("patrol.join")
def own(session_id: UUID) -> str:
    """The own track: what counted, what did not and why, and who looked at it."""
    return _track_page(tracks.get_track(db(), session_id, member_id=_member().id), is_own=True)


@blueprint.post("/my-patrols/walked/<uuid:session_id>/appeal")
@requires("patrol.join")
def appeal(session_id: UUID) -> Response:
    """Say why positions that were doubted are real."""
    track = tracks.get_track(db(), session_id, member_id=_member().id)
    tracks.appeal(db(), track, request.form.get("words", ""), now=datetime.now(UTC), actor_id=me().id)
    flash(_("Your patrol leader will decide and give a reason."))
    return redirect(url_for("tracks.own", session_id=session_id))


@blueprint.route("/my-patrols/tracks/new", methods=["GET", "POST"])
@requires("patrol.join")
def upload() -> Response | str:
    """Bring a walked track as a GPX file."""
    member = _member()
    if request.method == "GET" or "file" not in request.files:
        return render_template("tracks/upload.html", problem=None)
    try:
        found = import_track(db(), member, request.files["file"].read(), now=datetime.now(UTC), actor_id=me().id)
    except Refused as error:
        db().rollback()
        return render_template("tracks/upload.html", problem=sentence_of(error))
    flash(_("%(n)d positions have been taken, %(m)d not.", n=found.taken, m=found.refused))
    return redirect(url_for("tracks.own", session_id=found.session_id))


@blueprint.url_value_preprocessor
def allow_tracks(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A track of a long day is larger than a form."""
    if endpoint == "tracks.upload":
        request.max_content_length = 5_000_000


def _track_page(track: tracks.Track, *, is_own: bool) -> str:
    shapes = {
        "path": _geometry(track.patrol["path"]),
        "walked": _geometry(track.shapes["walked"]),
        "missed": _geometry(track.shapes["missed"]),
        "fixes": [[*fix[:2], label(patrol_words.MARKS, fix[2]), fix[3], fix[2]] for fix in track.shapes["fixes"]],
        "gaps": _gaps(track),
        "checkpoints": _checkpoints(track),
        "texts": patrol_words.track_texts(),
    }
    page = map_page(db(), me(), name="track", layers=(), tools=(), bounds=_bounds(shapes), track=shapes)
    looks = tracks.list_looks(db(), track.patrol["id"])
    return render_template(
        "tracks/track.html", track=track, patrol=track.patrol, verified=track.verified, looks=looks, map=page,
        words=patrol_words, share=tracks.share_walked, is_own=is_own, at=datetime.fromisoformat,
    )  # fmt: skip


def _geometry(told: str | None) -> Any:
    return json.loads(told) if told else None


def _gaps(track: tracks.Track) -> list[dict[str, Any]]:
    gaps = track.verified.figures.get("gaps", []) if track.verified else []
    return [gap | {"reason": label(patrol_words.GAPS, gap["reason"])} for gap in gaps if gap["line"]]


def _checkpoints(track: tracks.Track) -> list[dict[str, Any]]:
    """The plan's checkpoints with what became of each."""
    if track.patrol["plan_id"] is None:
        return []
    states = {one["seq"]: one for one in (track.verified.figures.get("checkpoints", []) if track.verified else [])}
    plan = queries.get_plan(db(), track.patrol["plan_id"], ("",))
    return [
        {"lon": one["lon"], "lat": one["lat"], "seq": one["seq"], "name": one["name"] or "",
         "state": states.get(one["seq"], {}).get("state", "")}
        for one in plan.checkpoints
    ]  # fmt: skip


def _bounds(shapes: dict[str, Any]) -> tuple[float, float, float, float] | None:
    """The box around all that is drawn."""
    drawn = [shapely.from_geojson(json.dumps(shapes[name])) for name in ("path", "walked") if shapes[name]]
    drawn += [shapely.Point(fix[0], fix[1]) for fix in shapes["fixes"]]
    if not drawn:
        return None
    west, south, east, north = shapely.total_bounds(drawn).tolist()
    return (west - 0.001, south - 0.001, east + 0.001, north + 0.001)


def _member() -> PatrolMember:
    member = queries.find_member(db(), me().id)
    if member is None:
        raise NotFound("You are in no patrol team yet. Ask your patrol leader.")
    return member
