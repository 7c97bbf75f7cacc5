"""The dispatcher's desk: the queue, the map, one case at a time."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, request, url_for
from flask_babel import gettext as _

from incidents.categories import list_categories
from incidents.queries import count_open, get_case, list_queue
from incidents.rules import OPEN
from webapp import labels
from webapp.cases import address_without, case_map, group_name, my_sight, page_number, show, wanted
from webapp.pages.incidents import case_context
from webapp.security import me, requires
from webapp.session import db

blueprint = Blueprint("dispatch", __name__)

LAYERS = ("divisions", "cells", "positions")
POLL_S = 10


@blueprint.get("/dispatch")
@requires("incident.dispatch")
def queue() -> str:
    """The desk. Filters are kept in the address; `case` names the open one."""
    desk = {
        "list": url_for("dispatch.listing"),
        "case": url_for("dispatch.case", incident_id="00000000-0000-0000-0000-000000000000"),
        "poll_s": POLL_S,
        "title": _("Dispatch"),
    }
    page = case_map(name="desk", layers=LAYERS, on=("divisions", "cells", "positions"), tools=("layers", "search"),
                    layersClosed=True, desk=desk, deskTexts=_texts())  # fmt: skip
    return show("dispatch/queue.html", map=page, groups=_groups(), **_list_context())


def _list_context() -> dict[str, Any]:
    counts = count_open(db(), my_sight())
    counts["open"] = sum(counts[status] for status in OPEN if status != "parked")
    return {
        "page": list_queue(db(), my_sight(), wanted(request.args), page=page_number(request.args)),
        "counts": counts,
        "args": request.args,
        "address": address_without,
        "tabs": _tabs(),
    }


def _tabs() -> list[tuple[str, str]]:
    """Status filters in the order of a case's life."""
    return [
        ("open", _("All open")),
        ("reported", labels.label(labels.STATUSES, "reported")),
        ("filed", labels.label(labels.STATUSES, "filed")),
        ("dispatched", labels.label(labels.STATUSES, "dispatched")),
        ("handling", labels.label(labels.STATUSES, "handling")),
        ("handled", _("To verify")),
        ("parked", labels.label(labels.STATUSES, "parked")),
    ]


def _groups() -> list[tuple[str, str]]:
    lines = list_categories(db(), current_app.config["SETTINGS"].incident_scheme)
    return [(code, group_name(code)) for code in sorted({line.group_code for line in lines if line.group_code})]


def _texts() -> dict[str, str]:
    """Sentences the desk's script says."""
    return {
        "new": _("{count} new"),
        "failed": _("The server cannot be reached. The list is from {time}."),
        "done": _("Done."),
        "changed": _("Somebody has taken a step in the open case. Open it again to see it."),
        "lost": _("No answer from the server. Look at the case again: the step may have been taken."),
        "signIn": _("You are not signed in, or the session has expired. Sign in and try again."),
    }


@blueprint.get("/dispatch/list")
@requires("incident.dispatch")
def listing() -> str:
    """The list alone, asked for again and again."""
    return show("dispatch/_list.html", **_list_context())


@blueprint.get("/dispatch/cases/<uuid:incident_id>")
@requires("incident.dispatch")
def case(incident_id: UUID) -> str:
    """The panel of one case alone."""
    found = get_case(db(), incident_id, me(), my_sight())
    return show("incidents/_case.html", is_panel=True, **case_context(found))
