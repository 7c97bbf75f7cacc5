"""Patrols looked after by the worker: verified when they end, ended when forgotten, forgotten when they are old."""

from datetime import UTC, datetime
from uuid import UUID

from patrols import commands, retention, verifying


def verify_patrol(session_id: str) -> None:
    """The job: hold a patrol's positions against the streets and its plan; doing it again changes nothing."""
    from webapp.cli import working_session

    with working_session() as session:
        verifying.verify_patrol(session, UUID(session_id), datetime.now(UTC))


def end_forgotten_patrols() -> None:
    """The job: end patrols that nobody ended, so that no telephone is followed after its shift."""
    from webapp.cli import working_session

    with working_session() as session:
        commands.end_forgotten_patrols(session, datetime.now(UTC))


def keep_positions_private() -> None:
    """The job: make the coming days' tables, coarsen yesterday's positions, drop those of last month."""
    from webapp.cli import working_session

    with working_session() as session:
        retention.keep_positions_private(session, datetime.now(UTC))
