"""`gridbeat db`: the private PostGIS, and the schema of whichever database is in use."""

import os
import shlex
import sys

import click
from rich.markup import escape

from data.cluster import Cluster, ClusterStatus
from data.errors import Refused
from webapp.cli import console, database_url


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
    from data.database import connect, refuse_forgetful_server
    from data.database import migrate as bring_up

    url = database_url()
    engine = connect(url, pool_size=1)
    refuse_forgetful_server(engine)
    engine.dispose()
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
    """Say whether the database that DATABASE_URL names answers; exit code 1 when it does not."""
    from sqlalchemy import make_url, text
    from sqlalchemy.exc import SQLAlchemyError

    from data.database import connect, is_current, sqlalchemy_url

    url = os.environ["DATABASE_URL"]
    place = make_url(sqlalchemy_url(url)).render_as_string(hide_password=True)
    try:
        engine = connect(url, pool_size=1)
        with engine.connect() as connection:
            version = connection.scalar(text("SHOW server_version"))
        schema = "newest schema" if is_current(engine) else "schema not at its newest version: gridbeat db migrate"
    except SQLAlchemyError as error:
        _say(f"The database {place} (DATABASE_URL) does not answer: {str(error.__cause__ or error).strip()}")
        sys.exit(1)
    _say(f"The database {place} (DATABASE_URL) answers: PostgreSQL {version}, {schema}.", good=True)


def _say(sentence: str, *, good: bool = False) -> None:
    mark = "[green]✓[/] " if good else ""
    console.print(mark + escape(sentence), highlight=False, soft_wrap=True)
