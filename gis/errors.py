"""What the engine says when it cannot answer.

Every error is one sentence for people plus the facts in it, kept apart so that the page can
translate the sentence and put the facts in afterwards.
"""


class GisError(ValueError):
    """The engine was given something it cannot answer for.

    >>> str(GisError("The range is {range_m} m; it must be above 0.", range_m=-5))
    'The range is -5 m; it must be above 0.'
    """

    def __init__(self, sentence: str, **facts: object) -> None:
        self.sentence = sentence
        self.facts = facts
        super().__init__(sentence.format(**facts))


class BadGeometry(GisError):
    """A geometry is empty, broken, of the wrong kind or far too large."""


class BadCoordinates(GisError):
    """Coordinates are not numbers, or lie outside what their system allows."""


class UnknownCrs(GisError):
    """A coordinate system was named that we cannot read."""


class BadParameter(GisError):
    """A number or choice lies outside what the calculation can use."""


class NoRoute(GisError):
    """No way leads there on the street network."""
