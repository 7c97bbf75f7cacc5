"""When and where each kind of incident happens: seasons, weekdays, hours, and the hot spots it clusters at."""

from dataclasses import dataclass

import numpy as np

from data.demo.chance import Floats

_FLAT = (1.0,) * 12
_SUMMER = (0.3, 0.3, 0.5, 0.8, 1.2, 2.2, 3.0, 2.8, 1.4, 0.6, 0.4, 0.3)
_RAIN = (0.1, 0.1, 0.3, 0.6, 1.0, 2.6, 4.2, 3.6, 1.6, 0.4, 0.2, 0.1)
_WINTER = (4.0, 2.5, 0.6, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01, 0.02, 0.6, 2.6)
_HARVEST = (0.3, 0.4, 0.4, 0.3, 1.2, 4.5, 0.8, 0.5, 1.0, 4.2, 1.4, 0.4)
_FIRE = (1.6, 2.0, 3.0, 3.2, 1.0, 0.2, 0.1, 0.1, 0.3, 0.8, 1.2, 1.4)
_BUILDING = (0.4, 0.3, 1.1, 1.3, 1.3, 1.2, 1.1, 1.1, 1.3, 1.4, 1.2, 0.8)

_DAY = (
    0.02,
    0.01,
    0.01,
    0.01,
    0.02,
    0.1,
    0.5,
    1.2,
    2.2,
    2.4,
    2.1,
    1.4,
    0.8,
    1.1,
    2.0,
    2.2,
    1.9,
    1.5,
    1.0,
    0.7,
    0.5,
    0.3,
    0.1,
    0.05,
)
_TRADE = (
    0.0,
    0.0,
    0.0,
    0.0,
    0.3,
    1.4,
    2.8,
    3.0,
    2.2,
    1.2,
    0.8,
    0.7,
    0.5,
    0.5,
    0.7,
    1.2,
    2.2,
    3.0,
    2.8,
    2.0,
    1.0,
    0.4,
    0.1,
    0.0,
)
_NIGHT = (
    1.4,
    0.9,
    0.5,
    0.3,
    0.2,
    0.3,
    0.3,
    0.3,
    0.3,
    0.3,
    0.3,
    0.4,
    0.5,
    0.4,
    0.3,
    0.3,
    0.4,
    0.7,
    1.4,
    2.2,
    2.8,
    3.2,
    3.0,
    2.2,
)
_DUSK = (
    0.3,
    0.2,
    0.1,
    0.1,
    0.1,
    0.2,
    0.2,
    0.1,
    0.1,
    0.1,
    0.1,
    0.1,
    0.1,
    0.1,
    0.1,
    0.2,
    0.6,
    1.6,
    3.0,
    3.4,
    2.8,
    2.0,
    1.2,
    0.6,
)
_ROUND = (
    0.5,
    0.4,
    0.3,
    0.3,
    0.4,
    0.7,
    1.1,
    1.5,
    1.6,
    1.5,
    1.4,
    1.3,
    1.2,
    1.2,
    1.3,
    1.4,
    1.5,
    1.5,
    1.4,
    1.3,
    1.1,
    0.9,
    0.8,
    0.6,
)
_SCHOOL_RUN = (
    0.1,
    0.1,
    0.1,
    0.1,
    0.1,
    0.4,
    1.6,
    4.0,
    2.4,
    1.2,
    1.1,
    1.4,
    1.0,
    1.0,
    1.1,
    1.6,
    3.4,
    3.6,
    2.2,
    1.6,
    1.0,
    0.6,
    0.3,
    0.2,
)

_EVEN = (1.0,) * 7
_OFFICE = (1.25, 1.2, 1.15, 1.15, 1.2, 0.6, 0.45)
_LEISURE = (0.8, 0.75, 0.8, 0.85, 1.15, 1.4, 1.3)


@dataclass(frozen=True)
class Rhythm:
    """How often (share of all), when and around what an incident happens; `spread_m` is the size of its hot spots."""

    share: float
    months: tuple[float, ...]
    weekdays: tuple[float, ...]
    hours: tuple[float, ...]
    around: str
    clustered: float = 0.55
    spread_m: float = 70.0
    needs_storm: bool = False


#: by category code; what is missing here hardly ever happens
RHYTHMS: dict[str, Rhythm] = {
    "0102": Rhythm(14.0, _SUMMER, _EVEN, _DAY, "market", 0.6),
    "0103": Rhythm(5.0, _BUILDING, _OFFICE, _DAY, "homes", 0.5, 110.0),
    "0104": Rhythm(4.5, _FLAT, _OFFICE, _DAY, "market", 0.5),
    "0105": Rhythm(2.0, _SUMMER, _EVEN, _DAY, "water", 0.7, 120.0),
    "0106": Rhythm(2.5, _FLAT, _OFFICE, _DAY, "park", 0.6),
    "0107": Rhythm(1.5, _FLAT, _OFFICE, _DAY, "homes", 0.3),
    "0108": Rhythm(3.0, _FLAT, _LEISURE, _DAY, "homes", 0.5),
    "0110": Rhythm(4.5, _BUILDING, _OFFICE, _DAY, "road", 0.35, 140.0),
    "0111": Rhythm(0.3, _RAIN, _EVEN, _DAY, "water", 0.6, 150.0, True),
    "0112": Rhythm(1.8, _BUILDING, _OFFICE, _ROUND, "factory", 0.6, 160.0),
    "0115": Rhythm(1.6, _HARVEST, _EVEN, _DUSK, "fields", 0.6, 260.0),
    "0116": Rhythm(1.6, _SUMMER, _LEISURE, _DUSK, "market", 0.7, 50.0),
    "0117": Rhythm(0.5, _FLAT, _EVEN, _DAY, "road", 0.1),
    "0201": Rhythm(3.2, _FLAT, _OFFICE, _DAY, "shops", 0.6),
    "0202": Rhythm(0.8, _RAIN, _EVEN, _ROUND, "shops", 0.4, 90.0, True),
    "0301": Rhythm(1.6, _BUILDING, _EVEN, _NIGHT, "works", 0.8, 80.0),
    "0302": Rhythm(1.8, _BUILDING, _OFFICE, _DAY, "works", 0.8, 90.0),
    "0303": Rhythm(1.0, _BUILDING, _OFFICE, _DAY, "works", 0.8, 90.0),
    "0304": Rhythm(1.2, _BUILDING, _OFFICE, _DAY, "works", 0.8, 70.0),
    "0305": Rhythm(0.4, _BUILDING, _OFFICE, _DAY, "road", 0.2),
    "0101": Rhythm(0.8, _BUILDING, _OFFICE, _DAY, "homes", 0.3),
    "0401": Rhythm(0.15, _RAIN, _EVEN, _ROUND, "road", 0.2, 100.0, True),
    "0402": Rhythm(0.7, _WINTER, _EVEN, _ROUND, "homes", 0.4),
    "0403": Rhythm(0.04, _BUILDING, _OFFICE, _DAY, "works", 0.3),
    "0404": Rhythm(2.6, _RAIN, _EVEN, _ROUND, "shops", 0.6, 60.0, True),
    "0406": Rhythm(2.2, _RAIN, _EVEN, _ROUND, "road", 0.75, 80.0, True),
    "0407": Rhythm(0.8, _WINTER, _EVEN, _ROUND, "road", 0.4, 120.0),
    "0408": Rhythm(0.6, _RAIN, _EVEN, _ROUND, "road", 0.3, 120.0, True),
    "0501": Rhythm(7.5, _SUMMER, _LEISURE, _TRADE, "market", 0.8, 60.0),
    "0502": Rhythm(3.0, _FLAT, _LEISURE, _TRADE, "shops", 0.75, 60.0),
    "0503": Rhythm(2.4, _FLAT, _OFFICE, _DAY, "homes", 0.4),
    "0504": Rhythm(7.0, _FLAT, _OFFICE, _SCHOOL_RUN, "school", 0.75, 70.0),
    "0505": Rhythm(3.0, _FLAT, _OFFICE, _SCHOOL_RUN, "station", 0.7, 50.0),
    "2101": Rhythm(2.2, _FLAT, _LEISURE, _NIGHT, "homes", 0.6, 60.0),
    "2102": Rhythm(0.9, _RAIN, _EVEN, _ROUND, "road", 0.3, 90.0),
    "2103": Rhythm(0.25, _FLAT, _EVEN, _DUSK, "homes", 0.3),
    "2104": Rhythm(
        3.2, (1.5, 1.3, 1.1, 0.9, 0.7, 0.6, 0.6, 0.7, 0.9, 1.1, 1.3, 1.5), _EVEN, _DUSK, "road", 0.45, 160.0
    ),
    "2105": Rhythm(1.0, _BUILDING, _OFFICE, _DAY, "works", 0.85, 80.0),
    "2106": Rhythm(0.4, _RAIN, _EVEN, _ROUND, "water", 0.8, 120.0, True),
    "2107": Rhythm(0.7, _RAIN, _EVEN, _ROUND, "park", 0.3, 120.0, True),
    "2108": Rhythm(2.4, _SUMMER, _EVEN, _NIGHT, "homes", 0.6, 60.0),
    "2109": Rhythm(1.0, _FLAT, _OFFICE, _DAY, "homes", 0.3),
    "2110": Rhythm(0.2, _RAIN, _EVEN, _ROUND, "shops", 0.2, 80.0, True),
    "2111": Rhythm(0.6, _SUMMER, _LEISURE, _DAY, "water", 0.7, 140.0),
    "2112": Rhythm(0.6, _FLAT, _OFFICE, _DAY, "road", 0.1),
    "2113": Rhythm(0.5, _FLAT, _EVEN, _ROUND, "road", 0.3, 60.0),
    "2114": Rhythm(0.3, _FIRE, _LEISURE, _DAY, "fields", 0.7, 300.0),
    "2121": Rhythm(3.0, _SUMMER, _LEISURE, _NIGHT, "shops", 0.65, 70.0),
    "2122": Rhythm(1.6, _FLAT, _LEISURE, _DUSK, "homes", 0.25),
    "2123": Rhythm(1.4, _FLAT, _OFFICE, _DAY, "homes", 0.6, 80.0),
    "2124": Rhythm(2.0, _FLAT, _OFFICE, _DAY, "park", 0.5),
    "2125": Rhythm(0.5, _FLAT, _OFFICE, _DAY, "homes", 0.1),
}

#: which blocks and places a word in `Rhythm.around` means
AROUND = {
    "market": ("market", "mixed"),
    "homes": ("compound", "old", "hamlet", "tower"),
    "shops": ("mixed", "market", "community_centre"),
    "school": ("school", "kindergarten"),
    "station": ("bus_station", "hospital", "market"),
    "park": ("park", "square"),
    "factory": ("industrial",),
    "works": ("tower", "compound", "industrial"),
    "road": (),
    "water": (),
    "fields": (),
}


def day_weights(rhythm: Rhythm, months: np.ndarray, weekdays: np.ndarray, storm: Floats, growth: Floats) -> Floats:
    """How much of a category falls on each day; `storm` is 1 on ordinary days and more when it pours."""
    weight = np.array(rhythm.months)[months - 1] * np.array(rhythm.weekdays)[weekdays] * growth
    result: Floats = weight * (storm if rhythm.needs_storm else np.sqrt(np.sqrt(storm)))
    return result
