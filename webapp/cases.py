"""What the incident pages share: who looks, which cases a list shows, how deadlines read, the maps beside them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, g, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from incidents.access import Sight, sight_of
from incidents.deadlines import STAGE_OF
from incidents.queries import IncidentRow, Wanted
from incidents.rules import OPEN, PRIORITIES, STATUSES, Colour, deadline_colour
from webapp import labels
from webapp.dispatching import log_words
from webapp.i18n import duration, is_chinese, moment, static_url
from webapp.maps.page import MapPage, map_page
from webapp.security import me
from webapp.session import db

#: What a status filter may say besides a single status.
STATUS_GROUPS = {
    "open": tuple(status for status in OPEN if status != "parked"),
    "working": ("dispatched", "handling"),
    "all": STATUSES,
}

#: What the list's filter reads of an address, and all that is told of it where a list was taken out.
FILTER_NAMES = ("status", "priority", "group", "category", "cell", "q", "overdue", "from", "to")

_MODULES = Path(__file__).resolve().parent / "static" / "js" / "incidents"
_DAY = timedelta(days=1)
_ICONS = {"green": "clock", "yellow": "hourglass-split", "red": "exclamation-triangle-fill", "": "check2-circle"}


def my_sight() -> Sight:
    """What the signed-in person sees, asked for once a request."""
    if "sight" not in g:
        g.sight = sight_of(db(), me())
    sight: Sight = g.sight
    return sight


def wanted(args: MultiDict[str, str], *, default: str = "open") -> Wanted:
    """The filter in a page's address. What cannot be read does not matter, so that an old bookmark still opens."""
    status = args.get("status", default)
    priority = args.get("priority", "")
    return Wanted(
        statuses=STATUS_GROUPS.get(status) or ((status,) if status in STATUSES else STATUS_GROUPS[default]),
        priority=priority if priority in PRIORITIES else "",
        group_code=args.get("group", "")[:32],
        category_code=args.get("category", "")[:32],
        place_code=args.get("cell", "").strip()[:15],
        words=args.get("q", "").strip()[:100],
        only_overdue=args.get("overdue") == "1",
        since=_day(args.get("from")),
        until=_day(args.get("to"), _DAY),
    )


def _day(given: str | None, more: timedelta = timedelta()) -> datetime | None:
    """The beginning of a day where the operator is, as `<input type=date>` sends it."""
    try:
        day = datetime.strptime(given or "", "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone; the next line gives one
        return datetime.combine(day, time.min, ZoneInfo(current_app.config["SETTINGS"].timezone)) + more
    except (ValueError, OverflowError):
        return None


def page_number(args: MultiDict[str, str]) -> int:
    """The page asked for, 1 where none or nonsense is."""
    given = args.get("page", "1")
    digits = given.lstrip("0") if given.isascii() and given.isdecimal() else ""
    return min(int(digits[:6] or 1), 10_000)


@dataclass(frozen=True)
class Deadline:
    """How a deadline reads: colour (empty: no clock runs), icon and words."""

    colour: Colour | str
    icon: str
    words: str


def deadline(row: IncidentRow, now: datetime | None = None) -> Deadline:
    """The deadline of a case in words, never in colour alone."""
    now = now or datetime.now(UTC)
    if row.closed_at is not None:
        is_late = row.status == "closed" and row.due_at is not None and row.closed_at > row.due_at
        return Deadline("", _ICONS[""], _("Closed late") if is_late else _("Ended"))
    if row.status == "parked":
        return Deadline("", "pause-circle", _("Clock stopped"))
    if row.due_at is None:
        return Deadline("", _ICONS["green"], _("No deadline"))
    colour = deadline_colour(row.due_at, row.yellow_at, now)
    left = row.due_at - now
    words: str = _("Overdue by %(time)s", time=long(-left)) if colour == "red" else _("%(time)s left", time=long(left))
    return Deadline(colour, _ICONS[colour], words)


def stage_clock(row: IncidentRow, now: datetime | None = None) -> Deadline | None:
    """The clock of the case's present stage in words; None when it has none."""
    now = now or datetime.now(UTC)
    if row.state_due_at is None:
        return None
    colour = deadline_colour(row.state_due_at, row.state_yellow_at, now)
    left = row.state_due_at - now
    stage = labels.label(labels.STAGES, STAGE_OF[row.status])
    words = (
        _("%(stage)s: late by %(time)s", stage=stage, time=long(-left))
        if colour == "red"
        else _("%(stage)s: until %(at)s", stage=stage, at=moment(row.state_due_at))
    )
    return Deadline(colour, _ICONS[colour], words)


def long(length: timedelta) -> str:
    """A length of time in its largest unit that matters."""
    if length >= 10 * _DAY:
        return str(_("%(days)d d", days=length.days))
    if length >= _DAY:
        return str(_("%(days)d d %(hours)d h", days=length.days, hours=length.seconds // 3600))
    return duration(max(0.0, length.total_seconds()))


def category_name(row: Any) -> str:
    """The category's name in the reader's language."""
    return str(row.name_zh if is_chinese() else row.name_en)


def group_name(code: str | None) -> str:
    """The major class's name; an operator's own class by its code."""
    return labels.label(labels.CATEGORY_GROUPS, code)


def show(template: str, **context: Any) -> str:
    """The page, with the words every incident page uses."""
    return render_template(
        template, deadline=deadline, category_name=category_name, group_name=group_name, long=long,
        log_words=log_words, stage_clock=stage_clock, now=datetime.now(UTC), **context,
    )  # fmt: skip


def case_map(*, layers: Iterable[str] = ("divisions", "cells"), tools: Iterable[str] = (), **more: Any) -> MapPage:
    """A map for a page of incidents; `more` goes into the configuration that its script reads."""
    page = map_page(db(), me(), layers=layers, tools=tools, csrf=csrf(), **more)
    return replace(page, imports=page.imports | modules())


def csrf() -> str:
    """The token our scripts send along."""
    from flask_wtf.csrf import generate_csrf

    return str(generate_csrf())


def modules() -> dict[str, str]:
    """An import map that gives each of our scripts the mark of its content."""
    names = [f"js/incidents/{path.name}" for path in sorted(_MODULES.glob("*.js"))]
    return {url_for("static", filename=name): static_url(name) for name in names}


def address_without(*names: str, **more: Any) -> str:
    """This page's address with parameters left out or set."""
    kept = {name: value for name, value in request.args.items() if name not in names and value}
    return url_for(request.endpoint or "home", **(request.view_args or {}), **(kept | more))
