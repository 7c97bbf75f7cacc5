"""Streets, priorities and checkpoints from files: what `gridbeat patrol` reads without a database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from data.errors import Refused
from data.importing import osm_tags
from gis.crs import parse_crs
from gis.routing import Stop
from gis.streets import StreetNetwork, build_network
from webapp.cli.coverage_files import SHAPES, WGS84, Layer, RefusedRow, numbers_in, placed, read_layer

SHAPES.setdefault("priorities", ((0, 1, 5), "point or line"))
SHAPES.setdefault("checkpoints", ((0,), "point"))

_CLASS_COLUMNS = ("highway", "kind", "class", "fclass", "street_class")
_ID_COLUMNS = ("street_id", "osm_id", "id", "code")
_ONEWAY = {"yes": 1, "true": 1, "1": 1, "f": 1, "-1": -1, "reverse": -1, "t": -1}
_SPREAD_M = 100.0  # how far a point's weight reaches: the standard deviation of its bell


@dataclass
class Read:
    """What was read: the network, the priority of a metre of each edge, stops and their names, and refused rows."""

    network: StreetNetwork
    priority: NDArray[np.float64] | None = None
    stops: tuple[Stop, ...] = ()
    stop_names: tuple[str, ...] = ()
    refused: list[RefusedRow] = field(default_factory=list)
    unknown_streets: int = 0


def read_streets(path: Path, mode: str = "foot", crs: str | None = None) -> tuple[StreetNetwork, list[RefusedRow]]:
    """The street network of a file (.osm.pbf, GeoPackage, GeoJSON, Parquet) for a way of moving, and refused rows.

    Columns: street_id (else osm_id, id, the row's number), highway (else kind, class; without one every line is
    residential), oneway (yes, no, -1; or 1, 0, -1), name. `crs` is the system of a file that names none, such as gcj02
    for what was taken from a Chinese web map. Raises Refused or a GisError in one sentence.
    """
    if path.name.endswith((".pbf", ".osm")):
        return _osm_network(path, mode), []
    read = read_layer("streets", path, (*_CLASS_COLUMNS, *_ID_COLUMNS, "oneway", "name"))
    layer, system = placed(read, None if crs is None else parse_crs(crs))
    if not len(layer):
        raise Refused("{name} holds no street that can be used.", name=path.name)
    lines, row = shapely.get_parts(_lonlat(layer.shapes, system), return_index=True)
    classes = _text(layer, _CLASS_COLUMNS, "residential")
    ids = _ids(layer)
    oneway = np.array([_ONEWAY.get(said.lower(), 0) for said in _text(layer, ("oneway",), "")])
    names = _text(layer, ("name",), "")
    network = build_network(lines, ids[row], classes[row], oneway[row], mode, names=names[row])
    return network, list(layer.refused)


def _osm_network(path: Path, mode: str) -> StreetNetwork:
    import osmium

    if not path.is_file():
        raise Refused("There is no file {name}; check the path given for {kind}.", name=str(path), kind="streets")
    rows: list[tuple[Any, ...]] = []
    try:
        ways: Any = osmium.FileProcessor(str(path)).with_locations()
        ways = ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
            points = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
            tags = {tag.k: tag.v for tag in way.tags}
            kind = osm_tags.street_kind(tags)
            if len(points) < 2 or kind is None:
                continue
            is_open = tags.get("access") not in ("no", "private") and tags.get(_tag(mode)) not in ("no", "private")
            name = osm_tags.name_of(tags) or ""
            rows.append((shapely.LineString(points), way.id, kind, osm_tags.oneway(tags), name, is_open))
    except RuntimeError as error:
        raise Refused("{name} is damaged or not what its ending says; export it again.", name=path.name) from error
    if not rows:
        raise Refused("{name} holds no street that can be used.", name=path.name)
    columns = [np.array(column, dtype=object) for column in zip(*rows, strict=True)]
    paths, ids, kinds, oneway, names, usable = columns
    return build_network(
        paths, ids.astype(np.int64), kinds, oneway.astype(int), mode, names=names, usable=usable.astype(bool)
    )


def _tag(mode: str) -> str:
    return {"foot": "foot", "car": "motor_vehicle"}.get(mode, "bicycle")


def _lonlat(shapes: NDArray[Any], crs: Any) -> NDArray[Any]:
    if crs == WGS84:
        return shapes
    carry = Transformer.from_crs(crs, WGS84, always_xy=True)
    return np.asarray(
        shapely.transform(shapes, lambda xy: np.column_stack(carry.transform(xy[:, 0], xy[:, 1]))), dtype=object
    )


def _text(layer: Layer, columns: Iterable[str], otherwise: str) -> NDArray[Any]:
    """The first of some columns as text, `otherwise` where nothing is said."""
    column = next((layer.values[name] for name in columns if name in layer.values), None)
    said = [None] * len(layer) if column is None else column.tolist()
    return np.array([otherwise if _is_nothing(value) else str(value).strip() for value in said], dtype=object)


def _is_nothing(value: object) -> bool:
    return value is None or value != value or not str(value).strip()  # noqa: PLR0124 - NaN


def _ids(layer: Layer) -> NDArray[Any]:
    """Each street's id as people write it, else its row number; whole numbers stay numbers."""
    said = _text(layer, _ID_COLUMNS, "")
    return np.array([_street_id(text) or int(number) for text, number in zip(said, layer.numbers, strict=True)], object)


def _street_id(text: str) -> Any:
    text = text.removesuffix(".0")
    return int(text) if text.lstrip("-").isdigit() else text


def read_priorities(path: Path, read: Read) -> None:
    """Put the priorities of a file into `read`: by street_id (the worth of a metre), or from points with a weight.

    A point's weight (1 without a column) is spread over the streets around it in a bell of 100 m. Streets that the file
    does not name are worth nothing.
    """
    columns = (*_ID_COLUMNS, "priority", "weight", "worth")
    layer = _table("priorities", path, columns)
    values, wrong = _numbers(layer, ("priority", "weight", "worth"), 1.0)
    faults = {at: f"The priority is “{said}”, which is no number." for at, said in wrong.items()}
    faults |= {int(at): "The priority is below 0." for at in np.flatnonzero(values < 0)}
    faults |= {int(at): "The priority is not finite." for at in np.flatnonzero(~np.isfinite(values))}
    keep = np.setdiff1d(np.arange(len(layer)), list(faults))
    for at, reason in sorted(faults.items()):
        read.refused.append(RefusedRow("priorities", int(layer.numbers[at]), "", reason))
    if any(name in layer.values for name in _ID_COLUMNS[:2]) or not _has_points(layer):
        _by_street(layer, keep, values, read)
    else:
        read.priority = _by_points(read.network, layer, keep, values)
    if not len(keep) or read.priority is None or not (read.priority > 0).any():
        raise Refused("{name} gives no street of the network a priority above 0.", name=path.name)


def _has_points(layer: Layer) -> bool:
    return bool((shapely.get_type_id(layer.shapes) == 0).any())


def _by_street(layer: Layer, keep: NDArray[np.intp], values: NDArray[np.float64], read: Read) -> None:
    """Priorities by street id; a street named twice has the larger."""
    ids = _text(layer, _ID_COLUMNS, "")
    found: dict[str, float] = {}
    for at in keep.tolist():
        name = str(_street_id(ids[at]))
        found[name] = max(found.get(name, 0.0), float(values[at]))
    streets = [str(street) for street in read.network.street_ids.tolist()]
    read.unknown_streets = len(found.keys() - set(streets))
    read.priority = np.array([found.get(street, 0.0) for street in streets])


def _by_points(
    network: StreetNetwork, layer: Layer, keep: NDArray[np.intp], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Priorities of edges near points: a bell of each point's weight at the middle of the edge."""
    from scipy.spatial import cKDTree

    is_point = shapely.get_type_id(layer.shapes[keep]) == 0
    keep = keep[is_point]
    xy = network.frame.xy(shapely.get_coordinates(layer.shapes[keep]))
    middles = shapely.get_coordinates(shapely.line_interpolate_point(network.edge_lines, 0.5, normalized=True))
    near = cKDTree(middles).query_ball_point(xy, 3 * _SPREAD_M)
    found = np.zeros(network.edge_count)
    for point, edges in enumerate(near):
        away = ((middles[edges] - xy[point]) ** 2).sum(axis=1)
        found[edges] += values[keep[point]] * np.exp(-away / 2 / _SPREAD_M**2)
    return found


def read_checkpoints(path: Path, read: Read) -> None:
    """Put the checkpoints of a file into `read`: points with dwell_s (or dwell_min), opens_min, closes_min, priority.

    Windows are minutes after the patrol begins; `team` (from 1) locks a checkpoint to a team; `name` is for people.
    """
    columns = ("name", "checkpoint_id", "id", "dwell_s", "dwell_min", "opens_min", "closes_min", "priority", "team")
    layer = _table("checkpoints", path, columns)
    names = _text(layer, ("name", "checkpoint_id", "id"), "")
    asked = ("dwell_s", "dwell_min", "opens_min", "closes_min", "priority", "team")
    otherwise = {"closes_min": np.inf, "priority": 1.0}
    numbers: dict[str, NDArray[np.float64]] = {}
    faults: dict[int, str] = {}
    for name in asked:
        numbers[name], wrong = _numbers(layer, (name,), otherwise.get(name, 0.0))
        faults |= {at: f"{name} is “{said}”, which is no number." for at, said in wrong.items()}
    faults |= {int(at): "The row has no place." for at in np.flatnonzero(shapely.is_missing(layer.shapes))}
    stops, said = [], []
    for at in range(len(layer)):
        if at in faults:
            read.refused.append(RefusedRow("checkpoints", int(layer.numbers[at]), names[at], faults[at]))
            continue
        stops.append(_stop(layer.shapes[at], {name: float(numbers[name][at]) for name in asked}))
        said.append(names[at] or str(layer.numbers[at]))
    read.stops, read.stop_names = tuple(stops), tuple(said)


def _stop(place: Any, said: dict[str, float]) -> Stop:
    dwell_s = said["dwell_s"] + 60 * said["dwell_min"]
    window = {"opens_s": 60 * said["opens_min"], "closes_s": 60 * said["closes_min"]}
    team = int(said["team"]) - 1 if said["team"] > 0 else None
    return Stop(place.x, place.y, dwell_s, priority=said["priority"], team=team, **window)


def _table(kind: str, path: Path, columns: tuple[str, ...]) -> Layer:
    """The rows of a CSV (with or without places), GeoJSON, GeoPackage or Parquet file, in lon/lat."""
    if path.suffix.lower() != ".csv":
        from webapp.cli.coverage_files import IDS

        IDS.setdefault(kind, ("name", "id"))
        layer, crs = placed(read_layer(kind, path, columns), None)
        return Layer(kind, layer.name, _lonlat(layer.shapes, crs), layer.values, layer.numbers, None, layer.refused)
    from data.importing.text_tables import read_csv

    if not path.is_file():
        raise Refused("There is no file {name}; check the path given for {kind}.", name=str(path), kind=kind)
    table = read_csv(path, None)
    values = {
        column.strip().casefold(): np.array([row.values.get(column) for row in table.rows], dtype=object)
        for column in table.columns
    }
    shapes = np.full(len(table.rows), None, dtype=object)
    if {"lon", "lat"} <= values.keys():
        (lon, _), (lat, _) = numbers_in(values["lon"]), numbers_in(values["lat"])
        is_placed = np.isfinite(lon) & np.isfinite(lat)
        shapes[is_placed] = shapely.points(lon[is_placed], lat[is_placed])
    elif kind == "checkpoints" or not any(name in values for name in _ID_COLUMNS):
        raise Refused(
            "{name} has no columns lon and lat (or x and y); it has: {columns}.",
            name=path.name,
            columns=", ".join(table.columns),
        )
    return Layer(kind, path.name, shapes, values, np.array([row.number for row in table.rows]), None)


def _numbers(layer: Layer, columns: Iterable[str], otherwise: float) -> tuple[NDArray[np.float64], dict[int, str]]:
    column = next((layer.values[name] for name in columns if name in layer.values), None)
    if column is None:
        return np.full(len(layer), otherwise), {}
    values, wrong = numbers_in(column)
    return np.where(np.isnan(values), otherwise, values), wrong
