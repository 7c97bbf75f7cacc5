"""The private PostGIS: made once, started by whoever comes first, whole after every kind of accident."""

import ctypes
import os
import pty
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from data.cluster import CHECKOUT, Cluster, default_home
from data.cluster_files import plain_reason
from data.errors import Unavailable
from data.postgres_programs import account_for, find_programs, list_programs
from data.postgres_settings import settings_text
from data.temporary_cluster import temporary_cluster

IS_ROOT = os.geteuid() == 0
LONG_QUERY = "SELECT count(*) FROM generate_series(1, 60000) a, generate_series(1, 60000) b"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as running:
        yield running


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder the server's user can enter; whatever cluster a test leaves in it is ended."""
    path = Path(tempfile.mkdtemp(prefix="gridbeat-"))
    path.chmod(0o711)
    yield path
    for home in {
        path,
        *(found.parent for found in path.glob("**/PG_VERSION") if found.parent.name == "postgres"),
    }:
        Cluster.at(home.parent if home.name == "postgres" else home).stop()
    shutil.rmtree(path)


def ask(cluster: Cluster, query: str, *, url: str | None = None) -> list[tuple]:
    address = (url or cluster.url()).replace("+psycopg2", "")
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else []


def pid_of(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    return pid


def starter(home: Path, **how: object) -> subprocess.Popen[str]:
    program = "import sys, pathlib, data.cluster as c; print(c.Cluster.at(pathlib.Path(sys.argv[1])).start())"
    return subprocess.Popen(
        [sys.executable, "-c", program, str(home)],
        cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how,  # type: ignore[call-overload]
    )  # fmt: skip


def is_alive(pid: int | str) -> bool:
    """A zombie is dead; it stays one for good where process 1 buries nobody, as in some containers."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(happened: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


# ---- what it is ----------------------------------------------------------------------------------


def test_start_when_nothing_was_there_then_postgis_is_ready_for_our_role(cluster):
    version, is_superuser, encoding, checksums = ask(
        cluster,
        "SELECT postgis_lib_version(), (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),"
        " current_setting('server_encoding'), current_setting('data_checksums')",
    )[0]
    assert tuple(map(int, version.split(".")[:2])) >= (3, 2)
    assert (is_superuser, encoding, checksums) == (False, "UTF8", "on")


def test_new_database_when_our_role_makes_one_then_it_has_postgis(cluster):
    ask(cluster, "CREATE DATABASE gridbeat_test_new")
    assert ask(cluster, "SELECT ST_SRID('SRID=4326;POINT(1 2)'::geometry)", url=cluster.url("gridbeat_test_new")) == [
        (4326,)
    ]


def test_settings_when_read_from_the_server_then_they_are_ours(cluster):
    names = (
        "fsync",
        "full_page_writes",
        "synchronous_commit",
        "jit",
        "max_parallel_workers_per_gather",
        "TimeZone",
    )
    shown = {name: ask(cluster, f"SHOW {name}")[0][0] for name in names}
    assert shown == dict(zip(names, ("on", "on", "on", "off", "0", "UTC"), strict=True))


def test_log_when_a_row_is_refused_then_it_says_so_without_the_row(cluster):
    ask(cluster, "CREATE TABLE secrets_of_people (name text PRIMARY KEY)")
    for _ in range(2):
        try:
            ask(cluster, "INSERT INTO secrets_of_people VALUES ('Zhang San of 3rd street')")
        except psycopg.errors.UniqueViolation:
            continue

    def logged() -> str:
        return "".join(path.read_text() for path in cluster.log_folder.glob("postgres-*.log"))

    until(lambda: "duplicate key value" in logged())  # the log's collector writes a little later
    assert "Zhang San" not in logged()


def test_password_when_wrong_then_nobody_gets_in(cluster):
    wrong = cluster.url().replace("gridbeat:", "gridbeat:x", 1)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        ask(cluster, "SELECT 1", url=wrong)


def test_files_when_the_cluster_runs_then_only_their_owner_reads_them(cluster):
    for path in (
        cluster.home / "cluster.json",
        cluster.data_folder,
        cluster.socket_folder,
        cluster.log_folder,
    ):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    if IS_ROOT:
        assert cluster.data_folder.stat().st_uid != 0


def test_libpq_variables_when_given_to_psql_then_it_gets_in(cluster):
    shown = subprocess.run(
        [find_programs().path("psql"), "--no-psqlrc", "-Atc", "SELECT current_user || ' in ' || current_database()"],
        env=os.environ | cluster.libpq_variables(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stdout == "gridbeat in gridbeat\n"


def test_back_up_when_restored_into_a_new_database_then_all_is_there(cluster, tmp_path):
    """The commands of docs/operations.md."""
    environment = os.environ | cluster.libpq_variables()

    def run(program: str, *arguments: str) -> None:
        subprocess.run([find_programs().path(program), *arguments], env=environment, check=True)

    ask(cluster, "CREATE TABLE backed_up AS SELECT 'SRID=4326;POINT(1 2)'::geometry AS place")
    run("pg_dump", "--format=custom", f"--file={tmp_path / 'dump'}")
    ask(cluster, "CREATE DATABASE gridbeat_test_restored")
    run(
        "pg_restore", "--dbname=gridbeat_test_restored", "--no-owner", "--no-comments", "--single-transaction",
        str(tmp_path / "dump"),
    )  # fmt: skip
    restored = cluster.url("gridbeat_test_restored")
    assert ask(cluster, "SELECT ST_AsText(place) FROM backed_up", url=restored) == [("POINT(1 2)",)]


def test_default_home_when_the_environment_names_one_then_it_is_that(monkeypatch, tmp_path):
    monkeypatch.delenv("GRIDBEAT_HOME", raising=False)
    usual = default_home()
    assert usual.is_relative_to("/var/lib/gridbeat" if IS_ROOT else CHECKOUT)
    monkeypatch.setenv("GRIDBEAT_HOME", str(tmp_path))
    assert default_home() == tmp_path


# ---- accidents -----------------------------------------------------------------------------------


def test_kill_9_when_sessions_are_busy_then_the_next_start_has_every_acknowledged_row(cluster):
    ask(cluster, "CREATE TABLE acknowledged AS SELECT 7 AS n")
    # Deep in a calculation, so that it does not notice that its postmaster has gone.
    address = cluster.url().replace("+psycopg2", "")
    program = f"import sys, psycopg; psycopg.connect(sys.argv[1]).execute({LONG_QUERY!r})"
    busy = subprocess.Popen([sys.executable, "-c", program, address], stderr=subprocess.DEVNULL)
    until(lambda: (LONG_QUERY,) in ask(cluster, "SELECT query FROM pg_stat_activity"))
    killed = pid_of(cluster)
    os.kill(killed, signal.SIGKILL)
    until(lambda: cluster.status().state == "stopped")
    began = time.monotonic()
    cluster.start()
    busy.wait(30)
    assert pid_of(cluster) != killed
    assert ask(cluster, "SELECT n FROM acknowledged") == [(7,)]
    assert time.monotonic() - began < 20


def test_stale_pid_file_when_its_number_is_a_strangers_then_start_is_not_stopped_by_it(cluster):
    account = account_for(cluster.data_folder)
    stranger = subprocess.Popen(["sleep", "60"], user=account.uid if account else None)
    try:
        os.kill(pid_of(cluster), signal.SIGKILL)
        until(lambda: cluster.status().state == "stopped")
        for path in (cluster.data_folder / "postmaster.pid", cluster.socket_folder / ".s.PGSQL.5432.lock"):
            lines = path.read_text().splitlines(keepends=True)
            path.write_text("".join([f"{stranger.pid}\n", *lines[1:]]))
        cluster.start()
        assert pid_of(cluster) != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_killed_server_when_it_stays_a_zombie_then_start_does_not_wait_for_its_burial(cluster):
    """This process becomes the killed server's parent and does not reap it."""
    cluster.stop()
    become_subreaper = 36  # PR_SET_CHILD_SUBREAPER
    assert ctypes.CDLL(None).prctl(become_subreaper, 1, 0, 0, 0) == 0
    try:
        cluster.start()
        zombie = pid_of(cluster)
        os.kill(zombie, signal.SIGKILL)
        until(lambda: not is_alive(zombie))
        cluster.start()
        assert Path(f"/proc/{zombie}").exists(), "the test must not reap it"
        assert pid_of(cluster) != zombie
        os.waitpid(zombie, 0)
    finally:
        ctypes.CDLL(None).prctl(become_subreaper, 0, 0, 0, 0)


def test_pid_file_when_a_living_server_owns_it_then_start_leaves_server_and_file_alone(cluster):
    cluster.start()
    before, written = pid_of(cluster), (cluster.data_folder / "postmaster.pid").read_text()
    cluster.start()
    assert (pid_of(cluster), (cluster.data_folder / "postmaster.pid").read_text()) == (before, written)


def test_lost_passwords_when_the_data_are_there_then_start_makes_new_ones(cluster):
    ask(cluster, "CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS n")
    old = cluster.url()
    (cluster.home / "cluster.json").write_text('{"gridb')  # a broken one is a lost one
    assert cluster.start() != old
    assert ask(cluster, "SELECT n FROM kept") == [(1,)]


def test_durability_when_someone_switches_it_off_then_the_next_start_switches_it_on(cluster):
    ask(cluster, "ALTER SYSTEM SET fsync = off", url=cluster.admin_url())
    assert cluster.stop() is True
    cluster.start()
    assert ask(cluster, "SHOW fsync") == [("on",)]
    ask(cluster, "ALTER SYSTEM RESET fsync", url=cluster.admin_url())


def test_terminal_when_it_is_closed_then_the_server_lives_on(cluster):
    cluster.stop()
    terminal, its_other_end = pty.openpty()
    ended = starter(
        cluster.home, stdin=its_other_end, start_new_session=True,
        preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
    )  # fmt: skip
    ended.communicate(timeout=60)
    os.close(its_other_end)
    os.close(terminal)  # hangs up whatever still belongs to that terminal
    time.sleep(0.3)
    assert cluster.status().state == "running"
    assert os.getsid(pid_of(cluster)) == pid_of(cluster)


# ---- beginnings ----------------------------------------------------------------------------------


def test_two_starts_when_at_once_then_one_cluster_and_one_address(folder):
    starters = [starter(folder / "home") for _ in range(3)]
    said = [process.communicate(timeout=120) for process in starters]
    assert [process.returncode for process in starters] == [0, 0, 0], said
    assert len({address for address, _ in said}) == 1
    assert ask(Cluster.at(folder / "home"), "SELECT 1") == [(1,)]


def test_initdb_when_its_starter_was_killed_half_way_then_it_is_done_again(folder):
    killed = starter(folder)
    until((folder / "postgres.unfinished" / "base").exists)
    killed.kill()
    killed.communicate()
    cluster = Cluster.at(folder)
    assert cluster.status().state == "absent"
    cluster.start()
    assert ask(cluster, "SELECT postgis_lib_version() <> ''") == [(True,)]
    assert not (folder / "postgres.unfinished").exists()


def test_socket_path_when_too_long_then_a_loopback_port_is_used_and_kept(folder):
    home = folder / ("a-long-name-" * 9)
    cluster = Cluster.at(home)
    address = cluster.start()
    assert "@127.0.0.1:" in address
    assert ask(cluster, "SELECT host(inet_server_addr())") == [("127.0.0.1",)]
    cluster.stop()
    assert cluster.start() == address


def test_reset_when_confirmed_then_nothing_is_left_and_start_begins_anew(folder):
    cluster = Cluster.at(folder)
    cluster.start()
    ask(cluster, "CREATE TABLE gone AS SELECT 1")
    cluster.reset()
    assert cluster.status().state == "absent"
    with pytest.raises(Unavailable, match="no private database"):
        cluster.url()
    cluster.start()
    assert ask(cluster, "SELECT to_regclass('gone') IS NULL") == [(True,)]


def test_temporary_cluster_when_its_user_is_killed_then_server_and_folder_are_gone():
    program = (
        "import os\nfrom data.temporary_cluster import temporary_cluster\n"
        "with temporary_cluster() as cluster:\n"
        "    print(cluster.home, cluster.status().pid, flush=True)\n    os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    home, pid = ended.stdout.split()
    until(lambda: not Path(home).exists() and not is_alive(pid))


# ---- refusals, each one sentence -----------------------------------------------------------------


def test_data_when_an_older_postgresql_wrote_them_then_the_sentence_names_the_packages(folder):
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("11\n")
    with pytest.raises(Unavailable, match="install postgresql-11 and postgresql-11-postgis-3"):
        Cluster.at(folder).start()


def test_programs_when_listed_then_each_is_new_enough_and_the_newest_comes_first():
    installed = list_programs()
    assert installed[0] == find_programs()
    assert [programs.major for programs in installed] == sorted((p.major for p in installed), reverse=True)
    assert all(programs.major >= 14 and programs.postgis >= (3, 2) for programs in installed)
    assert all(Path(programs.path("initdb")).is_file() for programs in installed)


def test_home_when_the_servers_user_may_not_enter_it_then_the_sentence_says_who(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o700 if IS_ROOT else 0o500)
    with pytest.raises(Unavailable, match=r"may not (enter|write)"):
        Cluster.at(closed / "home").start()


@pytest.mark.skipif(not IS_ROOT, reason="a small disk can be mounted only by root")
@pytest.mark.parametrize("size_mb", [3, 45])
def test_disk_when_full_then_one_sentence_says_so(folder, size_mb):
    """3 MB: initdb runs out of room. 45 MB: the server does, while it prepares the databases."""
    disk = folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("this machine does not let root mount a disk (a container without the right)")
    try:
        disk.chmod(0o755)
        with pytest.raises(Unavailable) as refused:
            Cluster.at(disk).start()
        first_line, *log_lines = str(refused.value).splitlines()
        assert f"the disk that holds {disk} is full" in first_line
        assert any("No space left on device" in line for line in log_lines)
    finally:
        Cluster.at(disk).stop()
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_plain_reason_when_it_knows_no_better_then_it_keeps_the_systems_words():
    assert plain_reason("Input/output error", Path("/"), None) == "Input/output error"
    assert "read-only" in plain_reason("[Errno 30] Read-only file system", Path("/srv"), None)


@pytest.mark.parametrize(
    ("ram_gib", "expected"),
    [(0.5, "shared_buffers = '64MB'"), (8, "shared_buffers = '1024MB'"), (512, "shared_buffers = '1024MB'")],
)
def test_memory_when_the_machine_is_small_or_huge_then_the_share_stays_modest(ram_gib, expected):
    text = settings_text(socket_folder=None, port=5544, log_folder=Path("/log's"), ram_bytes=int(ram_gib * 2**30))
    assert expected in text
    assert "listen_addresses = '127.0.0.1'" in text
    assert "log_directory = '/log''s'" in text
