"""Events: what happened, written in the transaction of the change; outbox and audit trail in one.

Readers: the audit page, and the worker, which looks the kind up in `webapp.wiring.FOLLOW_UPS`.
"""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Text, func, insert, select
from sqlalchemy.dialects.postgresql import INET, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, Session, mapped_column

from data.database import Base


class Event(Base):
    """One thing that happened. The database refuses to change or delete it."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text, index=True)
    location_code: Mapped[str | None] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    address: Mapped[str | None] = mapped_column(INET)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    recorded_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now(), index=True)


class EventFollowUp(Base):
    """A mark that the worker has done what an event asked for."""

    __tablename__ = "event_follow_ups"

    event_id: Mapped[int] = mapped_column(ForeignKey(Event.id), primary_key=True)
    followed_up_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


def record(
    session: Session,
    event: Any,
    *,
    subject: str | None = None,
    location_code: str | None = None,
    actor_id: int | None = None,
    address: str | None = None,
) -> None:
    """Write `event` (a frozen dataclass named noun + past tense) in the session's transaction.

    `IncidentReported(...)` becomes kind `incident_reported`; its fields become the payload.
    """
    session.execute(
        insert(Event).values(
            kind=kind_of(type(event)),
            subject=subject,
            location_code=location_code,
            actor_id=actor_id,
            address=address,
            payload={name: _plain(value) for name, value in asdict(event).items()},
        )
    )


def kind_of(event_class: type) -> str:
    """The kind under which events of this class are stored.

    >>> class CellAssigned: ...
    >>> kind_of(CellAssigned)
    'cell_assigned'
    """
    name = event_class.__name__
    return "".join(
        "_" + letter.lower() if letter.isupper() and place else letter.lower() for place, letter in enumerate(name)
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)


def list_recent(session: Session, kind_prefix: str, within_s: float) -> list[Event]:
    """Events of the kinds that begin with `kind_prefix`, not older than `within_s`, in their order.

    A transaction may keep a lower number later than a higher one: who asks again and again looks back a little.
    """
    recent = Event.recorded_at > func.now() - timedelta(seconds=within_s)
    mine = Event.kind.startswith(kind_prefix, autoescape=True)
    return list(session.scalars(select(Event).where(recent, mine).order_by(Event.id)))
