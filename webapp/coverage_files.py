"""Results of coverage and siting as files: CSV, XLSX, GeoPackage; no spreadsheet runs anything that is in them."""

import csv
import io
import itertools
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from flask import Response, stream_with_context

from data.errors import NotFound

Rows = Iterable[Any]  # lines that know their columns by name: dicts, or rows of the database
SHAPE = "shape"
_CHUNK = 64 * 1024


def file_of(rows: Rows, name: str, ending: str) -> Response:
    """The rows as a file called after `name` and the time; `shape` (WKB) is only in the GeoPackage.

    Raises NotFound for an ending we do not write.
    """
    if ending not in FORMATS:
        raise NotFound("There is nothing at this address, or it lies outside your area.")
    write, mimetype = FORMATS[ending]
    full = f"{name}-{datetime.now(UTC):%Y%m%d-%H%M}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{full}"'}
    return Response(stream_with_context(write(rows, name)), mimetype=mimetype, headers=headers)


def harmless(value: Any) -> Any:
    """The value so that no spreadsheet takes it for a formula; numbers stay numbers.

    >>> harmless("=1+1"), harmless(-2.5)
    ("'=1+1", -2.5)
    """
    is_formula = isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"}
    return f"'{value}" if is_formula else value


def _plain(row: Mapping[str, Any]) -> list[Any]:
    return [harmless(_short(value)) for name, value in row.items() if name != SHAPE]


def _short(value: Any) -> Any:
    return round(value, 7) if isinstance(value, float) else value


def _csv(rows: Rows, _name: str) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    yield "\ufeff"  # without this mark, spreadsheets take the text for another encoding
    for number, row in enumerate(rows):
        if number == 0:
            writer.writerow(name for name in row if name != SHAPE)
        writer.writerow(_plain(row))
        if out.tell() > _CHUNK:
            yield out.getvalue()
            out.seek(0), out.truncate()
    yield out.getvalue()


def _xlsx(rows: Rows, name: str) -> Iterator[bytes]:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    for number, row in enumerate(rows):
        if number == 0:
            sheet.append([column for column in row if column != SHAPE])
        sheet.append(_plain(row))
    yield from _from_file(".xlsx", book.save)


def _geojson(rows: Rows, name: str) -> Iterator[str]:
    import shapely

    yield f'{{"type": "FeatureCollection", "name": {json.dumps(name)}, "features": ['
    for number, row in enumerate(rows):
        shape = json.loads(shapely.to_geojson(shapely.from_wkb(bytes(row[SHAPE]))))
        facts = {column: value for column, value in row.items() if column != SHAPE}
        feature = {"type": "Feature", "geometry": shape, "properties": facts}
        yield (",\n" if number else "\n") + json.dumps(feature, ensure_ascii=False)
    yield "\n]}\n"


def _gpkg(rows: Rows, name: str) -> Iterator[bytes]:
    yield from _from_file(".gpkg", lambda path: _write_layer(list(rows), name, path))


def _write_layer(rows: list[Mapping[str, Any]], name: str, path: Path) -> None:
    import pyogrio
    import shapely

    columns = [column for column in rows[0] if column != SHAPE] if rows else []
    shapes = [None if row[SHAPE] is None else bytes(row[SHAPE]) for row in rows]
    kinds = {shapely.from_wkb(shape).geom_type for shape in itertools.islice(filter(None, shapes), 1)}
    pyogrio.raw.write(
        path,
        np.array(shapes, dtype=object),
        [_column([row[column] for row in rows]) for column in columns],
        columns,
        layer=name,
        driver="GPKG",
        geometry_type=kinds.pop() if kinds else "Unknown",
        crs="EPSG:4326",
    )


def _column(values: list[Any]) -> np.ndarray:
    """The values as a column of one type: numbers where all are numbers (unknown is NaN), else texts."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known) and len(known) == len(values):
        return np.array(values, dtype=bool)
    if known and all(isinstance(value, int | float) for value in known):
        return np.array([np.nan if value is None else float(value) for value in values])
    return np.array([None if value is None else str(value) for value in values], dtype=object)


def _from_file(ending: str, write: Callable[[Path], None]) -> Iterator[bytes]:
    """What is written into a temporary file, piece by piece; the file is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gridbeat-") as folder:
        path = Path(folder) / f"file{ending}"
        write(path)
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece


FORMATS: dict[str, tuple[Callable[[Rows, str], Iterator[Any]], str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "geojson": (_geojson, "application/geo+json"),
    "gpkg": (_gpkg, "application/geopackage+sqlite3"),
}
