"""The live stream with 1,000 open pages: how long news takes to all of them, and whether other requests still answer.

    python -m tests.bench.bench_live [--pages 1000] [--rounds 40] [--kind gevent]

One web process with a thread a page; the pages are sockets of this process. Each round writes one event; measured are
the time from its commit to the last byte at each page (the reader looks once a second, so up to a second of it is
waiting), the spread between the first page and each page, and `/healthz` asked all the while by a plain client.
"""

import argparse
import os
import secrets
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from urllib.request import urlopen

import click
import numpy as np
from sqlalchemy import Engine, text

from accounts.commands import hash_token
from data.database import connect, migrate
from data.temporary_cluster import temporary_cluster

HEALTH_EVERY_S = 0.05


@dataclass
class Pages:
    """Open streams and when each heard the newest news."""

    port: int
    cookie: str
    sockets: list[socket.socket] = field(default_factory=list)

    def open(self, count: int) -> None:
        """Open streams until so many have said hello."""
        request = f"GET /live/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: gridbeat={self.cookie}\r\n\r\n".encode()
        for _ in range(count):
            page = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            page.sendall(request)
            self.sockets.append(page)
        for page in self.sockets:
            answer = b""
            while b"hello" not in answer:
                answer += page.recv(4096)
            page.setblocking(False)

    def hear(self, mark: bytes, patience_s: float = 10.0) -> list[float]:
        """The clock at which each page had received `mark`."""
        heard: dict[int, float] = {}
        parts: dict[int, bytes] = {}
        with selectors.DefaultSelector() as waiting:
            for page in self.sockets:
                waiting.register(page, selectors.EVENT_READ)
            until = time.perf_counter() + patience_s
            while len(heard) < len(self.sockets) and time.perf_counter() < until:
                for key, _ in waiting.select(0.5):
                    parts[key.fd] = parts.get(key.fd, b"") + key.fileobj.recv(65536)  # type: ignore[union-attr]
                    if key.fd not in heard and mark in parts[key.fd]:
                        heard[key.fd] = time.perf_counter()
        return list(heard.values())


def signed_in(engine: Engine) -> str:
    """The cookie of somebody who sees everything."""
    token = secrets.token_urlsafe(32)
    with engine.begin() as connection:
        user = connection.scalar(
            text(
                "INSERT INTO users (username, name, password_hash) VALUES ('bench', 'Bench', '$argon2id$none')"
                " RETURNING id"
            )
        )
        connection.execute(text("INSERT INTO user_roles (user_id, role) VALUES (:user, 'dispatcher')"), {"user": user})
        connection.execute(
            text(
                "INSERT INTO user_sessions (token_hash, user_id, expires_at)"
                " VALUES (:hash, :user, now() + interval '1 hour')"
            ),
            {"hash": hash_token(token), "user": user},
        )
    return token


def ask_health(port: int, times_ms: list[float], stop: threading.Event) -> None:
    """Ask `/healthz` until told to stop."""
    while not stop.is_set():
        began_s = time.perf_counter()
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            answer.read()
        times_ms.append((time.perf_counter() - began_s) * 1000)
        time.sleep(HEALTH_EVERY_S)


def serve(url: str, pages: int, kind: str) -> tuple[subprocess.Popen[bytes], int]:
    """A web process with room for so many pages."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": url, "GRIDBEAT_DEMO": "1", "GRIDBEAT_HOME": tempfile.mkdtemp(), "GRIDBEAT_STREAMS": str(pages),
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-k", kind, "-w", "1", "--threads", str(pages + 8), "-b",
         f"127.0.0.1:{port}", "--backlog", "2048", "--worker-connections", str(pages + 100), "--no-control-socket",
         "--config", "python:webapp.serving", "--log-level", "warning", "webapp:create_app()"],
        env=environment,
    )  # fmt: skip
    for _ in range(300):
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
            return server, port
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the web server did not answer")


def measure(url: str, pages_count: int, rounds: int, kind: str) -> None:
    """Open the pages, write events, print the figures."""
    engine = connect(url)
    cookie = signed_in(engine)
    server, port = serve(url, pages_count, kind)
    health_ms: list[float] = []
    try:
        pages = Pages(port, cookie)
        began_s = time.perf_counter()
        pages.open(pages_count)
        click.echo(f"{pages_count} pages open after {time.perf_counter() - began_s:.1f} s")
        stop = threading.Event()
        asking = threading.Thread(target=ask_health, args=(port, health_ms, stop))
        asking.start()
        whole, spread, lost = [], [], 0
        for number in range(rounds):
            mark = f"round-{number}-x"
            with engine.begin() as connection:
                connection.execute(
                    text("INSERT INTO events (kind, subject) VALUES ('incident_filed', :mark)"), {"mark": mark}
                )
            kept_at = time.perf_counter()
            heard = pages.hear(mark.encode())
            lost += pages_count - len(heard)
            whole += [(at - kept_at) * 1000 for at in heard]
            spread += [(at - min(heard)) * 1000 for at in heard]
            time.sleep(0.13)
        stop.set()
        asking.join()
        for name, values in (("commit to page", whole), ("first page to each", spread), ("/healthz", health_ms)):
            p50, p95, p99 = np.percentile(values, [50, 95, 99])
            click.echo(f"{name:20} p50 {p50:7.1f}  p95 {p95:7.1f}  p99 {p99:7.1f} ms")
        with open(f"/proc/{_worker(server.pid)}/status") as status:
            click.echo(next(line.strip() for line in status if line.startswith("VmHWM")))
        click.echo(f"news that did not arrive: {lost}")
    finally:
        server.terminate()
        server.wait(30)
        engine.dispose()


def _worker(master: int) -> int:
    with open(f"/proc/{master}/task/{master}/children") as children:
        return int(children.read().split()[0])


def main() -> None:
    """Run it on a cluster of its own, or on GRIDBEAT_TEST_SERVER."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument(
        "--kind", default="gthread", help="gunicorn's kind of worker; gevent has to be installed for it"
    )
    parser.add_argument("--large", action="store_true", help="as for every benchmark; changes nothing here")
    asked = parser.parse_args()
    with temporary_cluster() as cluster:
        migrate(cluster.url())
        measure(cluster.url(), asked.pages, asked.rounds, asked.kind)


if __name__ == "__main__":
    main()
