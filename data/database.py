"""The door to PostGIS: engine, sessions, migrations. Nothing is opened when this is imported."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, MetaData, create_engine, event, text
from sqlalchemy.orm import DeclarativeBase, Session

from data.errors import Unavailable

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"

#: Settings under which PostgreSQL may forget what it has acknowledged: we refuse to run on them.
_MUST_BE_ON = ("fsync", "full_page_writes")


class Base(DeclarativeBase):
    """What every table class inherits; one naming scheme for constraints and indexes."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def connect(url: str, *, pool_size: int = 8, statement_timeout_s: float = 0) -> Engine:
    """A pooled engine for the database at `url` (`postgresql+psycopg2://…` or `postgresql://…`).

    `statement_timeout_s` bounds each statement (0 = unbounded, for imports and jobs).
    """
    engine = create_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        future=True,
        connect_args={"connect_timeout": 10, "application_name": "gridbeat"},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection, _record) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
            cursor.execute("SET jit = off")
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, false)", (f"{int(statement_timeout_s * 1000)}ms",)
            )
        connection.commit()

    return engine


def sqlalchemy_url(url: str) -> str:
    """The same address with the driver named, as SQLAlchemy wants it.

    >>> sqlalchemy_url("postgres://me@db/gridbeat")
    'postgresql+psycopg2://me@db/gridbeat'
    """
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg2://" + url.removeprefix(prefix)
    return url


@contextmanager
def session_scope(engine: Engine) -> Iterator[Session]:
    """A session whose work is kept as a whole on success and undone as a whole on any error."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to `revision`; goes down when that lies below where it stands."""
    from alembic import command

    config = alembic_config(url)
    if revision in {"head", "heads"}:
        command.upgrade(config, revision)
    else:
        command.downgrade(config, revision)


def alembic_config(url: str):
    """Alembic's configuration for our migrations on the database at `url`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = sqlalchemy_url(url)
    return config


def is_current(engine: Engine) -> bool:
    """Whether the database stands at the newest migration."""
    head = max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]  # they are numbered in a row
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
            return False
        return connection.scalar(text("SELECT version_num FROM alembic_version")) == head


def need_current(engine: Engine) -> None:
    """Raise Unavailable, with what to do, when the database is not at the newest migration."""
    if not is_current(engine):
        raise Unavailable("The database's schema is not at its newest version: run gridbeat db migrate first.")


def refuse_forgetful_server(engine: Engine) -> None:
    """Raise Unavailable when the server may lose what it acknowledged, or is too old for us."""
    with engine.connect() as connection:
        for name in _MUST_BE_ON:
            if connection.scalar(text("SELECT current_setting(:name)"), {"name": name}) == "off":
                raise Unavailable(
                    "PostgreSQL runs with {name} = off and may lose reports it has acknowledged. Turn it on.",
                    name=name,
                )
        if connection.scalar(text("SELECT current_setting('synchronous_commit')")) == "off":
            raise Unavailable("PostgreSQL runs with synchronous_commit = off. Turn it on, or reports can be lost.")
        if int(connection.scalar(text("SHOW server_version_num")) or 0) < 140000:
            raise Unavailable("PostgreSQL is older than 14. Use PostgreSQL 14 or newer with PostGIS 3.2 or newer.")
