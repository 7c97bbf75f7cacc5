"""Two years of incidents: clustered in space, with the rhythms of the day, the week and the year."""

from datetime import timedelta
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from data.code_lists import incident_categories
from data.demo.borders import cells_of_points
from data.demo.chance import Floats
from data.demo.frame import wkb
from data.demo.identity import uuids
from data.demo.incident_lives import Cases, Lives, live_on, log_lines
from data.demo.incident_rhythms import AROUND, RHYTHMS, Rhythm, day_weights
from data.demo.incident_texts import write_up
from data.demo.layout import Integers
from data.demo.ledger import LOCAL, Ledger
from data.demo.names import stem
from data.demo.people import lively_cells
from data.demo.writing import BLOCK

DAYS = 730
SCHEME = "cjt214"


class _Pool:
    """Places along streets where incidents may happen, more of them where more people live."""

    def __init__(self, ledger: Ledger, count: int, rng: np.random.Generator) -> None:
        network = ledger.county.network
        arcs = network.streets
        middles = shapely.get_coordinates(shapely.line_interpolate_point(network.arcs[arcs], 0.5, normalized=True))
        homes = shapely.get_coordinates(shapely.centroid(ledger.buildings.areas))
        lived = np.flatnonzero(ledger.buildings.households > 0)
        near = cKDTree(homes[lived]).query(middles, k=1, distance_upper_bound=250.0)
        people = np.where(
            np.isfinite(near[0]), ledger.buildings.households[lived[np.minimum(near[1], len(lived) - 1)]], 0
        )
        rank = network.rank[arcs].astype(float)
        weight = shapely.length(network.arcs[arcs]) * (0.05 + np.minimum(people, 40) ** 0.6) * (0.4 + 0.2 * rank)
        chosen = rng.choice(len(arcs), count, p=weight / weight.sum())
        at = shapely.line_interpolate_point(network.arcs[arcs[chosen]], rng.random(count), normalized=True)
        self.xy = shapely.get_coordinates(at) + rng.normal(0, 2.0, (count, 2))
        self.street = network.line[arcs[chosen]]
        self.is_broad = rank[chosen] >= 4
        self.tree = cKDTree(self.xy)


def write_incidents(ledger: Ledger) -> None:
    """All incidents with what became of them, oldest first."""
    rng = ledger.stream("incidents")
    categories = [row for row in incident_categories() if row["code"] in RHYTHMS]
    pool = _Pool(ledger, min(250_000, 20_000 + ledger.county.profile.incidents), rng)
    cases = _happen(ledger, categories, pool, rng)
    cases = _with_worker_cases(ledger, cases, categories, pool, rng)
    points = ledger.lonlat_points(cases.xy)
    cell = cells_of_points(ledger.borders.cells, points, ledger.cell_areas)
    inside = np.flatnonzero(cell >= 0)
    order = inside[np.argsort(cases.reported_s[inside], kind="stable")]
    cases, points, cell = cases.take(order), points[order], cell[order]
    lives = live_on(ledger, cases, cell, categories, rng)
    _write(ledger, cases, points, cell, lives, categories, rng)


def _happen(ledger: Ledger, categories: list[dict[str, Any]], pool: _Pool, rng: np.random.Generator) -> Cases:
    """Draw place and time of every category's incidents."""
    share = np.array([RHYTHMS[row["code"]].share for row in categories])
    counts = rng.multinomial(ledger.county.profile.incidents, share / share.sum())
    calendar = _Calendar(ledger, rng)
    parts = []
    for number, (row, count) in enumerate(zip(categories, counts, strict=True)):
        rhythm = RHYTHMS[row["code"]]
        xy, street = _places(ledger, rhythm, int(count), pool, rng)
        parts.append(Cases(xy, street, np.full(len(xy), number), calendar.draw(rhythm, len(xy), rng)))
    return Cases(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("xy", "street", "category", "reported_s")
        )
    )


class _Calendar:
    """The last two years, with their storms, and every fifth day a market day."""

    def __init__(self, ledger: Ledger, rng: np.random.Generator) -> None:
        today = np.datetime64(ledger.today)
        self._days = today - np.arange(DAYS - 1, -1, -1)
        month = self._days.astype("datetime64[M]").astype(int) % 12 + 1
        self._month, self._weekday = month, (self._days.astype(int) + 3) % 7
        rainy = np.array([0, 0, 0.01, 0.03, 0.05, 0.12, 0.16, 0.14, 0.06, 0.01, 0, 0])[month - 1]
        self._storm = np.where(rng.random(DAYS) < rainy, rng.gamma(4.0, 4.0, DAYS) + 1.0, 1.0)
        self._growth = np.linspace(0.85, 1.15, DAYS)
        # a small county has too few cases a day to show a queue: its last week is a busy one
        profile = ledger.county.profile
        self._growth[-6:] *= max(1.0, 1.3 * profile.open_incidents / (6.0 * profile.incidents / DAYS))
        self._midnight_s = int(ledger.at(ledger.today, 0).timestamp())
        self._now_s = int(ledger.now.timestamp())

    def draw(self, rhythm: Rhythm, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Moments in UTC seconds; none in the future."""
        weight = day_weights(rhythm, self._month, self._weekday, self._storm, self._growth)
        if "market" in rhythm.around:
            weight = weight * np.where(self._days.astype(int) % 5 == 2, 1.7, 1.0)
        day = rng.choice(DAYS, count, p=weight / weight.sum())
        hours = np.array(rhythm.hours)
        hour = rng.choice(24, count, p=hours / hours.sum())
        moment = self._midnight_s + (day - DAYS + 1) * 86_400 + hour * 3_600 + rng.integers(0, 3_600, count)
        late: NDArray[np.int64] = np.where(moment > self._now_s - 240, moment - 86_400, moment)
        return late


def _places(
    ledger: Ledger, rhythm: Rhythm, count: int, pool: _Pool, rng: np.random.Generator
) -> tuple[Floats, Integers]:
    """Some anywhere along the streets, the others around a few hot spots, the first of them much the hottest."""
    anywhere = rng.integers(0, len(pool.xy), count)
    middles = _hot_spots(ledger, rhythm, count, pool, rng)
    heat = 1.0 / np.arange(1, len(middles) + 1) ** 0.8
    clustered = np.flatnonzero(rng.random(count) < rhythm.clustered)
    spot = rng.choice(len(middles), len(clustered), p=heat / heat.sum())
    scatter = middles[spot] + rng.normal(0, rhythm.spread_m, (len(clustered), 2))
    if rhythm.around == "fields":
        xy, street = pool.xy[anywhere], pool.street[anywhere]
        xy[clustered] = scatter
        return xy, street
    anywhere[clustered] = pool.tree.query(scatter)[1]
    return pool.xy[anywhere] + rng.normal(0, 2.5, (count, 2)), pool.street[anywhere]


def _hot_spots(ledger: Ledger, rhythm: Rhythm, count: int, pool: _Pool, rng: np.random.Generator) -> Floats:
    wanted = int(np.clip(count / 60, 3, 260))
    uses = AROUND[rhythm.around]
    if uses:
        leaves = [leaf for leaf in ledger.county.ground.leaves if leaf.use in uses]
        places = shapely.get_coordinates(shapely.centroid([leaf.area for leaf in leaves]))
    elif rhythm.around == "water":
        places = shapely.get_coordinates(shapely.union_all(ledger.county.water.areas))
    elif rhythm.around == "fields":
        places = shapely.get_coordinates(
            shapely.centroid([area for area, kind in ledger.county.ground.covers if kind == "farmland"])
        )
    else:
        places = pool.xy[pool.is_broad]
    near_town = np.full(len(places), 0.04 if rhythm.around != "fields" else 1.0)
    for town in ledger.county.towns:
        near_town = np.maximum(near_town, np.exp(-0.5 * (np.hypot(*(places - town.middle).T) / town.radius_m) ** 2))
    chosen = rng.choice(len(places), min(wanted, len(places)), replace=False, p=near_town / near_town.sum())
    found: Floats = places[chosen]
    return found


def _with_worker_cases(
    ledger: Ledger, cases: Cases, categories: list[dict[str, Any]], pool: _Pool, rng: np.random.Generator
) -> Cases:
    """Four fresh cases in the demo worker's cell, whatever chance says."""
    area = ledger.borders.cells[lively_cells(ledger)[0]].area
    inside = np.flatnonzero(shapely.contains_xy(shapely.buffer(area, -3.0), *pool.xy.T))
    spots = rng.choice(inside, 4, replace=len(inside) < 4)
    codes = [row["code"] for row in categories]
    category = np.array([codes.index(code) for code in ("2101", "0102", "2104", "0110")])
    ages_s = np.array([2.2, 9.0, 30.0, 75.0]) * 3_600
    fresh = Cases(pool.xy[spots], pool.street[spots], category, (ledger.now.timestamp() - ages_s).astype(np.int64))
    return Cases(
        *(
            np.concatenate([getattr(cases, name), getattr(fresh, name)])
            for name in ("xy", "street", "category", "reported_s")
        )
    )


def _write(
    ledger: Ledger,
    cases: Cases,
    points: NDArray[np.object_],
    cell: Integers,
    lives: Lives,
    categories: list[dict[str, Any]],
    rng: np.random.Generator,
) -> None:
    """Rows in blocks; the trigger that finds the cell rests, because the cells are known."""
    ledger.tables.cursor.execute("ALTER TABLE incidents DISABLE TRIGGER incidents_located")
    codes = np.array([row["code"] for row in categories])
    priorities = np.array([row["priority"] for row in categories])
    cell_codes = np.array([one.code for one in ledger.borders.cells])
    for start in range(0, len(cell), BLOCK):
        part = slice(start, min(start + BLOCK, len(cell)))
        count = part.stop - start
        category = cases.category[part]
        where, said = write_up(codes[category], _place_names(ledger, cases.street[part], cell[part]), rng)
        ids = uuids(count, ledger.stream("incident ids", start))
        days = _local_days(ledger, cases.reported_s[part])
        columns = {
            "id": ids,
            "number": [f"{day}-{number:06d}" for number, day in enumerate(days, start=start + 1)],
            "scheme": [SCHEME] * count,
            "category_code": codes[category],
            "priority": priorities[category],
            "description": said,
            "place_text": where,
            "accuracy_m": np.round(rng.gamma(2.5, 3.5, count) + 2.0, 1),
            "cell_id": ledger.cell_ids[cell[part]],
            "location_code": cell_codes[cell[part]],
            "place": wkb(points[part]),
            **lives.columns(part),
        }
        ledger.tables.write("incidents", columns)
        lines = log_lines(ledger, lives, part, ids)
        if lines["incident_id"]:
            ledger.tables.write("incident_actions", lines)
    ledger.tables.cursor.execute("ALTER TABLE incidents ENABLE TRIGGER incidents_located")
    ledger.tables.cursor.execute(
        "SELECT setval('incident_numbers', greatest(%s, nextval('incident_numbers')))", (len(cell),)
    )


def _local_days(ledger: Ledger, moments: NDArray[np.int64]) -> list[str]:
    """The local day of each moment as people write it in a number: 20260513."""
    ahead = ledger.now.astimezone(LOCAL).utcoffset() or timedelta()
    days = (moments + int(ahead.total_seconds())).astype("datetime64[s]").astype("datetime64[D]")
    return [day.replace("-", "") for day in np.datetime_as_string(days).tolist()]


def _place_names(ledger: Ledger, street: Integers, cell: Integers) -> list[str]:
    """The street's name, or the village's where the way has none."""
    villages = [stem(ledger.borders.divisions[one.division].name) for one in ledger.borders.cells]
    names = ledger.streets.line_names
    return [names[one] or villages[row] for one, row in zip(street.tolist(), cell.tolist(), strict=True)]
