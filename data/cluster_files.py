"""Folders, private files and plain words for what goes wrong while the private cluster is kept."""

import contextlib
import errno
import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import Unavailable
from data.postgres_programs import Account, run_as

if TYPE_CHECKING:
    from psycopg import ClientCursor

_TAIL_LINES = 8


def make_home(home: Path, account: Account | None) -> None:
    """Create `home`; when the server runs under another user, be sure that user can get in."""
    missing = [folder for folder in (home, *home.parents) if not folder.exists()]
    home.mkdir(parents=True, exist_ok=True)
    if account is None:
        return
    for folder in missing:
        folder.chmod(0o755)  # root's umask may be stricter
    if run_as(account, ["test", "-x", str(home)], cwd=Path("/"), timeout_s=20).returncode != 0:
        raise Unavailable(
            "The database server runs as user {user}, who may not enter {home}: "
            "set GRIDBEAT_HOME to a folder that user can reach, such as /var/lib/gridbeat.",
            user=account.name,
            home=home,
        )


def make_folder(folder: Path, account: Account | None) -> None:
    """Create `folder` (0700) and give it to the server's user."""
    folder.mkdir(exist_ok=True)
    if account:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


def write_private(path: Path, text: str, account: Account | None) -> None:
    """Write `path` (0600) for the server's user: whole or not at all, and on disk before it counts."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        if account:
            os.fchown(file.fileno(), account.uid, account.gid)
    draft.replace(path)


def remove_tree(folder: Path) -> None:
    """Remove `folder` with all it holds; nothing happens when there is none."""
    if folder.exists():
        shutil.rmtree(folder)


@contextlib.contextmanager
def held_lock(path: Path, patience_s: float) -> Iterator[None]:
    """Hold the lock file `path`, which the kernel frees however we end; Unavailable after `patience_s`."""
    with path.open("a") as file:
        deadline = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Unavailable(
                        "Another Gridbeat has been starting or stopping the database in {home} "
                        "for {minutes} minutes: end it, then try again.",
                        home=path.parent,
                        minutes=round(patience_s / 60),
                    ) from None
                time.sleep(0.1)
        yield


def free_port(wished: int | None) -> int:
    """A free TCP port on the loopback address: the one wished for when it is free."""
    for port in (wished or 0, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Unavailable("No TCP port is free on 127.0.0.1 for the database: end some programs and try again.")


@contextlib.contextmanager
def superuser_cursor(address: str, home: Path) -> Iterator["ClientCursor"]:
    """A cursor outside any transaction, for what PostgreSQL does only there. Raises Unavailable."""
    import psycopg

    try:
        connection = psycopg.connect(address, autocommit=True, connect_timeout=10)
        with connection, psycopg.ClientCursor(connection) as cursor:
            yield cursor
    except psycopg.Error as error:
        raise failure("The database could not be prepared", str(error), home, None) from error


@contextlib.contextmanager
def told_plainly(home: Path) -> Iterator[None]:
    """Turn what the operating system and PostgreSQL say into one sentence a person can act on."""
    try:
        yield
    except OSError as error:
        place = error.filename or home
        reason = error.strerror or str(error)
        raise Unavailable(
            "The database cannot be kept in {home}: {reason} ({place}).",
            home=home,
            reason=plain_reason(reason, home, None),
            place=place,
        ) from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(
            "{program} did not end within {seconds:.0f} s; the database in {home} may be very busy: try again later.",
            program=Path(error.cmd[0]).name,
            seconds=error.timeout,
            home=home,
        ) from error


def failure(what: str, said: str, home: Path, account: Account | None) -> Unavailable:
    """Our error for a program of PostgreSQL that failed: the reason, and the last lines of what it said."""
    lines = [line for line in said.splitlines() if line.strip()]
    return Unavailable(
        "{what}: {reason}. The last lines of its log in {log}: {tail}",
        what=what,
        reason=plain_reason(said, home, account),
        log=home / "log",
        tail="".join("\n  " + line for line in lines[-_TAIL_LINES:]),
    )


def plain_reason(said: str, home: Path, account: Account | None) -> str:
    """What a system message means here, in words.

    >>> plain_reason("initdb: error: No space left on device", Path("/"), None)  # doctest: +ELLIPSIS
    'the disk that holds / is full (... MB free)'
    """
    if os.strerror(errno.ENOSPC) in said or os.strerror(errno.EDQUOT) in said:
        free_mb = shutil.disk_usage(_existing(home)).free // 1_000_000
        return f"the disk that holds {home} is full ({free_mb} MB free)"
    if any(os.strerror(code) in said for code in (errno.EACCES, errno.EPERM)):
        user = account.name if account else pwd.getpwuid(os.geteuid()).pw_name
        return f"user {user} may not write there; give the folder to that user or set GRIDBEAT_HOME to another"
    if os.strerror(errno.EROFS) in said:
        return f"the disk that holds {home} is read-only"
    if os.strerror(errno.ENOMEM) in said:
        return "the machine has no memory left"
    return said if len(said) < 80 and "\n" not in said else "its own words follow"


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())
