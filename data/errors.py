"""What the data layer and the rooms say when they refuse something.

Like `gis.errors`: one sentence for people, with its facts kept apart so that it can be translated.
No class here knows a status code; `webapp.errors` is the one table that maps them.
"""


class GridbeatError(Exception):
    """Something was refused, with a sentence that says what to do about it.

    >>> str(GridbeatError("Code {code} is taken.", code="990101"))
    'Code 990101 is taken.'
    """

    def __init__(self, sentence: str, **facts: object) -> None:
        self.sentence = sentence
        self.facts = facts
        super().__init__(sentence.format(**facts))


class NotFound(GridbeatError):
    """The thing asked for does not exist, or lies outside the asker's area."""


class NotAllowed(GridbeatError):
    """The asker's roles do not permit this."""


class Refused(GridbeatError):
    """The input breaks a rule; the sentence says which and what to do."""


class Conflict(GridbeatError):
    """Somebody else changed it first, or the same id came with other content."""


class Unavailable(GridbeatError):
    """Something we need (PostGIS, a program, a folder) is not there; the sentence says how to get it."""
