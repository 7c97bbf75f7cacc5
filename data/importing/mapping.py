"""Which column of a file holds which field, found by its usual names in Chinese and English, or as the asker says."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.errors import Refused
from data.importing.report import Refusal
from data.importing.rows import SourceRow
from data.importing.values import Reader, plain

#: Columns that must never come in: secrets, and the way to a live picture.
_WITHHELD = re.compile(
    r"passw|pwd|密码|口令|^ip(?!c)|(camera|device|设备|摄像机|nvr|dvr)ip|ip地址|hostname"
    r"|rtsp|rtmp|stream|url|^uri|uri$|取流|流地址|播放地址|token|secret"
)


@dataclass(frozen=True)
class Field:
    """One thing a row can say: our name for it, how to read it, and what people call it."""

    name: str
    read: Reader
    aliases: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True)
class Mapped:
    """Which column each field is read from, and which columns are not read."""

    columns: dict[str, str]
    ignored: tuple[str, ...]
    withheld: tuple[str, ...]


def map_columns(columns: Sequence[str], fields: Sequence[Field], given: Mapping[str, str] | None = None) -> Mapped:
    """The column of each field: as `given` (field → column), else by name.

    Raises Refused for a field or column that does not exist, and for a column that must stay out.

    >>> read = lambda value: value
    >>> map_columns(["经度", "密码"], [Field("lon", read, ("经度", "lng"))])
    Mapped(columns={'lon': '经度'}, ignored=(), withheld=('密码',))
    """
    withheld = tuple(column for column in columns if _WITHHELD.search(_name(column)))
    found = _given_columns(columns, fields, given or {}, withheld)
    free = [column for column in columns if column not in withheld and column not in found.values()]
    for field in fields:
        column = None if field.name in found else _column_called((field.name, *field.aliases), free)
        if column is not None:
            found[field.name] = column
            free.remove(column)
    return Mapped(found, tuple(free), withheld)


def require(mapped: Mapped, columns: Sequence[str], *names: str) -> None:
    """Raise Refused when one of the fields `names` has no column."""
    missing = [name for name in names if name not in mapped.columns]
    if missing:
        raise Refused(
            "The file has no column for {missing}. Its columns are: {columns}. Say which one it is: --map {first}=…",
            missing=", ".join(missing),
            first=missing[0],
            columns=", ".join(columns) or "–",
        )


def read_fields(row: SourceRow, fields: Sequence[Field], mapped: Mapped) -> dict[str, object] | Refusal:
    """What the row says, by field; the first thing wrong with it when it cannot be read."""
    found: dict[str, object] = {}
    for field in fields:
        column = mapped.columns.get(field.name)
        if column is None:
            continue
        value = row.values.get(column)
        try:
            found[field.name] = field.read(value)
            if field.is_required and found[field.name] is None:
                raise Refused("The cell is empty; a value is needed here.")
        except Refused as error:
            return Refusal.of(row.number, error, column, value)
    return found


def is_blank(row: SourceRow) -> bool:
    """Whether nothing is said in any cell of the row."""
    return row.geometry is None and row.fault is None and all(plain(value) is None for value in row.values.values())


def _given_columns(
    columns: Sequence[str], fields: Sequence[Field], given: Mapping[str, str], withheld: Sequence[str]
) -> dict[str, str]:
    names = [field.name for field in fields]
    for name, column in given.items():
        if name not in names:
            raise Refused("There is no field “{field}”. The fields are: {fields}.", field=name, fields=", ".join(names))
        if column not in columns:
            raise Refused(
                "The file has no column “{column}”. Its columns are: {columns}.",
                column=column,
                columns=", ".join(columns),
            )
        if column in withheld:
            raise Refused("The column “{column}” holds secrets or stream addresses and is never read.", column=column)
    return dict(given)


def _column_called(names: Sequence[str], columns: Sequence[str]) -> str | None:
    """The first of `columns` that is called by one of `names`, the earlier names first."""
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_name(column), column)
    for name in names:
        if _name(name) in by_name:
            return by_name[_name(name)]
    # a Shapefile keeps only the first ten characters of a column's name
    cut = {column.casefold(): column for column in columns if len(column.encode()) == 10}
    return next((cut[name[:10].casefold()] for name in names if len(name) > 10 and name[:10].casefold() in cut), None)


def _name(column: str) -> str:
    """A column's name without units in brackets, blanks and case.

    >>> _name("安装高度（m）"), _name("Mount Height_m")
    ('安装高度', 'mountheightm')
    """
    bare = re.sub(r"\(.*?\)|\[.*?\]", "", unicodedata.normalize("NFKC", column))
    return re.sub(r"[^\w]|_", "", bare).casefold()
