"""A file of any kind we read, as rows."""

from dataclasses import dataclass
from pathlib import Path

from data.errors import Refused
from data.importing.rows import SourceTable

ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".geojson", ".json", ".geojsonl", ".gpkg", ".shp", ".zip")


@dataclass(frozen=True)
class HowToRead:
    """What the asker says about the file beside its name."""

    layer: str | None = None
    sheet: str | None = None
    encoding: str | None = None


def read_table(path: Path, how: HowToRead = HowToRead()) -> SourceTable:
    """The rows of the file at `path`: GeoJSON, GeoPackage, Shapefile (also zipped), CSV or XLSX.

    Raises Refused with one sentence when it is missing, empty, damaged or of another kind.
    """
    from data.importing import geojson, layer_files, text_tables

    ending = path.suffix.lower()
    if not ending:
        raise Refused(
            "The name of {name} has no ending that tells what it is; "
            "bring GeoJSON, GeoPackage, Shapefile (.shp or .zip), CSV or XLSX.",
            name=path.name,
        )
    if ending not in ENDINGS:
        raise Refused(
            "Files ending in “{ending}” cannot be read; "
            "bring GeoJSON, GeoPackage, Shapefile (.shp or .zip), CSV or XLSX.",
            ending=ending,
        )
    if not path.is_file():
        raise Refused("There is no file {name}.", name=path.name)
    if path.stat().st_size == 0:
        raise Refused("The file {name} is empty.", name=path.name)
    if ending in {".csv", ".txt", ".tsv"}:
        return text_tables.read_csv(path, how.encoding)
    if ending == ".xlsx":
        return text_tables.read_xlsx(path, how.sheet)
    if ending in {".geojson", ".json", ".geojsonl"}:
        return geojson.read_geojson(path, how.encoding)
    if ending == ".gpkg":
        return layer_files.read_geopackage(path, how.layer)
    if ending == ".shp":
        return layer_files.read_shapefile(path, how.encoding)
    return layer_files.read_zipped_shapefile(path, how.layer, how.encoding)
