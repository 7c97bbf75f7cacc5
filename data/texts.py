"""Which texts can be kept at all."""

import re

#: A zero byte ends a text for the database; half a character (a lone surrogate) cannot be written as UTF-8.
_CANNOT_BE_KEPT = re.compile("[\x00\ud800-\udfff]")


def can_be_kept(text: str) -> bool:
    """Whether the database and every file can hold this text.

    >>> can_be_kept("南门 gate"), can_be_kept("a\\x00b"), can_be_kept("\\ud800")
    (True, False, False)
    """
    return _CANNOT_BE_KEPT.search(text) is None
