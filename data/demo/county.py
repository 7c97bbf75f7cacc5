"""The whole county drawn on the plane: territories, roads, blocks, fields and the woven network."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from data.demo.chance import Waves, stream
from data.demo.cutting import Joints, lines_of
from data.demo.ground import Ground, Line, Territory
from data.demo.highways import Arm, arms_of, choose_links, find_gates, roads_of
from data.demo.layout import Integers, Layout, lay_out
from data.demo.mosaic import Mosaic, lay_mosaic
from data.demo.network import Network, weave
from data.demo.profiles import Profile
from data.demo.public import choose_public_blocks
from data.demo.rural import draw_village
from data.demo.urban import Town, built_up, draw_community
from data.demo.water import BANK_M, Water, fill_rivers

Progress = Callable[[float], None]


@dataclass
class County:
    """The drawing, in metres on the county's plane."""

    profile: Profile
    seed: int
    layout: Layout
    mosaic: Mosaic
    water: Water
    towns: list[Town]
    link_rank: Integers
    ground: Ground
    network: Network


def draw_county(profile: Profile, seed: int, progress: Progress) -> County:
    """Draw a county; the same profile and seed give the same drawing."""
    layout = lay_out(profile, seed)
    mosaic = lay_mosaic(layout, seed)
    water = fill_rivers(mosaic, seed)
    rank = choose_links(mosaic, layout, seed)
    towns = built_up(layout, profile.town_spacing_m, seed)
    ground = Ground()
    _draw_territories(ground, profile, seed, (layout, mosaic, water, towns, rank), progress)
    _draw_town_borders(ground, layout, mosaic, water, towns, seed)
    choose_public_blocks(ground, layout, seed)
    ground.lines = _with_bridges(ground.lines, water)
    network = weave(ground.lines, water.areas)
    return County(profile, seed, layout, mosaic, water, towns, rank, ground, network)


def _draw_territories(
    ground: Ground,
    profile: Profile,
    seed: int,
    parts: tuple[Layout, Mosaic, Water, list[Town], Integers],
    progress: Progress,
) -> None:
    layout, mosaic, water, towns, rank = parts
    gates = find_gates(mosaic, rank)
    woods = Waves(stream(seed, "woods"), 7_000.0 if profile.villages > 20 else 3_500.0)
    joints: dict[int, Joints] = defaultdict(Joints)
    for number, area in enumerate(mosaic.areas()):
        borders = [border for border, _ in mosaic.rings[number]]
        arms = arms_of(area, borders, gates, rank, mosaic, water)
        cluster = int(layout.cluster[number])
        towards = _towards(number, borders, arms, layout, mosaic)
        roads = roads_of(number, area, mosaic, arms, towards, seed)
        wet = water.near(area)
        territory = Territory(number, area, roads, wet, profile, seed, wants_lake=cluster < 0 and number % 4 == 0)
        if cluster >= 0:
            territory.joints = joints[cluster]
            draw_community(territory, ground, towns[cluster], woods)
        else:
            draw_village(territory, ground, woods)
        progress((number + 1) / layout.inside)


def _towards(number: int, borders: list[int], arms: list[Arm], layout: Layout, mosaic: Mosaic) -> np.ndarray | None:
    """Where a community's single road goes on to: the border that faces the town's middle."""
    cluster = layout.cluster[number]
    if cluster < 0 or len(arms) != 1:
        return None
    inner = [
        border
        for border in borders
        if border != arms[0].link
        and mosaic.river[border] == 0
        and (layout.cluster[mosaic.sides[border]] == cluster).all()
    ]
    if not inner:
        return None
    middles = np.array([mosaic.lines[border][len(mosaic.lines[border]) // 2] for border in inner])
    away = middles - mosaic.seeds[number]
    back = mosaic.seeds[number] - arms[0].gate
    turn = away @ back / (np.hypot(*away.T) * np.hypot(*back))
    best: np.ndarray = middles[np.argmax(turn)]
    return best


def _draw_town_borders(
    ground: Ground, layout: Layout, mosaic: Mosaic, water: Water, towns: list[Town], seed: int
) -> None:
    """Borders of territories: arterials where they run through a town, some tracks outside, roads along the banks."""
    rng = stream(seed, "border streets")
    built = shapely.union_all([town.area for town in towns])
    shapely.prepare(built)
    for border, points in enumerate(mosaic.lines):
        path = shapely.LineString(points)
        ground.lines.append(Line(path, None, is_border=True))
        sides = mosaic.sides[border]
        if mosaic.river[border]:
            continue
        inner = (layout.cluster[sides] >= 0).all()
        kind = ("secondary" if rng.random() < 0.35 else "tertiary") if inner else "tertiary"
        wet = water.near(path)
        dry = shapely.difference(path, wet)
        if built.intersects(path):
            ground.lines.extend(
                Line(part, kind, label="arterial") for part in lines_of(shapely.intersection(dry, built), 3.0)
            )
            dry = shapely.difference(dry, built)
        is_kept = bool(rng.random() < (0.9 if inner else 0.25))
        ground.lines.extend(Line(part, "unclassified" if inner else "track") for part in lines_of(dry, 40.0) if is_kept)
    shores = shapely.boundary(shapely.union_all(water.banks))
    ground.lines.extend(
        Line(part, "residential", label="riverside") for part in lines_of(shapely.intersection(shores, built), 40.0)
    )


def _with_bridges(lines: list[Line], water: Water) -> list[Line]:
    """Roads between territories cut where they cross water: the piece over the water is a bridge."""
    over = shapely.buffer(shapely.union_all(water.areas), 0.4 * BANK_M)
    shapely.prepare(over)
    found = []
    for line in lines:
        if line.link < 0 or not over.intersects(line.path):
            found.append(line)
            continue
        wet, dry = shapely.intersection(line.path, over), shapely.difference(line.path, over)
        for shape, label in ((wet, "bridge"), (dry, line.label)):
            found.extend(
                Line(part, line.kind, False, True, line.link, line.territory, label) for part in lines_of(shape, 0.05)
            )
        if line.is_border:
            found.append(Line(line.path, None, is_border=True, territory=line.territory))
    return found
