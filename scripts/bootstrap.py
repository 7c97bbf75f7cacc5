"""What `make` does: set up what is missing, then run what was asked for. Standard library only.

    sh scripts/bootstrap.sh demo        # the same as `make demo`

Environment: PORT and PROFILE for the demo; ARGS goes to pytest, bench and screenshots; DATABASE_URL names another
PostGIS for the demo.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bootstrap_packages import find_browser, need_system
from bootstrap_venv import PYTHON, ROOT, VENV, is_whole, need_packages

from data.errors import GridbeatError

GRIDBEAT = VENV / "bin" / "gridbeat"

#: Linters before tests: seconds before minutes.
CHECKS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "import contracts": ["lint-imports", "--no-logo"],
}
CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis")


def demo() -> NoReturn:
    """Serve the demo county at http://127.0.0.1:$PORT until Ctrl-C."""
    need_system(venv=not is_whole("runtime"), postgis=not os.environ.get("DATABASE_URL"), browser=False)
    need_packages("runtime")
    _become([PYTHON, ROOT / "scripts" / "bootstrap_demo.py"])


def stop() -> int:
    """End a Gridbeat that serves from this checkout, then its database."""
    if not GRIDBEAT.exists():
        print("Nothing runs: Gridbeat has not been set up here yet.")
        return 0
    served = _run([GRIDBEAT, "serve", "--stop"])
    return _run([GRIDBEAT, "db", "stop"]) or served


def test() -> NoReturn:
    """Everything: lint, types, contracts, then all tests with a real PostGIS and a real browser."""
    _ready_for_tests(browser=True)
    _become(_pytest(), failed=_lint())


def check() -> NoReturn:
    """Lint, types, contracts and the tests without a browser and without map extracts."""
    _ready_for_tests(browser=False)
    _become(_pytest("-m", "not browser and not extracts"), failed=_lint())


def bench() -> int:
    """Measure, one file of tests/bench after the other; the numbers are printed and judged by people."""
    _ready_for_tests(browser=False)
    names = sorted(path.stem for path in (ROOT / "tests" / "bench").glob("bench_*.py"))
    return max(_run([PYTHON, "-m", f"tests.bench.{name}", *_arguments()]) for name in names)


def screenshots() -> NoReturn:
    """Take the README's pictures anew from a demo county."""
    _ready_for_tests(browser=True)
    _become([PYTHON, ROOT / "scripts" / "screenshots.py", *_arguments()])


def lock() -> NoReturn:
    """Compile requirements/*.txt anew from pyproject.toml."""
    _become(["sh", ROOT / "scripts" / "lock.sh"])


def clean() -> int:
    """Remove .venv and caches; the data stay (`gridbeat db reset` deletes those)."""
    stop()
    for name in (".venv", *CACHES):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for folder in [path for path in ROOT.rglob("__pycache__") if "node_modules" not in path.parts]:
        shutil.rmtree(folder, ignore_errors=True)
    print("✓ .venv and caches are gone. The data stay: `gridbeat db reset` would have deleted them.")
    return 0


def show_help() -> int:
    """The Makefile's targets and what they do."""
    for name, says in re.findall(r"^([a-z]+):.*?## (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE):
        print(f"  make {name:<12} {says}")
    return 0


COMMANDS: dict[str, Callable[[], int]] = {
    "help": show_help,
    "demo": demo,
    "stop": stop,
    "test": test,
    "check": check,
    "bench": bench,
    "screenshots": screenshots,
    "lock": lock,
    "clean": clean,
}


def _ready_for_tests(*, browser: bool) -> None:
    need_system(venv=not is_whole("test"), postgis=not os.environ.get("GRIDBEAT_TEST_SERVER"), browser=browser)
    need_packages("test")
    if browser and (found := find_browser()):
        os.environ["GRIDBEAT_CHROMIUM"] = found
    os.environ.setdefault("GRIDBEAT_EXTRACTS", str(ROOT.parent / "shared" / "data" / "osm"))


def _lint() -> list[str]:
    """The names of the checks that failed; each says itself what it found.

    Meanwhile the inner loops are compiled, once, so that the tests' two processes do not each do it.
    """
    compiling = subprocess.Popen([PYTHON, "-m", "gis.warming"], cwd=ROOT)
    failed = []
    for name, (program, *arguments) in CHECKS.items():
        print(f"→ {name}", flush=True)
        if _run([VENV / "bin" / program, *arguments]):
            failed.append(name)
    if compiling.wait():
        failed.append("compiling")
    return failed


def _pytest(*selection: str) -> list[str | Path]:
    # Two at a time, a file's tests together: many files share one costly thing (a cluster, a browser, a county).
    return [PYTHON, "-m", "pytest", "-n", "2", "--dist", "worksteal", *selection, *_arguments()]


def _arguments() -> list[str]:
    return shlex.split(os.environ.get("ARGS", ""))


def _run(command: list[str | Path]) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _become(command: list[str | Path], failed: Sequence[str] = ()) -> NoReturn:
    """Run `command` in our place, so that its last lines are ours; exit code 1 when something before it `failed`."""
    sys.stdout.flush()
    if failed:
        print(f"✗ Failed: {', '.join(failed)} (see above). The tests run all the same.", file=sys.stderr, flush=True)
        sys.exit(_run(command) or 1)
    os.chdir(ROOT)
    os.execvp(command[0], command)  # noqa: S606 - our own programs, no shell


def main(arguments: list[str]) -> int:
    """The exit code of the command named first (default: help)."""
    name = arguments[0] if arguments else "help"
    if name not in COMMANDS:
        print(f"✗ There is no {name} here; choose one of: {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    try:
        return COMMANDS[name]()
    except GridbeatError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\n✗ Interrupted; run it again to go on.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
