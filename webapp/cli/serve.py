"""`gridbeat serve`: the web server, with the worker beside it when asked; they live and end together."""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import click

from data.cluster import CHECKOUT, default_home
from data.errors import Unavailable
from webapp.cli import console, database_url

if TYPE_CHECKING:
    from webapp.settings import Settings

Programs = dict[str, subprocess.Popen[bytes]]

_THREADS = 8  # a process, for ordinary requests; every open live stream has one of its own besides
_READY_WITHIN_S = 90
_END_WITHIN_S = 20
_PR_SET_PDEATHSIG = 1  # Linux: tell a child when its parent dies


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, envvar="PORT")
@click.option("--with-worker", is_flag=True, help="Run `gridbeat worker` beside it.")
@click.option("--processes", type=click.IntRange(1, 64), help="Web processes; one a core (2 to 8) when not given.")
@click.option("--stop", is_flag=True, help="End the Gridbeat that serves from this checkout.")
def command(host: str, port: int, with_worker: bool, processes: int | None, stop: bool) -> None:
    """Serve Gridbeat until Ctrl-C."""
    if stop:
        _stop_all()
        return
    with _written_down(port):
        need_free_port(host, port)
        url = database_url()
        settings = _need_sound_set_up(url)
        processes = processes or min(8, max(2, os.cpu_count() or 2))
        programs = _launch(host, port, processes, settings.streams, with_worker, url)
        compiling = _compile_beside()
        try:
            sys.exit(_live_together(programs, host, port, url if settings.is_demo else None))
        finally:
            _end(programs | {"compiler": compiling})


# ---- before --------------------------------------------------------------------------------------


def need_free_port(host: str, port: int) -> None:
    """Return when one can listen there; Unavailable says what to do otherwise."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(
                "Gridbeat cannot listen on {host}:{port} ({reason}): end what listens there "
                "(make stop, if it is Gridbeat), or choose another port, as in PORT=8001 make demo.",
                host=host,
                port=port,
                reason=(error.strerror or str(error)).lower(),
            ) from error


def _need_sound_set_up(url: str) -> "Settings":
    """The settings; Unavailable when settings, server or schema would make every page fail."""
    from data.database import need_current, refuse_forgetful_server
    from webapp.cli.db import answering
    from webapp.settings import from_environment

    settings = from_environment(database_url=url)
    with answering(url) as engine:
        refuse_forgetful_server(engine)
        need_current(engine)
    return settings


# ---- together ------------------------------------------------------------------------------------


def _launch(host: str, port: int, processes: int, streams: int, with_worker: bool, url: str) -> Programs:
    # Loaded once and forked: quicker up, less memory. The application opens its connections at first use.
    at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    commands = {
        "web server": [
            sys.executable, "-m", "gunicorn", "--bind", at, "--worker-class", "gthread", "--workers", str(processes),
            "--threads", str(_THREADS + streams), "--timeout", "120", "--graceful-timeout", "10",
            "--log-level", "warning", "--no-control-socket", "--preload", "--config", "python:webapp.serving",
            "webapp:create_app()",
        ]
    }  # fmt: skip
    if with_worker:
        commands["worker"] = [sys.executable, "-c", "from webapp.cli import main; main(prog_name='gridbeat')", "worker"]
    environment = os.environ | {"DATABASE_URL": url}
    return {
        name: subprocess.Popen(  # noqa: S603 - our own programs
            program,
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches us alone; we end them in order
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - we have no threads
        )
        for name, program in commands.items()
    }


def _compile_beside() -> subprocess.Popen[bytes]:
    """Compile the engines' inner loops for this machine, behind everything else; the copies stay on disk."""
    return subprocess.Popen(
        [sys.executable, "-m", "gis.warming"],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_stand_back,  # noqa: PLW1509 - we have no threads
    )


def _stand_back() -> None:
    """In the child: end with the parent, and let everything else go first."""
    _end_with_parent()
    os.nice(10)


def _end_with_parent() -> None:
    """In the child: be told to end when the parent is killed, so that nothing is left on the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _live_together(programs: Programs, host: str, port: int, demo_url: str | None) -> int:
    """Wait until somebody asks us to end (0) or one of the programs ends by itself (1)."""
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: asked.append(received))
    address = f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{port}"  # noqa: S104 - compared, not bound
    greeted, began = False, time.monotonic()
    while not asked:
        dead = [name for name, program in programs.items() if program.poll() is not None]
        if dead:
            console.print(f"[bold red]✗[/] The {dead[0]} ended by itself (its messages are above); so everything ends.")
            return 1
        if not greeted and _answers(address):
            _greet(address, demo_url)
            greeted = True
        elif not greeted and time.monotonic() - began > _READY_WITHIN_S:
            console.print(
                f"[bold red]✗[/] The web server did not answer within {_READY_WITHIN_S} s; so everything ends."
            )
            return 1
        time.sleep(0.2)
    console.print("Ending …")
    return 0


def _answers(address: str) -> bool:
    try:
        with urlopen(address + "/healthz", timeout=5) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def _greet(address: str, demo_url: str | None) -> None:
    console.print(f"[green]✓[/] Gridbeat serves at [bold]{address}[/]", highlight=False)
    if demo_url:
        _tell_demo_accounts(demo_url)
    stop = "make stop" if shutil.which("make") else "sh scripts/bootstrap.sh stop"
    console.print(f"Ctrl-C ends it; `{stop}` also stops the database.", highlight=False)


def _tell_demo_accounts(url: str) -> None:
    """One account a role; all have the same password, which only an invented county can have."""
    from sqlalchemy import text

    from data.database import connect
    from webapp.cli.demo import DEMO_PASSWORD

    engine = connect(url, pool_size=1)
    with engine.connect() as connection:
        accounts = connection.execute(
            text(
                "SELECT DISTINCT ON (role) role, username FROM users JOIN user_roles ON user_roles.user_id = users.id"
                " WHERE is_active ORDER BY role, length(username), username"
            )
        ).all()
    engine.dispose()
    for role, username in accounts:
        console.print(f"    {username:<20} {role.replace('_', ' ')}", highlight=False)
    if accounts:
        console.print(f"    password of each: {DEMO_PASSWORD}", highlight=False)


def _end(programs: Programs) -> None:
    """Ask all to end, and insist after a while."""
    for program in programs.values():
        if program.poll() is None:
            program.terminate()
    deadline = time.monotonic() + _END_WITHIN_S
    for program in programs.values():
        try:
            program.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait()


# ---- known to `--stop` ---------------------------------------------------------------------------


@contextmanager
def _written_down(port: int) -> Iterator[None]:
    """Keep a locked file with our process number while we serve: the lock, not the number, says that we live."""
    home = default_home()
    home.mkdir(parents=True, exist_ok=True)
    path = home / f"serve-{port}.pid"
    with path.open("a+") as file:
        if not _is_free(file):
            raise Unavailable(
                "Gridbeat already serves on port {port} from here: end it with make stop, or choose another port.",
                port=port,
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _is_free(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stop_all() -> None:
    """End every Gridbeat that serves from here."""
    ended = [path.stem.removeprefix("serve-") for path in sorted(default_home().glob("serve-*.pid")) if _stop_one(path)]
    if ended:
        console.print(f"[green]✓[/] Gridbeat on port {', '.join(ended)} has ended.", highlight=False)
    else:
        console.print("Gridbeat is not serving from here.")


def _stop_one(path: Path) -> bool:
    with path.open() as file:
        if _is_free(file):  # whoever wrote it was killed
            path.unlink(missing_ok=True)
            return False
        os.kill(int(file.read()), signal.SIGTERM)
        deadline = time.monotonic() + _END_WITHIN_S + 10
        while not _is_free(file):
            if time.monotonic() > deadline:
                raise Unavailable("The Gridbeat noted in {path} does not end: end that process yourself.", path=path)
            time.sleep(0.1)
    return True
