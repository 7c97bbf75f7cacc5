"""`gridbeat serve`: web server and worker live and end together, and nothing stays on the port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-c", "from webapp.cli import main; main(prog_name='gridbeat')", "serve"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(happened: Callable[[], object], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def children(pid: int) -> dict[str, int]:
    """The programs it runs, by the last word of their command line."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {Path(f"/proc/{one}/cmdline").read_text().rstrip("\0").split("\0")[-1]: int(one) for one in found}


@pytest.fixture
def environment(url: str, tmp_path: Path) -> dict[str, str]:
    return os.environ | {"DATABASE_URL": url, "GRIDBEAT_HOME": str(tmp_path), "GRIDBEAT_DEMO": "1"}


@pytest.fixture
def serving(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    """A Gridbeat that answers, with its port and the file that holds what it said."""
    port, said = free_port(), tmp_path / "said"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [*PROGRAM, "--with-worker", "--processes", "1", "--port", str(port)],
            cwd=ROOT, env=environment, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        until(lambda: b"Ctrl-C ends it" in said.read_bytes() or process.poll() is not None)
        assert process.poll() is None, said.read_text()
        until(lambda: answers(port))
        yield process, port, said
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def test_serve_when_asked_to_stop_from_elsewhere_ends_both_programs(serving, environment):
    process, port, said = serving
    programs = children(process.pid)
    assert set(programs) - {"gis.warming"} == {"webapp:create_app()", "worker"}  # compiling ends by itself
    assert f"http://127.0.0.1:{port}" in said.read_text()
    stopped = subprocess.run(
        [*PROGRAM, "--stop"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert f"port {port} has ended" in stopped.stderr
    assert process.wait(30) == 0
    assert not listens(port)
    assert not any(Path(f"/proc/{pid}").exists() for pid in programs.values())


def test_serve_when_the_worker_dies_ends_the_web_server_and_says_why(serving):
    process, port, said = serving
    os.kill(children(process.pid)["worker"], signal.SIGKILL)
    assert process.wait(60) == 1
    assert "The worker ended by itself" in said.read_text()
    assert not listens(port)


def test_serve_when_it_is_killed_leaves_nothing_on_the_port(serving):
    process, port, _said = serving
    process.kill()
    process.wait()
    until(lambda: not listens(port), 60)


def test_serve_when_the_port_is_taken_says_so_in_one_sentence(environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = subprocess.run(
            [*PROGRAM, "--port", str(port)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
    assert refused.returncode == 2
    assert "choose another port" in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr


def test_serve_when_the_schema_is_old_says_what_to_do(environment, make_database):
    refused = subprocess.run(
        [*PROGRAM, "--port", str(free_port())],
        cwd=ROOT, env=environment | {"DATABASE_URL": make_database("old")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    assert "gridbeat db migrate" in " ".join(refused.stderr.split())
