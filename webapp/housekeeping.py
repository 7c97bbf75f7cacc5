"""What the worker tidies up by the clock: every few minutes, every hour, at night."""

import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import layers
from data.importing.models import ImportRun
from incidents.escalation import escalate_late

#: The file of a dry run is kept this long, so that the import needs no second upload.
TRIED_FILES_KEPT_S = 6 * 3600


def escalate_late_cases() -> None:
    """The job: pass up the cases whose stage is late."""
    from webapp.cli import working_session

    with working_session() as session:
        escalate_late(session, datetime.now(UTC))


def fold_layer_changes() -> None:
    """The job: forget which transactions changed the map's layers before today."""
    from webapp.cli import working_session

    with working_session() as session:
        layers.fold_layer_changes(session)


def forget_tried_files() -> None:
    """The job: take away the files of dry runs that nobody turned into an import."""
    from webapp.cli import working_session
    from webapp.settings import from_environment

    with working_session() as session:
        remove_old_files(session, from_environment().upload_folder, time.time())


def remove_old_files(session: Session, folder: Path, now_s: float) -> int:
    """How many uploaded files were taken away: older than is kept (`now_s`: seconds since 1970), and nobody waits for
    them."""
    open_runs = select(ImportRun.file_sha256).where(ImportRun.status.in_(("waiting", "running")))
    awaited = set(session.scalars(open_runs))
    old = [
        path
        for path in folder.glob("*")
        if path.is_file() and path.name[:64] not in awaited and now_s - path.stat().st_mtime > TRIED_FILES_KEPT_S
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
