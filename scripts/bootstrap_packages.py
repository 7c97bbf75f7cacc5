"""What Gridbeat needs from the operating system: found, or installed by apt when we are root, or named in one sentence.

Standard library only; runs before anything is installed.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from data.errors import Unavailable
from data.postgres_programs import DEBIAN_PACKAGES, find_programs

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
CHINESE_FONTS = ("*CJK*", "*cjk*", "wqy-*", "DroidSansFallback*", "*SourceHanSans*")

#: Read by Debian while it sets a new server up: Gridbeat keeps its own cluster and wants no other beside it.
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/gridbeat.conf")


def need_venv_module() -> None:
    """Be sure that this Python can make virtual environments (Debian packs that apart)."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    _install([package], why="Python cannot make virtual environments yet")
    importlib.invalidate_caches()
    if not importlib.util.find_spec("ensurepip"):
        raise Unavailable(
            "{python} still has no ensurepip module: set Gridbeat up with a complete Python 3.11, 3.12 or 3.13.",
            python=sys.executable,
        )


def need_postgis() -> None:
    """Be sure that PostgreSQL with PostGIS is installed; no cluster of Debian's is made or started."""
    try:
        find_programs()
    except Unavailable:
        if not _may_install():
            raise
    else:
        return
    packages = list(DEBIAN_PACKAGES) if _offers(DEBIAN_PACKAGES[0]) else ["postgresql", "postgresql-postgis"]
    had_folder = NO_MAIN_CLUSTER.parent.exists()
    NO_MAIN_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    NO_MAIN_CLUSTER.write_text("create_main_cluster = false\n")
    try:
        _install(packages, why="PostgreSQL with PostGIS is not there yet")
    finally:
        NO_MAIN_CLUSTER.unlink()
        if not had_folder:
            NO_MAIN_CLUSTER.parent.rmdir()
    find_programs()


def need_browser() -> None:
    """Be sure that Chromium and a Chinese font are there: browser tests and screenshots use them."""
    missing = []
    if not any(shutil.which(name) for name in BROWSERS):
        missing.append("chromium")
    if not _has_chinese_font():
        missing.append("fonts-noto-cjk")
    if missing:
        _install(missing, why="Browser tests and screenshots need " + " and ".join(missing))


def _has_chinese_font() -> bool:
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    return any(any(folder.rglob(pattern)) for folder in folders for pattern in CHINESE_FONTS)


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _offers(package: str) -> bool:
    """Whether apt knows the package (its lists are fetched first: a bare system has none)."""
    _apt("update")
    return _apt("show", package, program="apt-cache", check=False).returncode == 0


def _install(packages: Sequence[str], *, why: str) -> None:
    """Install Debian packages, or say in one sentence which are missing."""
    names = " ".join(packages)
    if not _may_install():
        raise Unavailable(
            "{why}: install {names} (as root: apt-get install {names}), then run this again.", why=why, names=names
        )
    print(f"→ {why}: installing {names} …", flush=True)
    _apt("update")
    _apt("install", "--yes", "--no-install-recommends", *packages)


def _apt(*arguments: str, program: str = "apt-get", check: bool = True) -> subprocess.CompletedProcess[str]:
    """The ended apt command, silent unless it failed; waits while another apt is at work."""
    ended = subprocess.run(
        [program, "-o", "DPkg::Lock::Timeout=300", *arguments],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if check and ended.returncode != 0:
        raise Unavailable(
            "{command} failed; is this machine on the network? Its last lines:\n{tail}",
            command=" ".join([program, *arguments]),
            tail="\n".join("  " + line for line in (ended.stdout + ended.stderr).splitlines()[-8:]),
        )
    return ended
