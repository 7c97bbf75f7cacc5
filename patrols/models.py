"""Teams, members, route plans with their checkpoints, shifts, sessions and position fixes."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
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
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, REAL, TIMESTAMP, TSTZRANGE
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from data.columns import WGS84, derived, line_column, point_column, tile_twin
from data.database import Base


class PatrolTeam(Base):
    """A full-time or volunteer team with its station."""

    __tablename__ = "patrol_teams"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    division_id: Mapped[int] = mapped_column(ForeignKey("divisions.id"), index=True)
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}", default=list)
    station: Mapped[Any] = point_column(nullable=True)


class PatrolMember(Base):
    """A full-time patroller or a volunteer; as little about the person as the roster needs."""

    __tablename__ = "patrol_members"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    team_id: Mapped[int | None] = mapped_column(ForeignKey(PatrolTeam.id), index=True)
    division_id: Mapped[int] = mapped_column(ForeignKey("divisions.id"), index=True)
    home: Mapped[Any] = point_column(nullable=True)
    joined_on: Mapped[date] = mapped_column(Date, server_default=func.current_date())
    left_on: Mapped[date | None] = mapped_column(Date)


class RoutePlan(Base):
    """A route on the street network, drawn by a leader or suggested by the planner."""

    __tablename__ = "route_plans"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    division_id: Mapped[int] = mapped_column(ForeignKey("divisions.id"), index=True)
    method: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="draft", default="draft")
    mode: Mapped[str] = mapped_column(Text, server_default="foot", default="foot")
    walk_s: Mapped[int] = mapped_column(Integer)
    seed: Mapped[int | None] = mapped_column(BigInteger)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    reasons: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    path: Mapped[Any] = line_column()
    length_m: Mapped[float] = derived(Double, "st_length(path::geography)")
    path_3857: Mapped[Any] = tile_twin("path", "LINESTRING")


class Checkpoint(Base):
    """A place a route passes, in order; `dwell_min` is how long to stay."""

    __tablename__ = "checkpoints"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    route_plan_id: Mapped[int] = mapped_column(ForeignKey(RoutePlan.id, ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    name: Mapped[str | None] = mapped_column(Text)
    dwell_min: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"), default=0)
    is_mandatory: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)
    place: Mapped[Any] = point_column()
    code: Mapped[str] = mapped_column(
        Text, unique=True, server_default=text("replace((gen_random_uuid())::text, '-'::text, ''::text)")
    )

    __table_args__ = (UniqueConstraint("route_plan_id", "seq", deferrable=True, initially="DEFERRED"),)


class Shift(Base):
    """A stretch of time in which members walk, usually along a route plan."""

    __tablename__ = "shifts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    division_id: Mapped[int] = mapped_column(ForeignKey("divisions.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey(PatrolTeam.id), index=True)
    route_plan_id: Mapped[int | None] = mapped_column(ForeignKey(RoutePlan.id), index=True)
    starts_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    period: Mapped[Any] = derived(TSTZRANGE, "tstzrange(starts_at, ends_at)")
    capacity: Mapped[int] = mapped_column(Integer, server_default=text("12"), default=12)
    is_open_to_volunteers: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    status: Mapped[str] = mapped_column(Text, server_default="published", default="published")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    frequency_min: Mapped[int | None] = mapped_column(SmallInteger)
    tolerance_min: Mapped[int | None] = mapped_column(SmallInteger)
    join_code: Mapped[str] = mapped_column(
        Text, unique=True, server_default=text("replace((gen_random_uuid())::text, '-'::text, ''::text)")
    )
    repeat_of: Mapped[int | None] = mapped_column(ForeignKey("shifts.id"))

    __table_args__ = (
        UniqueConstraint("id", "period"),
        Index("ix_shifts_division_id_starts_at", "division_id", "starts_at"),
    )


class ShiftMember(Base):
    """A member in a shift; the period travels along so that the database refuses two shifts at once."""

    __tablename__ = "shift_members"

    shift_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(PatrolMember.id), primary_key=True)
    period: Mapped[Any] = mapped_column(TSTZRANGE)
    joined_how: Mapped[str] = mapped_column(Text)
    joined_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(
            ["shift_id", "period"],
            ["shifts.id", "shifts.period"],
            name="fk_shift_members_shift",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
    )


class PatrolSession(Base):
    """From a member's own start to the own end; positions exist only in between."""

    __tablename__ = "patrol_sessions"

    id: Mapped[UUID] = mapped_column(PG_UUID(as_uuid=True), primary_key=True, server_default=func.gen_random_uuid())
    member_id: Mapped[int] = mapped_column(ForeignKey(PatrolMember.id))
    shift_id: Mapped[int | None] = mapped_column(ForeignKey(Shift.id), index=True)
    started_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    __table_args__ = (
        Index("uq_patrol_sessions_one_open", "member_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_patrol_sessions_member_id_started_at", "member_id", "started_at"),
    )


class Device(Base):
    """A member's telephone or tracker that may send positions; the token itself is known to nobody but the device."""

    __tablename__ = "devices"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(PatrolMember.id), index=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[bytes] = mapped_column(BYTEA, unique=True)
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    last_seen_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    last_fixed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    battery_pct: Mapped[int | None] = mapped_column(SmallInteger)
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    minute_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    minute_requests: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)


class DeviceRefusal(Base):
    """How many positions of a device were refused on a day, and why; their places are not kept."""

    __tablename__ = "device_refusals"

    device_id: Mapped[int] = mapped_column(ForeignKey(Device.id, ondelete="CASCADE"), primary_key=True)
    refused_on: Mapped[date] = mapped_column(Date, primary_key=True)
    reason: Mapped[str] = mapped_column(Text, primary_key=True)
    positions: Mapped[int] = mapped_column(BigInteger)


class PositionFix(Base):
    """Where a member was at a moment of the session; one table a day (UTC), so that old days go at a stroke.

    `mark` is "ok" or why the fix does not count. `is_coarse`: only the minute and the place to about 100 m are left.
    """

    __tablename__ = "position_fixes"
    __table_args__ = (
        Index(
            "ix_position_fixes_received_at",
            "received_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
        ),
        {"postgresql_partition_by": "RANGE (fixed_at)"},
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey(PatrolSession.id, ondelete="CASCADE"), primary_key=True)
    fixed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    source: Mapped[str] = mapped_column(Text, server_default="app", default="app")
    place: Mapped[Any] = mapped_column(Geometry("POINT", srid=WGS84, spatial_index=False))
    mark: Mapped[str] = mapped_column(Text, server_default="ok", default="ok")
    speed_mps: Mapped[float | None] = mapped_column(REAL)
    bearing_deg: Mapped[float | None] = mapped_column(REAL)
    battery_pct: Mapped[int | None] = mapped_column(SmallInteger)
    is_mocked: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    is_coarse: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    device_id: Mapped[int | None] = mapped_column(ForeignKey(Device.id))


class StreetPart(Base):
    """A part of a street between two crossings that somebody planned or walked; `last_walked_at` is kept with it."""

    __tablename__ = "street_parts"
    __table_args__ = (UniqueConstraint("street_id", "from_m", "to_m"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    street_id: Mapped[int] = mapped_column(ForeignKey("streets.id", ondelete="CASCADE"))
    from_m: Mapped[int] = mapped_column(Integer)
    to_m: Mapped[int] = mapped_column(Integer)
    length_m: Mapped[float] = mapped_column(REAL)
    path: Mapped[Any] = line_column()
    path_3857: Mapped[Any] = tile_twin("path", "LINESTRING")
    cell_code: Mapped[str | None] = mapped_column(Text, index=True)
    last_walked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class WalkedPart(Base):
    """What one patrol walked of a part of a street; kept as long as positions are."""

    __tablename__ = "walked_parts"
    __table_args__ = (Index("ix_walked_parts_part_id_walked_on", "part_id", "walked_on"),)

    session_id: Mapped[UUID] = mapped_column(ForeignKey(PatrolSession.id, ondelete="CASCADE"), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey(StreetPart.id, ondelete="CASCADE"), primary_key=True)
    walked_on: Mapped[date] = mapped_column(Date)
    passes: Mapped[int] = mapped_column(SmallInteger)
    share: Mapped[float] = mapped_column(REAL)
    is_counted: Mapped[bool] = mapped_column(Boolean)
    is_voluntary: Mapped[bool] = mapped_column(Boolean)
    last_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class StreetPartDay(Base):
    """How often a part of a street was walked on a day; stays when it is forgotten who walked."""

    __tablename__ = "street_part_days"
    __table_args__ = (Index("ix_street_part_days_walked_on_part_id", "walked_on", "part_id"),)

    part_id: Mapped[int] = mapped_column(ForeignKey(StreetPart.id, ondelete="CASCADE"), primary_key=True)
    walked_on: Mapped[date] = mapped_column(Date, primary_key=True)
    passes: Mapped[int] = mapped_column(Integer)
    voluntary_passes: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))


class PatrolVerification(Base):
    """What a patrol's positions say: figures, whether they can be believed, and what was decided about it."""

    __tablename__ = "patrol_verifications"

    session_id: Mapped[UUID] = mapped_column(ForeignKey(PatrolSession.id, ondelete="CASCADE"), primary_key=True)
    verified_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    is_voluntary: Mapped[bool] = mapped_column(Boolean)
    verdict: Mapped[str] = mapped_column(Text)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]", default=list)
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    appeal: Mapped[str | None] = mapped_column(Text)
    appealed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    decision: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    decision_note: Mapped[str | None] = mapped_column(Text)
