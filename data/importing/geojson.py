"""GeoJSON as rows, one a feature.

Read here rather than by GDAL: numbers stay as written, and one bad feature is one bad row.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

from data.errors import Refused
from data.importing.encodings import decode
from data.importing.rows import SourceRow, SourceTable


def read_geojson(path: Path, encoding: str | None) -> SourceTable:
    """The features of a GeoJSON file; also one feature a line (GeoJSONSeq)."""
    text, found = decode(path.read_bytes(), encoding)
    table = SourceTable((), has_geometry=True, encoding=found)
    content = _parsed(text)
    features = content.get("features") if content.get("type") == "FeatureCollection" else [content]
    if not isinstance(features, list) or not features or (features == [content] and content.get("type") != "Feature"):
        raise Refused("The file is no GeoJSON with features: it needs a FeatureCollection that is not empty.")
    table.crs_name, table.epsg = _named_crs(content)
    table.rows = [_row(number, feature) for number, feature in enumerate(features, start=1)]
    columns: dict[str, None] = {}
    for row in table.rows:
        columns |= dict.fromkeys(row.values)
    table.columns = tuple(columns)
    return table


def _parsed(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        lines = [line.strip("\x1e \t\r") for line in text.split("\n")]
        lines = [line for line in lines if line]
        if len(lines) < 2 or not all(line.startswith("{") and line.endswith("}") for line in lines[:2]):
            raise _broken(error.lineno, error.colno) from None
        content = {"type": "FeatureCollection", "features": [_line(*line) for line in enumerate(lines, 1)]}
    except RecursionError:
        raise Refused("The file is nested too deeply to be GeoJSON.") from None
    if not isinstance(content, dict):
        raise Refused("The file is no GeoJSON with features: it needs a FeatureCollection that is not empty.")
    return content


def _line(number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise _broken(number, error.colno) from None


def _broken(line: int, column: int) -> Refused:
    return Refused(
        "The file is broken: line {line}, column {column} is no JSON. Export it again.", line=line, column=column
    )


def _row(number: int, feature: Any) -> SourceRow:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return SourceRow(number, {}, fault=Refused("This is no GeoJSON feature."))
    properties = feature.get("properties")
    values = {_whole(name): _flat(value) for name, value in properties.items()} if isinstance(properties, dict) else {}
    row = SourceRow(number, values)
    geometry = feature.get("geometry")
    if geometry is None:
        return row
    if not _is_finite(geometry):
        row.fault = Refused("A coordinate of the feature is not a number (NaN or infinite); correct it.")
        return row
    try:
        row.geometry = shape(geometry)
    except (shapely.errors.GEOSException, ValueError, TypeError, KeyError, IndexError, AttributeError):
        row.fault = Refused("The feature's geometry is no GeoJSON geometry: too few points, or not numbers.")
    return row


def _is_finite(said: Any) -> bool:
    """Whether every number in a geometry is one: JSON knows no NaN, but many programs write it."""
    if isinstance(said, dict):
        said = list(said.values())
    if isinstance(said, list):
        return all(_is_finite(one) for one in said)
    return not isinstance(said, float) or math.isfinite(said)


def _whole(name: str) -> str:
    """A column's name, with “?” for half a character, which nothing could write."""
    return name.encode("utf-8", "replace").decode()


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _named_crs(content: dict[str, Any]) -> tuple[str | None, int | None]:
    """What the old `crs` member says; the standard of 2016 has none and means WGS 84 without saying it."""
    crs = content.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        return None, None
    if name.upper().endswith("CRS84"):
        return "WGS 84", 4326
    numbered = re.search(r"EPSG:+[\d.]*:?(\d{4,6})$", name, re.IGNORECASE)
    return _whole(name)[:80], int(numbered[1]) if numbered else None
