"""How many members can send positions at once, through real HTTP, and whether one acknowledged position is ever lost.

    DATABASE_URL=… python -m tests.bench.bench_positions    # an empty migrated database; 10,600 members, 60 s
    … --members 2000 --seconds 20 --kill                      # and a web process is killed (-9) in the middle

Each member has a device that takes a position every 10 s and sends what it has once a minute (BENCH_BATCH=6), as
telephones do to spare the battery: half in the JSON of Traccar Client, half as OwnTracks lists. The senders are one
process with a few connections; every acknowledged position is counted and compared with the database afterwards. What
was not acknowledged is sent again, as a telephone does.
"""

import base64
import hashlib
import http.client
import json
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import click
import numpy as np
import psycopg2
from psycopg2.extras import execute_values

FIX_EVERY_S = 10
BATCH = int(os.environ.get("BENCH_BATCH", "6"))


@dataclass
class Told:
    """What the senders have seen."""

    acknowledged: int = 0
    again: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def set_up(url: str, members: int, begun_at: datetime) -> list[str]:
    """Members with a device and an open patrol each; returns the tokens."""
    tokens = [f"{number:043d}" for number in range(members)]
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM position_fixes")
        if cursor.fetchone()[0]:
            raise click.ClickException("This database holds positions already; bring an empty one.")
        cursor.execute(
            "INSERT INTO divisions (code, name, area) VALUES ('990101', 'Bench',"
            " st_multi(st_makeenvelope(122.3, 33.8, 122.7, 34.2, 4326))) RETURNING id"
        )
        division = cursor.fetchone()[0]
        execute_values(
            cursor,
            "INSERT INTO patrol_members (id, name, kind, division_id) VALUES %s",
            [(1000 + number, f"M{number}", "full_time", division) for number in range(members)],
            page_size=2000,
        )
        execute_values(
            cursor,
            "INSERT INTO devices (member_id, name, kind, token_hash, expires_at) VALUES %s",
            [
                (1000 + n, "d", "traccar", hashlib.sha256(token.encode()).digest(), begun_at + timedelta(days=9))
                for n, token in enumerate(tokens)
            ],
            page_size=2000,
        )
        execute_values(
            cursor,
            "INSERT INTO patrol_sessions (id, member_id, started_at) VALUES %s",
            [(str(uuid4()), 1000 + number, begun_at) for number in range(members)],
            page_size=2000,
        )
    with psycopg2.connect(url) as connection:
        connection.autocommit = True
        connection.cursor().execute("ANALYZE")
    return tokens


def request_of(token: str, number: int, until: datetime) -> tuple[str, bytes, dict[str, str]]:
    """One batch of a member: path, body, headers."""
    at = [until - timedelta(seconds=FIX_EVERY_S * back) for back in range(BATCH - 1, -1, -1)]
    lon, lat = 122.3 + 0.4 * ((number * 7919) % 1000) / 1000, 33.8 + 0.4 * ((number * 104729) % 1000) / 1000
    places = [(lon + 0.0001 * step + random.gauss(0, 0.00003), lat) for step in range(BATCH)]
    headers = {"Content-Type": "application/json"}
    if number % 2:
        told = [
            {"_type": "location", "lon": x, "lat": y, "tst": int(when.timestamp()), "acc": 6, "batt": 70, "vel": 4}
            for when, (x, y) in zip(at, places, strict=True)
        ]
        headers["Authorization"] = "Basic " + base64.b64encode(f"m:{token}".encode()).decode()
        return "/api/positions/owntracks", json.dumps(told).encode(), headers
    locations = [
        {
            "timestamp": when.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "coords": {"longitude": x, "latitude": y, "accuracy": 6, "speed": 1.2, "heading": 90, "altitude": 3},
            "is_moving": True, "battery": {"level": 0.7, "is_charging": False}, "activity": {"type": "walking"},
        }
        for when, (x, y) in zip(at, places, strict=True)
    ]  # fmt: skip
    return "/api/positions/traccar", json.dumps({"location": locations, "device_id": token}).encode(), headers


def send(base: str, work: "queue.Queue[tuple[float, str, int] | None]", begun_at: datetime, told: Told) -> None:
    """Send batches at their times over one kept connection; what is not acknowledged is sent again."""
    host = urlsplit(base).netloc
    connection = http.client.HTTPConnection(host, timeout=30)
    while (item := work.get()) is not None:
        due, token, number = item
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        path, body, headers = request_of(token, number, datetime.now(UTC).replace(microsecond=0))
        begun = time.monotonic()
        for turn in range(20):
            try:
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    break
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = http.client.HTTPConnection(host, timeout=30)
            time.sleep(0.05 * (turn + 1))
            with told.lock:
                told.again += 1
        else:
            with told.lock:
                told.failed += 1
            continue
        with told.lock:
            told.acknowledged += BATCH
            told.seconds.append(time.monotonic() - begun)
            told.late_s.append(begun - due)


def serve(url: str, port: int, processes: int) -> subprocess.Popen[bytes]:
    """The web server as `gridbeat serve` starts it."""
    environment = os.environ | {"DATABASE_URL": url, "GRIDBEAT_SECRET_KEY": "b" * 40}
    program = [
        sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers",
        str(processes), "--threads", "8", "--log-level", "warning", "--keep-alive", "65", "webapp:create_app()",
    ]  # fmt: skip
    made = subprocess.Popen(program, env=environment)
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return made
        except OSError:
            time.sleep(0.2)
    raise click.ClickException("The web server did not come up.")


def web_processes(server: subprocess.Popen[bytes]) -> list[int]:
    """The ids of the server's own web processes."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(server.pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def processor_s(url: str, server: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Seconds of processor the web processes and the database's connections have used so far."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        backends = [pid for (pid,) in cursor.fetchall()]
    return sum(map(_used_s, web_processes(server))), sum(map(_used_s, backends))


def _used_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watch_map(url: str, told: list[float], is_over: threading.Event) -> None:
    """Ask the live map's question for the whole county every 5 s, as the open pages do."""
    from data.database import connect, session_scope
    from patrols.on_map import list_positions

    engine = connect(url)
    while not is_over.wait(5.0):
        begun = time.monotonic()
        with session_scope(engine) as session:
            list_positions(session, ("",))
        told.append(time.monotonic() - begun)
    engine.dispose()


def run(base: str, tokens: list[str], seconds: int, connections: int, told: Told) -> list[threading.Thread]:
    """Senders at work: every member once in each turn, spread evenly over it."""
    work: queue.Queue[tuple[float, str, int] | None] = queue.Queue()
    begin, every_s = time.monotonic() + 1.0, FIX_EVERY_S * BATCH
    for turn in range(max(1, seconds // every_s)):
        for place, number in enumerate(np.random.default_rng(turn).permutation(len(tokens)).tolist()):
            work.put((begin + every_s * (turn + place / len(tokens)), tokens[number], number))
    for _ in range(connections):
        work.put(None)
    senders = [threading.Thread(target=send, args=(base, work, datetime.now(UTC), told)) for _ in range(connections)]
    for thread in senders:
        thread.start()
    return senders


def kept_in(url: str) -> int:
    """How many positions the database holds."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM position_fixes")
        return int(cursor.fetchone()[0])


def report(told: Told, kept: int, took_s: float, used_s: tuple[float, float], map_s: list[float]) -> None:
    """Print the figures."""
    half, most, nearly_all = np.percentile(np.array(told.seconds) * 1000, [50, 95, 99])
    click.echo(
        f"batches of {BATCH}: {told.acknowledged} positions acknowledged in {took_s:.0f} s"
        f" ({told.acknowledged / took_s:.0f}/s), {kept} kept, lost {max(0, told.acknowledged - kept)};"
        f" a batch p50 {half:.0f} ms, p95 {most:.0f} ms, p99 {nearly_all:.0f} ms; begun late by p95"
        f" {np.percentile(told.late_s, 95):.2f} s; sent again {told.again}, given up {told.failed}"
    )
    click.echo(
        f"processor: web {used_s[0]:.1f} s, database {used_s[1]:.1f} s:"
        f" {1000 * sum(used_s) / max(told.acknowledged, 1):.2f} ms a position;"
        f" the live map's question p95 {np.percentile(map_s or [0], 95) * 1000:.0f} ms"
    )


@click.command()
@click.option("--members", default=10_600, show_default=True)
@click.option("--seconds", default=60, show_default=True, help="At least a minute, so that every device sends once.")
@click.option("--connections", default=24, show_default=True)
@click.option("--processes", default=2, show_default=True)
@click.option("--port", default=5803, show_default=True)
@click.option("--kill", is_flag=True, help="Kill a web process (-9) every 25 s.")
def main(members: int, seconds: int, connections: int, processes: int, port: int, kill: bool) -> None:
    """Run it and print what was acknowledged, kept and how long it took."""
    url = os.environ["DATABASE_URL"].replace("postgresql+psycopg2://", "postgresql://")
    tokens = set_up(url, members, datetime.now(UTC) - timedelta(hours=1))
    server = serve(url, port, processes)
    told, map_s, is_over = Told(), [], threading.Event()
    watcher = threading.Thread(target=watch_map, args=(url, map_s, is_over))
    watcher.start()
    begun = time.monotonic()
    try:
        senders = run(f"http://127.0.0.1:{port}", tokens, seconds, connections, told)
        killed, last_s = 0, begun
        while any(thread.is_alive() for thread in senders):
            time.sleep(0.5)
            if kill and time.monotonic() - last_s > 25.0:
                os.kill(web_processes(server)[killed % processes], signal.SIGKILL)
                killed, last_s = killed + 1, time.monotonic()
        took_s = time.monotonic() - begun
        is_over.set()
        watcher.join()
        used_s = processor_s(url, server)
    finally:
        is_over.set()
        server.terminate()
        server.wait()
    kept = kept_in(url)
    click.echo(f"{members} members, one position per {FIX_EVERY_S} s; {killed} web processes killed")
    report(told, kept, took_s, used_s, map_s)
    sys.exit(1 if told.acknowledged > kept or told.failed else 0)


if __name__ == "__main__":
    main()
