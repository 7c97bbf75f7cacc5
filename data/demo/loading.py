"""Loading the county: draw it, then write every table, all in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from data.code_lists import load_categories
from data.demo.borders import number_borders
from data.demo.buildings import raise_buildings
from data.demo.cameras import write_cameras
from data.demo.county import draw_county
from data.demo.frame import Plane
from data.demo.ground_rows import (
    COUNTY_NAME_EN,
    name_divisions,
    name_sites,
    write_buildings,
    write_cells,
    write_divisions,
    write_land_covers,
    write_places,
    write_streets,
)
from data.demo.incidents import write_incidents
from data.demo.ledger import LOCAL, Ledger
from data.demo.patrols import write_patrols
from data.demo.people import ACCOUNTS, write_accounts, write_workers
from data.demo.profiles import PROFILES
from data.demo.shifts import write_shifts
from data.demo.streets import list_streets
from data.demo.writing import Tables
from data.errors import Refused

Progress = Callable[[str, float], None]

#: the steps of writing: what people read, what is done, and the share of all that is then behind us in `county`
STEPS: tuple[tuple[str, tuple[Callable[[Ledger], None], ...], float], ...] = (
    ("Divisions and cells", (write_divisions, write_cells), 0.3),
    ("Streets and places", (write_streets, write_places, write_land_covers), 0.34),
    ("Buildings", (write_buildings,), 0.48),
    ("People", (write_accounts, write_workers, write_patrols), 0.52),
    ("Cameras", (write_cameras,), 0.55),
    ("Shifts and patrols", (write_shifts,), 0.6),
    ("Incidents", (write_incidents,), 0.97),
)


@dataclass(frozen=True)
class DemoSummary:
    """What was loaded: rows by table."""

    profile: str
    seed: int
    counts: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        shown = ("divisions", "cells", "buildings", "streets", "cameras", "patrol_teams", "patrol_members", "incidents")
        parts = ", ".join(f"{self.counts.get(name, 0):,} {name.replace('_', ' ')}" for name in shown)
        return f"{COUNTY_NAME_EN}, {self.profile}, seed {self.seed}: {parts}."


def is_empty(engine: Engine) -> bool:
    """Whether the database has no division yet."""
    with engine.connect() as connection:
        return not connection.scalar(text("SELECT EXISTS (SELECT FROM divisions)"))


def load(
    engine: Engine,
    *,
    profile: str,
    seed: int,
    password_hash: str,
    progress: Progress,
    today: date | None = None,
    now: datetime | None = None,
) -> DemoSummary:
    """Load the county of `profile` and `seed`, whole or not at all. Raises Refused when there are divisions already.

    `now` is the county's present: open shifts, ages and deadlines are counted from it. Without it the database's clock
    is asked, or half past ten of `today` is taken when `today` is another day.
    """
    if profile not in PROFILES:
        raise Refused("There is no profile {profile}; choose {choices}.", profile=profile, choices=", ".join(PROFILES))
    with engine.begin() as connection:
        _refuse_if_used(connection)
        load_categories(connection)
        moment = now or _present(connection, today)
        ledger = _draw(connection, profile, seed, password_hash, moment, progress)
        for name, steps, share in STEPS:
            for step in steps:
                step(ledger)
            progress(name, share)
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        connection.execute(text("ANALYZE"))
        progress("Done", 1.0)
    return DemoSummary(profile, seed, dict(ledger.tables.counts))


def _refuse_if_used(connection: Connection) -> None:
    if connection.scalar(text("SELECT EXISTS (SELECT FROM divisions)")):
        raise Refused("There are divisions in this database already. To start over, run gridbeat db reset first.")
    names = [username for username, *_ in ACCOUNTS]
    taken = connection.scalar(text("SELECT min(username) FROM users WHERE username = ANY(:names)"), {"names": names})
    if taken:
        raise Refused("There is a user {name} already. To start over, run gridbeat db reset first.", name=taken)


def _present(connection: Connection, today: date | None) -> datetime:
    clock: datetime = connection.scalar(text("SELECT now()")).astimezone(UTC).replace(microsecond=0)
    if today is None or today in {clock.astimezone(LOCAL).date(), clock.date()}:
        return clock
    return datetime(today.year, today.month, today.day, tzinfo=LOCAL) + timedelta(hours=10.5)


def _draw(
    connection: Connection, profile: str, seed: int, password_hash: str, now: datetime, progress: Progress
) -> Ledger:
    county = draw_county(PROFILES[profile], seed, lambda share: progress("Villages and streets", 0.13 * share))
    buildings = raise_buildings(county, lambda share: progress("Houses", 0.15 + 0.13 * share))
    borders = number_borders(county)
    name_divisions(county, borders)
    streets = list_streets(county, borders)
    tables = Tables(connection.connection.cursor())
    ledger = Ledger(county, borders, streets, Plane(), tables, now, password_hash, buildings)
    name_sites(ledger)
    return ledger
