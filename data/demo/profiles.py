"""How large a demo county is: `small` for a first look and for tests, `county` the design point of domain.md §4.3."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """The numbers a county is made to."""

    name: str
    #: how many communities each urban township has: the city's streets, the towns, the rural townships
    streets: tuple[int, ...]
    towns: tuple[int, ...]
    townships: tuple[int, ...]
    villages: int
    village_spacing_m: float
    town_spacing_m: float
    houses_a_village: int
    #: share of rural villages' houses in the main hamlet
    hamlets_a_village: tuple[int, int]
    rural_cells_a_village: float
    urban_cell_m2: float
    cameras: int
    incidents: int
    open_incidents: int
    logs_everything: bool
    teams: int
    team_members: int
    volunteers: int

    @property
    def township_count(self) -> int:
        """How many townships there are, of all three kinds."""
        return len(self.streets) + len(self.towns) + len(self.townships)


PROFILES: dict[str, Profile] = {
    "small": Profile(
        name="small",
        streets=(5,),
        towns=(2,),
        townships=(),
        villages=5,
        village_spacing_m=1750.0,
        town_spacing_m=590.0,
        houses_a_village=430,
        hamlets_a_village=(2, 4),
        rural_cells_a_village=1.9,
        urban_cell_m2=104_000.0,
        cameras=220,
        incidents=4_000,
        open_incidents=60,
        logs_everything=True,
        teams=6,
        team_members=60,
        volunteers=140,
    ),
    "county": Profile(
        name="county",
        streets=(16, 15),
        towns=(5, 4, 4, 4, 4, 3, 5, 4, 4, 3, 4, 4, 4),
        townships=(2, 2, 2, 1, 2, 2),
        villages=306,
        village_spacing_m=2150.0,
        town_spacing_m=640.0,
        houses_a_village=1_330,
        hamlets_a_village=(3, 7),
        rural_cells_a_village=2.1,
        urban_cell_m2=88_000.0,
        cameras=20_000,
        incidents=1_000_000,
        open_incidents=800,
        logs_everything=False,
        teams=48,
        team_members=600,
        volunteers=10_000,
    ),
}
