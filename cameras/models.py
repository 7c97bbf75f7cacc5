"""The camera register and what the cameras see."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Double,
    FetchedValue,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, REAL, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

import accounts.models  # noqa: F401 - the tables that ours refer to
import grids.ground
import grids.models  # noqa: F401
from data.columns import area_column, derived, line_column, point_column, tile_twin
from data.database import Base
from data.layers import Xid8


def _code_index(table: str) -> Index:
    """The index for asking what lies in a division: codes that begin with its code."""
    return Index(f"ix_{table}_location_code", "location_code", postgresql_ops={"location_code": "text_pattern_ops"})


class Camera(Base):
    """One camera (一机一档). Bearings are clockwise from true north; `place` is WGS 84.

    `pitch_deg`: how far its middle looks below the horizon. `version` is counted by the database at every change.
    """

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
    pitch_deg: Mapped[float | None] = mapped_column(REAL)
    vfov_deg: Mapped[float | None] = mapped_column(REAL)
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
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"), server_onupdate=FetchedValue())

    __table_args__ = (_code_index("cameras"),)


class CoverageRun(Base):
    """One calculation of what the cameras of an area see: how far it is, what went into it, what came out.

    `frame_lon`, `frame_lat` are the centre of the metric frame it measured in. `started_at`, `finished_at` and
    `fingerprint` are empty as long as it has not come so far.
    """

    __tablename__ = "coverage_runs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    area_code: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="done", default="done", index=True)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    fingerprint: Mapped[str] = mapped_column(Text, nullable=True)
    engine_version: Mapped[str | None] = mapped_column(Text)
    frame_lon: Mapped[float | None] = mapped_column(Double)
    frame_lat: Mapped[float | None] = mapped_column(Double)
    camera_count: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    building_count: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    refused: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", default=list)
    seconds: Mapped[dict[str, float]] = mapped_column(JSONB, server_default="{}", default=dict)
    quality: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    asked_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    started_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), nullable=True)
    finished_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), nullable=True)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    step: Mapped[str | None] = mapped_column(Text)
    share: Mapped[float] = mapped_column(REAL, server_default=text("0"), default=0)
    progressed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    stop_asked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    stop_asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    sentence: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)


class CameraView(Base):
    """What one camera sees among the buildings; nothing when it is blind."""

    __tablename__ = "camera_views"

    camera_id: Mapped[int] = mapped_column(ForeignKey(Camera.id, ondelete="CASCADE"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey(CoverageRun.id, ondelete="CASCADE"), index=True)
    cell_id: Mapped[int | None] = mapped_column(ForeignKey("cells.id", ondelete="SET NULL"), index=True)
    exact_area_m2: Mapped[float] = mapped_column(Double)
    polygon_area_m2: Mapped[float] = mapped_column(Double)
    sector_area_m2: Mapped[float | None] = mapped_column(Double)
    snapped_m: Mapped[float] = mapped_column(REAL, server_default=text("0"), default=0)
    is_blind: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    is_walled_in: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    view: Mapped[Any] = area_column(nullable=True)
    view_3857: Mapped[Any] = tile_twin("view", "MULTIPOLYGON")


class CellCoverage(Base):
    """How much of a cell's open ground is watched, by one camera at least, by two, by three."""

    __tablename__ = "cell_coverages"

    cell_id: Mapped[int] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey(CoverageRun.id, ondelete="CASCADE"), index=True)
    open_area_m2: Mapped[float] = mapped_column(Double)
    watched_area_m2: Mapped[float] = mapped_column(Double)
    watched_twice_area_m2: Mapped[float] = mapped_column(Double, server_default=text("0"), default=0)
    watched_thrice_area_m2: Mapped[float | None] = mapped_column(Double)
    street_m: Mapped[float] = mapped_column(Double, server_default=text("0"), default=0)
    unwatched_street_m: Mapped[float] = mapped_column(Double, server_default=text("0"), default=0)
    camera_count: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    incident_weight: Mapped[float | None] = mapped_column(Double)
    watched_incident_weight: Mapped[float | None] = mapped_column(Double)
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
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
    incident_weight: Mapped[float | None] = mapped_column(Double)
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    area: Mapped[Any] = area_column()
    area_m2: Mapped[float] = derived(Double, "st_area(area::geography)")
    area_3857: Mapped[Any] = tile_twin("area", "MULTIPOLYGON")

    __table_args__ = (_code_index("coverage_gaps"),)


class CoverageStreetGap(Base):
    """A stretch of street that no camera sees; `location_code` is the cell its middle lies in."""

    __tablename__ = "coverage_street_gaps"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey(CoverageRun.id, ondelete="CASCADE"), index=True)
    street_id: Mapped[int] = mapped_column(ForeignKey("streets.id", ondelete="CASCADE"), index=True)
    location_code: Mapped[str | None] = mapped_column(Text)
    length_m: Mapped[float] = mapped_column(Double)
    incident_weight: Mapped[float | None] = mapped_column(Double)
    path: Mapped[Any] = line_column()
    path_3857: Mapped[Any] = tile_twin("path", "LINESTRING")

    __table_args__ = (_code_index("coverage_street_gaps"),)


class CellGround(Base):
    """A cell's ground as the engine made it, in metres of a frame, so that an edit need not make it again."""

    __tablename__ = "cell_grounds"

    cell_id: Mapped[int] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"), primary_key=True)
    frame_lon: Mapped[float] = mapped_column(Double)
    frame_lat: Mapped[float] = mapped_column(Double)
    near_streets: Mapped[bytes] = mapped_column(LargeBinary)
    water: Mapped[bytes] = mapped_column(LargeBinary)
    open_area_m2: Mapped[float | None] = mapped_column(Double)
    made_from: Mapped[bytes | None] = mapped_column(LargeBinary)


class CoverageFinding(Base):
    """What should be looked at in the data: a camera that was moved far, sees nothing, could not be computed …"""

    __tablename__ = "coverage_findings"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey(CoverageRun.id, ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    camera_id: Mapped[int | None] = mapped_column(ForeignKey(Camera.id, ondelete="CASCADE"), index=True)
    building_id: Mapped[int | None] = mapped_column(ForeignKey("buildings.id", ondelete="CASCADE"), index=True)
    location_code: Mapped[str | None] = mapped_column(Text)
    sentence: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    found_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())

    __table_args__ = (_code_index("coverage_findings"),)


class CoverageRunCell(Base):
    """A cell's figures as a run left them: the versions of `CellCoverage`."""

    __tablename__ = "coverage_run_cells"

    run_id: Mapped[int] = mapped_column(ForeignKey(CoverageRun.id, ondelete="CASCADE"), primary_key=True)
    cell_id: Mapped[int] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"), primary_key=True, index=True)
    open_area_m2: Mapped[float] = mapped_column(Double)
    watched_area_m2: Mapped[float] = mapped_column(Double)
    watched_twice_area_m2: Mapped[float] = mapped_column(Double)
    watched_thrice_area_m2: Mapped[float | None] = mapped_column(Double)
    street_m: Mapped[float] = mapped_column(Double)
    unwatched_street_m: Mapped[float] = mapped_column(Double)
    camera_count: Mapped[int] = mapped_column(Integer)


class CoverageChange(Base):
    """A camera, or the buildings in a box, that changed: a run that read before it looks again before it ends."""

    __tablename__ = "coverage_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    camera_id: Mapped[int | None] = mapped_column(BigInteger)
    west: Mapped[float | None] = mapped_column(Double)
    south: Mapped[float | None] = mapped_column(Double)
    east: Mapped[float | None] = mapped_column(Double)
    north: Mapped[float | None] = mapped_column(Double)
    changed_by: Mapped[str] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


def _check() -> Mapped[str]:
    """One line of the checklist: ok, fault or unchecked."""
    return mapped_column(Text, server_default="unchecked", default="unchecked")


class CameraInspection(Base):
    """What an inspector found at a camera; never changed. `next_due_on`: when somebody has to look again."""

    __tablename__ = "camera_inspections"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    camera_id: Mapped[int] = mapped_column(ForeignKey(Camera.id, ondelete="CASCADE"))
    inspected_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    inspected_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    picture_clear: Mapped[str] = _check()
    view_free: Mapped[str] = _check()
    bearing_right: Mapped[str] = _check()
    mount_firm: Mapped[str] = _check()
    sign_present: Mapped[str] = _check()
    power_network: Mapped[str] = _check()
    time_correct: Mapped[str] = _check()
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    measured_bearing_deg: Mapped[float | None] = mapped_column(REAL)
    next_due_on: Mapped[date] = mapped_column(Date)
    has_fault: Mapped[bool] = derived(
        Boolean,
        "'fault' IN (picture_clear, view_free, bearing_right, mount_firm, sign_present, power_network, time_correct)",
        nullable=False,
    )

    __table_args__ = (Index("ix_camera_inspections_camera_id", "camera_id", text("inspected_at DESC")),)
