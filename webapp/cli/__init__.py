"""`gridbeat`, the command line: thin commands over what the rooms can do. Exit codes: 0 done, 1 partly, 2 refused."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import click
from rich.console import Console

from data.errors import GridbeatError
from gis.errors import GisError

#: Command → module under webapp.cli that has it; loaded only when asked for, so that `gridbeat --help` is quick.
COMMANDS = {
    "cells": "cells",
    "coverage": "coverage",
    "db": "db",
    "demo": "demo",
    "import": "importing",
    "patrol": "patrol",
    "serve": "serve",
    "user": "user",
    "worker": "worker",
}

#: Progress and remarks go here, so that what a command answers can be piped on.
console = Console(stderr=True)


class Gridbeat(click.Group):
    """The group that finds its commands in the table above and tells our errors in one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """Every command's name."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click passes it
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"webapp.cli.{COMMANDS[cmd_name]}").command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what we refuse is a sentence and exit code 2, never a traceback."""
        try:
            return super().invoke(ctx)
        except (GridbeatError, GisError) as error:
            console.print(f"[bold red]✗[/] {error}", highlight=False)
            ctx.exit(2)


@click.command(cls=Gridbeat, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="gridbeat", prog_name="gridbeat")
def main() -> None:
    """Grid management and patrol coordination for a county."""


def database_url() -> str:
    """The database to work on: DATABASE_URL, or the private cluster, started when it is not running."""
    from data.cluster import Cluster

    return os.environ.get("DATABASE_URL") or Cluster.at().start()


@contextmanager
def working_engine(*, pool_size: int = 2) -> Iterator:
    """An engine for one command or job, on a database whose schema is current; closed at the end."""
    import webapp.tables  # noqa: F401 - a command uses one room, its rows point into others
    from data.database import connect, need_current

    engine = connect(database_url(), pool_size=pool_size)
    try:
        need_current(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def working_session() -> Iterator:
    """A database session for one command or job: all of its work is kept, or none."""
    from data.database import session_scope

    with working_engine() as engine, session_scope(engine) as session:
        yield session


if __name__ == "__main__":
    sys.exit(main())
