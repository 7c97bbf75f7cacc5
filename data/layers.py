"""How fresh a map layer is: every changing statement leaves a row (see migration 0002)."""

from collections.abc import Collection
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


_VERSIONS = text(
    "SELECT layer, count(*) || '.' || max(changed_by::text::bigint)"
    " FROM layer_changes WHERE layer IN :layers GROUP BY layer"
).bindparams(bindparam("layers", expanding=True))

# The newest stays, so that no version comes twice; a day is longer than any transaction lives.
_FOLD = text(
    "DELETE FROM layer_changes AS old WHERE changed_at < now() - interval '1 day'"
    " AND EXISTS (SELECT FROM layer_changes AS newer WHERE newer.layer = old.layer"
    " AND newer.changed_by > old.changed_by)"
)


def layer_versions(session: Session, layers: Collection[str]) -> dict[str, str]:
    """For each layer a text that changes whenever the layer has changed ("0" as long as nobody wrote to it).

    Part of every tile's address and ETag.
    """
    found = dict.fromkeys(layers, "0")
    found.update((layer, version) for layer, version in session.execute(_VERSIONS, {"layers": sorted(layers)}))
    return found


def fold_layer_changes(session: Session) -> int:
    """Forget yesterday's changes but for each layer's newest; returns how many went."""
    return session.execute(_FOLD).rowcount  # type: ignore[attr-defined] # a DELETE has it
