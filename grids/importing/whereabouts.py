"""Where imported places lie: inside the asker's area, and whether the declared system can be right."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from data.errors import Refused
from data.importing.report import ImportReport, sentence
from gis.crs import SourceCrs, coordinate_faults, parse_crs, to_wgs84
from grids.importing.declared import PlacedRow

#: Systems that people mistake for each other: all are degrees, and hundreds of metres apart in China.
_MISTAKEN = ("wgs84", "gcj02", "bd09")
#: Below this share nobody is warned of places outside: cameras stand on borders.
_FEW = 0.02


def refuse_outside(
    session: Session, rows: Sequence[PlacedRow], areas: Sequence[str], column: str, report: ImportReport
) -> list[PlacedRow]:
    """The rows whose places lie in the divisions `areas` (codes); an empty code means everywhere."""
    if "" in areas:
        return list(rows)
    inside = _within(_ground(session, areas), _lonlat(rows))
    for row, is_inside in zip(rows, inside, strict=True):
        if not is_inside:
            error = Refused("The place lies outside the area you answer for.")
            report.refuse(row.number, error, column, f"{row.lon:.6f}, {row.lat:.6f}")
    return [row for row, is_inside in zip(rows, inside, strict=True) if is_inside]


def tell_whereabouts(session: Session, rows: Sequence[PlacedRow], crs: SourceCrs, report: ImportReport) -> None:
    """Remark on places outside every division, and on another system under which more would lie inside."""
    if not rows:
        return
    ground = _ground(session, None)
    if ground is None:
        report.note(
            sentence("There are no divisions yet, so nothing can tell whether the places are where they should be.")
        )
        return
    outside = int((~_within(ground, _lonlat(rows))).sum())
    if outside == 0:
        return
    words = (
        sentence("All {count} places lie outside every division. Is {crs} really the coordinate system of the file?")
        if outside == len(rows)
        else sentence("{outside} of {count} places lie outside every division.")
    )
    report.note(words, outside=outside, count=len(rows), crs=crs.name)
    if outside > _FEW * len(rows):
        _tell_better_system(ground, rows, crs, outside, report)


def _tell_better_system(
    ground: BaseGeometry, rows: Sequence[PlacedRow], crs: SourceCrs, outside: int, report: ImportReport
) -> None:
    if not crs.is_degrees:
        return
    written = np.array([(row.lon, row.lat) if row.raw_x is None else (row.raw_x, row.raw_y) for row in rows])
    for name in _MISTAKEN:
        other = parse_crs(name)
        if name == crs.name or coordinate_faults(written, other):
            continue
        would_be_outside = int((~_within(ground, to_wgs84(written, other))).sum())
        if would_be_outside <= outside / 2:
            report.note(
                sentence("Read as {other}, only {outside} of {count} places would lie outside. Check the declaration."),
                other=name,
                outside=would_be_outside,
                count=len(rows),
            )


def _ground(session: Session, codes: Sequence[str] | None) -> BaseGeometry | None:
    """The divisions with these codes as one piece of ground; with None, all counties; None when there are none."""
    question = (
        "SELECT st_asbinary(area) FROM divisions WHERE validity @> CURRENT_DATE AND level = 'county'"
        if codes is None
        else "SELECT st_asbinary(area) FROM divisions WHERE validity @> CURRENT_DATE AND code = ANY(:codes)"
    )
    facts = {} if codes is None else {"codes": list(codes)}
    areas = [shapely.from_wkb(bytes(wkb)) for wkb in session.scalars(text(question), facts)]
    if not areas:
        return None
    ground: BaseGeometry = shapely.union_all(areas)
    shapely.prepare(ground)
    return ground


def _within(ground: BaseGeometry | None, lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    if ground is None:
        return np.zeros(len(lonlat), dtype=bool)
    found: NDArray[np.bool_] = shapely.intersects_xy(ground, lonlat)
    return found


def _lonlat(rows: Sequence[PlacedRow]) -> NDArray[np.float64]:
    return np.array([(row.lon, row.lat) for row in rows], dtype=float).reshape(-1, 2)
