"""A file as rows: what each line says by column, its shape, and where it stands in the file."""

from dataclasses import dataclass, field
from typing import Any

from data.errors import Refused


@dataclass(slots=True)
class SourceRow:
    """One line or feature of a file.

    `number` is what the person sees: in a table the line of the sheet (the header is 1), elsewhere the
    feature's place from 1. `fault` says why the row could not be read at all.
    """

    number: int
    values: dict[str, Any]
    geometry: Any = None
    fault: Refused | None = None


@dataclass
class SourceTable:
    """A file read: its columns in order, its rows, and the coordinate system it names itself (EPSG), if any."""

    columns: tuple[str, ...]
    rows: list[SourceRow] = field(default_factory=list)
    has_geometry: bool = False
    epsg: int | None = None
    crs_name: str | None = None
    encoding: str | None = None
