"""The synthetic county: invented from a seed, labelled fictional everywhere, loaded in one transaction."""

from data.code_lists import load_categories
from data.demo.loading import DemoSummary, is_empty, load
from data.demo.profiles import PROFILES, Profile

__all__ = ["PROFILES", "DemoSummary", "Profile", "is_empty", "load", "load_categories"]
