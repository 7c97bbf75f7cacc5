"""What stands in one cell of a file, made into a value, or refused with one sentence.

An empty cell is None everywhere: nothing was said. Full-width digits and letters count as plain ones.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from data.errors import Refused
from data.texts import can_be_kept

Reader = Callable[[object], object]

#: From here on a spreadsheet that keeps a code as a number rounds its last digits.
_MOST_EXACT = 2**53
_SAYS_NOTHING = {"", "nan", "null", "none", "n/a", "#n/a", "-", "--", "/", "无"}
_STREAM_ADDRESS = re.compile(r"(?i)\b(rtsp|rtmp|rtp|https?|ftp|wss?)://|://[^/\s]*@")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_UNIT = re.compile(r"\s*(m|米|metres?|meters?|°|度|deg|px|像素|天|days?|户)$", re.IGNORECASE)
_DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")
_TIME_FORMATS = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", " %H:%M:%S.%f", " %H时%M分%S秒", " %H时%M分")


def plain(value: object, form: Literal["NFC", "NFKC"] = "NFKC") -> object:
    """The value with an empty cell as None and text normalised and trimmed.

    NFKC makes full-width digits and letters plain ones; it would also make Chinese commas Latin ones,
    so texts for people keep to NFC.

    >>> plain(" １２ "), plain("  "), plain(float("nan")), plain(3)
    ('12', None, None, 3)
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if not isinstance(value, str):
        return value
    text = value.strip() if value.isascii() else unicodedata.normalize(form, value).strip("\ufeff \t\r\n").strip()
    if not can_be_kept(text.replace("\x00", "")):
        raise Refused("The text holds half a character, which nothing can write. Export the file again.")
    if "\x00" in text:
        text = text.replace("\x00", "").strip()
    return None if len(text) <= 4 and text.casefold() in _SAYS_NOTHING else text


def text(most: int) -> Reader:
    """A reader of text of at most `most` characters.

    >>> text(5)("  gate "), text(5)(12.0)
    ('gate', '12')
    """

    def read(value: object) -> str | None:
        found = plain(value, "NFC")
        if found is None:
            return None
        said = _as_text(found)
        if len(said) > most:
            raise Refused("The text has {length} characters; the most is {most}.", length=len(said), most=most)
        if _STREAM_ADDRESS.search(said):
            raise Refused("This looks like an address of a video stream; Gridbeat does not keep those.")
        return said

    return read


def code(value: object) -> str | None:
    """The code in a cell, as text without blanks. Refuses what a spreadsheet has rounded.

    >>> code(990101.0), code(" 9901 0100 1 "), code('="0012"')
    ('990101', '990101001', '0012')
    """
    found = plain(value)
    if found is None:
        return None
    if isinstance(found, float) and abs(found) >= _MOST_EXACT:
        raise Refused("The code was kept as a number and has lost its last digits. Format the column as text.")
    said = re.sub(r'\s+|^="|"$|^\'', "", _as_text(found))
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", said):
        raise Refused("The code “{value}” was rounded by a spreadsheet. Format the column as text.", value=said)
    return said


def number(low: float, high: float) -> Reader:
    """A reader of numbers from `low` to `high`; a unit after the number is allowed.

    >>> number(0, 300)("4.5 m"), number(0, 300)(None)
    (4.5, None)
    """

    def read(value: object) -> float | None:
        found = plain(value)
        if found is None:
            return None
        amount = _as_number(found)
        if not low <= amount <= high:
            raise Refused(
                "{value} lies outside the possible range from {low} to {high}.",
                value=f"{amount:.12g}",  # as text: a number would be kept with all of its digits
                low=low,
                high=high,
            )
        return amount

    return read


def whole(low: int, high: int) -> Reader:
    """A reader of whole numbers from `low` to `high`.

    >>> whole(0, 10)("7"), whole(0, 10)(7.0)
    (7, 7)
    """
    read_number = number(low, high)

    def read(value: object) -> int | None:
        amount = read_number(value)
        if not isinstance(amount, float):
            return None
        if not amount.is_integer():
            raise Refused("{value} is no whole number.", value=amount)
        return int(amount)

    return read


def spelled(spellings: Mapping[str, str]) -> dict[str, str]:
    """From every spelling to what is kept; `spellings` has, for each kept word, what else people write for it.

    >>> spelled({"online": "on 在线"})
    {'online': 'online', 'on': 'online', '在线': 'online'}
    """
    return {said: kept for kept, others in spellings.items() for said in (kept, *others.split())}


def choice(words: Mapping[str, str]) -> Reader:
    """A reader of one of a few words; `words` leads from everything people write to what is kept.

    >>> choice({"online": "online", "ON": "online", "在线": "online"})("on")
    'online'
    """
    known = {_word(said): kept for said, kept in words.items()}

    def read(value: object) -> str | None:
        found = plain(value)
        if found is None:
            return None
        kept = known.get(_word(_as_text(found)))
        if kept is None:
            kept_words = ", ".join(dict.fromkeys(words.values()))
            raise Refused("“{value}” is not one of: {choices}.", value=_as_text(found), choices=kept_words)
        return kept

    return read


def day(value: object) -> date | None:
    """The day in a cell, whatever the usual way of writing it.

    >>> day("2026年3月5日"), day("2026/3/5"), day(20260305)
    (datetime.date(2026, 3, 5), datetime.date(2026, 3, 5), datetime.date(2026, 3, 5))
    """
    found = _as_moment(value)
    return found.date() if found else None


def moment(zone: str) -> Reader:
    """A reader of points in time; one written without its zone is meant in `zone`.

    >>> moment("Asia/Shanghai")("2026-03-05 08:00").isoformat()
    '2026-03-05T08:00:00+08:00'
    """
    here = ZoneInfo(zone)

    def read(value: object) -> datetime | None:
        found = _as_moment(value)
        if found is None or found.tzinfo:
            return found
        return found.replace(tzinfo=here)

    return read


def uuid(value: object) -> UUID | None:
    """The UUID in a cell.

    >>> uuid("{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}")
    UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8')
    """
    found = plain(value)
    if found is None:
        return None
    try:
        return UUID(_as_text(found))
    except ValueError:
        raise Refused("“{value}” is no UUID.", value=_as_text(found)) from None


def _as_text(found: object) -> str:
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, float) and math.isfinite(found) and found == int(found):
        return str(int(found))
    return str(found)


def _as_number(found: object) -> float:
    if isinstance(found, (int, float)) and not isinstance(found, bool) and math.isfinite(found):
        return float(found)
    said = _UNIT.sub("", _as_text(found))
    if not _NUMBER.fullmatch(said) or not math.isfinite(float(said)):
        raise Refused("“{value}” is not a number.", value=_as_text(found))
    return float(said)


def _as_moment(value: object) -> datetime | None:
    found = plain(value)
    if found is None:
        return None
    if isinstance(found, datetime):
        return _possible(found, found)
    if isinstance(found, date):
        return _possible(datetime(found.year, found.month, found.day), found)  # noqa: DTZ001 - a day has no zone
    said = re.sub(r"(?<=日)(?=\d)", " ", _as_text(found))
    try:
        return _possible(datetime.fromisoformat(said), said)
    except ValueError:
        pass
    for day_format in _DATE_FORMATS:
        for time_format in _TIME_FORMATS:
            try:
                return _possible(datetime.strptime(said, day_format + time_format), said)  # noqa: DTZ007 - see moment
            except ValueError:
                continue
    raise Refused("“{value}” is no date or time; write it like 2026-03-05 14:30.", value=said)


def _possible(found: datetime, said: object) -> datetime:
    """The moment itself, where it lies in times that people keep registers of."""
    if not 1900 <= found.year <= 2200:
        raise Refused("“{value}” lies in no year we can keep (1900 to 2200).", value=str(said))
    return found


def _word(said: str) -> str:
    return re.sub(r"[\s_-]", "", unicodedata.normalize("NFKC", said)).casefold()
