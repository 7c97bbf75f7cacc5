"""What Gridbeat needs from the operating system: found, or installed by apt when we are root, or named in one sentence.

Standard library only; runs before anything is installed.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from data.errors import Unavailable
from data.postgres_programs import DEBIAN_PACKAGES, find_programs, list_programs

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
CHINESE_FONTS = ("*CJK*", "*cjk*", "wqy-*", "DroidSansFallback*", "*SourceHanSans*")

#: Read by Debian while it sets a new server up: Gridbeat keeps its own cluster and wants no other beside it.
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/gridbeat.conf")


def need_system(*, venv: bool, postgis: bool, browser: bool) -> None:
    """Be sure that the system has what is asked for; what is missing is installed, or named in one sentence."""
    missing = []
    if venv and not _can_make_venv():
        missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    lacks_postgis = postgis and not list_programs()
    if lacks_postgis:
        missing += DEBIAN_PACKAGES
    if browser:
        missing += _missing_for_browser()
    if missing:
        _install(missing)
    # Other systems name things otherwise, and a package may have come without what we need from it.
    if lacks_postgis:
        find_programs()
    if venv and not _can_make_venv():
        raise Unavailable(
            "{python} has no ensurepip and cannot make virtual environments: use a complete Python 3.11 to 3.13.",
            python=sys.executable,
        )


def _can_make_venv() -> bool:
    importlib.invalidate_caches()
    return bool(importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"))


def _missing_for_browser() -> list[str]:
    return ([] if find_browser() else ["chromium"]) + ([] if _has_chinese_font() else ["fonts-noto-cjk"])


def find_browser() -> str | None:
    """The Chromium to use: the one GRIDBEAT_CHROMIUM names, else the first on PATH."""
    named = os.environ.get("GRIDBEAT_CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)


def _has_chinese_font() -> bool:
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    return any(any(folder.rglob(pattern)) for folder in folders for pattern in CHINESE_FONTS)


def _install(packages: Sequence[str]) -> None:
    """Install Debian packages when we are root, or say in one sentence which to install."""
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Unavailable(
            "Not everything Gridbeat needs is installed on this system: install {names} "
            "(as root: apt-get install {names}), then run this again.",
            names=names,
        )
    print(f"→ Installing from Debian: {names} …", flush=True)
    _apt("update")
    with _no_main_cluster():
        _apt("install", "--yes", "--no-install-recommends", *packages)


@contextmanager
def _no_main_cluster() -> Iterator[None]:
    """Meanwhile Debian makes and starts no cluster of its own for a PostgreSQL that is installed."""
    had_folder = NO_MAIN_CLUSTER.parent.exists()
    NO_MAIN_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    NO_MAIN_CLUSTER.write_text("create_main_cluster = false\n")
    try:
        yield
    finally:
        NO_MAIN_CLUSTER.unlink()
        if not had_folder:
            NO_MAIN_CLUSTER.parent.rmdir()


def _apt(*arguments: str) -> None:
    """Run apt-get, silent unless it fails; waits while another apt is at work."""
    ended = subprocess.run(
        ["apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if ended.returncode != 0:
        raise Unavailable(
            "apt-get {arguments} failed; is this machine on the network? Its last lines:\n{tail}",
            arguments=" ".join(arguments),
            tail="\n".join("  " + line for line in (ended.stdout + ended.stderr).splitlines()[-8:]),
        )
