"""What one village or community is made of, before numbers and names: cells, streets, blocks, fields."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from data.demo.chance import Floats, Waves, stream
from data.demo.cutting import Joints, Manner, lines_of, long_side, polygons, subdivide
from data.demo.highways import Roads
from data.demo.profiles import Profile

#: half the width of a street with its pavements, by class
HALF_WIDTH_M = {
    "primary": 10.0,
    "secondary": 8.0,
    "tertiary": 6.5,
    "unclassified": 3.5,
    "residential": 4.0,
    "living_street": 3.0,
    "service": 3.0,
    "pedestrian": 3.0,
    "footway": 1.8,
    "track": 2.0,
}


@dataclass(frozen=True)
class Line:
    """A line on the ground: a street of some class (None: no street), a cell's border, or both.

    A street that is not `is_kept` is left out unless others would be cut off without it.
    """

    path: LineString
    kind: str | None
    is_border: bool = False
    is_kept: bool = True
    link: int = -1
    territory: int = -1
    label: str = ""


@dataclass
class Leaf:
    """A block between streets, and what stands on it."""

    area: Polygon
    use: str
    territory: int
    name: str = ""


@dataclass
class CellDraft:
    """A cell before it has its number."""

    area: BaseGeometry
    territory: int
    kind: str = "general"
    label: str = ""


@dataclass
class Ground:
    """Everything drawn so far; territories are added one after the other."""

    cells: list[CellDraft] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    covers: list[tuple[Polygon, str]] = field(default_factory=list)
    built: list[Polygon] = field(default_factory=list)


@dataclass
class Territory:
    """One village or community while it is being drawn."""

    number: int
    area: Polygon
    roads: Roads
    wet: BaseGeometry
    profile: Profile
    seed: int
    joints: Joints = field(default_factory=Joints)
    cell_borders: list[LineString] = field(default_factory=list)
    #: the largest field that has room gives way to a lake
    wants_lake: bool = False

    def stream(self, *names: object) -> np.random.Generator:
        """This territory's own chance."""
        return stream(self.seed, "territory", self.number, *names)


#: tracks wander, and do not mind whether they meet
FIELD_MANNER = Manner(off_middle=0.14, bend=0.015, skew_deg=6.0, meet_m=60.0)


def draw_fields(territory: Territory, ground: Ground, built: BaseGeometry, woods: Waves, tracks: float = 0.4) -> None:
    """Cut what is not built on into fields, woods and ponds, with farm tracks along some of the cuts."""
    rng = territory.stream("fields")
    wanted_m2 = rng.uniform(45_000, 95_000)
    clear = shapely.union(shapely.buffer(built, 1.0), territory.wet)
    for cell in reversed(ground.cells):  # this territory's cells are the last ones
        if cell.territory != territory.number:
            break
        for part in polygons(cell.area, 4_000.0):
            sizes = rng.uniform(0.6, 2.4, 4096)
            done = _Done(wanted_m2, sizes)
            cutting = subdivide(part, done, rng, FIELD_MANNER, territory.joints)
            for cut, area_m2 in cutting.cuts:
                # the first cuts are the ways everybody uses; what is cut last is often only a furrow
                if area_m2 > 4.5 * wanted_m2 or rng.random() < tracks:
                    for piece in lines_of(shapely.difference(cut, clear), 25.0):
                        ground.lines.append(Line(piece, "track", territory=territory.number))
            _cover(territory, ground, cutting.pieces, clear, woods, rng)


class _Done:
    """Stops at a size that differs from piece to piece."""

    def __init__(self, wanted_m2: float, sizes: Floats) -> None:
        self._wanted_m2, self._sizes, self._asked = wanted_m2, sizes, 0

    def __call__(self, piece: Polygon) -> bool:
        self._asked = (self._asked + 1) % len(self._sizes)
        return piece.area < self._wanted_m2 * float(self._sizes[self._asked])


def _cover(
    territory: Territory,
    ground: Ground,
    fields: list[Polygon],
    clear: BaseGeometry,
    woods: Waves,
    rng: np.random.Generator,
) -> None:
    roads = shapely.union_all([line for line, _, _ in territory.roads.lines])
    for piece in sorted(fields, key=lambda piece: -piece.area):
        height = float(woods(shapely.get_coordinates(piece.centroid))[0])
        chance = rng.random()
        if territory.wants_lake or chance < 0.02 + (0.05 if height < -0.8 else 0.0):
            pond = _pond(piece, clear, roads, rng)
            if pond is not None:
                ground.covers.append((pond, "water"))
                clear = shapely.union(clear, pond)
                territory.wants_lake = False
        kind = "wood" if height > 0.62 or chance > 0.975 else "grass" if chance > 0.955 else "farmland"
        inset = shapely.difference(shapely.buffer(piece, -rng.uniform(1.2, 3.0), join_style="mitre"), clear)
        ground.covers.extend((part, kind) for part in polygons(inset, 1_500.0))


def _pond(piece: Polygon, clear: BaseGeometry, roads: BaseGeometry, rng: np.random.Generator) -> Polygon | None:
    """Still water in a field: round shores inside the field's edges, away from roads and houses."""
    middle, along, length_m, width_m = long_side(piece)
    shape = blob(
        middle, 0.42 * float(np.sqrt(length_m * width_m)), rng, along, float(np.clip(length_m / width_m, 1.0, 2.2))
    )
    inside = shapely.difference(shapely.buffer(piece, -14.0), shapely.buffer(clear, 30.0))
    shore = shapely.intersection(shape, shapely.buffer(shapely.buffer(inside, -12.0), 12.0, quad_segs=6))
    parts = polygons(shore, 2_500.0)
    if not parts:
        return None
    pond = max(parts, key=lambda part: part.area)
    return None if shapely.distance(pond, roads) < 20.0 else pond


def blob(
    middle: Floats, radius_m: float, rng: np.random.Generator, along: Floats | None = None, stretch: float = 1.3
) -> Polygon:
    """A round-ish patch with bays, drawn out along a direction."""
    angle = np.linspace(0, 2 * np.pi, 34, endpoint=False)
    waves, ripples = Waves(rng, 2.1, 6), Waves(rng, 0.8, 5)
    unit = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    shape = unit * (radius_m * np.clip(1.0 + 0.3 * waves(unit) + 0.1 * ripples(unit), 0.5, 1.5))[:, None]
    if along is not None:
        along = along / np.hypot(*along)
        lengthways = shape @ along
        shape = shape + np.outer(lengthways, along) * (stretch - 1.0)
        shape = shape / np.sqrt(stretch)
    return Polygon(middle + shape)


def within_roads(area: Polygon, lines: list[LineString]) -> list[Polygon]:
    """The pieces of `area` between the roads that run through it."""
    crossing = [line for line in lines if line.intersects(area)]
    if not crossing:
        return [area]
    noded = shapely.union_all([area.boundary, *crossing])
    pieces = shapely.get_parts(shapely.polygonize([noded]))
    return [piece for piece in pieces if piece.area > 50.0 and area.contains(piece.representative_point())]
