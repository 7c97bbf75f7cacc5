"""How fresh a map layer is: every changing statement leaves a row (see migration 0002)."""

from datetime import datetime

from sqlalchemy import Text, bindparam, func, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import UserDefinedType

from data.database import Base


class Xid8(UserDefinedType):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in SQL."""
        return "xid8"


class LayerChange(Base):
    """One transaction that changed one layer."""

    __tablename__ = "layer_changes"

    layer: Mapped[str] = mapped_column(Text, primary_key=True)
    changed_by: Mapped[str] = mapped_column(Xid8, primary_key=True, server_default=text("pg_current_xact_id()"))
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


_VERSION = text(
    "SELECT count(*) || '-' || coalesce(max(changed_by::text::bigint), 0) FROM layer_changes WHERE layer IN :layers"
).bindparams(bindparam("layers", expanding=True))


def layer_version(session: Session, *layers: str) -> str:
    """A short text that changes whenever one of `layers` has changed; part of every tile's address and ETag."""
    return str(session.scalar(_VERSION, {"layers": layers}))
