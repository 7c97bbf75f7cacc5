"""Languages, numbers and times: English sentences in the code, Chinese in `translations/`."""

import hashlib
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, current_app, g, request, url_for
from flask_babel import Babel, format_date, format_datetime, format_decimal, format_percent, get_locale
from flask_babel import gettext as _

from webapp.security.access import current_actor
from webapp.translating import compile_catalogues

LOCALES = {"zh_Hans_CN": "中文", "en": "English"}
COOKIE = "gridbeat_language"
TRANSLATIONS = Path(__file__).resolve().parent / "translations"


def chosen_locale() -> str:
    """The reader's language: the cookie of the switch, else the account's, else the browser's, else the settings'."""
    chosen = request.cookies.get(COOKIE)
    if chosen in LOCALES:
        return chosen
    actor = g.get("actor") or current_actor()
    if actor is not None:
        return actor.locale
    best = request.accept_languages.best_match(["zh", "zh-CN", "zh-Hans-CN", "en"])
    if best:
        return "en" if best == "en" else "zh_Hans_CN"
    return current_app.config["SETTINGS"].locale


def language_tag() -> str:
    """The page's language for `<html lang>`."""
    return "zh-CN" if is_chinese() else "en"


def is_chinese() -> bool:
    """Whether the reader reads Chinese."""
    locale = get_locale()
    return locale is not None and locale.language == "zh"


def moment(at: datetime | None) -> str:
    """A time as people read it, in the operator's time zone, to the minute."""
    return format_datetime(at, "yyyy-MM-dd HH:mm") if at else "–"


def clock(at: datetime | None) -> str:
    """The time of day in the operator's time zone."""
    return format_datetime(at, "HH:mm") if at else "–"


def day(on: date) -> str:
    """A day of the calendar."""
    return format_date(on, "yyyy-MM-dd")


def day_short(on: date) -> str:
    """Month and day."""
    return format_date(on, "MM-dd")


def weekday(on: date) -> str:
    """The day of the week, short."""
    return format_date(on, "EEE")


def duration(seconds: float) -> str:
    """A length of time in minutes, hours and minutes, or whole days where it is some."""
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("%(minutes)d min", minutes=minutes)
    if minutes % 1440 == 0:
        return _("%(days)d d", days=minutes // 1440)
    if minutes % 60 == 0:
        return _("%(hours)d h", hours=minutes // 60)
    return _("%(hours)d h %(minutes)d min", hours=minutes // 60, minutes=minutes % 60)


def distance(metres: float) -> str:
    """A length on the ground in metres or kilometres."""
    return _("%(m)d m", m=round(metres)) if metres < 1000 else _("%(km).1f km", km=metres / 1000)


def percent(share: float) -> str:
    """A share as whole percents; below ten with one digit."""
    return format_percent(share, "0 %" if share >= 0.1 or share == 0 else "0.0 %")


def static_url(filename: str) -> str:
    """The address of a static file with a mark of its content, so that browsers may keep it for good."""
    marks = current_app.extensions.setdefault("gridbeat_static_marks", {})
    if filename not in marks:
        path = Path(current_app.static_folder or "") / filename
        marks[filename] = hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""
    return url_for("static", filename=filename) + "?" + urlencode({"v": marks[filename]})


def register(app: Flask) -> None:
    """Set languages up and give templates what they need to write numbers and times."""
    settings = app.config["SETTINGS"]
    compile_catalogues(TRANSLATIONS)
    app.config.update(
        BABEL_DEFAULT_LOCALE=settings.locale,
        BABEL_DEFAULT_TIMEZONE=settings.timezone,
        BABEL_TRANSLATION_DIRECTORIES=str(TRANSLATIONS),
    )
    Babel(app, locale_selector=chosen_locale)
    app.jinja_env.filters.update(
        numberformat=format_decimal,
        percent=percent,
        moment=moment,
        clock=clock,
        duration=duration,
        distance=distance,
        day=day,
        day_short=day_short,
        weekday=weekday,
    )
    app.jinja_env.globals.update(
        LOCALES=LOCALES,
        language_tag=language_tag,
        is_chinese=is_chinese,
        static_url=static_url,
        get_locale=get_locale,
    )
