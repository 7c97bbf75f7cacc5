"""CSV and XLSX as rows. Row numbers are the lines a person sees: the header is row 1."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from data.errors import Refused
from data.importing.encodings import decode
from data.importing.rows import SourceRow, SourceTable

_DELIMITERS = (",", ";", "\t", "|")
#: A cell may hold a polygon as text, far longer than the csv module's own bound.
_MOST_CELL_CHARACTERS = 1 << 28
#: A spreadsheet is a packed folder; what unpacks to more than this is no register of ours.
_MOST_UNPACKED_BYTES = 1 << 31


def read_csv(path: Path, encoding: str | None) -> SourceTable:
    """The rows of a CSV file; comma, semicolon, tab or bar between the cells."""
    text, found = decode(path.read_bytes(), encoding)
    if "\x00" in text:
        raise Refused("The file holds zero bytes, so it is no CSV text. Export it again as CSV.")
    csv.field_size_limit(_MOST_CELL_CHARACTERS)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    table = _table(_csv_records(lines))
    table.encoding = found
    return table


def read_xlsx(path: Path, sheet: str | None) -> SourceTable:
    """The rows of one sheet of an XLSX workbook: the named one, or the only one with content."""
    import openpyxl

    refuse_packed_bomb(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise Refused("The workbook cannot be opened: it is damaged or no XLSX file. Save it again as XLSX.") from error
    try:
        return _table(_sheet_records(_sheet_named(book, sheet)))
    except (KeyError, ValueError, zipfile.BadZipFile, SyntaxError) as error:
        raise Refused("The workbook breaks off in the middle or is damaged. Save it again as XLSX.") from error
    finally:
        book.close()


def refuse_packed_bomb(path: Path) -> None:
    """Raise Refused when the packed file is broken or would unpack to more than 2 GB."""
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise Refused("The file is damaged: it cannot be unpacked. Save or copy it again.") from error
    if size > _MOST_UNPACKED_BYTES:
        raise Refused("The file unpacks to {size_gb} GB; the most is 2 GB.", size_gb=round(size / 2**30, 1))


def _delimiter(text: str) -> str:
    """The mark that stands most often in the first line."""
    first = text.split("\n", 1)[0]
    return max(_DELIMITERS, key=first.count)


def _csv_records(lines: Iterator[list[str]]) -> Iterator[list[str]]:
    number = 0
    try:
        for number, record in enumerate(lines, start=1):  # noqa: B007 - the error below names the last good row
            yield record
    except csv.Error as error:
        raise Refused(
            "After row {row} the file is no CSV text any more: a quotation mark is missing or out of place.", row=number
        ) from error


def _sheet_named(book: Any, name: str | None) -> Any:
    if name is not None:
        if name not in book.sheetnames:
            raise Refused(
                "The workbook has no sheet “{sheet}”; it has: {sheets}.",
                sheet=name,
                sheets=", ".join(book.sheetnames),
            )
        return book[name]
    filled = [sheet for sheet in book.worksheets if _has_content(sheet)]
    if len(filled) > 1:
        names = ", ".join(sheet.title for sheet in filled)
        raise Refused("The workbook has several sheets; choose one with --sheet: {sheets}.", sheets=names)
    if not filled:
        raise Refused("The workbook is empty.")
    return filled[0]


def _has_content(sheet: Any) -> bool:
    return any(_is_filled(row) for row in sheet.iter_rows(max_row=5, values_only=True))


def _sheet_records(sheet: Any) -> Iterator[Sequence[Any]]:
    sheet.reset_dimensions()  # what the file says about its size is often wrong
    for record in sheet.iter_rows(values_only=True):
        last = max((place for place, cell in enumerate(record) if cell is not None), default=-1)
        yield record[: last + 1]


def _table(records: Iterable[Sequence[Any]]) -> SourceTable:
    """Header and rows; a row with more cells than the header is faulty, one with fewer lacks the last ones."""
    numbered = enumerate(records, start=1)
    header_number, header = next(((number, cells) for number, cells in numbered if _is_filled(cells)), (0, ()))
    columns = _column_names(header)
    if not columns:
        raise Refused("The file is empty: there is no header row with column names.")
    table = SourceTable(columns)
    for number, cells in numbered:
        if not _is_filled(cells):
            continue
        row = SourceRow(number, dict(zip(columns, cells, strict=False)))
        if _is_filled(cells[len(columns) :]):
            row.fault = Refused(
                "The row has {cells} cells, the header only {columns}; "
                "is a comma inside a text without quotation marks?",
                cells=len(cells),
                columns=len(columns),
            )
        table.rows.append(row)
    if header_number and not table.rows:
        raise Refused("The file has a header but no rows.")
    return table


def _is_filled(cells: Sequence[Any]) -> bool:
    return any(cell is not None and str(cell).strip() for cell in cells)


def _column_names(header: Sequence[Any]) -> tuple[str, ...]:
    names = ["" if cell is None else str(cell).strip().strip("\ufeff") for cell in header]
    while names and not names[-1]:
        names.pop()
    seen: set[str] = set()
    for place, name in enumerate(names):
        names[place] = name or f"column {place + 1}"
        if name in seen:
            raise Refused("The column “{column}” comes twice in the header. Rename one of the two.", column=name)
        seen.add(name)
    return tuple(names)
