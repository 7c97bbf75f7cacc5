"""Reading JSON from outside: an object, known fields only, numbers that are numbers."""

import math
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from flask import request

from data.errors import GridbeatError
from data.texts import can_be_kept


class BadInput(GridbeatError):
    """A program sent something we cannot read; the sentence says which field."""


def sent_json() -> Any:
    """What the request says as JSON; None when it is none, or nested deeper than anything we ask for."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def check_texts(given: Any) -> None:
    """Raise BadInput when a text anywhere in parsed JSON, names of fields too, cannot be kept."""
    left = [given]
    while left:
        one = left.pop()
        if isinstance(one, str) and not can_be_kept(one):
            raise BadInput("A text holds a zero byte or half a character. Take it out and send it again.")
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one


def body(known: Collection[str]) -> dict[str, Any]:
    """The request's JSON object. Raises BadInput for anything else, a field nobody knows, a text nobody can keep."""
    given = sent_json()
    if not isinstance(given, dict):
        raise BadInput("The request has to be a JSON object.")
    check_texts(given)
    for name in given:
        if name not in known:
            raise BadInput(
                "The field {name} is not known here. Known are: {known}.",
                name=str(name)[:60],
                known=", ".join(sorted(known)),
            )
    return given


def number(given: dict[str, Any], name: str, least: float, most: float, default: float | None = None) -> float:
    """A finite number between two bounds."""
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput("{name} has to be a number.", name=name)
    if isinstance(value, float) and not math.isfinite(value):
        raise BadInput("{name} has to be a number.", name=name)
    if not least <= value <= most:
        raise BadInput("{name} has to be between {least} and {most}.", name=name, least=least, most=most)
    return float(value)


def whole(given: dict[str, Any], name: str, least: int, most: int) -> int:
    """A whole number between two bounds, written as one: 7, never 7.5, "7" or true."""
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadInput("{name} has to be a whole number from {least} to {most}.", name=name, least=least, most=most)
    return value


def place(given: dict[str, Any]) -> tuple[float, float]:
    """Longitude and latitude in degrees, WGS 84."""
    return number(given, "lon", -180, 180), number(given, "lat", -85, 85)


def items(given: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    """A list of at most `most` JSON objects."""
    value = given.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadInput("{name} has to be a list of objects.", name=name)
    if len(value) > most:
        raise BadInput("{name} may have at most {most} entries.", name=name, most=most)
    return value


def text(given: dict[str, Any], name: str, most: int, default: str = "") -> str:
    """A text of at most `most` characters, one that can be kept."""
    value = given.get(name, default)
    if not isinstance(value, str) or len(value) > most or not can_be_kept(value):
        raise BadInput("{name} has to be a text of at most {most} characters.", name=name, most=most)
    return value


def moment(given: dict[str, Any], name: str) -> datetime:
    """A time as ISO 8601 with its offset, or seconds since 1970; in UTC."""
    value = given.get(name)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        at = datetime.fromisoformat(str(value))
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise BadInput("{name} has to be a time like 2026-11-22T08:00:00Z.", name=name)
