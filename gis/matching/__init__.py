"""Which streets somebody walked, from position fixes: a hidden-Markov matcher on the street network."""

from gis.matching.matching import MatchedTrack, MatchGap, MatchRules, match_track
from gis.matching.ways import MatchedStretch

__all__ = ["MatchGap", "MatchRules", "MatchedStretch", "MatchedTrack", "match_track"]
