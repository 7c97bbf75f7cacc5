"""The demo, once Gridbeat is set up: the database up, the schema new, a county in it, and serving until Ctrl-C.

Runs in `.venv`. Every step is a `gridbeat` command that can be given by hand as well.
"""

import os
import sys

import click

from data.errors import GridbeatError
from webapp.cli import main
from webapp.cli.serve import need_free_port

PORT = os.environ.get("PORT") or "8000"
PROFILE = os.environ.get("PROFILE") or "small"

STEPS = (
    ["db", "start"],
    ["db", "migrate"],
    ["demo", "load", "--profile", PROFILE, "--seed", "1", "--if-empty"],
    ["serve", "--with-worker", "--port", PORT],
)


def run() -> int:
    """The exit code of the first step that fails, or of serving."""
    # Pages get a secret of their own, kept beside the data; outside the demo the operator chooses one.
    os.environ.setdefault("GRIDBEAT_DEMO", "1")
    if PORT.isdecimal():
        need_free_port("127.0.0.1", int(PORT))  # said before the minute that loading takes, not after it
    for step in STEPS:
        code = main(step, prog_name="gridbeat", standalone_mode=False)
        if code:
            return int(code)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(run())
    except GridbeatError as error:
        sys.exit(f"✗ {error}")
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit("\n✗ Interrupted; run it again to go on.")
