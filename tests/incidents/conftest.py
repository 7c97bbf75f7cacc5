"""People and places for incident tests: a cell with its worker, a dispatcher over the county, a stranger elsewhere."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from accounts.queries import Actor, actor_of
from incidents.commands import Report
from tests.build import CELL, COUNTY, TOWNSHIP

CELL_SPOT = (122.32, 33.85)


@pytest.fixture
def person(build, session) -> Callable[..., Actor]:
    """`person("dispatcher", "990101")`: an actor with that role there."""

    def make(role: str, area: str = COUNTY, name: str = "") -> Actor:
        return actor_of(session, build.user(name or f"{role.replace('_', '-')}-{area or 'all'}", role, area))

    return make


@pytest.fixture
def worker(build, person, session) -> Actor:
    """The grid worker who leads the test cell."""
    actor = person("grid_worker", TOWNSHIP, "wang")
    row = build.worker("Wang", user=build.user("wang"))
    build.assignment(build.cell(CELL), row)
    return actor


@pytest.fixture
def worker_id(worker, session) -> int:
    """The worker row of `worker`."""
    from grids.models import Worker

    return session.query(Worker).filter_by(name="Wang").one().id


@pytest.fixture
def dispatcher(person) -> Actor:
    """A dispatcher over the county."""
    return person("dispatcher", COUNTY, "deng")


@pytest.fixture
def report_of(build) -> Callable[..., Report]:
    """`report_of(description="…")`: a report in the test cell with a new id."""
    build.category()

    def make(**more: Any) -> Report:
        plain = Report(id=uuid4(), scheme="cjt214", category_code="0102", x=CELL_SPOT[0], y=CELL_SPOT[1])
        return replace(plain, **more)

    return make
