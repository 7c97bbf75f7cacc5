"""Which PostgreSQL with PostGIS this machine has, and how its programs are run by the right user.

Standard library only: the set-up (`scripts/bootstrap.py`) asks here before anything is installed.
"""

import functools
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.errors import Unavailable

OLDEST_POSTGRES = 14
OLDEST_POSTGIS = (3, 2)
DEBIAN_PACKAGES = ("postgresql-15", "postgresql-15-postgis-3")

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/usr/local/bin")


@dataclass(frozen=True)
class PostgresPrograms:
    """One installed PostgreSQL server that has PostGIS: where its programs are and how new it is."""

    folder: Path
    major: int
    postgis: tuple[int, ...]

    def path(self, name: str) -> str:
        """The full path of one of its programs (`initdb`, `pg_ctl`, `postgres`)."""
        return str(self.folder / name)


@dataclass(frozen=True)
class Account:
    """The operating system's user under whom the server runs; never root, which PostgreSQL refuses."""

    uid: int
    gid: int
    name: str


def find_programs(major: int | None = None) -> PostgresPrograms:
    """The newest suitable PostgreSQL, or the one of version `major` when data of that version exist.

    Raises Unavailable with the packages to install.
    """
    installed = list_programs()
    if major is not None:
        installed = [programs for programs in installed if programs.major == major]
        if not installed:
            raise Unavailable(
                "The data were written by PostgreSQL {major}, which is not installed with PostGIS any more: "
                "install postgresql-{major} and postgresql-{major}-postgis-3, "
                "or see “Upgrade” in docs/operations.md.",
                major=major,
            )
    if not installed:
        raise Unavailable(
            "PostgreSQL {postgres} or newer with PostGIS {postgis} or newer is not installed: "
            "install the packages {packages} (as root: apt-get install {packages}), "
            "or point DATABASE_URL to a PostGIS database.",
            postgres=OLDEST_POSTGRES,
            postgis=".".join(map(str, OLDEST_POSTGIS)),
            packages=" ".join(DEBIAN_PACKAGES),
        )
    return installed[0]


def list_programs() -> list[PostgresPrograms]:
    """Every installed server that is new enough and has PostGIS and btree_gist, newest first."""
    found: dict[int, PostgresPrograms] = {}
    for folder in _candidate_folders():
        programs = _inspect(folder)
        if programs and programs.major >= OLDEST_POSTGRES and programs.postgis >= OLDEST_POSTGIS:
            found.setdefault(programs.major, programs)
    return sorted(found.values(), key=lambda programs: -programs.major)


def _candidate_folders() -> Iterator[Path]:
    """Folders that may hold `postgres` and `initdb`: what PATH names first, then the usual places."""
    if pg_config := shutil.which("pg_config"):
        yield Path(_output([pg_config, "--bindir"]).strip() or "/nowhere")
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent
    for pattern in _PLACES:
        yield from sorted(Path("/").glob(pattern.lstrip("/")))


def _inspect(folder: Path) -> PostgresPrograms | None:
    """What `folder` holds, or None when a program, PostGIS or btree_gist is missing there."""
    if not all((folder / name).is_file() for name in ("postgres", "initdb", "pg_ctl")):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", _output([str(folder / "postgres"), "--version"]))
    if not version:
        return None
    major = int(version[1])
    for share in _share_folders(folder, major):
        extensions = share / "extension"
        if (extensions / "postgis.control").is_file() and (extensions / "btree_gist.control").is_file():
            return PostgresPrograms(folder, major, _postgis_version(extensions / "postgis.control"))
    return None


def _share_folders(folder: Path, major: int) -> Iterator[Path]:
    # pg_config beside the server knows best; it is missing where only the server package is installed.
    if (folder / "pg_config").is_file():
        yield Path(_output([str(folder / "pg_config"), "--sharedir"]).strip() or "/nowhere")
    yield Path(f"/usr/share/postgresql/{major}")
    yield folder.parent / "share" / "postgresql"
    yield folder.parent / "share"


def _postgis_version(control: Path) -> tuple[int, ...]:
    version = re.search(r"default_version\s*=\s*'(\d+)\.(\d+)", control.read_text())
    return (int(version[1]), int(version[2])) if version else (0, 0)


def _output(command: Sequence[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout  # noqa: S603 - programs we found ourselves
    except (OSError, subprocess.TimeoutExpired):
        return ""


def account_for(folder: Path) -> Account | None:
    """The user the server must run under when we are root; None when we are not (then it is ourselves).

    Whoever already owns the data in `folder` keeps them; else `postgres`, else `nobody`.
    """
    if os.geteuid() != 0:
        return None
    if folder.exists() and (owner := folder.stat().st_uid) != 0:
        return _account(owner)
    for name in ("postgres", "nobody"):
        try:
            return _account(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    raise Unavailable(
        "PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody: "
        "create one (useradd --system postgres) or start Gridbeat as an ordinary user."
    )


@functools.cache
def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(uid, uid, str(uid))
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def run_as(
    account: Account | None,
    command: Sequence[str],
    *,
    cwd: Path,
    timeout_s: float,
    pass_fds: Sequence[int] = (),
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """The ended command, run by `account` (None: ourselves) in a session of its own, its messages in English.

    A session of its own, so that closing the terminal or Ctrl-C does not reach the server it starts.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run(  # noqa: S603 - programs we found ourselves, no shell
        command,
        cwd=cwd,
        env=environment | {"LC_ALL": "C", "LANG": "C"},
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout_s,
        check=False,
        pass_fds=pass_fds,
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
