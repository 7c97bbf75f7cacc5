"""The virtual environment `.venv`: made from a lock file with hashes, and known to be whole by a stamp written last.

No stamp means that making it was interrupted: then it is made again from nothing. Standard library only.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import Unavailable

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "gridbeat-stamp.json"

#: Lock file → those whose packages it holds too (test.txt is compiled on top of runtime.txt).
LOCKS = {"runtime": ("runtime",), "test": ("test", "runtime")}

_COMMAND = """\
#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")/python" "$0" "$@"
' '''
import sys

from webapp.cli import main

sys.exit(main())
"""


def is_whole(lock: str) -> bool:
    """Whether `.venv` holds what `requirements/<lock>.txt` names now."""
    have = _read_stamp()
    return have is not None and _wanted(lock).items() <= have.items()


def need_packages(lock: str) -> None:
    """Be sure that `.venv` holds exactly what `requirements/<lock>.txt` names, and Gridbeat itself."""
    with _alone():
        if is_whole(lock):
            return
        if _read_stamp() is None:
            _make_anew()
        print(f"→ Installing the Python packages of requirements/{lock}.txt (a minute or two) …", flush=True)
        STAMP.unlink(missing_ok=True)
        _pip_install(ROOT / "requirements" / f"{lock}.txt")
        _put_ourselves_in()
        _write_stamp(_wanted(lock))


def _make_anew() -> None:
    if VENV.exists():
        print("→ The virtual environment .venv is unfinished or from elsewhere: making it again …", flush=True)
        shutil.rmtree(VENV)
    try:
        # A process of its own: this one may have started before the module was installed.
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True, stdout=subprocess.DEVNULL)
    except subprocess.CalledProcessError as error:
        raise Unavailable(
            "{python} could not make the virtual environment .venv (see above).", python=sys.executable
        ) from error


def _pip_install(lock_file: Path) -> None:
    ended = subprocess.run(
        [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-input", "--require-hashes",
         "--requirement", lock_file],
        check=False,
    )  # fmt: skip
    if ended.returncode != 0:
        raise Unavailable(
            "The Python packages could not be installed (see above): check the network and pip's settings, "
            "then run this again."
        )


def _put_ourselves_in() -> None:
    """Make the checkout importable and give the `gridbeat` command; what pip does for an editable install, offline."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    site = next((VENV / "lib").glob("python3.*/site-packages"))
    for old in site.glob("gridbeat-*.dist-info"):
        shutil.rmtree(old)
    facts = site / f"gridbeat-{project['version']}.dist-info"
    facts.mkdir()
    command = VENV / "bin" / "gridbeat"
    command.write_text(_COMMAND)
    command.chmod(0o755)
    (site / "gridbeat.pth").write_text(f"{ROOT}\n")
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: gridbeat\nVersion: {project['version']}\n")
    (facts / "INSTALLER").write_text("gridbeat\n")
    (facts / "RECORD").write_text(
        "".join(f"{os.path.relpath(path, site)},,\n" for path in (command, site / "gridbeat.pth", *facts.iterdir()))
    )


def _wanted(lock: str) -> dict[str, str]:
    folder = ROOT / "requirements"
    return {name: hashlib.sha256((folder / f"{name}.txt").read_bytes()).hexdigest() for name in LOCKS[lock]}


def _identity() -> dict[str, str]:
    """What else `.venv` depends on: it breaks when the checkout moves or the system's Python changes."""
    return {"place": str(VENV), "python": ".".join(map(str, sys.version_info[:2]))}


def _read_stamp() -> dict[str, str] | None:
    """Which locks `.venv` was made from; None when it is missing, unfinished, moved or of another Python."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return None
    identity = {name: stamp.pop(name, None) for name in _identity()}
    return stamp if identity == _identity() and PYTHON.exists() else None


def _write_stamp(locks: dict[str, str]) -> None:
    draft = STAMP.with_suffix(".new")
    draft.write_text(json.dumps(_identity() | locks, indent=1))
    draft.replace(STAMP)


@contextmanager
def _alone() -> Iterator[None]:
    """Only one set-up of this checkout at a time: the second waits, then finds the work done."""
    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    except PermissionError as error:
        raise Unavailable(
            "{path} belongs to another user: run this as that user, or make a clone of your own.", path=error.filename
        ) from error
    finally:
        os.close(descriptor)
