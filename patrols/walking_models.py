"""What happens while somebody is out: pauses, check-ins at checkpoints, calls for help."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import REAL, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from data.columns import point_column
from data.database import Base
from patrols.models import Checkpoint, PatrolMember, PatrolSession


class SessionPause(Base):
    """A stretch of a patrol in which no position is kept, by the member's own act."""

    __tablename__ = "session_pauses"

    session_id: Mapped[UUID] = mapped_column(ForeignKey(PatrolSession.id, ondelete="CASCADE"), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), primary_key=True)
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class CheckpointVisit(Base):
    """A member was at a checkpoint: by the phone's place, or by the code on the sign there."""

    __tablename__ = "checkpoint_visits"

    session_id: Mapped[UUID] = mapped_column(ForeignKey(PatrolSession.id, ondelete="CASCADE"), primary_key=True)
    checkpoint_id: Mapped[int] = mapped_column(
        ForeignKey(Checkpoint.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    visited_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    how: Mapped[str] = mapped_column(Text)
    distance_m: Mapped[float | None] = mapped_column(REAL)
    accuracy_m: Mapped[float | None] = mapped_column(REAL)


class PatrolAlert(Base):
    """A member on patrol called for help; open until somebody says that it is over."""

    __tablename__ = "patrol_alerts"

    id: Mapped[UUID] = mapped_column(PG_UUID(as_uuid=True), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(PatrolSession.id, ondelete="CASCADE"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(PatrolMember.id))
    division_id: Mapped[int] = mapped_column(ForeignKey("divisions.id"))
    raised_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    place: Mapped[Any] = point_column(nullable=True)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    note: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_patrol_alerts_open", "division_id", postgresql_where=text("closed_at IS NULL")),)
