"""County, townships and villages from the administrative borders of an OpenStreetMap extract.

OpenStreetMap knows no codes of ours, so they are made: the county's is given or the first free one of
9902nn, townships are numbered from 101 and villages from 001, in reading order. A border keeps its code
when it is imported again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPolygon
from sqlalchemy import text
from sqlalchemy.orm import Session

from data.errors import Refused
from data.importing.osm_reading import OsmExtract
from data.importing.report import ImportReport
from gis.cells import clean_polygon, reading_order
from gis.crs import area_m2
from grids.importing.divisions import MOST_VERTICES, DivisionDraft, write_divisions

#: Fictional codes for places that have none in GB/T 2260.
FIRST_CODE, LAST_CODE = 990201, 990299
_FIRST_TOWNSHIP, _FIRST_VILLAGE = 101, 1
#: A level counts as villages or townships when its areas cover this share of the county.
_COVERS = 0.9


@dataclass(frozen=True)
class DivisionChoice:
    """How borders become divisions; what is None is found out.

    `county_name` chooses among several counties, and names the one that has to be made from its parts.
    """

    county_code: str | None = None
    county_name: str | None = None
    county_level: int | None = None
    township_level: int | None = None
    village_level: int | None = None


@dataclass(frozen=True)
class Border:
    """One administrative border of the extract."""

    ref: str
    level: int
    name: str
    name_en: str | None
    area: MultiPolygon

    @property
    def source(self) -> str:
        """What a division made from it says about where it comes from."""
        return f"osm:{self.ref}"


def import_osm_divisions(session: Session, extract: OsmExtract, choice: DivisionChoice, report: ImportReport) -> str:
    """Make the divisions and return the county's code. Raises Refused when the borders do not suffice."""
    county, townships, villages = three_levels(_borders(extract), choice)
    code = choice.county_code or _code_of(session, county.source) or _free_code(session)
    known = _known_codes(session, code)
    coded = [(code, county)]
    for township_code, township in _numbered(townships, code, known, _FIRST_TOWNSHIP):
        coded.append((township_code, township))
        within = [village for village in villages if _home(village, townships) is township]
        coded += _numbered(within, township_code, known, _FIRST_VILLAGE)
    drafts = [
        DivisionDraft(row, code, border.name, border.area, border.name_en)
        for row, (code, border) in enumerate(coded, 1)
    ]
    write_divisions(session, drafts, report, source={code: border.source for code, border in coded}, column=None)
    return code


def three_levels(borders: Sequence[Border], choice: DivisionChoice) -> tuple[Border, list[Border], list[Border]]:
    """The county, its townships and its villages; a level that is missing is made of one piece.

    Villages are the finest level that covers the county, townships the coarsest between the two.
    Raises Refused when the county cannot be told.
    """
    county = _county(borders, choice)
    inside = [border for border in borders if border.level > county.level and _share_inside(border, county) > 0.5]
    levels = sorted({border.level for border in inside})
    covering = [level for level in levels if _covers([b for b in inside if b.level == level], county)]
    village_level = choice.village_level or (covering[-1] if covering else None)
    between = [level for level in covering if village_level is None or level < village_level]
    township_level = choice.township_level or (between[0] if between else None)
    villages = [border for border in inside if border.level == village_level] or [county]
    townships = [border for border in inside if border.level == township_level] or [county]
    return county, townships, villages


def _borders(extract: OsmExtract) -> list[Border]:
    layer = extract.borders
    found = []
    for ref, (level, name, name_en), shape in zip(layer.refs, layer.said, layer.shapes, strict=True):
        if str(level).isdigit():
            found.append(Border(ref, int(level), name, name_en, clean_polygon(shape, MOST_VERTICES)))
    if not found:
        raise Refused(
            "The file holds no whole administrative borders, so no divisions can be made of it. "
            "Import divisions from another file."
        )
    return found


def _county(borders: Sequence[Border], choice: DivisionChoice) -> Border:
    level = choice.county_level or min(border.level for border in borders)
    candidates = [border for border in borders if border.level == level]
    named = [border for border in borders if choice.county_name in {border.name, border.name_en}]
    if len(named) == 1 and choice.county_level in {None, named[0].level}:
        return named[0]
    if len(candidates) == 1:
        return candidates[0]
    if candidates and choice.county_name and len({border.level for border in borders}) == 1:
        return _around(candidates, choice.county_name)
    raise Refused(
        "Several borders could be the county: {names}. Choose one by its name (--county-name).",
        names=", ".join(sorted(border.name for border in candidates)[:20]) or "–",
    )


def _around(parts: Sequence[Border], name: str) -> Border:
    """A county made of its parts, where the extract lacks its own border."""
    whole = shapely.union_all([part.area for part in parts])
    first = min(parts, key=lambda part: part.ref)
    return Border(f"around-{first.ref}", first.level - 1, name, name, clean_polygon(whole, MOST_VERTICES))


def _share_inside(border: Border, county: Border) -> float:
    return float(area_m2(shapely.intersection(border.area, county.area)) / area_m2(border.area))


def _covers(parts: Sequence[Border], county: Border) -> bool:
    covered = shapely.intersection(shapely.union_all([part.area for part in parts]), county.area)
    return bool(area_m2(covered) >= _COVERS * area_m2(county.area))


def _home(village: Border, townships: Sequence[Border]) -> Border:
    """The township that holds most of the village."""
    shared = [float(area_m2(shapely.intersection(township.area, village.area))) for township in townships]
    return townships[int(np.argmax(shared))]


def _numbered(
    borders: Sequence[Border], above: str, known: Mapping[tuple[int, str], str], first: int
) -> Iterator[tuple[str, Border]]:
    """Each border with its code: the one it has already, or the next free one in reading order."""
    length = len(above) + 3
    taken = {code for (size, _), code in known.items() if size == length}
    number = first
    for index in reading_order([border.area for border in borders]):
        border = borders[index]
        code = known.get((length, border.source), "")
        if not code.startswith(above):
            while f"{above}{number:03d}" in taken:
                number += 1
            if number > 999:
                raise Refused("{above} has more than 999 divisions; three digits cannot count them.", above=above)
            code = f"{above}{number:03d}"
            number += 1
        yield code, border


def _known_codes(session: Session, county_code: str) -> dict[tuple[int, str], str]:
    """The codes that borders have already, by the length of the code and where the division came from."""
    question = text("SELECT code, source FROM divisions WHERE code LIKE :codes AND valid_to IS NULL")
    rows = session.execute(question, {"codes": f"{county_code}%"})
    return {(len(row.code), row.source): row.code for row in rows}


def _code_of(session: Session, source: str) -> str | None:
    question = text("SELECT code FROM divisions WHERE source = :source AND level = 'county' AND valid_to IS NULL")
    found: str | None = session.scalar(question, {"source": source})
    return found


def _free_code(session: Session) -> str:
    taken = set(session.scalars(text("SELECT code FROM divisions WHERE level = 'county'")))
    free = (str(code) for code in range(FIRST_CODE, LAST_CODE + 1) if str(code) not in taken)
    found = next(free, None)
    if found is None:
        raise Refused("All made-up county codes from 990201 to 990299 are taken. Give one with --county-code.")
    return found
