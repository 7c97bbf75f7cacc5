"""The text of the private cluster's configuration: durable always, modest in memory, quiet about people."""

from pathlib import Path

#: Given on the server's command line, where no file and no ALTER SYSTEM can undo them.
DURABLE = ("fsync=on", "full_page_writes=on", "synchronous_commit=on")

#: Every way in asks for the password; nothing from outside this machine gets in.
HBA = """\
# Written by Gridbeat. Every way in asks for the password kept in ../cluster.json.
local all         all               scram-sha-256
local replication all               scram-sha-256
host  all         all 127.0.0.1/32  scram-sha-256
host  replication all 127.0.0.1/32  scram-sha-256
"""

_MEBI = 1024 * 1024


def settings_text(*, socket_folder: Path | None, port: int, log_folder: Path, ram_bytes: int) -> str:
    """The content of `gridbeat.conf`, written anew at every start.

    `socket_folder` None means TCP on the loopback address at `port`. Own settings belong into
    ALTER SYSTEM, which is read after this file.
    """
    lines = {
        "listen_addresses": "" if socket_folder else "127.0.0.1",
        "unix_socket_directories": str(socket_folder) if socket_folder else "",
        "unix_socket_permissions": "0700",
        "port": str(port),
        "cluster_name": "gridbeat",
        "max_connections": "100",
        "password_encryption": "scram-sha-256",
        **_memory(ram_bytes),
        **_FIXED,
        "log_directory": str(log_folder),
    }
    body = "".join(f"{name} = '{_quoted(value)}'\n" for name, value in lines.items())
    return "# Written by Gridbeat at every start: change settings with ALTER SYSTEM instead.\n" + body


_FIXED = {
    # Where users log out or /dev/shm is small (containers), POSIX shared memory vanishes or runs out.
    "dynamic_shared_memory_type": "mmap",
    "jit": "off",
    # One person's map must not take both cores from everybody else's.
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Seven files, one a weekday, each emptied when its day comes round again.
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_file_mode": "0600",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # A refused statement carries names, places and notes of people: the log gets the error, not the row.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}


def _memory(ram_bytes: int) -> dict[str, str]:
    """Shares of the machine's memory, small enough to live beside the web processes."""
    ram = ram_bytes // _MEBI
    return {
        "shared_buffers": f"{_between(64, ram // 8, 1024)}MB",
        "effective_cache_size": f"{_between(128, ram // 2, 65536)}MB",
        "work_mem": f"{_between(4, ram // 400, 64)}MB",
        "maintenance_work_mem": f"{_between(64, ram // 16, 512)}MB",
    }


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))


def _quoted(value: str) -> str:
    return value.replace("'", "''")


def ram_bytes() -> int:
    """The memory this machine, or the container we are in, may use; 2 GiB where nobody says."""
    limits = []
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            limits.append(int(Path(path).read_text()))
        except (OSError, ValueError):  # not in a container, or the limit says "max"
            continue
    try:
        total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
        limits.append(int(total.split()[1]) * 1024)
    except (OSError, StopIteration):
        pass
    return min(limits, default=2048 * _MEBI)
