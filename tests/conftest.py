"""A real PostGIS for the whole run, one migrated database a test process, one undone transaction a test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from data.database import connect, migrate
from tests.build import Build
from webapp import create_app
from webapp.settings import Settings

# Timings belong to tests/bench: a property test is not wrong because the machine has other work.
hypothesis_settings.register_profile("patient", parent=hypothesis_settings.default, deadline=None)
hypothesis_settings.load_profile("patient")

EXTRACTS = Path(os.environ.get("GRIDBEAT_EXTRACTS", Path(__file__).parent.parent.parent / "shared/data/osm"))


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostGIS server on which databases may be made: GRIDBEAT_TEST_SERVER, or a private one for this run."""
    if given := os.environ.get("GRIDBEAT_TEST_SERVER"):
        yield given
        return
    from data.temporary_cluster import temporary_cluster

    with temporary_cluster() as cluster:
        yield cluster.url()


@pytest.fixture(scope="session")
def make_database(server_url: str) -> Iterator[Callable[[str], str]]:
    """Make an empty database of that name on the test server; it is dropped at the end.

    A module's database is made again when the module's tests are shared out in two turns, so the old one goes first."""
    admin = create_engine(make_url(server_url), isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def make(name: str) -> str:
        name = f"gridbeat_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{name}"
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        made.append(name)
        return make_url(server_url).set(database=name).render_as_string(hide_password=False)

    yield make
    with admin.connect() as connection:
        for name in made:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def url(make_database: Callable[[str], str]) -> str:
    """A migrated, empty database for this test process."""
    address = make_database("main")
    migrate(address)
    return address


@pytest.fixture(scope="session")
def engine(url: str) -> Iterator[Engine]:
    """The engine on the migrated database."""
    made = connect(url, pool_size=4)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection whose transaction is undone after the test."""
    with engine.connect() as made:
        transaction = made.begin()
        yield made
        transaction.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """A session inside the undone transaction; its commits are savepoints."""
    with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as made:
        yield made


@pytest.fixture
def build(session: Session) -> Build:
    """Rows in one readable call each."""
    return Build(session)


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Settings:
    """Settings of a test application."""
    return Settings(database_url=url, secret_key="k" * 40, home=tmp_path, is_demo=True)


@pytest.fixture
def app(settings: Settings, connection: Connection) -> Flask:
    """The application inside the test's transaction; forms need no CSRF token here (test_security.py asks for them)."""
    made = create_app(settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    made.extensions["gridbeat_make_session"] = lambda: Session(
        connection, join_transaction_mode="create_savepoint", expire_on_commit=False
    )
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a page, whose reader reads English."""
    made = app.test_client()
    made.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return made


@pytest.fixture
def signed_in(app: Flask, build: Build) -> Callable[..., FlaskClient]:
    """`signed_in("dispatcher", "990101")`: a client whose user has that role there (made when needed)."""

    def sign_in(role: str, area: str = "", *, locale: str = "en", username: str | None = None) -> FlaskClient:
        user = build.user(username or f"{role.replace('_', '-')}-{area or 'all'}", role, area, locale=locale)
        browser = app.test_client()
        browser.set_cookie("gridbeat", build.session_token(user))
        return browser

    return sign_in


@pytest.fixture(scope="session")
def extract() -> Callable[[str], Path]:
    """The path of an OpenStreetMap extract; the test is skipped, with the reason, where it is absent."""

    def find(name: str) -> Path:
        path = EXTRACTS / f"{name}.osm.pbf"
        if not path.exists():
            pytest.skip(f"{path.name} is not there; set GRIDBEAT_EXTRACTS to the folder that holds it")
        return path

    return find
