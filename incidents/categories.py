"""The category code list: what may be reported, with its words, priority and time to close."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.errors import NotFound, Refused
from data.events import record
from incidents.clocks import CLOCKS
from incidents.models import IncidentCategory

PRIORITIES = ("urgent", "important", "general", "long")
LONGEST_MIN = 366 * 24 * 60


@dataclass(frozen=True)
class CategoryChanged:
    """A line of the category list was added or changed."""

    scheme: str
    code: str
    changes: dict[str, object]


def list_categories(session: Session, scheme: str, *, only_active: bool = False) -> list[IncidentCategory]:
    """The lines of a scheme, in the order in which people see them."""
    query = select(IncidentCategory).where(IncidentCategory.scheme == scheme)
    if only_active:
        query = query.where(IncidentCategory.is_active)
    return list(session.scalars(query.order_by(IncidentCategory.position, IncidentCategory.code)))


def get_category(session: Session, scheme: str, code: str) -> IncidentCategory:
    """A line of the list, or NotFound."""
    category = session.get(IncidentCategory, (scheme, code))
    if category is None:
        raise NotFound("There is no category {code} in the list {scheme}.", code=code, scheme=scheme)
    return category


def save_category(
    session: Session, scheme: str, code: str, *, actor_id: int | None, **values: object
) -> IncidentCategory:
    """Add a line, or change the one with that code; what is not given stays. Raises Refused for impossible values.

    A line is never deleted, because old incidents name it; `is_active=False` takes it out of the choice.
    """
    if values.get("priority", "general") not in PRIORITIES:
        raise Refused("The priority has to be one of {priorities}.", priorities=", ".join(PRIORITIES))
    close_within_min = values.get("close_within_min", 1)
    if not isinstance(close_within_min, int) or not 1 <= close_within_min <= LONGEST_MIN:
        raise Refused("The time to close has to be between 1 minute and 366 days.")
    if values.get("close_clock", "days") not in CLOCKS:
        raise Refused("Choose one of the clocks.")
    for name in ("name_zh", "name_en"):
        if name in values and not str(values[name]).strip():
            raise Refused("A category needs a Chinese and an English name.")
    category = session.get(IncidentCategory, (scheme, code)) or IncidentCategory(scheme=scheme, code=code)
    changes = {name: [getattr(category, name), value] for name, value in values.items()}
    differs: dict[str, object] = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    for name, value in values.items():
        setattr(category, name, value)
    session.add(category)
    session.flush()
    changed = CategoryChanged(scheme=scheme, code=code, changes=differs)
    record(session, changed, subject=f"category:{code}", actor_id=actor_id)
    return category
