"""`gridbeat db`: what an operator reads and gets as exit code; every refusal is one sentence."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from data.cluster import Cluster
from data.cluster_files import remove_tree
from webapp.cli import main


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder that the server's user can enter, used as Gridbeat's home."""
    path = Path(tempfile.mkdtemp(prefix="gridbeat-"))
    path.chmod(0o711)
    monkeypatch.setenv("GRIDBEAT_HOME", str(path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    yield path
    Cluster.at(path).stop()
    remove_tree(path)


def gridbeat(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=answer)


def test_db_from_first_start_to_reset(home):
    assert (gridbeat("db", "status").exit_code, gridbeat("db", "stop").exit_code) == (1, 0)
    assert gridbeat("db", "start").exit_code == 0
    assert gridbeat("db", "status").exit_code == 0
    migrated = gridbeat("db", "migrate")
    assert migrated.exit_code == 0, migrated.output
    given = gridbeat("db", "env").stdout
    assert f"export PGHOST={home / 'run'}\n" in given
    assert "export PGPASSWORD=" in given
    assert gridbeat("db", "reset", answer="n\n").exit_code == 1
    assert Cluster.at(home).status().state == "running"
    assert gridbeat("db", "reset", "--yes").exit_code == 0
    assert Cluster.at(home).status().state == "absent"


def test_db_when_another_database_is_named_leaves_the_private_one_alone(home, monkeypatch, url):
    monkeypatch.setenv("DATABASE_URL", url)
    started = gridbeat("db", "start")
    assert (started.exit_code, "DATABASE_URL is set" in started.output) == (0, True)
    assert Cluster.at(home).status().state == "absent"
    told = gridbeat("db", "status")
    assert told.exit_code == 0
    assert "its schema is the newest" in told.output
    assert "***" in told.output, "the password is not shown"
    assert [gridbeat("db", name).exit_code for name in ("reset", "env")] == [2, 2]


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgresql://x:y@127.0.0.1:1/z", "does not answer"),
        ("nonsense", "cannot be read as an address"),
        ("oracle+none://x@y/z", "cannot be read as an address"),
    ],
)
def test_migrate_when_the_database_cannot_be_reached_says_so_in_one_sentence(monkeypatch, address, sentence):
    monkeypatch.setenv("DATABASE_URL", address)
    refused = gridbeat("db", "migrate")
    assert refused.exit_code == 2
    assert sentence in " ".join(refused.output.split())
    assert "Traceback" not in refused.output
    assert os.environ["DATABASE_URL"] == address
