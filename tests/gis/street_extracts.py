"""Real streets for the tests: the OpenStreetMap extracts named by GRIDBEAT_EXTRACTS."""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.streets import StreetNetwork, build_network

EXTRACTS = Path(os.environ.get("GRIDBEAT_EXTRACTS", Path(__file__).parents[2] / "../shared/data/osm"))


@dataclass(frozen=True)
class StreetTable:
    """Columns as the database would give them."""

    paths: np.ndarray
    street_ids: np.ndarray
    classes: np.ndarray
    oneway: np.ndarray
    names: np.ndarray
    usable: np.ndarray


def _direction(tags) -> int:
    said = tags.get("oneway", "")
    if said in ("-1", "reverse"):
        return -1
    return int(said in ("yes", "1", "true") or tags.get("junction") == "roundabout")


@lru_cache(maxsize=2)
def streets_of(name: str) -> StreetTable:
    """Return the streets of an extract, or skip the test where the file is not there."""
    file = EXTRACTS / f"{name}.osm.pbf"
    if not file.exists():
        pytest.skip(f"the extract {file.name} is not in GRIDBEAT_EXTRACTS ({EXTRACTS})")
    import osmium

    ways = osmium.FileProcessor(str(file)).with_locations()
    ways = ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    ways = ways.with_filter(osmium.filter.KeyFilter("highway"))
    rows = []
    for way in ways:
        points = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        if len(points) < 2 or way.tags.get("area") == "yes":
            continue
        tags = way.tags
        closed = tags.get("access") in ("no", "private") or tags.get("foot") in ("no", "private")
        row = (way.id, tags["highway"], _direction(tags), tags.get("name", ""), not closed)
        rows.append((shapely.LineString(points), *row))
    columns = [np.array(column, dtype=object) for column in zip(*rows, strict=True)]
    paths, ids, classes, oneway, names, usable = columns
    return StreetTable(paths, ids.astype(np.int64), classes, oneway.astype(int), names, usable.astype(bool))


@lru_cache(maxsize=4)
def network_of(name: str, mode: str = "foot") -> StreetNetwork:
    """Return the network of an extract."""
    table = streets_of(name)
    columns = (table.paths, table.street_ids, table.classes, table.oneway)
    return build_network(*columns, mode=mode, names=table.names, usable=table.usable)
