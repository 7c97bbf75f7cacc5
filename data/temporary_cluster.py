"""A private PostGIS that lasts as long as whoever asked for it: for tests and measurements.

It runs on a disk like the real one, with the same settings, and it is gone afterwards even when the
asker is killed: a guard process waits for the asker's end of a pipe to close, then stops the server
and removes the folder.

    >>> with temporary_cluster() as cluster:                    # doctest: +SKIP
    ...     engine = connect(cluster.url())
"""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from data.cluster import CHECKOUT, Cluster
from data.cluster_files import remove_tree

_GUARD_PATIENCE_S = 120


@contextlib.contextmanager
def temporary_cluster() -> Iterator[Cluster]:
    """A running, empty cluster in a folder of its own under the temporary directory."""
    home = Path(tempfile.mkdtemp(prefix="gridbeat-"))
    home.chmod(0o711)  # root's server runs as another user, who must get through
    guard = subprocess.Popen(  # noqa: S603 - our own module, by our own Python
        [sys.executable, "-m", "data.temporary_cluster", str(home)],
        stdin=subprocess.PIPE,
        cwd=CHECKOUT,
        start_new_session=True,
    )
    try:
        cluster = Cluster.at(home)
        cluster.start()
        yield cluster
    finally:
        guard.communicate(timeout=_GUARD_PATIENCE_S)


def _remove_when_left_alone(home: Path) -> None:
    """Wait until whoever holds our standard input has gone, then stop the cluster and delete it."""
    sys.stdin.read()
    if home.exists():
        Cluster.at(home).reset()
        remove_tree(home)


if __name__ == "__main__":
    _remove_when_left_alone(Path(sys.argv[1]))
