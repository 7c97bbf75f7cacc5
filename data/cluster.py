"""The private PostGIS that Gridbeat keeps for itself, so that one command brings up a working county.

    >>> cluster = Cluster.at(Path("var"))           # doctest: +SKIP
    >>> cluster.start()                             # doctest: +SKIP
    'postgresql+psycopg2://gridbeat:…@/gridbeat?host=…%2Fvar%2Frun&port=5432'

What lies in its home: `postgres/` the data, `run/` the socket, `log/` the logs, `cluster.json` the
passwords (0600), `cluster.lock` held while somebody starts or stops it, `alive.lock` held by the server.

Two roles: `postgres` may do everything and is used only here; `gridbeat` owns our databases, may create
more (the tests do) and nothing else. PostGIS is put into template1, so that it needs no superuser later.
"""

import contextlib
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import quote

from data import postmaster
from data.cluster_files import (
    failure,
    free_port,
    held_lock,
    make_folder,
    make_home,
    remove_tree,
    superuser_cursor,
    told_plainly,
    write_private,
)
from data.errors import Unavailable
from data.postgres_programs import Account, PostgresPrograms, account_for, find_programs, run_as
from data.postgres_settings import DURABLE, HBA, ram_bytes, settings_text

if TYPE_CHECKING:
    from psycopg import ClientCursor

CHECKOUT = Path(__file__).resolve().parent.parent
DATABASE = "gridbeat"
EXTENSIONS = ("postgis", "btree_gist", "pg_trgm")

_OWNER = "gridbeat"
_SUPERUSER = "postgres"
_SOCKET_PORT = 5432  # only part of the socket file's name, nothing listens there
_LONGEST_SOCKET_PATH = 107  # bytes: sun_path of Linux less its final zero
_START_TIMEOUT_S = 300  # a big database may replay its log after a crash
_STOP_TIMEOUT_S = 60

State = Literal["absent", "stopped", "starting", "running"]


@dataclass(frozen=True)
class ClusterStatus:
    """How a cluster stands: `absent` (never started), `stopped`, `starting` or `running`."""

    state: State
    home: Path
    log_folder: Path
    pid: int | None
    postgres_major: int | None


def default_home() -> Path:
    """The folder where this checkout's Gridbeat keeps what must outlive it: GRIDBEAT_HOME, else its own.

    For root that is under /var/lib, because the server runs as another user who may not be allowed to
    enter root's checkout; for everybody else it is `var` in the checkout.
    """
    if told := os.environ.get("GRIDBEAT_HOME"):
        return Path(told).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/gridbeat") / hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:12]
    return CHECKOUT / "var"


class Cluster:
    """One private cluster in one folder; any number of these objects may speak for the same folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data_folder = home / "postgres"
        self.socket_folder = home / "run"
        self.log_folder = home / "log"
        self._unfinished = home / "postgres.unfinished"
        self._secrets_file = home / "cluster.json"

    @classmethod
    def at(cls, home: Path | None = None) -> Self:
        """The cluster whose folder is `home` (default: `default_home()`); nothing is created yet."""
        return cls((home or default_home()).absolute())

    def start(self) -> str:
        """Our database's address, the server running and ready; made first if there is none yet.

        Idempotent, and safe when several processes call it at once. Raises Unavailable.
        """
        with self._alone():
            if not self._secrets():
                self._stop()  # it runs with passwords nobody knows any more
            with postmaster.claimed(self.home / "alive.lock", self.data_folder) as alive:
                if alive is not None:
                    programs = find_programs(self._written_major())
                    self._initialise(programs, alive)
                    self._launch(programs, alive)
            self._wait_until_ready()
            self._prepare_databases()
        return self.url()

    def stop(self) -> bool:
        """Whether there was a server to stop; its sessions are ended and everything is on disk."""
        if not self.data_folder.exists():
            return False
        with self._alone():
            return self._stop()

    def status(self) -> ClusterStatus:
        """How it stands now; starts nothing."""
        pid, major = postmaster.serving_pid(self.data_folder), self._written_major()
        state: State = "absent" if major is None else "stopped"
        if pid:
            state = "running" if postmaster.is_ready(self.data_folder) else "starting"
        return ClusterStatus(state, self.home, self.log_folder, pid, major)

    def reset(self) -> None:
        """Stop the server and delete all its data, for good; the next start makes an empty one."""
        with self._alone():
            self._stop()
            for folder in (self.data_folder, self._unfinished, self.socket_folder, self.log_folder):
                remove_tree(folder)
            self._secrets_file.unlink(missing_ok=True)

    def url(self, dbname: str = DATABASE) -> str:
        """SQLAlchemy's address of a database in this cluster, as the role that owns our databases."""
        return "postgresql+psycopg2://" + self._address(_OWNER, dbname)

    def admin_url(self, dbname: str = DATABASE) -> str:
        """The same as the superuser: for extensions and repairs, never for the application."""
        return "postgresql+psycopg2://" + self._address(_SUPERUSER, dbname)

    def libpq_variables(self, dbname: str = DATABASE) -> dict[str, str]:
        """What psql, pg_dump and other programs of PostgreSQL read from the environment to get in."""
        known = self._known()
        return {
            "PGHOST": "127.0.0.1" if known["port"] else str(self.socket_folder),
            "PGPORT": str(known["port"] or _SOCKET_PORT),
            "PGUSER": _OWNER,
            "PGPASSWORD": known[_OWNER],
            "PGDATABASE": dbname,
        }

    @property
    def _account(self) -> Account | None:
        return account_for(self.data_folder)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else starts, stops or resets this cluster meanwhile; errors come out as one sentence."""
        with told_plainly(self.home):
            make_home(self.home, self._account)
            with held_lock(self.home / "cluster.lock", _START_TIMEOUT_S):
                yield

    # ---- making and starting it ------------------------------------------------------------------

    def _initialise(self, programs: PostgresPrograms, alive: int) -> None:
        """Make the data folder if there is none: whole under another name, then renamed.

        So a start that was killed half-way leaves nothing that looks like a database.
        """
        if self._written_major() is not None:
            return
        account = self._account
        remove_tree(self._unfinished)
        make_folder(self._unfinished, account)
        make_folder(self.socket_folder, account)
        superuser_password = secrets.token_hex(24)
        self._save_secrets({_OWNER: secrets.token_hex(24), _SUPERUSER: superuser_password, "port": None})
        password_file = self.socket_folder / "initdb-password"
        write_private(password_file, superuser_password, account)
        try:
            self._initdb(programs, account, password_file, alive)
        finally:
            password_file.unlink(missing_ok=True)
        write_private(self._unfinished / "pg_hba.conf", HBA, account)
        with (self._unfinished / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude_if_exists = 'gridbeat.conf'\n")
        self._unfinished.rename(self.data_folder)

    def _initdb(self, programs: PostgresPrograms, account: Account | None, password_file: Path, alive: int) -> None:
        command = [
            programs.path("initdb"), "--pgdata", str(self._unfinished), "--username", _SUPERUSER,
            "--auth", "scram-sha-256", "--pwfile", str(password_file), "--encoding", "UTF8",
            "--data-checksums",
        ]  # fmt: skip
        for locale in ("C.UTF-8", "C"):
            ended = run_as(
                account,
                [*command, "--locale", locale],
                cwd=self.home,
                timeout_s=_START_TIMEOUT_S,
                pass_fds=(alive,),
            )
            if "invalid locale" not in ended.stderr:
                break
        if ended.returncode != 0:
            raise failure("The database could not be made", ended.stdout + ended.stderr, self.home, account)

    def _launch(self, programs: PostgresPrograms, alive: int) -> None:
        account = self._account
        make_folder(self.socket_folder, account)
        make_folder(self.log_folder, account)
        postmaster.clear_stale_pid_files(self.data_folder, self.socket_folder)
        self._renew_lost_passwords(programs, account)
        self._write_settings(account)
        start_log = self.log_folder / "start.log"
        start_log.unlink(missing_ok=True)
        options = " ".join(f"-c {setting}" for setting in DURABLE)
        ended = run_as(
            account,
            [programs.path("pg_ctl"), "start", "--pgdata", str(self.data_folder), "--log", str(start_log),
             "--wait", "--timeout", str(_START_TIMEOUT_S), "--silent", "--options", options],
            cwd=self.home, timeout_s=_START_TIMEOUT_S + 30, pass_fds=(alive,),
        )  # fmt: skip
        if ended.returncode != 0:
            raise failure("PostgreSQL did not start", ended.stderr + self._newest_log_text(), self.home, account)

    def _renew_lost_passwords(self, programs: PostgresPrograms, account: Account | None) -> None:
        """Give the superuser a new password when `cluster.json` is lost but the data are there."""
        if self._secrets():
            return
        known = {_OWNER: secrets.token_hex(24), _SUPERUSER: secrets.token_hex(24), "port": None}
        ended = run_as(
            account,
            [programs.path("postgres"), "--single", "-D", str(self.data_folder), "template1"],
            cwd=self.home,
            timeout_s=_START_TIMEOUT_S,
            stdin=f"ALTER ROLE {_SUPERUSER} PASSWORD '{known[_SUPERUSER]}'\n",
        )
        if ended.returncode != 0:
            raise failure("The lost passwords could not be renewed", ended.stderr, self.home, account)
        self._save_secrets(known)

    def _write_settings(self, account: Account | None) -> None:
        """Write `gridbeat.conf`; choose a loopback port when the socket's path would be too long."""
        socket_path = self.socket_folder / f".s.PGSQL.{_SOCKET_PORT}"
        known = self._known()
        port = free_port(known["port"]) if len(os.fsencode(socket_path)) > _LONGEST_SOCKET_PATH else None
        self._save_secrets(known | {"port": port})
        text = settings_text(
            socket_folder=None if port else self.socket_folder,
            port=port or _SOCKET_PORT,
            log_folder=self.log_folder,
            ram_bytes=ram_bytes(),
        )
        write_private(self.data_folder / "gridbeat.conf", text, account)

    def _wait_until_ready(self) -> None:
        """Return when the server takes connections: whoever launched it may have been killed meanwhile."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not postmaster.is_ready(self.data_folder):
            if not postmaster.serving_pid(self.data_folder) or time.monotonic() > deadline:
                raise failure("PostgreSQL did not get ready", self._newest_log_text(), self.home, self._account)
            time.sleep(0.05)

    def _prepare_databases(self) -> None:
        """Make our role, PostGIS in template1 and our database, whichever is missing."""
        known = self._known()
        if known.get("prepared"):
            return
        with self._superuser("postgres") as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (_OWNER,))
            if not cursor.fetchone():
                cursor.execute(f"CREATE ROLE {_OWNER} LOGIN CREATEDB")
            cursor.execute(f"ALTER ROLE {_OWNER} PASSWORD %s", (known[_OWNER],))
        with self._superuser("template1") as cursor:
            for name in EXTENSIONS:
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
            # pg_restore copies the coordinate systems that somebody added, even when that is none.
            cursor.execute(f"GRANT INSERT, UPDATE, DELETE ON spatial_ref_sys TO {_OWNER}")
        with self._superuser("postgres") as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {_OWNER}")
        self._save_secrets(known | {"prepared": True})

    def _superuser(self, dbname: str) -> contextlib.AbstractContextManager["ClientCursor"]:
        return superuser_cursor("postgresql://" + self._address(_SUPERUSER, dbname), self.home)

    # ---- ending it, and what it knows ------------------------------------------------------------

    def _stop(self) -> bool:
        if not postmaster.serving_pid(self.data_folder):
            return False
        programs, account = find_programs(self._written_major()), self._account
        ended = run_as(
            account,
            [programs.path("pg_ctl"), "stop", "--pgdata", str(self.data_folder), "--mode", "fast",
             "--wait", "--timeout", str(_STOP_TIMEOUT_S), "--silent"],
            cwd=self.home, timeout_s=_STOP_TIMEOUT_S + 30,
        )  # fmt: skip
        if ended.returncode != 0 and postmaster.serving_pid(self.data_folder):
            raise failure("PostgreSQL did not stop", ended.stderr + self._newest_log_text(), self.home, account)
        return True

    def _written_major(self) -> int | None:
        """The version of PostgreSQL that wrote the data, None when there are none."""
        try:
            return int((self.data_folder / "PG_VERSION").read_text())
        except FileNotFoundError:
            return None

    def _secrets(self) -> dict[str, Any]:
        """What `cluster.json` holds; empty when it is lost or broken."""
        try:
            return dict(json.loads(self._secrets_file.read_text()))
        except (FileNotFoundError, ValueError):
            return {}

    def _known(self) -> dict[str, Any]:
        if known := self._secrets():
            return known
        raise Unavailable("There is no private database in {home} yet: run gridbeat db start.", home=self.home)

    def _save_secrets(self, known: dict[str, Any]) -> None:
        write_private(self._secrets_file, json.dumps(known), None)

    def _address(self, role: str, dbname: str) -> str:
        """`role:password@host/database`, with the socket's folder as a parameter where there is one."""
        known = self._known()
        if known["port"]:
            return f"{role}:{known[role]}@127.0.0.1:{known['port']}/{quote(dbname)}"
        folder = quote(str(self.socket_folder), safe="")
        return f"{role}:{known[role]}@/{quote(dbname)}?host={folder}&port={_SOCKET_PORT}"

    def _newest_log_text(self) -> str:
        """What the server wrote while it started: before and after its log collector took over."""
        logs = sorted(self.log_folder.glob("*.log"), key=lambda path: (path.name != "start.log", path.stat().st_mtime))
        return "".join(path.read_text(errors="replace")[-4000:] for path in logs[:1] + logs[1:][-1:])
