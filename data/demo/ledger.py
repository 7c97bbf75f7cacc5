"""What the steps of a load hand on to each other: the drawing, and the ids its rows got."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray

from data.demo.borders import Borders
from data.demo.buildings import Buildings
from data.demo.chance import Floats, stream
from data.demo.county import County
from data.demo.frame import Plane
from data.demo.layout import Integers
from data.demo.streets import Streets
from data.demo.writing import Tables

SOURCE = "synthetic"
LOCAL = ZoneInfo("Asia/Shanghai")


@dataclass
class Site:
    """A named public place on the plane."""

    kind: str
    name: str
    xy: Floats
    leaf: int
    territory: int


@dataclass
class Ledger:
    """Everything known while loading; ids are the database's."""

    county: County
    borders: Borders
    streets: Streets
    plane: Plane
    tables: Tables
    now: datetime
    password_hash: str
    buildings: Buildings
    sites: list[Site] = field(default_factory=list)
    cell_areas: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, object))
    division_ids: list[int] = field(default_factory=list)
    cell_ids: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    user_ids: dict[str, int] = field(default_factory=dict)
    cell_workers: dict[int, int] = field(default_factory=dict)
    teams: "list[Team]" = field(default_factory=list)
    #: the demo volunteers: they join and start by themselves
    demo_members: set[int] = field(default_factory=set)

    @property
    def seed(self) -> int:
        """The county's seed."""
        return self.county.seed

    @property
    def today(self) -> date:
        """The local date of the county's present."""
        return self.now.astimezone(LOCAL).date()

    def stream(self, *names: object) -> np.random.Generator:
        """Chance of one part of the load."""
        return stream(self.seed, *names)

    def at(self, day: date, hour: float) -> datetime:
        """A local hour of a local day."""
        return datetime(day.year, day.month, day.day, tzinfo=LOCAL) + timedelta(hours=hour)

    def village_id(self, territory: int) -> int:
        """The division id of a village or community."""
        return self.division_ids[self.borders.village_row[territory]]

    def township_id(self, township: int) -> int:
        """The division id of a township."""
        return self.division_ids[self.borders.township_row[township]]

    def lonlat_points(self, xy: Floats) -> NDArray[np.object_]:
        """Points of the plane as points on Earth."""
        return np.asarray(shapely.points(self.plane.lonlat(xy)))


@dataclass
class Team:
    """A patrol team on the plane, with its members' ids and its routes."""

    id: int
    code: str
    name: str
    kind: str
    township: int
    division_id: int
    station: Floats
    members: list[int] = field(default_factory=list)
    routes: "list[Route]" = field(default_factory=list)


@dataclass
class Route:
    """A walk along the street network, in metres on the plane."""

    id: int
    name: str
    xy: Floats
    stops: Floats
    walk_s: int
