"""Rows read under a declared coordinate system: places and areas in WGS 84, and what had to stay out.

Cameras and incidents read their places here too: the room below both of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import shapely
from shapely import MultiPolygon

from data.errors import Refused
from data.importing.mapping import Field, Mapped, is_blank, map_columns, read_fields, require
from data.importing.report import ImportReport, Refusal, sentence
from data.importing.rows import SourceRow, SourceTable
from data.importing.values import number, plain
from gis.cells import clean_polygon
from gis.crs import SourceCrs, coordinate_faults, geometry_to_wgs84, to_wgs84
from gis.errors import BadCoordinates, BadGeometry, GisError

#: Systems that are the same to within a metre: a file may name one where the other was declared.
_SAME = ({4326, 4490},)

_anywhere = number(-1e9, 1e9)
LON = Field(
    "lon", _anywhere, ("经度", "lng", "longitude", "long", "东经", "easting", "东坐标", "横坐标", "x", "x坐标", "坐标x")
)
LAT = Field("lat", _anywhere, ("纬度", "latitude", "北纬", "northing", "北坐标", "纵坐标", "y", "y坐标", "坐标y"))
WKT = Field("wkt", plain, ("geometry", "geom", "the_geom", "shape", "wkb_geometry", "几何", "边界", "空间数据"))


@dataclass
class PlacedRow:
    """A row that could be read: its line, what it says, its place in WGS 84 and the pair it was written with."""

    number: int
    values: dict[str, Any]
    lon: float = 0.0
    lat: float = 0.0
    raw_x: float | None = None
    raw_y: float | None = None


@dataclass
class AreaRow:
    """A row that could be read: its line, what it says, and its area in WGS 84."""

    number: int
    values: dict[str, Any]
    area: MultiPolygon


Row = TypeVar("Row", PlacedRow, AreaRow)


def refuse_contradiction(table: SourceTable, crs: SourceCrs, report: ImportReport) -> None:
    """Raise Refused when the file names another coordinate system than was declared.

    GCJ-02 and BD-09 have no number in any register, so files in them name WGS 84 or nothing at all:
    there the declaration holds, with a remark.
    """
    named = table.crs_name
    if named is None or table.epsg == crs.epsg or any({table.epsg, crs.epsg} <= same for same in _SAME):
        return
    if table.epsg is None:
        report.note(
            sentence("The file names a coordinate system we do not know ({named}); {crs} was used, as declared."),
            named=named,
            crs=crs.name,
        )
    elif crs.epsg is None and table.epsg in {4326, 4490}:
        report.note(
            sentence("The file names {named}, as files in {crs} always do; {crs} was used, as declared."),
            named=named,
            crs=crs.name,
        )
    else:
        raise Refused(
            "The file says that it is in {named} (EPSG:{epsg}), but {crs} was declared. Declare what the file is in.",
            named=named,
            epsg=table.epsg,
            crs=crs.name,
        )


def read_places(
    table: SourceTable, fields: Sequence[Field], given: Mapping[str, str] | None, crs: SourceCrs, report: ImportReport
) -> tuple[list[PlacedRow], Mapped]:
    """The rows with a place that can be read, and the mapping; what cannot be read stands in `report`."""
    refuse_contradiction(table, crs, report)
    mapped = _mapped(table, fields, (LON, LAT, WKT), given, report)
    if not table.has_geometry and "wkt" not in mapped.columns:
        require(mapped, table.columns, "lon", "lat")
    rows: list[PlacedRow] = []
    for row, values in _readable(table, (*fields, LON, LAT, WKT), mapped, report):
        try:
            x, y = _pair(row, values)
        except Refused as error:
            report.refuse(row.number, error, _place_column(mapped), values.get("wkt"))
            continue
        rows.append(PlacedRow(row.number, values, x, y))
    return _carried(rows, crs, _place_column(mapped), report), mapped


def read_areas(
    table: SourceTable,
    fields: Sequence[Field],
    given: Mapping[str, str] | None,
    crs: SourceCrs,
    report: ImportReport,
    most_vertices: int,
) -> tuple[list[AreaRow], Mapped]:
    """The rows with a sound area that can be read, and the mapping; the others stand in `report`."""
    refuse_contradiction(table, crs, report)
    mapped = _mapped(table, fields, (WKT,), given, report)
    if not table.has_geometry:
        require(mapped, table.columns, "wkt")
    rows: list[AreaRow] = []
    for row, values in _readable(table, (*fields, WKT), mapped, report):
        try:
            area = _area(row, values.pop("wkt", None), crs, most_vertices)
            rows.append(AreaRow(row.number, values, area))
        except (Refused, GisError) as error:
            report.refuse(row.number, error, mapped.columns.get("wkt", "geometry"))
    return rows, mapped


def without_duplicates(
    rows: list[Row], key: Callable[[Row], Any], column: str | None, report: ImportReport
) -> list[Row]:
    """The rows whose key comes once. All others are refused: nothing tells which of them is right."""
    lines: dict[Any, list[int]] = {}
    for row in rows:
        lines.setdefault(key(row), []).append(row.number)
    alone = []
    for row in rows:
        same = lines[key(row)]
        if len(same) == 1 or key(row) is None:
            alone.append(row)
            continue
        error = Refused(
            "“{code}” comes in several rows ({rows}); keep the right one.",
            code=str(key(row)),
            rows=", ".join(map(str, same[:5])) + (" …" if len(same) > 5 else ""),
        )
        report.refuse(row.number, error, column, str(key(row)))
    return alone


def _mapped(
    table: SourceTable,
    fields: Sequence[Field],
    shape_fields: Sequence[Field],
    given: Mapping[str, str] | None,
    report: ImportReport,
) -> Mapped:
    mapped = map_columns(table.columns, (*fields, *shape_fields), given)
    require(mapped, table.columns, *(field.name for field in fields if field.is_required))
    if mapped.withheld:
        report.note(
            sentence("Never read, because they hold secrets or stream addresses: {columns}."),
            columns=", ".join(mapped.withheld),
        )
    if mapped.ignored:
        report.note(sentence("Columns without a use here, not read: {columns}."), columns=", ".join(mapped.ignored))
    return mapped


def _readable(
    table: SourceTable, fields: Sequence[Field], mapped: Mapped, report: ImportReport
) -> list[tuple[SourceRow, dict[str, Any]]]:
    found = []
    for row in table.rows:
        if is_blank(row):
            continue
        if row.fault is not None:
            report.refuse(row.number, row.fault)
            continue
        values = read_fields(row, fields, mapped)
        if isinstance(values, Refusal):
            report.refusals.append(values)
        else:
            found.append((row, values))
    return found


def _pair(row: SourceRow, values: Mapping[str, Any]) -> tuple[float, float]:
    """The pair a row was written with: its two columns before its shape."""
    lon, lat = values.get("lon"), values.get("lat")
    if lon is not None and lat is not None:
        return float(lon), float(lat)
    point = row.geometry if row.geometry is not None else _from_wkt(values.get("wkt"))
    if point is None or point.is_empty:
        raise Refused("The row has no place: longitude or latitude is empty.")
    if point.geom_type == "MultiPoint" and len(point.geoms) == 1:
        point = point.geoms[0]
    if point.geom_type != "Point":
        raise Refused("A {kind} is no single place; bring a Point.", kind=point.geom_type)
    return point.x, point.y


def _carried(rows: list[PlacedRow], crs: SourceCrs, column: str, report: ImportReport) -> list[PlacedRow]:
    """The rows with their places in WGS 84; those whose pair cannot be in `crs` are refused."""
    pairs = np.array([(row.lon, row.lat) for row in rows], dtype=float).reshape(-1, 2)
    faults = coordinate_faults(pairs, crs)
    for place in np.flatnonzero((pairs == 0.0).all(axis=1)).tolist():
        faults.setdefault(place, BadCoordinates("The place is 0, 0: the coordinates were never filled in."))
    for place, fault in sorted(faults.items()):
        row = rows[place]
        said = BadCoordinates(fault.sentence, **{**fault.facts, "row": row.number})
        report.refuse(row.number, said, column, f"{row.lon}, {row.lat}")
    good = [place for place in range(len(rows)) if place not in faults]
    kept = [rows[place] for place in good]
    for row, (lon, lat) in zip(kept, to_wgs84(pairs[good], crs).tolist(), strict=True):
        if crs.name != "wgs84":
            row.raw_x, row.raw_y = row.lon, row.lat
        row.lon, row.lat = lon, lat
    return kept


def _area(row: SourceRow, wkt: object, crs: SourceCrs, most_vertices: int) -> MultiPolygon:
    shape = row.geometry if row.geometry is not None else _from_wkt(wkt)
    if shape is None or shape.is_empty:
        raise BadGeometry("The outline is empty; an area needs at least three corners.")
    if shapely.get_num_coordinates(shape) > most_vertices or shape.geom_type not in {"Polygon", "MultiPolygon"}:
        return clean_polygon(shape, most_vertices)  # raises, before anything is converted
    try:
        carried = geometry_to_wgs84(shapely.force_2d(shape), crs)
    except BadCoordinates as error:
        raise BadCoordinates(error.sentence, **{**error.facts, "row": row.number}) from None
    return clean_polygon(carried, most_vertices)


def _from_wkt(said: object) -> Any:
    if said is None:
        return None
    try:
        return shapely.from_wkt(str(said).split(";")[-1])
    except shapely.errors.GEOSException:
        pass
    try:
        return shapely.from_wkb(str(said))
    except (shapely.errors.GEOSException, ValueError):
        raise Refused("“{value}” is no WKT geometry.", value=str(said)[:60]) from None


def _place_column(mapped: Mapped) -> str:
    columns = [mapped.columns[name] for name in ("lon", "lat", "wkt") if name in mapped.columns]
    return ", ".join(columns) or "geometry"
