"""Coverage by quality: same cameras, ground and buildings, counting only what is seen at so many pixels per metre."""

from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, Double, ForeignKey, RowMapping, Text, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from cameras.coverage import Parameters, read_input
from cameras.models import CoverageRun
from data.database import Base
from data.errors import NotFound
from data.sql import sql
from data.tiles import patterns
from gis.coverage import IEC_62676_4_2014, IEC_62676_4_2025, build_ground, build_scene, see, watched_in_cells

#: Tier → pixels per metre; "outline" is of the edition of 2025, the others of 2014.
TIERS = MappingProxyType(dict(IEC_62676_4_2014) | {"outline": IEC_62676_4_2025["outline"]})


class CoverageTier(Base):
    """How much of a cell's open ground is watched at a tier."""

    __tablename__ = "coverage_tiers"

    cell_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cells.id", ondelete="CASCADE"), primary_key=True)
    tier: Mapped[str] = mapped_column(Text, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey(CoverageRun.id, ondelete="CASCADE"), index=True)
    px_per_m: Mapped[float] = mapped_column(Double)
    watched_area_m2: Mapped[float] = mapped_column(Double)


def update_tiers(session: Session, run_id: int) -> int:
    """Compute the tiers of the cells of a run that has ended; returns how many cameras have no known picture width.

    Raises NotFound for no such run. The cameras and buildings are those of now, as a new run would find them.
    """
    run = session.get(CoverageRun, run_id)
    if run is None:
        raise NotFound("There is no such computation.")
    asked, given, unknown = Parameters(**run.parameters), read_input(session, run.area_code), 0
    scene = build_scene(given.buildings, given.heights_m if asked.has_heights else None)
    ground = build_ground(given.areas, scene, water_m=given.water, near_m=asked.near_street_m)
    cell_ids = [row.id for row in given.cells]
    session.execute(text("DELETE FROM coverage_tiers WHERE cell_id = ANY (:ids)"), {"ids": cell_ids})
    for tier, density in TIERS.items():
        views = see(scene, given.cameras.in_frame(given.frame), px_per_m=density)
        watched = watched_in_cells(views, ground)
        unknown = int(views.is_refused.sum())
        session.add_all(_rows(cell_ids, watched, tier, density, run_id))
    session.flush()
    return unknown


def _rows(cell_ids: list[int], watched: Any, tier: str, density: float, run_id: int) -> list[CoverageTier]:
    lines = zip(cell_ids, watched.tolist(), strict=True)
    return [
        CoverageTier(cell_id=cell_id, tier=tier, run_id=run_id, px_per_m=density, watched_area_m2=max(area, 0.0))
        for cell_id, area in lines
    ]


def area_tiers(session: Session, scope: tuple[str, ...]) -> list[RowMapping]:
    """How much of an area's open ground is seen at each tier, the coarsest first; empty when never computed."""
    return list(session.execute(sql("cameras", "area_tiers"), {"scope": patterns(scope)}).mappings())


def division_tiers(session: Session, scope: tuple[str, ...], *, digits: int) -> dict[str, dict[str, float | None]]:
    """Division's code (so many digits) → tier → share of its open ground watched; empty when never computed."""
    found: dict[str, dict[str, float | None]] = {}
    for row in session.execute(sql("cameras", "tiers_by_division"), {"scope": patterns(scope), "digits": digits}):
        found.setdefault(row.code, {})[row.tier] = row.share
    return found
