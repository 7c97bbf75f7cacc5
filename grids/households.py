"""How many households live in a building that nobody counted: a rule of thumb, for drawing cells only."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Floor for one household: a flat of about 100 m² with its share of stairs, walls and what is not lived in.
FLOOR_M2_A_HOUSEHOLD = 130.0
#: Of the floor in buildings about which nobody said more than "yes", the share that is lived in: barns, workshops
#: and shops are among them. With it Liechtenstein (39,000 people) comes to about 23,000 households.
LIVED_IN_SHARE = 0.5
USUAL_LEVELS = 2.0
METRES_A_LEVEL = 3.0
#: Smaller ones are sheds and garages.
SMALLEST_HOME_M2 = 40.0

#: Kinds in which one household lives, however large they are.
ONE_HOUSEHOLD = frozenset(("house", "detached", "semidetached_house", "farm", "bungalow", "cabin", "villa"))
#: Kinds in which people live.
HOMES = frozenset(("yes", "residential", "apartments", "terrace", "dormitory", *ONE_HOUSEHOLD))


def estimate_households(
    kinds: ArrayLike, footprints_m2: ArrayLike, levels: ArrayLike, heights_m: ArrayLike
) -> NDArray[np.float64]:
    """Households of each building, from what it is and how much floor it has; NaN where levels or height are unknown.

    A house counts one. Any other home counts one for each 130 m² of floor, at least one; where only
    "yes" is said about a building, half its floor counts. Storeys are those known, else the height over
    3 m, else 2. Sheds below 40 m² and what is no home count none.

    >>> estimate_households(["house", "apartments", "yes", "school"], [150, 260, 30, 900], [2, 5, 1, 3], [9, 0, 0, 0])
    array([ 1., 10.,  0.,  0.])
    """
    kind = np.asarray(kinds, dtype=str)
    footprint = np.asarray(footprints_m2, dtype=float)
    storeys = np.asarray(levels, dtype=float)
    by_height = np.maximum(1.0, np.round(np.asarray(heights_m, dtype=float) / METRES_A_LEVEL))
    storeys = np.where(np.isnan(storeys), np.where(np.isnan(by_height), USUAL_LEVELS, by_height), storeys)
    floor_m2 = footprint * storeys * np.where(kind == "yes", LIVED_IN_SHARE, 1.0)
    by_floor = np.maximum(1.0, np.round(floor_m2 / FLOOR_M2_A_HOUSEHOLD))
    homes = np.where(np.isin(kind, list(ONE_HOUSEHOLD)), 1.0, by_floor)
    is_home = np.isin(kind, list(HOMES)) & (footprint >= SMALLEST_HOME_M2)
    return np.where(is_home, homes, 0.0)
