"""Reads of the audit trail."""

from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from data.events import Event

_EVENTS = text(
    """
    SELECT events.id, events.kind, events.subject, events.location_code, host(events.address) AS address,
           events.payload, events.recorded_at, users.username, users.name
      FROM events LEFT JOIN users ON users.id = events.actor_id
     WHERE (:kind = '' OR events.kind = :kind)
       AND (CAST(:before AS bigint) IS NULL OR events.id < :before)
       AND (:everywhere OR events.location_code LIKE ANY (CAST(:patterns AS text[])))
       AND (:search = '' OR concat_ws(' ', events.subject, events.location_code, users.username, users.name,
            events.payload::text) ILIKE '%' || replace(replace(:search, '%', '\\%'), '_', '\\_') || '%')
     ORDER BY events.id DESC LIMIT :limit
    """
)


def list_events(
    session: Session,
    scope: tuple[str, ...],
    *,
    kind: str = "",
    search: str = "",
    before: int | None = None,
    limit: int = 100,
) -> list[Row[Any]]:
    """Events of an area (prefixes; "" is everywhere), newest first, older than the event `before`."""
    return list(
        session.execute(
            _EVENTS,
            {
                "kind": kind,
                "search": search,
                "before": before,
                "everywhere": "" in scope,
                "patterns": [f"{prefix}%" for prefix in scope],
                "limit": limit,
            },
        )
    )


def list_kinds(session: Session) -> list[str]:
    """Every kind of event that has happened."""
    return sorted(session.scalars(select(Event.kind).distinct()))
