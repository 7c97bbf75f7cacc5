"""Files of cameras, buildings, cells and streets as arrays: what `gridbeat coverage run` reads without a database.

Columns are found by name; a row that cannot be used is kept as a refusal, the others go on. A file that names its
coordinate system is believed; one that does not is read as `--crs` says.
"""

import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from data.errors import Refused
from gis.coverage import Heights, building_heights
from gis.crs import SourceCrs, geometry_to_wgs84

Geometries = NDArray[Any]
Floats = NDArray[np.float64]

WGS84 = CRS.from_epsg(4326)
PLACES = (("lon", "lat"), ("longitude", "latitude"), ("lng", "lat"), ("x", "y"))
NUMBERS = ("height_m", "bearing_deg", "hfov_deg", "range_m", "pixels_h", "pitch_deg", "vfov_deg")
IDS = {"cameras": ("camera_id", "code", "id"), "cells": ("cell_id", "code", "id"), "streets": ("name", "street_id")}
IDS["buildings"] = ("building_id", "id")
DEFAULT_HFOV_DEG = 90.0
DEFAULT_RANGE_M = 80.0
WIDEST_DEG = 10.0
#: Geometry types (as shapely numbers them) a row of each kind may have, and what to call them.
SHAPES = {"cameras": ((0,), "point"), "buildings": ((3, 6), "polygon"), "cells": ((3, 6), "polygon")}
SHAPES["streets"] = ((1, 5), "line")


@dataclass(frozen=True)
class RefusedRow:
    """A row that could not be used: in which file, its place from 1 (in a CSV its line), its id, and why."""

    file: str
    row: int
    id: str
    reason: str


BROKEN = "The geometry is broken: too few points, or a coordinate that is not a number."


@dataclass(frozen=True)
class Layer:
    """Rows of one file: shapes (None where missing), the columns asked for, row numbers, and the system it names.

    `is_lonlat`: it names no system, but its format (GeoJSON) or its columns (lon, lat) mean degrees.
    """

    kind: str
    name: str
    shapes: Geometries
    values: dict[str, NDArray[Any]]
    numbers: NDArray[np.intp]
    crs: CRS | None
    refused: tuple[RefusedRow, ...] = ()
    is_lonlat: bool = False

    def __len__(self) -> int:
        return len(self.shapes)

    def ids(self) -> list[str]:
        """What each row is called: its id column, else its number."""
        column = next((self.values[name] for name in IDS[self.kind] if name in self.values), None)
        said = [None] * len(self) if column is None else column.tolist()
        return [_id(value) or str(number) for value, number in zip(said, self.numbers.tolist(), strict=True)]

    def without(self, faults: dict[int, str]) -> "Layer":
        """The layer without the rows in `faults` (place → reason), which are kept as refusals."""
        if not faults:
            return self
        ids = self.ids()
        keep = np.ones(len(self), dtype=bool)
        keep[list(faults)] = False
        refused = [RefusedRow(self.kind, int(self.numbers[at]), ids[at], faults[at]) for at in sorted(faults)]
        values = {name: column[keep] for name, column in self.values.items()}
        return replace(
            self,
            shapes=self.shapes[keep],
            values=values,
            numbers=self.numbers[keep],
            refused=(*self.refused, *refused),
        )


def read_layer(kind: str, path: Path, columns: Sequence[str] = ()) -> Layer:
    """The rows of a file: GeoJSON, GeoPackage (the layer called like its kind, else the only one), Parquet, CSV.

    CSV is for cameras only. Raises Refused with one sentence when the file is missing, empty, or of another kind.
    """
    if not path.is_file():
        raise Refused("There is no file {name}; check the path given for {kind}.", name=str(path), kind=kind)
    columns = (*IDS[kind], *columns)
    ending = path.suffix.lower()
    if ending == ".csv" and kind == "cameras":
        return _from_csv(kind, path)
    if ending == ".parquet":
        return _from_parquet(kind, path, columns)
    if ending in {".geojson", ".json", ".gpkg", ".fgb", ".shp"}:
        return _from_layer_file(kind, path, columns, is_geojson=ending in {".geojson", ".json"})
    endings = "GeoJSON, GeoPackage, Parquet or CSV" if kind == "cameras" else "GeoJSON, GeoPackage or Parquet"
    raise Refused(
        "Files ending in “{ending}” cannot be read as {kind}; bring {endings}.",
        ending=ending or path.name,
        kind=kind,
        endings=endings,
    )


def _from_csv(kind: str, path: Path) -> Layer:
    from data.importing.text_tables import read_csv

    table = read_csv(path, None)
    names = {column.strip().casefold(): column for column in table.columns}
    pair = next((pair for pair in PLACES if pair[0] in names and pair[1] in names), None)
    if pair is None:
        raise Refused(
            "{name} has no columns lon and lat (or x and y); it has: {columns}.",
            name=path.name,
            columns=", ".join(table.columns),
        )
    values = {
        name: np.array([row.values.get(column) for row in table.rows], dtype=object) for name, column in names.items()
    }
    (x, _), (y, _) = numbers_in(values[pair[0]]), numbers_in(values[pair[1]])
    shapes = np.full(len(table.rows), None, dtype=object)
    is_placed = np.isfinite(x) & np.isfinite(y)
    shapes[is_placed] = shapely.points(x[is_placed], y[is_placed])
    numbers = np.array([row.number for row in table.rows])
    layer = Layer(kind, path.name, shapes, values, numbers, None, is_lonlat=pair[0] != "x")
    return layer.without({at: str(row.fault) for at, row in enumerate(table.rows) if row.fault})


def _from_layer_file(kind: str, path: Path, columns: Sequence[str], *, is_geojson: bool) -> Layer:
    import pyogrio

    try:
        chosen = _chosen_layer(kind, path)
        fields = pyogrio.read_info(path, layer=chosen)["fields"]
        wanted = [name for name in fields if name.casefold() in columns]
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # each bad row has its own sentence
            meta, _, blobs, found = pyogrio.raw.read(path, layer=chosen, columns=wanted, force_2d=True)
            shapes = None if blobs is None else shapely.from_wkb(blobs, on_invalid="ignore")
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, OSError) as error:
        raise Refused("{name} is damaged or not what its ending says; export it again.", name=path.name) from error
    if shapes is None or not len(shapes):
        raise Refused("{name} holds no features; export it again.", name=path.name)
    by_name = dict(zip([str(name).casefold() for name in meta["fields"]], found, strict=True))
    crs = _named_crs(meta["crs"])
    is_lonlat = is_geojson and crs == WGS84 and not _has_crs_member(path)
    numbers = np.arange(1, len(shapes) + 1)
    values = _with_nan_said(by_name, path) if is_geojson and kind == "cameras" else by_name
    layer = Layer(kind, path.name, shapes, values, numbers, None if is_lonlat else crs, is_lonlat=is_lonlat)
    is_broken = shapely.is_missing(shapes) & np.array([blob is not None for blob in blobs], dtype=bool)
    return layer.without({int(at): BROKEN for at in np.flatnonzero(is_broken)})


def _with_nan_said(values: dict[str, NDArray[Any]], path: Path) -> dict[str, NDArray[Any]]:
    """The columns of a GeoJSON file with NaN as text: GDAL reads it like null, which means nothing was said."""
    text = path.read_bytes()
    if b"NaN" not in text:
        return values
    features = json.loads(text, parse_constant=str).get("features", [])
    said = [
        {str(name).casefold(): value for name, value in (feature.get("properties") or {}).items()}
        for feature in features
    ]
    return {
        name: np.array([row.get(name) for row in said], dtype=object) if len(said) == len(column) else column
        for name, column in values.items()
    }


def _chosen_layer(kind: str, path: Path) -> str:
    import pyogrio

    names = [str(name) for name, shape in pyogrio.list_layers(path) if shape is not None]
    if kind in names or len(names) == 1:
        return kind if kind in names else names[0]
    raise Refused(
        "{name} has the layers {layers}; bring a file with one layer, or call it “{kind}”.",
        name=path.name,
        layers=", ".join(names) or "–",
        kind=kind,
    )


def _from_parquet(kind: str, path: Path, columns: Sequence[str]) -> Layer:
    try:
        import geopandas
        import pyarrow.parquet
    except ImportError as error:
        raise Refused("Parquet needs the Python package pyarrow; install it, or bring a GeoPackage.") from error
    try:
        names = pyarrow.parquet.read_schema(path).names
        wanted = [name for name in names if name.casefold() in columns]
        frame = geopandas.read_parquet(path, columns=[*wanted, _geometry_column(path)])
    except (ValueError, KeyError, OSError, pyarrow.ArrowException) as error:
        raise Refused("{name} is no GeoParquet file; export it again with its geometry.", name=path.name) from error
    values = {name.casefold(): frame[name].to_numpy() for name in wanted}
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    crs = None if frame.crs is None else _named_crs(frame.crs.to_wkt())
    return Layer(kind, path.name, shapely.force_2d(shapes), values, np.arange(1, len(shapes) + 1), crs)


def _geometry_column(path: Path) -> str:
    import pyarrow.parquet

    return str(json.loads((pyarrow.parquet.read_schema(path).metadata or {})[b"geo"])["primary_column"])


def _named_crs(written: str | None) -> CRS | None:
    """The system a file names, None where it names none that lies anywhere on earth."""
    try:
        crs = CRS.from_user_input(written) if written else None
    except CRSError:
        return None
    if crs is None or not (crs.is_projected or crs.is_geographic):
        return None
    return WGS84 if crs.to_authority() in {("OGC", "CRS84"), ("EPSG", "4326")} else crs


def _has_crs_member(path: Path) -> bool:
    with path.open("rb") as file:
        return re.search(rb'"crs"\s*:\s*\{', file.read(4096)) is not None


def numbers_in(column: NDArray[Any]) -> tuple[Floats, dict[int, str]]:
    """The numbers of a column, NaN where nothing is said, and by place what is said that is no number.

    >>> values, wrong = numbers_in(np.array(["4.5", "", None, "high", "nan"], dtype=object))
    >>> values.tolist(), wrong
    ([4.5, nan, nan, nan, nan], {3: 'high', 4: 'nan'})
    """
    if column.dtype.kind in "fiu":
        return column.astype(np.float64), {}
    found, wrong = np.full(len(column), np.nan), {}
    for at, value in enumerate(column.tolist()):
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        try:
            found[at] = float(value)
        except (TypeError, ValueError):
            wrong[at] = str(value)
        if isinstance(value, str) and not np.isfinite(found[at]):
            wrong[at], found[at] = value, np.nan
    return found, wrong


def placed(layer: Layer, declared: SourceCrs | None, *, means_degrees: bool | None = None) -> tuple[Layer, CRS]:
    """The layer with only rows of the right geometry type, and the system its shapes are in then.

    A file that names its system is in that. Else it is in the declared one, or in WGS 84 when none is. CSV columns
    lon, lat are never metres; GeoJSON without a `crs` member is in a declared system of metres unless `means_degrees`
    (see `mean_degrees`; left out, this file alone decides). Raises Refused when none of the rows lies on earth.
    """
    layer = _of_right_type(layer)
    means_degrees = mean_degrees([layer]) if means_degrees is None else means_degrees
    if layer.crs is not None and layer.crs != WGS84:
        return layer, layer.crs
    if layer.crs is None and declared is not None:
        if declared.is_degrees:
            layer = _in_degrees(layer)
            return replace(layer, shapes=geometry_to_wgs84(layer.shapes, declared)), WGS84
        if not layer.is_lonlat or (layer.name.lower().endswith("json") and not means_degrees):
            return layer, CRS.from_user_input(declared.name)
    return _in_degrees(layer), WGS84


def mean_degrees(layers: Sequence[Layer]) -> bool:
    """Whether the numbers in files that name no system can be degrees: on earth, nine in ten within 10° of each other.

    GeoJSON means degrees by its standard, but many programs write metres into it without a word.
    """
    shapes = np.concatenate([layer.shapes for layer in layers if layer.crs is None] or [np.empty(0, dtype=object)])
    bounds = shapely.bounds(shapes[~shapely.is_missing(shapes)]).reshape(-1, 4)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return True
    is_on_earth = (np.abs(bounds) <= np.array([180.0, 90.0, 180.0, 90.0])).all(axis=1)
    low, high = np.percentile(bounds[:, :2], 5, axis=0), np.percentile(bounds[:, 2:], 95, axis=0)
    return bool(is_on_earth.mean() > 0.5 and (high - low).max() < WIDEST_DEG)


def _of_right_type(layer: Layer) -> Layer:
    types, called = SHAPES[layer.kind]
    is_empty = shapely.is_missing(layer.shapes) | shapely.is_empty(layer.shapes)
    is_wrong = ~is_empty & ~np.isin(shapely.get_type_id(layer.shapes), types)
    faults = {int(at): "The row has no place." for at in np.flatnonzero(is_empty)}
    faults |= {
        int(at): f"The geometry is a {layer.shapes[at].geom_type}; it must be a {called}."
        for at in is_wrong.nonzero()[0]
    }
    return layer.without(faults)


def _degrees(shapes: Geometries) -> NDArray[np.bool_]:
    west, south, east, north = shapely.bounds(shapes).T.reshape(4, -1)
    return np.asarray((west >= -180.0) & (south >= -90.0) & (east <= 180.0) & (north <= 90.0), dtype=bool)


def _in_degrees(layer: Layer) -> Layer:
    """The layer without rows that do not lie on earth."""
    is_fine = _degrees(layer.shapes)
    if len(layer) and not is_fine.any():
        raise Refused(
            "The coordinates in {name} are no degrees; say with --crs EPSG:n which system they are in.", name=layer.name
        )
    reason = "The place does not lie on earth: longitude -180 to 180 and latitude -90 to 90 were expected."
    faults = {int(at): reason for at in np.flatnonzero(~is_fine)}
    is_number = np.isfinite(shapely.bounds(layer.shapes)).reshape(-1, 4).all(axis=1)
    faults |= {int(at): "A coordinate of the place is not a number (NaN)." for at in np.flatnonzero(~is_number)}
    if layer.kind == "cameras":
        x, y = shapely.get_x(layer.shapes), shapely.get_y(layer.shapes)
        faults |= {int(at): "The place is 0, 0, which means unknown." for at in np.flatnonzero((x == 0.0) & (y == 0.0))}
    return layer.without(faults)


def camera_numbers(layer: Layer) -> tuple[Layer, dict[str, Floats]]:
    """The layer without rows that cannot be read or repeat an id, and what its cameras say, defaults filled in.

    Defaults: `hfov_deg` 90, `range_m` 80; no `bearing_deg` means a dome, which sees all around (360). Height, picture
    width, pitch and vertical field stay unknown (NaN).
    """
    columns, faults = {}, _repeated(layer)
    for name in NUMBERS:
        nothing = np.full(len(layer), np.nan)
        columns[name], wrong = numbers_in(layer.values[name]) if name in layer.values else (nothing, {})
        faults |= {at: f"{name} is “{said}”, which is no number." for at, said in wrong.items()}
    keep = np.ones(len(layer), dtype=bool)
    keep[list(faults)] = False
    columns = {name: column[keep] for name, column in columns.items()}
    is_dome = np.isnan(columns["bearing_deg"])
    hfov = np.where(np.isnan(columns["hfov_deg"]), DEFAULT_HFOV_DEG, columns["hfov_deg"])
    is_possible = (hfov > 0.0) & (hfov <= 360.0)  # what is impossible stays, to be refused with its number
    columns["hfov_deg"] = np.where(is_dome & is_possible, 360.0, hfov)
    columns["bearing_deg"] = np.where(is_dome, 0.0, columns["bearing_deg"])
    columns["range_m"] = np.where(np.isnan(columns["range_m"]), DEFAULT_RANGE_M, columns["range_m"])
    return layer.without(faults), columns


def _repeated(layer: Layer) -> dict[int, str]:
    first: dict[str, int] = {}
    faults = {}
    for at, name in enumerate(layer.ids()):
        if name in first:
            faults[at] = f"The camera_id “{name}” comes twice; row {layer.numbers[first[name]]} is kept."
        first.setdefault(name, at)
    return faults


def heights_in(layer: Layer) -> Heights:
    """The heights of the buildings: `height_m`, else 3 m for each of `levels`, else unknown."""
    nothing = np.full(len(layer), np.nan)
    measured, levels = (
        numbers_in(layer.values[name])[0] if name in layer.values else nothing for name in ("height_m", "levels")
    )
    return building_heights(measured, levels)


def street_numbers(layer: Layer) -> NDArray[np.intp]:
    """A number for each line, the same for all lines of one name; a line without name is a street of its own."""
    column = next((layer.values[name] for name in IDS["streets"] if name in layer.values), None)
    own = np.arange(len(layer), dtype=np.intp)
    if column is None:
        return own
    names = np.array([_id(value) for value in column.tolist()], dtype=object).astype(str)
    _, first, of = np.unique(names, return_index=True, return_inverse=True)
    return np.where(names == "", own, first[of])


def _id(value: object) -> str:
    """What an id cell says as text; 12.0 is 12, nothing is empty."""
    if value is None or value != value or (isinstance(value, str) and not value.strip()):  # noqa: PLR0124 - NaN
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
