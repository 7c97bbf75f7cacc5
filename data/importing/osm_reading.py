"""An OpenStreetMap extract (.osm.pbf) as rows: streets, buildings, places, land cover, cameras, borders."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.errors import Refused
from data.importing import osm_tags

_KEYS = (
    *("highway", "building", "landuse", "natural", "waterway", "leisure", "amenity", "railway"),
    *("shop", "place", "man_made", "boundary"),
)
_TELL_EVERY = 20_000


@dataclass
class OsmLayer:
    """The rows of one table: `ref` (n…, w…, r…), what the tags say, and the shape, side by side."""

    columns: tuple[str, ...]
    refs: list[str] = field(default_factory=list)
    said: list[tuple[Any, ...]] = field(default_factory=list)
    wkbs: list[str] = field(default_factory=list)
    shapes: NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=object))

    def add(self, ref: str, said: tuple[Any, ...], wkb: str) -> None:
        """Add one row."""
        self.refs.append(ref)
        self.said.append(said)
        self.wkbs.append(wkb)

    def keep(self, wanted: NDArray[np.bool_]) -> None:
        """Keep only the rows that are wanted."""
        self.refs = [ref for ref, is_wanted in zip(self.refs, wanted, strict=True) if is_wanted]
        self.said = [said for said, is_wanted in zip(self.said, wanted, strict=True) if is_wanted]
        self.shapes = self.shapes[wanted]


@dataclass
class OsmExtract:
    """What an extract holds of what we keep.

    `bounds` is west, south, east, north in degrees; `broken` are the refs of what has no sound shape.
    """

    streets: OsmLayer = field(default_factory=lambda: OsmLayer(("name", "kind", "oneway", "surface_level")))
    buildings: OsmLayer = field(
        default_factory=lambda: OsmLayer(("name", "kind", "height_m", "levels", "height_source"))
    )
    places: OsmLayer = field(default_factory=lambda: OsmLayer(("kind", "name")))
    land_covers: OsmLayer = field(default_factory=lambda: OsmLayer(("kind", "name")))
    cameras: OsmLayer = field(default_factory=lambda: OsmLayer(("tags",)))
    borders: OsmLayer = field(default_factory=lambda: OsmLayer(("admin_level", "name", "name_en")))
    bounds: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    broken: list[str] = field(default_factory=list)

    def layers(self) -> dict[str, OsmLayer]:
        """Every layer by the name of its table."""
        names = ("streets", "buildings", "places", "land_covers", "cameras", "borders")
        return {name: getattr(self, name) for name in names}


def read_extract(path: Path, tell: Callable[[int], None] = lambda _: None) -> OsmExtract:
    """What the extract at `path` holds; `tell` is called now and then with the number of objects read.

    Areas are put together from ways and multipolygon relations, and repaired where their rings are
    broken. Raises Refused when the file is missing, damaged or holds nothing of ours.
    """
    import osmium

    if not path.is_file():
        raise Refused("There is no file {name}.", name=path.name)
    extract = OsmExtract()
    shaper = osmium.geom.WKBFactory()
    readers = {osmium.osm.Node: _read_node, osmium.osm.Way: _read_way, osmium.osm.Area: _read_area}
    try:
        objects = osmium.FileProcessor(str(path)).with_areas().with_filter(osmium.filter.KeyFilter(*_KEYS))
        for count, found in enumerate(objects):
            read = readers.get(type(found))
            if read is not None:
                read(extract, found, shaper)
            if count % _TELL_EVERY == 0:
                tell(count)
        box = osmium.io.Reader(str(path)).header().box()
    except RuntimeError as error:
        raise Refused(
            "The file {name} is damaged or no OpenStreetMap file (.osm.pbf). Fetch it again.", name=path.name
        ) from error
    _make_shapes(extract)
    if not any(layer.refs for layer in extract.layers().values()):
        raise Refused("The file {name} holds no streets, buildings, places, land cover or cameras.", name=path.name)
    extract.bounds = _bounds(extract, box)
    return extract


def _read_node(extract: OsmExtract, node: Any, shaper: Any) -> None:
    tags = node.tags
    kind = osm_tags.place_kind(tags)
    is_camera = osm_tags.is_outdoor_camera(tags)
    if not (kind or is_camera) or not node.location.valid():
        return
    wkb = shaper.create_point(node)
    if kind:
        extract.places.add(f"n{node.id}", (kind, osm_tags.name_of(tags)), wkb)
    if is_camera:
        extract.cameras.add(f"n{node.id}", (dict(tags),), wkb)


def _read_way(extract: OsmExtract, way: Any, shaper: Any) -> None:
    kind = osm_tags.street_kind(way.tags)
    if kind is None:
        return
    tags, ref = way.tags, f"w{way.id}"
    said = (osm_tags.name_of(tags), kind, osm_tags.oneway(tags), osm_tags.surface_level(tags))
    wkb = _line_of(way, shaper)
    if wkb:
        extract.streets.add(ref, said, wkb)
    else:
        extract.broken.append(ref)


def _read_area(extract: OsmExtract, area: Any, shaper: Any) -> None:
    tags = area.tags
    building, place, cover = osm_tags.building_kind(tags), osm_tags.place_kind(tags), osm_tags.land_cover_kind(tags)
    is_border = tags.get("boundary") == "administrative" and "name" in tags and not area.from_way()
    if not (building or place or cover or is_border):
        return
    ref = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
    try:
        wkb = shaper.create_multipolygon(area)
    except RuntimeError:
        extract.broken.append(ref)
        return
    name = (tags.get("name") or "").strip()[:200] or None
    if building:
        extract.buildings.add(ref, (name, building, *osm_tags.building_height(tags)), wkb)
    if place:
        extract.places.add(ref, (place, name), wkb)
    if cover:
        extract.land_covers.add(ref, (cover, name), wkb)
    if is_border:
        name_zh = tags.get("name:zh-Hans") or name
        extract.borders.add(ref, (tags.get("admin_level", ""), name_zh, tags.get("name:en") or name), wkb)


def _line_of(way: Any, shaper: Any) -> str | None:
    """The way as WKB; where the extract was cut through it, its longest piece inside."""
    import osmium

    try:
        wkb: str = shaper.create_linestring(way)
    except (RuntimeError, osmium.InvalidLocationError):
        pieces: list[list[tuple[float, float]]] = [[]]
        for node in way.nodes:
            if node.location.valid():
                pieces[-1].append((node.lon, node.lat))
            else:
                pieces.append([])
        longest = max(pieces, key=len)
        return shapely.to_wkb(shapely.LineString(longest), hex=True) if len(set(longest)) > 1 else None
    return wkb


def _make_shapes(extract: OsmExtract) -> None:
    for name, layer in extract.layers().items():
        layer.shapes = np.asarray(shapely.from_wkb(layer.wkbs), dtype=object)
        layer.wkbs = []
        if name in {"buildings", "land_covers", "borders"}:
            layer.shapes = _sound_areas(layer.shapes)
        elif name == "places":
            layer.shapes = np.asarray(shapely.point_on_surface(layer.shapes), dtype=object)
        is_sound = ~(shapely.is_missing(layer.shapes) | shapely.is_empty(layer.shapes))
        if name == "streets":
            is_sound &= shapely.is_valid(layer.shapes)
        extract.broken += [ref for ref, sound in zip(layer.refs, is_sound, strict=True) if not sound]
        layer.keep(is_sound)


def _sound_areas(shapes: NDArray[Any]) -> NDArray[Any]:
    """The areas, repaired where they cross themselves; what is left of one without any area is empty."""
    repaired = shapes.copy()
    for place in np.flatnonzero(~shapely.is_valid(shapes)):
        parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(shapes[place])))
        areas = [part for part in parts if part.geom_type == "Polygon"]
        repaired[place] = shapely.MultiPolygon(areas)
    return repaired


def _bounds(extract: OsmExtract, box: Any) -> tuple[float, float, float, float]:
    """What the file says it covers, or what its objects cover."""
    if box.valid():
        low, high = box.bottom_left, box.top_right
        return low.lon, low.lat, high.lon, high.lat
    shapes = np.concatenate([layer.shapes for layer in extract.layers().values()])
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north
