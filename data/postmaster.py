"""Is a PostgreSQL server alive in a folder? Pid files lie after a crash; locks and /proc do not.

Two signs of life. Every process of a server that we started has inherited an open lock (`claimed`), which
the kernel releases when the last of them is gone, however it died. And every process of any server works
inside its data folder, which /proc shows. `postmaster.pid` is removed only when both signs say that
nobody is there: PostgreSQL itself would otherwise refuse to start for as long as the killed server stays
a zombie, or when its number has meanwhile been given to another program.
"""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from data.errors import Unavailable

PID_FILE = "postmaster.pid"

_PROC = Path("/proc")
_STATUS_LINE = 7  # of postmaster.pid, counted from 0
_PATIENCE_S = 60.0
_POLITE_S = 2.0


def serving_pid(data_folder: Path) -> int | None:
    """The process number of the server that lives in `data_folder`, or None."""
    pid = _written_pid(data_folder)
    return pid if pid and _works_in(pid, data_folder) else None


def is_ready(data_folder: Path) -> bool:
    """Whether the server in `data_folder` says of itself that it takes connections."""
    lines = _pid_file_lines(data_folder)
    return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"


@contextlib.contextmanager
def claimed(lock_file: Path, data_folder: Path, patience_s: float = _PATIENCE_S) -> Iterator[int | None]:
    """The open descriptor of a lock that says “somebody lives here”; None when a server already serves here.

    The holder lets initdb and the server inherit it, so that the lock outlives the holder.
    """
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor if _claim(descriptor, data_folder, patience_s) else None
    finally:
        os.close(descriptor)


def _claim(descriptor: int, data_folder: Path, patience_s: float) -> bool:
    """Whether the lock is ours now; False when a server serves in `data_folder` after all.

    Waits for what a killed starter or server left behind. Its sessions end by themselves as soon as they
    notice; one that is deep in a calculation does not notice and is told to quit after two seconds.
    """
    began = time.monotonic()
    while not serving_pid(data_folder):
        left = [pid for pid in _processes() if _works_in(pid, data_folder)]
        if not left and _try_lock(descriptor):
            return True
        waited_s = time.monotonic() - began
        if waited_s > patience_s:
            raise Unavailable(
                "A killed PostgreSQL server left processes behind that still use {folder} "
                "(process numbers {pids}): end them, then start again.",
                folder=data_folder,
                pids=", ".join(map(str, left)) or "unknown",
            )
        if waited_s > _POLITE_S:
            _tell_to_quit(left)
        time.sleep(0.1)
    return False


def clear_stale_pid_files(data_folder: Path, socket_folder: Path) -> None:
    """Remove the pid files of a server that is gone; only for who has `claimed` it."""
    for path in (data_folder / PID_FILE, *socket_folder.glob(".s.PGSQL.*.lock")):
        path.unlink(missing_ok=True)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tell_to_quit(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGQUIT)
        except ProcessLookupError:
            continue


def _processes() -> Iterator[int]:
    if _PROC.is_dir():
        yield from (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _works_in(pid: int, data_folder: Path) -> bool:
    """Whether `pid` is a living PostgreSQL process at work in `data_folder`; a zombie is not."""
    process = _PROC / str(pid)
    try:
        if (process / "comm").read_text().strip() not in {"postgres", "postmaster"}:
            return False
        return (process / "cwd").resolve(strict=True) == data_folder.resolve()
    except OSError:  # gone, a zombie (it has no working folder any more), or somebody else's
        return False


def _written_pid(data_folder: Path) -> int | None:
    lines = _pid_file_lines(data_folder)
    # "Standalone" servers write a negative number.
    return abs(int(lines[0])) if lines and lines[0].strip().lstrip("-").isdigit() else None


def _pid_file_lines(data_folder: Path) -> list[str]:
    try:
        return (data_folder / PID_FILE).read_text().splitlines()
    except OSError:
        return []
