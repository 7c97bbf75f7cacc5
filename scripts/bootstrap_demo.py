"""The demo, once Gridbeat is set up: the database up, the schema new, a county in it, and serving until Ctrl-C.

Runs in `.venv`. Every step is a `gridbeat` command that can be given by hand as well.
"""

import os
import sys

import click
from sqlalchemy import Engine, text

from data.database import is_current
from data.errors import GridbeatError
from webapp.cli import database_url, main
from webapp.cli.db import answering
from webapp.cli.serve import need_free_port

PORT = os.environ.get("PORT") or "8000"
PROFILE = os.environ.get("PROFILE") or "small"


def run() -> int:
    """The exit code of the first step that fails, or of serving."""
    # Pages get a secret of their own, kept beside the data; outside the demo the operator chooses one.
    os.environ.setdefault("GRIDBEAT_DEMO", "1")
    if PORT.isdecimal():
        need_free_port("127.0.0.1", int(PORT))  # said before the minute that loading takes, not after it
    return _gridbeat("db", "start") or _bring_up() or _gridbeat("serve", "--with-worker", "--port", PORT)


def _bring_up() -> int:
    """Schema and county, each only where it is wanting: finding out costs less than doing nothing."""
    with answering(database_url()) as engine:
        is_new = is_current(engine)
        has_county = is_new and _has_county(engine)
    if has_county:
        return 0
    migrated = 0 if is_new else _gridbeat("db", "migrate")
    return migrated or _gridbeat("demo", "load", "--profile", PROFILE, "--seed", "1", "--if-empty")


def _has_county(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT EXISTS (SELECT FROM divisions)")))


def _gridbeat(*arguments: str) -> int:
    """The exit code of a `gridbeat` command, given in this process: its modules are loaded only once."""
    return int(main(arguments, prog_name="gridbeat", standalone_mode=False) or 0)


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
