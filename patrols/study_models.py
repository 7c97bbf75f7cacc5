"""Planning studies: patrols asked for several teams of an area and a day, and the routes found."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Double,
    ForeignKey,
    Identity,
    Integer,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, REAL, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from data.columns import line_column
from data.database import Base
from patrols.models import Shift


class PatrolStudy(Base):
    """One plan for a day, and how its making goes.

    `teams`: name, patrol team, station of each (lon, lat); `stops` checkpoints with dwell and window in minutes;
    `parameters` those of `patrols.study_solving.Asked`; `fingerprint` the version of the streets it was made on; `best`
    the lines of the best plan while it is being made; `result` its figures once done.
    """

    __tablename__ = "patrol_studies"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    division_id: Mapped[int] = mapped_column(ForeignKey("divisions.id"), index=True)
    plan_on: Mapped[date] = mapped_column(Date, index=True)
    starts_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    hours: Mapped[float] = mapped_column(REAL)
    mode: Mapped[str] = mapped_column(Text, server_default="foot", default="foot")
    teams: Mapped[list[Any]] = mapped_column(JSONB)
    stops: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", default=list)
    forbidden: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}", default=list)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    seed: Mapped[int] = mapped_column(BigInteger)
    fingerprint: Mapped[str | None] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("patrol_studies.id", ondelete="SET NULL"), index=True)
    status: Mapped[str] = mapped_column(Text, server_default="waiting", default="waiting")
    step: Mapped[str | None] = mapped_column(Text)
    share: Mapped[float] = mapped_column(REAL, server_default=text("0"), default=0)
    best: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    stop_asked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    sentence: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class PatrolStudyRoute(Base):
    """One team's route in a study; `team` counts from 0 in the study's teams.

    `stretches` are the parts of edges (edge, from, to) of the network of the study's fingerprint.
    """

    __tablename__ = "patrol_study_routes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey(PatrolStudy.id, ondelete="CASCADE"))
    team: Mapped[int] = mapped_column(Integer)
    path: Mapped[Any] = line_column()
    length_m: Mapped[float] = mapped_column(Double)
    duration_s: Mapped[float] = mapped_column(Double)
    covered_priority: Mapped[float] = mapped_column(Double)
    covered_m: Mapped[float] = mapped_column(Double)
    stretches: Mapped[list[Any]] = mapped_column(JSONB)
    street_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    visits: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", default=list)
    reasons: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)
    is_locked: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    shift_id: Mapped[int | None] = mapped_column(ForeignKey(Shift.id, ondelete="SET NULL"), index=True)

    __table_args__ = (UniqueConstraint("study_id", "team"),)
