"""Siting studies: what was asked, what was proposed, what each cell gains."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Double, ForeignKey, Identity, Integer, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB, REAL, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from cameras.models import Camera
from data.columns import area_column, point_column
from data.database import Base


class SitingStudy(Base):
    """One question where new cameras would help most, and how its answering goes.

    `parameters` are those of `cameras.siting_solving.Asked`; `poles` places (lon, lat) given by hand, none means along
    the streets; `fixed` places with bearing (lon, lat, bearing_deg) that are chosen already, `barred` places that are
    out. `result`: value, bound, gap and what it stands on, once done.
    """

    __tablename__ = "siting_studies"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    area_code: Mapped[str] = mapped_column(Text, index=True)
    west: Mapped[float | None] = mapped_column(Double)
    south: Mapped[float | None] = mapped_column(Double)
    east: Mapped[float | None] = mapped_column(Double)
    north: Mapped[float | None] = mapped_column(Double)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    poles: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", default=list)
    fixed: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", default=list)
    barred: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", default=list)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("siting_studies.id", ondelete="SET NULL"), index=True)
    status: Mapped[str] = mapped_column(Text, server_default="waiting", default="waiting")
    step: Mapped[str | None] = mapped_column(Text)
    share: Mapped[float] = mapped_column(REAL, server_default=text("0"), default=0)
    stop_asked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    sentence: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class SitingProposal(Base):
    """One camera that a study proposes; `decision`: what people say, `camera_id`: the planned camera it became."""

    __tablename__ = "siting_proposals"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey(SitingStudy.id, ondelete="CASCADE"), index=True)
    rank: Mapped[int] = mapped_column(Integer)
    place: Mapped[Any] = point_column()
    bearing_deg: Mapped[float] = mapped_column(REAL)
    weight: Mapped[float] = mapped_column(Double)
    share: Mapped[float] = mapped_column(Double)
    lost_without: Mapped[float] = mapped_column(Double)
    adds: Mapped[dict[str, float]] = mapped_column(JSONB)
    reasons: Mapped[list[Any]] = mapped_column(JSONB)
    entered_m2: Mapped[float] = mapped_column(Double, server_default=text("0"), default=0)
    dwellings: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    is_fixed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    decision: Mapped[str] = mapped_column(Text, server_default="open", default="open")
    camera_id: Mapped[int | None] = mapped_column(ForeignKey(Camera.id, ondelete="SET NULL"), index=True)
    view: Mapped[Any] = area_column(nullable=True)

    __table_args__ = (UniqueConstraint("study_id", "rank"),)


class SitingCell(Base):
    """What a study's proposals add to a cell: open ground and street metres seen before and after, by sample points."""

    __tablename__ = "siting_cells"

    study_id: Mapped[int] = mapped_column(ForeignKey(SitingStudy.id, ondelete="CASCADE"), primary_key=True)
    cell_id: Mapped[int] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"), primary_key=True, index=True)
    open_m2: Mapped[float] = mapped_column(Double)
    before_m2: Mapped[float] = mapped_column(Double)
    after_m2: Mapped[float] = mapped_column(Double)
    street_m: Mapped[float] = mapped_column(Double)
    street_before_m: Mapped[float] = mapped_column(Double)
    street_after_m: Mapped[float] = mapped_column(Double)
