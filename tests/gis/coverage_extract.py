"""Real ground for the coverage tests and benchmark: an OpenStreetMap extract as plain geometry in local metres."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import osmium
import pyproj
import shapely

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("GRIDBEAT_EXTRACTS", ROOT.parent / "shared" / "data" / "osm"))
ROADS = {"motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street"}
ROADS |= {"pedestrian", "service"}


@dataclass(frozen=True)
class Extract:
    buildings: np.ndarray
    heights_m: np.ndarray
    streets: np.ndarray
    water: np.ndarray
    cameras: np.ndarray  # (n, 2) places of man_made=surveillance


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.osm.pbf"


@cache
def load(name: str) -> Extract:
    """Return the extract, in a transverse Mercator of its own whose origin lies in its middle."""
    found = _read(path_of(name))
    middle = np.median(shapely.get_coordinates(shapely.centroid(found["buildings"])), axis=0)
    system = pyproj.CRS.from_proj4(f"+proj=tmerc +lon_0={middle[0]} +lat_0={middle[1]} +ellps=WGS84 +units=m")
    forward = pyproj.Transformer.from_crs("EPSG:4326", system, always_xy=True)

    def local(geometries: list) -> np.ndarray:
        array = np.array(geometries, dtype=object)
        return shapely.transform(array, lambda xy: np.column_stack(forward.transform(xy[:, 0], xy[:, 1])))

    return Extract(
        local(found["buildings"]),
        np.array(found["heights"]),
        local(found["streets"]),
        local(found["water"]),
        shapely.get_coordinates(local(found["cameras"])) if found["cameras"] else np.empty((0, 2)),
    )


def _read(path: Path) -> dict[str, list]:
    found: dict[str, list] = {"buildings": [], "heights": [], "streets": [], "water": [], "cameras": []}
    factory = osmium.geom.WKBFactory()
    for thing in osmium.FileProcessor(str(path)).with_areas().with_locations():
        tags = thing.tags
        if thing.is_node() and tags.get("man_made") == "surveillance":
            found["cameras"].append(shapely.Point(thing.lon, thing.lat))
        elif thing.is_way() and tags.get("highway") in ROADS:
            line = [(node.lon, node.lat) for node in thing.nodes if node.location.valid()]
            if len(line) > 1:
                found["streets"].append(shapely.LineString(line))
        elif thing.is_area() and ("building" in tags or tags.get("natural") == "water"):
            area = shapely.from_wkb(factory.create_multipolygon(thing))
            if "building" in tags:
                found["buildings"].append(area)
                found["heights"].append(_height(tags))
            else:
                found["water"].append(area)
    return found


def _height(tags: osmium.osm.TagList) -> float:
    for key, factor in (("height", 1.0), ("building:levels", 3.0)):
        try:
            value = float(tags[key].removesuffix("m").strip()) * factor
        except (KeyError, ValueError):
            continue
        if value > 0:
            return value
    return float("nan")


def beside_streets(extract: Extract, count: int, seed: int) -> np.ndarray:
    """Return `count` places 3 to 6 m off a street, (n, 2)."""
    rng = np.random.default_rng(seed)
    length = shapely.length(extract.streets)
    street = rng.choice(len(length), count, p=length / length.sum())
    at = rng.uniform(0, length[street])
    on = shapely.get_coordinates(shapely.line_interpolate_point(extract.streets[street], at))
    ahead = shapely.get_coordinates(
        shapely.line_interpolate_point(extract.streets[street], np.minimum(at + 0.5, length[street]))
    )
    way = ahead - on
    size = np.maximum(np.hypot(*way.T), 1e-9)[:, None]
    side = np.column_stack([-way[:, 1], way[:, 0]]) / size
    return on + side * (rng.uniform(3, 6, count) * rng.choice([-1, 1], count))[:, None]


def tiled(geometries: np.ndarray, side: int, dx: float, dy: float) -> np.ndarray:
    """Return side x side translated replicas, all replicas of the first row first."""
    return np.concatenate(
        [
            shapely.transform(geometries, lambda xy, i=i, j=j: xy + np.array([i * dx, j * dy]))
            for j in range(side)
            for i in range(side)
        ]
    )
