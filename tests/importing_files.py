"""Real files of every format the imports read, written by the test that needs them."""

import csv
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
from shapely import Polygon
from shapely.geometry import mapping


def circle(lon: float, lat: float, radius_deg: float, vertices: int) -> Polygon:
    """A round area with so many vertices."""
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    return Polygon(np.column_stack([lon + radius_deg * np.cos(turn), lat + radius_deg * np.sin(turn)]))


Rows = Sequence[Mapping[str, Any]]


def write_csv(path: Path, rows: Rows, *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """The rows as CSV; the first row's keys are the header."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(path: Path, rows: Rows, sheet: str = "Sheet1", *, more_sheets: Sequence[str] = ()) -> Path:
    """The rows as one sheet of a workbook; `more_sheets` get the same rows."""
    book = openpyxl.Workbook()
    for place, name in enumerate((sheet, *more_sheets)):
        page = book.active if place == 0 else book.create_sheet()
        page.title = name
        page.append(list(rows[0]))
        for row in rows:
            page.append(list(row.values()))
    book.save(path)
    return path


def write_geojson(path: Path, rows: Rows, shapes: Sequence[Any], crs: str | None = None) -> Path:
    """The rows and shapes as GeoJSON; `crs` is the name of the old `crs` member."""
    features = [
        {"type": "Feature", "properties": dict(row), "geometry": None if shape is None else mapping(shape)}
        for row, shape in zip(rows, shapes, strict=True)
    ]
    content: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def write_layer(path: Path, rows: Rows, shapes: Sequence[Any], epsg: int | None = 4326, **how: Any) -> Path:
    """The rows and shapes as GeoPackage or Shapefile, whichever `path` ends in."""
    frame = gpd.GeoDataFrame(list(rows), geometry=list(shapes), crs=epsg)
    frame.to_file(path, **how)
    return path


def zip_shapefile(shapefile: Path, target: Path, name: str | None = None) -> Path:
    """The parts of a Shapefile in one archive, in a folder of its own."""
    with zipfile.ZipFile(target, "a") as packed:
        for end in (".shp", ".shx", ".dbf", ".prj"):
            packed.write(shapefile.with_suffix(end), f"图层/{name or shapefile.stem}{end}")
    return target
