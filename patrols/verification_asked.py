"""Asking for a patrol to be verified: once, however many batches come late."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from data.jobs import enqueue

JOB = "verify_patrol"

_IS_ASKED = text(
    "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE task_name = :name AND status = 'todo'"
    " AND args->>'session_id' = :session_id)"
)


def ask_verification(session: Session, session_id: UUID) -> None:
    """Ask for this patrol to be verified after the transaction is kept, unless that is about to be done anyway."""
    if not session.scalar(_IS_ASKED, {"name": JOB, "session_id": str(session_id)}):
        enqueue(session, JOB, lock=f"{JOB}:{session_id}", session_id=str(session_id))
