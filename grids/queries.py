"""Reads: divisions, cells, who answers for them."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from data.errors import NotFound
from grids.models import Division


@dataclass(frozen=True)
class DivisionLine:
    """A division without its geometry."""

    id: int
    code: str
    level: str
    name: str
    name_en: str | None


def under(code_column: ColumnElement, scope: tuple[str, ...]) -> ColumnElement[bool]:
    """The condition that a code lies in one of the areas of `scope` (prefixes; "" is everywhere, none is nowhere)."""
    if "" in scope:
        return func.coalesce(True)
    return or_(False, *(code_column.like(f"{prefix}%") for prefix in scope))


def list_divisions(session: Session, scope: tuple[str, ...]) -> list[DivisionLine]:
    """Today's divisions of an area in the order of their codes: each parent before its children."""
    query = (
        select(Division.id, Division.code, Division.level, Division.name, Division.name_en)
        .where(Division.validity.contains(func.current_date()), under(Division.code, scope))
        .order_by(Division.code)
    )
    return [DivisionLine(*row) for row in session.execute(query)]


def get_division(session: Session, code: str, scope: tuple[str, ...]) -> Division:
    """Today's division with that code, or NotFound when there is none in the area."""
    division = session.scalar(
        select(Division).where(
            Division.code == code, Division.validity.contains(func.current_date()), under(Division.code, scope)
        )
    )
    if division is None:
        raise NotFound("There is no division with the code {code} in your area.", code=code)
    return division
