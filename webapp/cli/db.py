"""`gridbeat db`: the private PostGIS, and the schema of whichever database is in use."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from data.cluster import Cluster, ClusterStatus
from data.errors import Refused, Unavailable
from webapp.cli import console, database_url

if TYPE_CHECKING:
    from sqlalchemy import Engine


@click.group("db")
def command() -> None:
    """The database: the private one that Gridbeat keeps, or the one DATABASE_URL names."""


@command.command("start")
def start() -> None:
    """Start the private database; make it when there is none."""
    if _is_elsewhere():
        _say("DATABASE_URL is set: Gridbeat uses that database and leaves its private one alone.")
        return
    cluster = Cluster.at()
    if cluster.status().state == "absent":
        _say(f"Making a private database in {cluster.home} …")
    cluster.start()
    _say(_in_words(cluster.status()), good=True)


@command.command("stop")
def stop() -> None:
    """Stop the private database; the data stay."""
    if _is_elsewhere():
        _say("DATABASE_URL is set: that database is not Gridbeat's to stop. The private one is stopped if it runs.")
    if Cluster.at().stop():
        _say("The private database is stopped; the data stay.", good=True)
    else:
        _say("The private database is not running.")


@command.command("status")
def status() -> None:
    """Tell how the database stands; exit code 1 when it is not running."""
    if _is_elsewhere():
        _ask_elsewhere()
        return
    found = Cluster.at().status()
    _say(_in_words(found), good=found.state == "running")
    if found.state != "absent":
        _say(f"Data: {found.home / 'postgres'}; logs: {found.log_folder}")
    sys.exit(found.state != "running")


@command.command("reset")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> None:
    """Delete the private database with everything in it, for good."""
    if _is_elsewhere():
        raise Refused("DATABASE_URL is set: Gridbeat deletes only its own private database. Unset it, then reset.")
    cluster = Cluster.at()
    if cluster.status().state == "absent":
        _say(f"There is no private database in {cluster.home}.")
        return
    if not yes:
        click.confirm(f"Delete the database in {cluster.home} with everything in it, for good?", abort=True, err=True)
    cluster.reset()
    _say("The private database is deleted; `gridbeat db start` makes an empty one.", good=True)


@command.command("migrate")
def migrate() -> None:
    """Bring the schema to the newest version; starts the private database when needed."""
    from data.database import migrate as bring_up
    from data.database import refuse_forgetful_server

    url = database_url()
    with answering(url) as engine:
        refuse_forgetful_server(engine)
    bring_up(url)
    _say("The schema is at its newest version.", good=True)


@command.command("env")
def env() -> None:
    """Print what psql and pg_dump need to get in: eval "$(gridbeat db env)"."""
    if _is_elsewhere():
        raise Refused('DATABASE_URL is set: give it to the program itself, as in pg_dump --dbname="$DATABASE_URL".')
    for name, value in Cluster.at().libpq_variables().items():
        click.echo(f"export {name}={shlex.quote(value)}")


def _is_elsewhere() -> bool:
    return bool(os.environ.get("DATABASE_URL"))


def _in_words(found: ClusterStatus) -> str:
    return {
        "absent": f"There is no private database in {found.home} yet; `gridbeat db start` makes one.",
        "stopped": "The private database is stopped.",
        "starting": f"The private database is starting (process {found.pid}).",
        "running": f"The private database is running (PostgreSQL {found.postgres_major}, process {found.pid}).",
    }[found.state]


def _ask_elsewhere() -> None:
    """Say how the database that DATABASE_URL names stands; Unavailable when it does not answer."""
    from sqlalchemy import text

    from data.database import is_current

    with answering(os.environ["DATABASE_URL"]) as engine:
        with engine.connect() as connection:
            version = connection.scalar(text("SHOW server_version"))
        schema = "its schema is the newest" if is_current(engine) else "its schema is old: run gridbeat db migrate"
        _say(f"The database {engine.url!r} (DATABASE_URL) answers: PostgreSQL {version}; {schema}.", good=True)


@contextmanager
def answering(url: str) -> Iterator["Engine"]:
    """An engine on a database that has answered; Unavailable in one sentence when it does not."""
    from sqlalchemy.exc import ArgumentError, OperationalError

    from data.database import connect

    try:
        engine = connect(url, pool_size=1)
    except (ArgumentError, ValueError, ModuleNotFoundError) as error:
        raise Unavailable(
            "DATABASE_URL cannot be read as an address: write postgresql://user:password@host:port/database."
        ) from error
    try:
        engine.connect().close()
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        url = engine.url.render_as_string(hide_password=True)
        raise Unavailable("The database {url} does not answer: {reason}.", url=url, reason=reason) from error
    try:
        yield engine
    finally:
        engine.dispose()


def _say(sentence: str, *, good: bool = False) -> None:
    mark = "[green]✓[/] " if good else ""
    console.print(mark + escape(sentence), highlight=False, soft_wrap=True)
