"""Reading what a map asks for: every parameter is known and checked; anything else is answered 400 with a sentence."""

import re
from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from cameras.tiers import TIERS
from incidents.tiles import STATUS_GROUPS, IncidentFilter

#: What an incidents' filter may be told.
FILTER_NAMES = ("status", "group", "category", "days")
MAX_DAYS = 3650

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,32}")

Args = MultiDict[str, str]


def refuse(sentence: str) -> NoReturn:
    """Answer 400 with this sentence, already in the reader's language."""
    error = BadRequest(sentence)
    error.is_ours = True  # type: ignore[attr-defined] # webapp.errors shows our own sentences only
    raise error


def expect_only(args: Args, names: Collection[str]) -> None:
    """Refuse parameters nobody asked for, and one given twice."""
    for name, values in args.lists():
        if name not in names:
            refuse(_("This address takes no parameter called “%(name)s”.", name=name[:40]))
        if len(values) > 1:
            refuse(_("The parameter “%(name)s” was given more than once.", name=name))


def incident_filter(args: Args) -> IncidentFilter:
    """The filter that `status`, `group`, `category` and `days` ask for."""
    status = args.get("status", "open")
    if status not in STATUS_GROUPS:
        refuse(_("The status has to be one of %(choices)s.", choices=", ".join(STATUS_GROUPS)))
    return IncidentFilter(status, _code(args, "group"), _code(args, "category"), _since(args.get("days")))


def tier(args: Args) -> str:
    """The quality of the picture that `tier` asks for; "" for whatever a lens reaches."""
    asked = args.get("tier", "")
    refuse_unless(asked == "" or asked in TIERS, "tier")
    return asked


def _code(args: Args, name: str) -> str | None:
    code = args.get(name) or None
    if code is not None and not _CODE.fullmatch(code):
        refuse(_("“%(name)s” has to be a code of letters, digits, dots and dashes.", name=name))
    return code


def _since(days: str | None) -> datetime | None:
    if not days:
        return None
    if not 1 <= _digits(days) <= MAX_DAYS:
        refuse(_("The number of days has to be a whole number from 1 to %(most)d.", most=MAX_DAYS))
    zone = ZoneInfo(current_app.config["SETTINGS"].timezone)
    return datetime.combine(datetime.now(zone).date() - timedelta(days=int(days) - 1), time.min, zone)


def _digits(text: str) -> int:
    """The whole number that up to nine digits say; −1 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else -1


def refuse_unless(is_fine: bool, name: str) -> None:
    """Refuse a parameter whose value is not one of those we know."""
    if not is_fine:
        refuse(_("The value of “%(name)s” is not one of those known here.", name=name))


def coordinate(args: Args, name: str, most: float) -> float:
    """A number of degrees between −most and most."""
    try:
        value = float(args[name])
    except (KeyError, ValueError):
        value = float("nan")
    if not -most <= value <= most:
        refuse(_("“%(name)s” has to be a number of degrees from −%(most)d to %(most)d.", name=name, most=most))
    return value


def whole_number(args: Args, name: str, default: int, least: int, most: int) -> int:
    """A whole number in its range, or the default when it is not given."""
    text = args.get(name, str(default))
    if not least <= _digits(text) <= most:
        refuse(_("“%(name)s” has to be a whole number from %(least)d to %(most)d.", name=name, least=least, most=most))
    return int(text)


def bounding_box(args: Args) -> tuple[float, float, float, float]:
    """West, south, east, north of `bbox=w,s,e,n` in degrees."""
    try:
        west, south, east, north = (float(part) for part in args.get("bbox", "").split(","))
        if not (-180 <= west < east <= 180 and -86 <= south < north <= 86):
            raise ValueError
    except ValueError:
        refuse(_("“bbox” has to be west,south,east,north in degrees."))
    return west, south, east, north
