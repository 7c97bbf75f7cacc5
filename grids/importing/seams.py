"""How cells of a file lie: inside their village, apart from each other and from those that stay."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from data.errors import Refused
from data.importing.report import ImportReport, sentence
from gis.cells import gaps, overlaps
from gis.crs import area_m2
from grids.importing.declared import AreaRow
from grids.importing.versions import Version

# The database's own tolerances (migration 0004), a touch tighter, so that what passes here passes there.
_OVERLAP_M2, _OVERLAP_SHARE = 0.99, 0.00099
_OUTSIDE_M2, _OUTSIDE_SHARE = 9.9, 0.0099
_MOST_GAPS_TOLD = 10
_SMALLEST_GAP_M2 = 100.0


def refuse_misplaced(
    rows: Sequence[AreaRow], villages: Mapping[str, Version], column: str, report: ImportReport
) -> list[AreaRow]:
    """The rows whose village is known and holds them; the others are refused."""
    kept = []
    for row in rows:
        code = row.values["code"]
        village = villages.get(code[:12])
        if village is None:
            error = Refused("There is no village {village}. Import the divisions first.", village=code[:12])
            report.refuse(row.number, error, column, code)
            continue
        outside_m2 = 0.0
        if not shapely.covers(village.area, row.area):
            outside_m2 = float(area_m2(shapely.difference(row.area, village.area)))
        whole_m2 = float(area_m2(row.area))
        if outside_m2 > max(_OUTSIDE_M2, _OUTSIDE_SHARE * whole_m2):
            error = Refused(
                "{outside_m2} m² of the cell {code} lie outside its village {village} ({share} % of it).",
                outside_m2=round(outside_m2),
                code=code,
                village=code[:12],
                share=round(100 * outside_m2 / whole_m2, 1),
            )
            report.refuse(row.number, error, column, code)
            continue
        kept.append(row)
    return kept


def refuse_overlapping(
    rows: Sequence[AreaRow], standing: Mapping[str, Any], column: str, report: ImportReport
) -> list[AreaRow]:
    """The rows that overlap neither each other nor the cells that stay; of two rows that do, both are refused.

    A refused row leaves its cell as it stands, and that may lie in another row's way: so this looks
    again until nothing more is refused.
    """
    kept = list(rows)
    while True:
        offenders = _offenders(kept, standing)
        if not offenders:
            return kept
        for row in kept:
            if row.number in offenders:
                report.refuse(row.number, offenders[row.number], column, row.values["code"])
        kept = [row for row in kept if row.number not in offenders]


def tell_gaps(
    rows: Sequence[AreaRow], standing: Mapping[str, Any], villages: Mapping[str, Version], report: ImportReport
) -> None:
    """Remark on ground of the file's villages that lies in no cell."""
    told = 0
    ground = {**standing, **{row.values["code"]: row.area for row in rows}}
    for code in sorted({row.values["code"][:12] for row in rows}):
        cells = [area for cell, area in ground.items() if cell.startswith(code)]
        open_m2 = float(sum(area_m2(gaps(cells, villages[code].area, _SMALLEST_GAP_M2)), start=0.0))
        if open_m2 and told < _MOST_GAPS_TOLD:
            told += 1
            report.note(
                sentence("{area_m2} m² of the village {village} lie in no cell."), area_m2=round(open_m2), village=code
            )


def _offenders(rows: Sequence[AreaRow], standing: Mapping[str, Any]) -> dict[int, Refused]:
    """What is wrong with each row that overlaps another or a cell that stays, by row number."""
    by_code = {row.values["code"]: row for row in rows}
    ground = {**standing, **{code: row.area for code, row in by_code.items()}}
    codes = list(ground)
    sizes = area_m2(np.asarray(list(ground.values()), dtype=object))
    found: dict[int, Refused] = {}
    for one, other, shared_m2 in overlaps(list(ground.values()), _OVERLAP_M2):
        is_sibling = codes[one][:12] == codes[other][:12]
        if not is_sibling or shared_m2 <= _OVERLAP_SHARE * min(sizes[one], sizes[other]):
            continue
        for mine, theirs in ((one, other), (other, one)):
            row = by_code.get(codes[mine])
            if row is not None and row.number not in found:
                found[row.number] = Refused(
                    "The cells {code} and {other} overlap by {area_m2} m². Move their border so that they only touch.",
                    code=codes[mine],
                    other=codes[theirs],
                    area_m2=round(shared_m2),
                )
    return found
