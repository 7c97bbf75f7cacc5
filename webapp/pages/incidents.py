"""All incidents: the list with its filter and file, one case, a report on behalf of a caller."""

import csv
import io
from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from data.events import record
from incidents.candidates import list_teams_for, list_workers_for
from incidents.categories import list_categories
from incidents.events import IncidentsExported
from incidents.queries import Case, IncidentRow, Wanted, get_case, list_incidents, list_near, stream_incidents
from incidents.rules import PERSONAL_NUMBERS
from patrols.units import UnitAdvice
from webapp import labels
from webapp.cases import FILTER_NAMES, address_without, case_map, category_name, my_sight, page_number, show, wanted
from webapp.dispatching import problem_words, shortfall_words, take_step, unit_words, units_for
from webapp.forms.incidents import read_step_form
from webapp.i18n import moment
from webapp.security import me, requires
from webapp.session import db
from webapp.way_back import way_back

blueprint = Blueprint("incidents", __name__)

#: Rows of a file; more is a job for the statistics, not for a spreadsheet.
MOST_ROWS = 50_000


@blueprint.get("/incidents")
@requires("incident.view")
def index() -> str:
    """The list, the newest first."""
    page = list_incidents(db(), my_sight(), wanted(request.args), page=page_number(request.args))
    return show("incidents/index.html", page=page, args=request.args, categories=_categories(), address=address_without)


def _categories() -> list[tuple[str, str]]:
    lines = list_categories(db(), current_app.config["SETTINGS"].incident_scheme)
    return [(line.code, category_name(line)) for line in lines]


@blueprint.get("/incidents.csv")
@requires("incident.view")
def export() -> Response:
    """The filtered list as a file that spreadsheets open; who took what is recorded."""
    asked = wanted(request.args)
    text, rows = _csv(asked)
    filters: dict[str, object] = {name: said[:100] for name in FILTER_NAMES if (said := request.args.get(name))}
    record(db(), IncidentsExported(rows=rows, filters=filters), actor_id=me().id)
    name = f"incidents-{datetime.now(UTC):%Y%m%d-%H%M}.csv"
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _csv(asked: Wanted) -> tuple[str, int]:
    """The file's text, in the reader's language, and how many incidents it holds."""
    out = io.StringIO()
    out.write("\ufeff")  # without this mark, spreadsheets take the text for another encoding
    count = 0
    writer = csv.writer(out)
    titles = (
        _("Number"), _("Category"), _("Priority"), _("Status"), _("Place"), _("Cell"), _("Cell code"), _("Longitude"),
        _("Latitude"), _("Description"), _("Channel"), _("Reported"), _("Received"), _("Due"), _("Ended"), _("Handler"),
    )  # fmt: skip
    writer.writerow(titles)
    for row in stream_incidents(db(), my_sight(), asked, most=MOST_ROWS):
        writer.writerow([_harmless(value) for value in _csv_row(row)])
        count += 1
    return out.getvalue(), count


def _csv_row(row: IncidentRow) -> tuple[object, ...]:
    return (
        row.number, category_name(row), labels.label(labels.PRIORITIES, row.priority),
        labels.label(labels.STATUSES, row.status), row.place_text or "", row.cell_name or "", row.location_code or "",
        f"{row.lon:.6f}", f"{row.lat:.6f}", row.description, labels.label(labels.CHANNELS, row.channel),
        moment(row.reported_at), moment(row.received_at), moment(row.due_at), moment(row.closed_at),
        row.worker_name or row.team_name or "",
    )  # fmt: skip


def _harmless(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets a sign before it that makes it text."""
    is_formula = isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{value}" if is_formula and not _is_number(str(value)) else value


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()


@blueprint.get("/incidents/<uuid:incident_id>")
@requires("incident.view")
def case(incident_id: UUID) -> str:
    """One case with everything known about it; also on paper."""
    found = get_case(db(), incident_id, me(), my_sight())
    return show("incidents/case.html", map=_case_map(found), back=way_back(), **case_context(found))


def _case_map(found: Case) -> object:
    row = found.row
    reach = 0.004
    box = (row.lon - reach, row.lat - reach, row.lon + reach, row.lat + reach)
    place = {"lon": row.lon, "lat": row.lat, "priority": row.priority, "accuracy_m": row.accuracy_m}
    return case_map(name="case", bounds=box, place=place)


def case_context(found: Case) -> dict[str, object]:
    """What the panel of a case shows besides the case: who could go and why, and what lies near."""
    scope = me().scope("incident.dispatch")
    can_send = "dispatch" in found.actions
    row = found.row
    units = units_for(row.id) if can_send else UnitAdvice([], None)
    on_patrol = {unit.team_id for unit in units.units}
    teams = list_teams_for(db(), row.id, scope, most=4 + len(on_patrol)) if can_send else []
    return {
        "case": found,
        "units": units,
        "shortfall": shortfall_words(units),
        "unit_words": unit_words,
        "problem_words": problem_words,
        "workers": list_workers_for(db(), row.id, scope, most=5) if can_send else [],
        "teams": [team for team in teams if team.id not in on_patrol][:4],
        "near": list_near(db(), my_sight(), row.lon, row.lat, without=row.id) if found.party.may_dispatch else [],
    }


@blueprint.post("/incidents/<uuid:incident_id>/<action>")
@requires("incident.view")
def act(incident_id: UUID, action: str) -> AnyResponse:
    """One step of the case from its page."""
    version, details = read_step_form(action)
    take_step(incident_id, action, version, details)
    flash(_("Done: %(what)s.", what=labels.label(labels.CASE_LINES, action)))
    return redirect(url_for("incidents.case", incident_id=incident_id, back=request.args.get("back")))


@blueprint.get("/incidents/new")
@requires("incident.dispatch")
def new() -> str:
    """A report on behalf of a caller. No name and no number of the caller is asked for."""
    lines = list_categories(db(), current_app.config["SETTINGS"].incident_scheme, only_active=True)
    return show(
        "incidents/new.html",
        categories=lines,
        map=case_map(name="report", tools=("search",), report={"personal": PERSONAL_NUMBERS, "sender": me().id}),
    )
