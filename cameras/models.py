"""The camera register and what the cameras see."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, REAL, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from data.columns import area_column, derived, point_column, tile_twin
from data.database import Base


class Camera(Base):
    """One camera (一机一档). Bearings are clockwise from true north; `place` is WGS 84."""

    __tablename__ = "cameras"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    gb_code: Mapped[str | None] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, server_default="bullet", default="bullet")
    status: Mapped[str] = mapped_column(Text, server_default="online", default="online")
    place: Mapped[Any] = point_column()
    mount_height_m: Mapped[float] = mapped_column(REAL, server_default=text("4.5"), default=4.5)
    bearing_deg: Mapped[float] = mapped_column(REAL, server_default=text("0"), default=0)
    hfov_deg: Mapped[float] = mapped_column(REAL, server_default=text("60"), default=60)
    range_m: Mapped[float] = mapped_column(REAL, server_default=text("50"), default=50)
    pixels_h: Mapped[int] = mapped_column(Integer, server_default=text("2560"), default=2560)
    owner_class: Mapped[int | None] = mapped_column(SmallInteger)
    owner: Mapped[str | None] = mapped_column(Text)
    legal_basis: Mapped[str] = mapped_column(Text, server_default="unknown", default="unknown")
    signage: Mapped[str] = mapped_column(Text, server_default="unknown", default="unknown")
    sign_seen_on: Mapped[date | None] = mapped_column(Date)
    filing_no: Mapped[str | None] = mapped_column(Text)
    filed_on: Mapped[date | None] = mapped_column(Date)
    retention_days: Mapped[int | None] = mapped_column(SmallInteger)
    installed_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(Text, server_default="operator", default="operator")
    source_crs: Mapped[str] = mapped_column(Text, server_default="wgs84", default="wgs84")
    raw_x: Mapped[float | None] = mapped_column(Double)
    raw_y: Mapped[float | None] = mapped_column(Double)
    cell_id: Mapped[int | None] = mapped_column(ForeignKey("cells.id", ondelete="SET NULL"), index=True)
    location_code: Mapped[str | None] = mapped_column(Text)
    place_3857: Mapped[Any] = tile_twin("place", "POINT")

    __table_args__ = (
        Index("ix_cameras_location_code", "location_code", postgresql_ops={"location_code": "text_pattern_ops"}),
    )


class CoverageRun(Base):
    """One calculation of what the cameras of an area see, with what went into it."""

    __tablename__ = "coverage_runs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    area_code: Mapped[str] = mapped_column(Text)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    fingerprint: Mapped[str] = mapped_column(Text)
    camera_count: Mapped[int] = mapped_column(Integer)
    building_count: Mapped[int] = mapped_column(Integer)
    refused: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    started_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    finished_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class CameraView(Base):
    """What one camera sees among the buildings; nothing when it is blind."""

    __tablename__ = "camera_views"

    camera_id: Mapped[int] = mapped_column(ForeignKey(Camera.id, ondelete="CASCADE"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey(CoverageRun.id, ondelete="CASCADE"), index=True)
    exact_area_m2: Mapped[float] = mapped_column(Double)
    polygon_area_m2: Mapped[float] = mapped_column(Double)
    snapped_m: Mapped[float] = mapped_column(REAL, server_default=text("0"), default=0)
    is_blind: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    view: Mapped[Any] = area_column(nullable=True)
    view_3857: Mapped[Any] = tile_twin("view", "MULTIPOLYGON")


class CellCoverage(Base):
    """How much of a cell's open ground is watched."""

    __tablename__ = "cell_coverages"

    cell_id: Mapped[int] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey(CoverageRun.id, ondelete="CASCADE"), index=True)
    open_area_m2: Mapped[float] = mapped_column(Double)
    watched_area_m2: Mapped[float] = mapped_column(Double)
    watched_twice_area_m2: Mapped[float] = mapped_column(Double, server_default=text("0"), default=0)
    street_m: Mapped[float] = mapped_column(Double, server_default=text("0"), default=0)
    unwatched_street_m: Mapped[float] = mapped_column(Double, server_default=text("0"), default=0)
    camera_count: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    watched_share: Mapped[float | None] = derived(
        Double, "CASE WHEN open_area_m2 > 0 THEN least(1, watched_area_m2 / open_area_m2) END"
    )


class CoverageGap(Base):
    """Open ground by a street that no camera sees."""

    __tablename__ = "coverage_gaps"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey(CoverageRun.id, ondelete="CASCADE"), index=True)
    cell_id: Mapped[int | None] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"), index=True)
    location_code: Mapped[str | None] = mapped_column(Text)
    street_m: Mapped[float] = mapped_column(Double, server_default=text("0"), default=0)
    area: Mapped[Any] = area_column()
    area_m2: Mapped[float] = derived(Double, "st_area(area::geography)")
    area_3857: Mapped[Any] = tile_twin("area", "MULTIPOLYGON")

    __table_args__ = (
        Index(
            "ix_coverage_gaps_location_code",
            "location_code",
            postgresql_ops={"location_code": "text_pattern_ops"},
        ),
    )
