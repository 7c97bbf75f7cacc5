"""GeoPackage and Shapefile as rows, one a feature, read by GDAL (pyogrio)."""

import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from data.errors import Refused
from data.importing.encodings import decode
from data.importing.rows import SourceRow, SourceTable
from data.importing.text_tables import refuse_packed_bomb

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def read_geopackage(path: Path, layer: str | None) -> SourceTable:
    """The features of one layer of a GeoPackage: the named one, or the only one."""
    names = _layer_names(path)
    if layer is None and len(names) > 1:
        raise Refused("The file has several layers; choose one with --layer: {layers}.", layers=", ".join(names))
    if layer is not None and layer not in names:
        raise Refused("The file has no layer “{layer}”; it has: {layers}.", layer=layer, layers=", ".join(names))
    return _features(path, layer or names[0])


def read_shapefile(path: Path, encoding: str | None) -> SourceTable:
    """The features of a Shapefile (.shp beside its .shx and .dbf)."""
    missing = [end for end in (".shx", ".dbf") if _beside(path, end) is None]
    if missing:
        raise Refused(
            "The Shapefile {name} lacks its {missing}; bring .shp, .shx and .dbf together, best in one .zip.",
            name=path.name,
            missing=" and ".join(missing),
        )
    found = encoding or _dbf_encoding(path)
    table = _features(path, None, encoding=found)
    table.encoding = found
    return table


def read_zipped_shapefile(path: Path, layer: str | None, encoding: str | None) -> SourceTable:
    """The features of a Shapefile packed in a .zip; `layer` chooses one by its name where there are several."""
    refuse_packed_bomb(path)
    with tempfile.TemporaryDirectory(prefix="gridbeat-import-") as folder, zipfile.ZipFile(path) as packed:
        entries = {_entry_name(entry): entry for entry in packed.infolist() if not entry.is_dir()}
        stems = [name[:-4] for name in entries if name.lower().endswith(".shp")]
        chosen = [stem for stem in stems if layer is None or Path(stem).name == layer]
        if len(chosen) != 1:
            raise _wrong_choice(stems, layer)
        # only the parts we know leave the archive, and under a name of ours
        for name, entry in entries.items():
            if name[:-4] == chosen[0] and name[-4:].lower() in _PARTS:
                target = Path(folder) / ("layer" + name[-4:].lower())
                try:
                    target.write_bytes(packed.read(entry))
                except (zipfile.BadZipFile, RuntimeError, OSError, EOFError) as error:
                    raise Refused("The archive is damaged or locked with a password. Pack it again.") from error
        return read_shapefile(Path(folder) / "layer.shp", encoding)


def _wrong_choice(stems: list[str], layer: str | None) -> Refused:
    names = ", ".join(Path(stem).name for stem in stems)
    if not stems:
        return Refused("The archive holds no Shapefile (.shp). Pack .shp, .shx and .dbf together.")
    if layer is None:
        return Refused("The file has several layers; choose one with --layer: {layers}.", layers=names)
    return Refused("The file has no layer “{layer}”; it has: {layers}.", layer=layer, layers=names)


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """The entry's name; packers on Chinese systems write GBK without saying so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return decode(entry.filename.encode("cp437"))[0]
    except (UnicodeEncodeError, Refused):
        return entry.filename


def _layer_names(path: Path) -> list[str]:
    import pyogrio

    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
    except pyogrio.errors.DataSourceError as error:
        raise _unreadable(path) from error
    if not names:
        raise Refused("The file {name} has no layers.", name=path.name)
    return names


def _features(path: Path, layer: str | None, encoding: str | None = None) -> SourceTable:
    import pyogrio

    try:
        meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer, encoding=encoding, datetime_as_string=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise _unreadable(path) from error
    names = tuple(str(name) for name in meta["fields"])
    count = len(shapes) if shapes is not None else len(columns[0]) if columns else 0
    if count == 0:
        raise Refused("The layer is empty: it has no features.")
    geometries = [None] * count if shapes is None else shapely.from_wkb(shapes, on_invalid="ignore")
    table = SourceTable(names, has_geometry=shapes is not None)
    table.crs_name, table.epsg = _crs(meta["crs"])
    cells = [[_value(value) for value in column] for column in columns] or [[] for _ in range(0)]
    for place in range(count):
        values = {name: column[place] for name, column in zip(names, cells, strict=True)}
        table.rows.append(SourceRow(place + 1, values, geometries[place]))
    return table


def _value(value: Any) -> Any:
    """The cell as plain Python."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        return None
    return value


def _crs(written: str | None) -> tuple[str | None, int | None]:
    """What the file calls its system, and its EPSG number where it has one."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not written:
        return None, None
    try:
        crs = CRS.from_user_input(written)
    except CRSError:
        return written[:80], None
    return crs.name, crs.to_epsg(min_confidence=60)


def _dbf_encoding(path: Path) -> str:
    """The encoding of a Shapefile's table: what its .cpg says when the table bears it out, else UTF-8 or GBK."""
    table = _beside(path, ".dbf")
    raw = table.read_bytes() if table else b""
    said = _beside(path, ".cpg")
    if said is not None:
        declared = said.read_text(encoding="ascii", errors="ignore").strip().lower()
        for encoding in (declared, f"cp{declared}" if declared.isdigit() else ""):
            try:
                raw.decode(encoding)
            except (LookupError, UnicodeDecodeError):
                continue
            return encoding
    for encoding in ("utf-8", "gb18030"):
        try:
            _dbf_text(raw).decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _dbf_text(raw: bytes) -> bytes:
    """The names and cells of a .dbf without its binary header, so that only text is judged."""
    header_size = int.from_bytes(raw[8:10], "little")
    names = b" ".join(raw[at : at + 11].split(b"\0", 1)[0] for at in range(32, max(header_size - 1, 32), 32))
    return names + b" " + raw[header_size:]


def _beside(path: Path, end: str) -> Path | None:
    return next((found for found in (path.with_suffix(end), path.with_suffix(end.upper())) if found.exists()), None)


def _unreadable(path: Path) -> Refused:
    return Refused("The file {name} is damaged or not what its ending says. Export it again.", name=path.name)
