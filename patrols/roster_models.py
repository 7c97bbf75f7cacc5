"""Who stands in for whom, and what one shift tells the next."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Text, func, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from data.database import Base
from patrols.models import PatrolMember, Shift


class ShiftSubstitution(Base):
    """A member asks another one to walk in the own place (替班)."""

    __tablename__ = "shift_substitutions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey(Shift.id, ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey(PatrolMember.id), index=True)
    substitute_id: Mapped[int] = mapped_column(ForeignKey(PatrolMember.id), index=True)
    note: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="asked", default="asked")
    asked_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    answered_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    __table_args__ = (
        Index(
            "uq_shift_substitutions_one_open",
            "shift_id",
            "member_id",
            unique=True,
            postgresql_where=text("status = 'asked'"),
        ),
    )


class ShiftHandover(Base):
    """What a shift tells the one that follows (交接班)."""

    __tablename__ = "shift_handovers"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey(Shift.id, ondelete="CASCADE"), index=True)
    note: Mapped[str] = mapped_column(Text)
    written_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    written_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
