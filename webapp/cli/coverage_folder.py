"""A folder of files written whole or not at all: layers of a GeoPackage, tables, and the memory it took."""

import csv
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.errors import Refused
from webapp.cli.coverage_frame import Frame

Columns = dict[str, NDArray[Any]]


@contextmanager
def all_or_nothing(out: Path) -> Iterator[Path]:
    """A hidden folder inside `out`: what is written there is moved into `out` at the end, unless anything fails.

    Raises Refused when the folder cannot be made or written to.
    """
    refused = Refused("The folder {name} cannot be written to; choose another with --out.", name=str(out))
    try:
        out.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=".writing-", dir=out))
    except OSError as error:
        raise refused from error
    try:
        yield hidden
        written = sorted(hidden.iterdir())
        if any((out / path.name).is_dir() for path in written):
            raise refused
        for path in written:
            os.replace(path, out / path.name)
    except OSError as error:
        raise refused from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def write_csv(path: Path, header: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table with its header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def add_layer(
    path: Path, frame: Frame, name: str, shapes: NDArray[Any], columns: Columns, kind: str = "MultiPolygon"
) -> None:
    """Add one layer to a GeoPackage, in the system the input came in; empty ones too: who reads the file finds all."""
    import pyogrio

    pyogrio.raw.write(
        path,
        np.asarray(shapely.to_wkb(_collected(frame.to_written(shapes), kind)), dtype=object),
        list(columns.values()),
        list(columns),
        layer=name,
        driver="GPKG",
        geometry_type=kind,
        crs=frame.written.to_wkt(),
        append=path.exists(),
    )


def _collected(shapes: NDArray[Any], kind: str) -> NDArray[Any]:
    """Shapes as multi-shapes (points as they are); what is empty is missing."""
    if kind == "Point":
        return shapes
    parts, of = shapely.get_parts(shapes, return_index=True)
    result = np.full(len(shapes), None, dtype=object)
    if len(parts):
        collect = shapely.multipolygons if kind == "MultiPolygon" else shapely.multilinestrings
        is_some = ~shapely.is_empty(parts)
        collect(parts[is_some], indices=of[is_some], out=result)
    return result


def peak_rss_mb() -> float:
    """The most memory this process has held so far, MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 1024.0
