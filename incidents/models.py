"""Incidents, their categories, their action log and their photos."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, REAL, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from data.columns import point_column, tile_twin
from data.database import Base

_OPEN = text("status NOT IN ('closed', 'void')")
_NUMBER = (
    "to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD') || '-' || to_char(nextval('incident_numbers'), 'FM999999000000')"
)


class IncidentCategory(Base):
    """A line of the category code list (小类) under its scheme."""

    __tablename__ = "incident_categories"

    scheme: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    group_code: Mapped[str | None] = mapped_column(Text)
    priority: Mapped[str] = mapped_column(Text, server_default="general", default="general")
    close_within_min: Mapped[int] = mapped_column(Integer, server_default=text("7200"), default=7200)
    icon: Mapped[str | None] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer, server_default=text("100"), default=100)
    needed_skill: Mapped[str | None] = mapped_column(Text)
    close_clock: Mapped[str] = mapped_column(Text, server_default="days", default="days")
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)


class Incident(Base):
    """Something that happened somewhere. The id is made by the client, so that a retry is no second case."""

    __tablename__ = "incidents"

    id: Mapped[UUID] = mapped_column(PG_UUID(as_uuid=True), primary_key=True)
    number: Mapped[str] = mapped_column(Text, server_default=text(_NUMBER), unique=True)
    scheme: Mapped[str] = mapped_column(Text)
    category_code: Mapped[str] = mapped_column(Text)
    priority: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="", default="")
    place_text: Mapped[str | None] = mapped_column(Text)
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    source_crs: Mapped[str] = mapped_column(Text, server_default="wgs84", default="wgs84")
    raw_x: Mapped[float | None] = mapped_column(Double)
    raw_y: Mapped[float | None] = mapped_column(Double)
    cell_id: Mapped[int | None] = mapped_column(ForeignKey("cells.id", ondelete="SET NULL"), index=True)
    location_code: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reported_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now(), index=True)
    status: Mapped[str] = mapped_column(Text, server_default="reported", default="reported")
    status_since: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    due_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("workers.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("patrol_teams.id"))
    due_clock: Mapped[str] = mapped_column(Text, server_default="urgent", default="urgent")
    yellow_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    state_due_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    state_yellow_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    payload_sha256: Mapped[str | None] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text, server_default="village", default="village")
    escalated_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"), default=1)
    place: Mapped[Any] = point_column()
    place_3857: Mapped[Any] = tile_twin("place", "POINT")

    __table_args__ = (
        ForeignKeyConstraint(
            ["scheme", "category_code"],
            ["incident_categories.scheme", "incident_categories.code"],
            name="fk_incidents_category",
        ),
        Index(
            "ix_incidents_location_code",
            "location_code",
            postgresql_ops={"location_code": "text_pattern_ops"},
        ),
        Index("ix_incidents_open", "status", "due_at", postgresql_where=_OPEN),
        Index("ix_incidents_state_due_open", "state_due_at", postgresql_where=_OPEN),
        Index("ix_incidents_worker_open", "worker_id", postgresql_where=_OPEN),
        Index("ix_incidents_team_open", "team_id", postgresql_where=_OPEN),
    )


class IncidentAction(Base):
    """One line of the case log: who did what when, and from which status to which."""

    __tablename__ = "incident_actions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey(Incident.id, ondelete="CASCADE"), index=True)
    action: Mapped[str] = mapped_column(Text)
    from_status: Mapped[str | None] = mapped_column(Text)
    to_status: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    recorded_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


class IncidentPhoto(Base):
    """A photo of an incident; the picture itself lies in the photo folder under its hash."""

    __tablename__ = "incident_photos"

    incident_id: Mapped[UUID] = mapped_column(ForeignKey(Incident.id, ondelete="CASCADE"), primary_key=True)
    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    stage: Mapped[str] = mapped_column(Text)
    width_px: Mapped[int] = mapped_column(Integer)
    height_px: Mapped[int] = mapped_column(Integer)
    size_bytes: Mapped[int] = mapped_column(Integer)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


class OfficeHours(Base):
    """When the centre works: one row; hours by weekday (1 is Monday) as `incidents.clocks.read_windows` reads them."""

    __tablename__ = "office_hours"

    id: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=text("true"), default=True)
    zone: Mapped[str] = mapped_column(Text, server_default="Asia/Shanghai", default="Asia/Shanghai")
    hours: Mapped[dict[str, str]] = mapped_column(JSONB)


class CalendarDay(Base):
    """A holiday, or a day that is worked although its weekday is not."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    is_worked: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(Text, server_default="", default="")


class DeadlineRule(Base):
    """How long a stage of a case of that priority may take: minutes, or days on the working-days clock."""

    __tablename__ = "deadline_rules"

    priority: Mapped[str] = mapped_column(Text, primary_key=True)
    stage: Mapped[str] = mapped_column(Text, primary_key=True)
    clock: Mapped[str] = mapped_column(Text)
    amount: Mapped[float] = mapped_column(Double)
