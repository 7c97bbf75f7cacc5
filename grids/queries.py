"""Reads: divisions, cells, who answers for them."""

from dataclasses import dataclass

from sqlalchemy import RowMapping, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from data.errors import NotFound
from data.sql import sql
from data.tiles import patterns
from grids.models import Cell, Division


@dataclass(frozen=True)
class DivisionLine:
    """A division without its geometry."""

    id: int
    code: str
    level: str
    name: str
    name_en: str | None


def under(code_column: ColumnElement[str] | InstrumentedAttribute[str], scope: tuple[str, ...]) -> ColumnElement[bool]:
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


def list_cells(
    session: Session, scope: tuple[str, ...], *, search: str = "", only_vacant: bool = False, limit: int = 300
) -> list[RowMapping]:
    """Today's cells of an area with their lead and substitute, by code; `only_vacant`: those nobody leads."""
    asked = {"scope": patterns(scope), "search": search, "only_vacant": only_vacant, "limit": limit}
    return list(session.execute(sql("grids", "cells_with_leads"), asked).mappings())


def get_cell(session: Session, code: str, scope: tuple[str, ...]) -> Cell:
    """Today's cell with that code, or NotFound when there is none in the area."""
    cell = session.scalar(
        select(Cell).where(Cell.code == code, Cell.validity.contains(func.current_date()), under(Cell.code, scope))
    )
    if cell is None:
        raise NotFound("There is no cell {code} in your area.", code=code)
    return cell


def list_assignments(session: Session, cell: Cell) -> list[RowMapping]:
    """Everybody who answered, answers or will answer for a cell, latest first."""
    return list(session.execute(sql("grids", "cell_assignments_of"), {"cell_id": cell.id}).mappings())


def list_candidates(
    session: Session, cell: Cell, scope: tuple[str, ...], *, search: str = "", limit: int = 40
) -> list[RowMapping]:
    """Workers who could answer for a cell: near and little burdened first, each with both numbers."""
    asked = {"cell_id": cell.id, "scope": patterns(scope), "search": search, "limit": limit}
    return list(session.execute(sql("grids", "worker_candidates"), asked).mappings())


def cell_bounds(session: Session, cell: Cell) -> tuple[float, float, float, float]:
    """West, south, east, north of a cell in degrees."""
    box = func.st_envelope(Cell.area)
    row = session.execute(
        select(func.st_xmin(box), func.st_ymin(box), func.st_xmax(box), func.st_ymax(box)).where(Cell.id == cell.id)
    ).one()
    return row[0], row[1], row[2], row[3]
