"""Lists of what coverage has found: cells, gaps, street gaps, by page or whole for a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from data.errors import NotFound
from data.sql import sql
from data.tiles import patterns

Scope = tuple[str, ...]

CELL_SORTS = ("code", "open", "watched", "twice", "thrice", "unseen", "incidents", "cameras")
GAP_SORTS = ("street", "incidents", "area")
STREET_SORTS = ("length", "incidents")
#: What can be taken away as a file.
TAKEN = ("cells", "gaps", "street_gaps", "cameras")
PER_PAGE = 50


@dataclass(frozen=True)
class Page:
    """One page of a list, which page it is, and how many lines there are in all."""

    rows: list[RowMapping]
    number: int
    total: int

    @property
    def has_more(self) -> bool:
        """Whether there is a page after this one."""
        return self.number * PER_PAGE < self.total

    @property
    def first_rank(self) -> int:
        """The rank of the first line."""
        return (self.number - 1) * PER_PAGE + 1


def narrowed(scope: Scope, area: str) -> Scope:
    """The part of `scope` that lies in the area with this code ("" = all of it). Raises NotFound when there is none.

    >>> narrowed(("990101001", "990101002"), "990101002001"), narrowed(("990101001",), "990101")
    (('990101002001',), ('990101001',))
    """
    is_code = area == "" or (area.isascii() and area.isdigit())
    if is_code and any(area.startswith(prefix) for prefix in scope):
        return (area,)
    inside = tuple(prefix for prefix in scope if prefix.startswith(area))
    if not inside or not is_code:
        raise NotFound("There is nothing at this address, or it lies outside your area.")
    return inside


def area_figures(session: Session, scope: Scope) -> RowMapping:
    """Everything that is said of an area in one line."""
    return session.execute(sql("cameras", "area_figures"), {"scope": patterns(scope)}).mappings().one()


def list_cells(
    session: Session, scope: Scope, *, words: str = "", sort: str = "unseen", is_rising: bool = False, page: int = 1
) -> Page:
    """Cells with their coverage; `sort` is one of CELL_SORTS."""
    return _page(session, "listed_cells", scope, page, sort=sort, words=words, sign=1 if is_rising else -1)


def list_gaps(session: Session, scope: Scope, *, sort: str = "street", page: int = 1) -> Page:
    """Gaps, those that matter most first; `sort` is one of GAP_SORTS."""
    return _page(session, "listed_gaps", scope, page, sort=sort)


def list_street_gaps(session: Session, scope: Scope, *, sort: str = "length", page: int = 1) -> Page:
    """Stretches of street no camera sees, those that matter most first; `sort` is one of STREET_SORTS."""
    return _page(session, "listed_street_gaps", scope, page, sort=sort)


def _page(session: Session, question: str, scope: Scope, number: int, **asked: Any) -> Page:
    asked |= {"scope": patterns(scope), "limit": PER_PAGE, "skip": (number - 1) * PER_PAGE}
    rows = list(session.execute(sql("cameras", question), asked).mappings())
    return Page(rows, number, rows[0]["total"] if rows else 0)


def take(session: Session, what: str, scope: Scope) -> Iterator[RowMapping]:
    """All lines of one of TAKEN, some at a time from the database; `shape` is WKB in WGS 84.

    Raises NotFound for anything else.
    """
    if what not in TAKEN:
        raise NotFound("There is nothing at this address, or it lies outside your area.")
    return _taken(session, what, scope)


def _taken(session: Session, what: str, scope: Scope) -> Iterator[RowMapping]:
    asked = {"scope": patterns(scope)}
    yield from session.execute(sql("cameras", f"taken_{what}"), asked, execution_options={"yield_per": 1000}).mappings()
