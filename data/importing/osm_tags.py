"""What OpenStreetMap's tags say, in our words. Pure: text in, values out; what cannot be understood is None."""

import re
from collections.abc import Mapping

Tags = Mapping[str, str]

METRES_A_LEVEL = 3.0

_NOT_THERE = {"no", "proposed", "construction", "planned", "razed", "demolished", "abandoned", "removed", "disused"}
_FEET = re.compile(r"(\d+(?:\.\d+)?)\s*(?:'|ft|feet)\s*(?:(\d+(?:\.\d+)?)\s*(?:\"|''|in)?)?")
_METRES = re.compile(r"(\d+(?:\.\d+)?)\s*(?:m|metres?|meters?)?")
_COMPASS = ("n", "nne", "ne", "ene", "e", "ese", "se", "sse", "s", "ssw", "sw", "wsw", "w", "wnw", "nw", "nnw")
_COMPASS_WORDS = {"north": "n", "east": "e", "south": "s", "west": "w"}

#: (key, value) → our kind of place. Places of worship stay out on purpose: nobody's faith is a matter of patrols.
PLACE_KINDS = {
    ("amenity", "school"): "school",
    ("amenity", "kindergarten"): "kindergarten",
    ("amenity", "university"): "university",
    ("amenity", "college"): "university",
    ("amenity", "hospital"): "hospital",
    ("amenity", "clinic"): "clinic",
    ("amenity", "police"): "police",
    ("amenity", "fire_station"): "fire_station",
    ("amenity", "townhall"): "townhall",
    ("amenity", "library"): "library",
    ("amenity", "community_centre"): "community_centre",
    ("amenity", "marketplace"): "marketplace",
    ("amenity", "bus_station"): "bus_station",
    ("railway", "station"): "station",
    ("railway", "halt"): "station",
    ("shop", "mall"): "mall",
    ("shop", "supermarket"): "supermarket",
    ("leisure", "park"): "park",
    ("leisure", "playground"): "playground",
    ("leisure", "stadium"): "sports",
    ("leisure", "sports_centre"): "sports",
    ("place", "square"): "square",
    ("place", "city"): "city",
    ("place", "town"): "town",
    ("place", "village"): "village",
    ("place", "hamlet"): "hamlet",
    ("place", "suburb"): "suburb",
    ("place", "neighbourhood"): "neighbourhood",
}

LAND_COVER_KINDS = {
    ("natural", "water"): "water",
    ("natural", "bay"): "water",
    ("waterway", "riverbank"): "water",
    ("waterway", "dock"): "water",
    ("landuse", "reservoir"): "water",
    ("landuse", "basin"): "water",
    ("natural", "wood"): "wood",
    ("landuse", "forest"): "wood",
    ("natural", "grassland"): "grass",
    ("natural", "heath"): "grass",
    ("natural", "scrub"): "grass",
    ("landuse", "grass"): "grass",
    ("landuse", "meadow"): "grass",
    ("landuse", "village_green"): "grass",
    ("landuse", "recreation_ground"): "grass",
    ("leisure", "park"): "grass",
    ("leisure", "garden"): "grass",
    ("leisure", "pitch"): "grass",
    ("leisure", "golf_course"): "grass",
    ("landuse", "farmland"): "farmland",
    ("landuse", "farmyard"): "farmland",
    ("landuse", "orchard"): "farmland",
    ("landuse", "vineyard"): "farmland",
    ("landuse", "allotments"): "farmland",
    ("landuse", "residential"): "residential",
    ("landuse", "industrial"): "industrial",
    ("landuse", "port"): "industrial",
    ("landuse", "quarry"): "industrial",
}

_CAMERA_KINDS = {"dome": "dome", "fixed": "bullet", "panning": "ptz", "panoramic": "panoramic"}


def name_of(tags: Tags) -> str | None:
    """The name, or the street's number where it has none."""
    return (tags.get("name") or tags.get("ref") or "").strip()[:200] or None


def street_kind(tags: Tags) -> str | None:
    """The class of the street, or None for what is no street, is not there yet, or is drawn as an area."""
    kind = tags.get("highway", "")
    if not kind or kind in _NOT_THERE or tags.get("area") == "yes":
        return None
    return kind[:40]


def oneway(tags: Tags) -> int:
    """1 along the line, -1 against it, 0 both ways.

    >>> oneway({"oneway": "yes"}), oneway({"oneway": "-1"}), oneway({"junction": "roundabout"}), oneway({})
    (1, -1, 1, 0)
    """
    said = tags.get("oneway", "")
    if said in {"-1", "reverse"}:
        return -1
    if said in {"no", "false", "0"}:
        return 0
    is_round = tags.get("junction") in {"roundabout", "circular"}
    return int(said in {"yes", "true", "1"} or is_round or tags.get("highway") == "motorway")


def surface_level(tags: Tags) -> int:
    """On which level the street runs: 0 on the ground, above on bridges, below in tunnels.

    >>> surface_level({"bridge": "yes"}), surface_level({"tunnel": "yes", "layer": "-2"}), surface_level({})
    (1, -2, 0)
    """
    said = re.fullmatch(r"[+-]?\d", tags.get("layer", "").strip())
    layer = max(-5, min(5, int(said[0]))) if said else 0
    if tags.get("bridge", "no") != "no":
        return layer if layer > 0 else 1
    if tags.get("tunnel", "no") not in {"no", "building_passage"}:
        return layer if layer < 0 else -1
    return layer


def building_kind(tags: Tags) -> str | None:
    """What kind of building it is, or None when there is none."""
    kind = tags.get("building", "")
    return None if not kind or (kind in _NOT_THERE and kind != "construction") else kind[:40]


def metres(said: str | None) -> float | None:
    """A height in metres, or None for what is no height.

    >>> metres("12 m"), metres("12,5"), metres("3'"), metres("10'6\\""), metres("0"), metres("high")
    (12.0, 12.5, 0.914, 3.2, None, None)
    """
    plain = (said or "").strip().lower().replace(",", ".").lstrip("~<>≈ ")
    if feet := _FEET.fullmatch(plain):
        found = float(feet[1]) * 0.3048 + float(feet[2] or 0) * 0.0254
    elif whole := _METRES.fullmatch(plain):
        found = float(whole[1])
    else:
        return None
    return round(found, 3) if 0 < found < 1000 else None


def levels(said: str | None) -> float | None:
    """A number of storeys, or None.

    >>> levels("3"), levels("2.5"), levels("2;3"), levels("0"), levels("many")
    (3.0, 2.5, 3.0, None, None)
    """
    counts = [float(part) for part in re.split(r"[;,]", said or "") if re.fullmatch(r"\s*\d+(\.\d+)?\s*", part)]
    most = max(counts, default=0.0)
    return most if 0 < most < 300 else None


def building_height(tags: Tags) -> tuple[float | None, float | None, str]:
    """Height in metres, storeys, and how the height is known: measured, from levels (3 m each), unknown.

    >>> building_height({"height": "9 m"}), building_height({"building:levels": "2"}), building_height({})
    ((9.0, None, 'measured'), (6.0, 2.0, 'levels'), (None, None, 'unknown'))
    """
    height_m, storeys = metres(tags.get("height") or tags.get("building:height")), levels(tags.get("building:levels"))
    if height_m is not None:
        return height_m, storeys, "measured"
    if storeys is not None:
        return storeys * METRES_A_LEVEL, storeys, "levels"
    return None, None, "unknown"


def place_kind(tags: Tags) -> str | None:
    """What kind of place it is, or None for what is none of ours."""
    return _first_kind(tags, PLACE_KINDS)


def land_cover_kind(tags: Tags) -> str | None:
    """What covers the ground, or None."""
    return _first_kind(tags, LAND_COVER_KINDS)


def is_outdoor_camera(tags: Tags) -> bool:
    """Whether it is a camera that looks at open ground: no guard's post, nothing inside a building.

    >>> is_outdoor_camera({"man_made": "surveillance", "surveillance:type": "guard"})
    False
    """
    if tags.get("man_made") != "surveillance" or tags.get("indoor") == "yes" or tags.get("surveillance") == "indoor":
        return False
    return tags.get("surveillance:type", "camera").lower() in {"camera", "alpr", "anpr"}


def camera_kind(tags: Tags) -> str:
    """Our kind of camera.

    >>> camera_kind({"camera:type": "panning"}), camera_kind({})
    ('ptz', 'bullet')
    """
    return _CAMERA_KINDS.get(tags.get("camera:type", "fixed").lower(), "other")


def camera_direction(tags: Tags) -> tuple[float, float | None] | None:
    """Bearing and, where a range is given, the horizontal field of view, both in degrees; None when unsaid.

    >>> camera_direction({"camera:direction": "239-284"}), camera_direction({"direction": "SW"})
    ((261.5, 45.0), (225.0, None))
    >>> camera_direction({"direction": "350-10"}), camera_direction({"direction": "forward"})
    ((0.0, 20.0), None)
    """
    said = tags.get("camera:direction") or tags.get("direction") or ""
    parts = re.split(r"\s*(?<!^)[-–]\s*", said.split(";")[0].strip().lower(), maxsplit=1)
    ends = [_bearing(part) for part in parts]
    if not ends or any(end is None for end in ends):
        return None
    first = ends[0] or 0.0
    if len(ends) == 1:
        return first, None
    width = ((ends[1] or 0.0) - first) % 360.0 or 360.0
    return (first + width / 2.0) % 360.0, width


def _bearing(said: str) -> float | None:
    plain = said.strip().rstrip("°").strip()
    if re.fullmatch(r"-?\d{1,3}(\.\d+)?", plain):
        return float(plain) % 360.0 if abs(float(plain)) <= 360.0 else None
    word = "".join(_COMPASS_WORDS.get(part, part) for part in re.findall(r"north|south|east|west|[a-z]+", plain))
    return _COMPASS.index(word) * 22.5 if word in _COMPASS else None


def _first_kind(tags: Tags, kinds: Mapping[tuple[str, str], str]) -> str | None:
    keys = dict.fromkeys(key for key, _ in kinds)
    return next((kinds[key, tags[key]] for key in keys if key in tags and (key, tags[key]) in kinds), None)
