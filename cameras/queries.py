"""Reads: the last computation of coverage, its worst cells, its largest gaps."""

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from cameras.models import CoverageRun
from data.sql import sql
from data.tiles import patterns


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
