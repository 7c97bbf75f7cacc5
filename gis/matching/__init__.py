"""Which streets somebody walked, from position fixes: a hidden-Markov matcher on the street network."""

from gis.matching.along import edges_along, shares_beside
from gis.matching.matching import MatchedTrack, MatchGap, MatchRules, match_track
from gis.matching.ways import MatchedStretch

__all__ = [
    "MatchGap",
    "MatchRules",
    "MatchedStretch",
    "MatchedTrack",
    "edges_along",
    "match_track",
    "shares_beside",
]
