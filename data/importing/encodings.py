"""In which encoding a text was written: what says so itself first, then UTF-8, then GBK."""

from data.errors import Refused

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_TRIED = ("utf-8", "gb18030")


def decode(raw: bytes, declared: str | None = None) -> tuple[str, str]:
    """The text of `raw` and the encoding it was read in. Raises Refused when none fits.

    GB 18030 takes in GBK and GB 2312, which spreadsheets write on Chinese systems.

    >>> decode("经度".encode("gbk"))
    ('经度', 'gb18030')
    """
    if declared:
        return _decode_as(raw, declared), declared
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _decode_as(raw, encoding), encoding
    for encoding in _TRIED:
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise Refused("The file's text is neither UTF-8 nor GBK. Save it as UTF-8, or name its encoding with --encoding.")


def _decode_as(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except LookupError:
        raise Refused("There is no encoding “{encoding}”; write utf-8 or gbk.", encoding=encoding) from None
    except UnicodeDecodeError as error:
        raise Refused(
            "The file is not written in {encoding}: its byte {position} has no meaning there.",
            encoding=encoding,
            position=error.start,
        ) from None
