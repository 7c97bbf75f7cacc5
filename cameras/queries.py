"""Reads: the last computation of coverage, its worst cells, its largest gaps."""

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from cameras.models import CoverageRun
from data.sql import sql
from data.tiles import patterns
from grids.queries import under


def find_last_run(session: Session) -> CoverageRun | None:
    """The newest computation of coverage that has ended well."""
    done = select(CoverageRun).where(CoverageRun.status == "done")
    return session.scalar(done.order_by(CoverageRun.finished_at.desc(), CoverageRun.id.desc()).limit(1))


def coverage_totals(session: Session, scope: tuple[str, ...]) -> RowMapping:
    """Of an area: open ground and how much of it is watched, street metres and how many are not, cameras by state."""
    return session.execute(sql("cameras", "coverage_totals"), {"scope": patterns(scope)}).mappings().one()


def list_worst_cells(session: Session, scope: tuple[str, ...], *, limit: int = 20) -> list[RowMapping]:
    """Cells with the most street metres that no camera sees."""
    asked = {"scope": patterns(scope), "limit": limit}
    return list(session.execute(sql("cameras", "worst_cells"), asked).mappings())


def list_largest_gaps(session: Session, scope: tuple[str, ...], *, limit: int = 20) -> list[RowMapping]:
    """Gaps with the most street, each with a point inside it to show on the map."""
    asked = {"scope": patterns(scope), "limit": limit}
    return list(session.execute(sql("cameras", "largest_gaps"), asked).mappings())


def list_longest_street_gaps(session: Session, scope: tuple[str, ...], *, limit: int = 20) -> list[RowMapping]:
    """The longest stretches of street that no camera sees, each with its middle."""
    asked = {"scope": patterns(scope), "limit": limit}
    return list(session.execute(sql("cameras", "longest_street_gaps"), asked).mappings())


def coverage_by_division(session: Session, scope: tuple[str, ...], *, digits: int = 9) -> list[RowMapping]:
    """The figures of each township (9 digits) or village (12) that lies in an area of `scope` or holds one."""
    asked = {"scope": patterns(scope), "digits": digits}
    return list(session.execute(sql("cameras", "coverage_by_division"), asked).mappings())


def list_findings(
    session: Session, scope: tuple[str, ...], *, kind: str | None = None, limit: int = 500
) -> list[RowMapping]:
    """What should be looked at in the data: cameras moved far, blind, walled in, refused; buildings left out."""
    asked = {"scope": patterns(scope), "kind": kind, "limit": limit}
    return list(session.execute(sql("cameras", "coverage_findings"), asked).mappings())


def list_runs(session: Session, scope: tuple[str, ...] = ("",), *, limit: int = 20) -> list[CoverageRun]:
    """The newest computations of coverage of an area, whatever became of them."""
    asked = select(CoverageRun).where(under(CoverageRun.area_code, scope))
    return list(session.scalars(asked.order_by(CoverageRun.id.desc()).limit(limit)))
