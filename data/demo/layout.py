"""Where the county's towns and villages lie: one point each, before there is any border or street."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.demo.chance import Floats, Waves, stream
from data.demo.profiles import Profile

Integers = NDArray[np.int64]
OUTSIDE = -1


@dataclass(frozen=True)
class Layout:
    """One row for each village or community, then rows for the land outside, which only give the border its shape.

    `cluster` says which town a community belongs to (villages: -1), `township` which township (outside: -1).
    """

    seeds: Floats
    cluster: Integers
    township: Integers
    centres: Floats
    cluster_xy: Floats

    @property
    def inside(self) -> int:
        """How many rows are villages and communities of the county."""
        return int((self.township != OUTSIDE).sum())


@dataclass(frozen=True)
class _Town:
    """A built-up place: its middle and how many communities it gives to which townships."""

    xy: Floats
    townships: tuple[int, ...]
    communities: tuple[int, ...]


def lay_out(profile: Profile, seed: int) -> Layout:
    """Towns far from each other, communities close together inside them, villages evenly over the rest."""
    rng = stream(seed, "layout")
    outline = _Outline(profile, seed)
    towns = _place_towns(profile, outline, rng)
    parts = [_communities(town, profile.town_spacing_m, rng) for town in towns]
    urban = np.concatenate([part[0] for part in parts])
    township = np.concatenate([part[1] for part in parts])
    cluster = np.repeat(np.arange(len(towns)), [len(part[0]) for part in parts])
    rural = _spread(profile, outline, urban, rng)
    centres = np.array([urban[township == number].mean(axis=0) for number in range(profile.township_count)])
    belongs = _nearest_centre(rural, centres, len(profile.streets))
    around = outline.ring_outside(profile.village_spacing_m, rng)
    nobody = np.full(len(around), OUTSIDE)
    return Layout(
        seeds=np.concatenate([urban, rural, around]),
        cluster=np.concatenate([cluster, np.full(len(rural), OUTSIDE), nobody]),
        township=np.concatenate([township, belongs, nobody]),
        centres=centres,
        cluster_xy=np.array([town.xy for town in towns]),
    )


class _Outline:
    """The county's rough outline: an oval with bays and capes."""

    def __init__(self, profile: Profile, seed: int) -> None:
        urban = sum(profile.streets) + sum(profile.towns) + sum(profile.townships)
        area_m2 = profile.villages * profile.village_spacing_m**2 + urban * (1.25 * profile.town_spacing_m) ** 2
        self.radius_m = float(np.sqrt(area_m2 / np.pi))
        self._waves = Waves(stream(seed, "outline"), 1.9)

    def reach_m(self, angle: Floats) -> Floats:
        """How far the county reaches from its middle in each direction (radians)."""
        direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        oval = 1.0 / np.hypot(direction[:, 0] / 1.16, direction[:, 1] / 0.88)
        return self.radius_m * oval * (1.0 + 0.13 * self._waves(direction))

    def holds(self, xy: Floats, share: float = 1.0) -> NDArray[np.bool_]:
        """Which points lie within `share` of the way to the border."""
        held: NDArray[np.bool_] = np.hypot(*xy.T) <= share * self.reach_m(np.arctan2(xy[:, 1], xy[:, 0]))
        return held

    def draw(self, rng: np.random.Generator, count: int, share: float) -> Floats:
        """Random points inside."""
        found = rng.uniform(-1.4, 1.4, (count * 4 + 40, 2)) * self.radius_m
        return found[self.holds(found, share)][:count]

    def ring_outside(self, spacing_m: float, rng: np.random.Generator) -> Floats:
        """Points beyond the border, so that every place inside has neighbours on all sides."""
        rings = []
        for step in (0.62, 1.5, 3.2):
            count = int(2 * np.pi * 1.1 * self.radius_m / spacing_m) + 6
            angle = (
                np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(-0.25, 0.25, count) * 2 * np.pi / count
            )
            reach = self.reach_m(angle) + spacing_m * (step + rng.uniform(-0.1, 0.15, count))
            rings.append(np.stack([np.cos(angle), np.sin(angle)], axis=1) * reach[:, None])
        return np.concatenate(rings)


def _place_towns(profile: Profile, outline: _Outline, rng: np.random.Generator) -> list[_Town]:
    """The city near the middle, the other towns as far from each other as a few tries allow."""
    streets = len(profile.streets)
    middle = rng.uniform(-0.1, 0.1, 2) * outline.radius_m
    if profile.township_count == 2:
        middle = np.array([-0.26, 0.1]) * outline.radius_m
    towns = [_Town(middle, tuple(range(streets)), profile.streets)]
    for number, communities in enumerate(profile.towns + profile.townships, start=streets):
        tries = outline.draw(rng, 260, 0.8)
        taken = np.array([town.xy for town in towns])
        away = np.hypot(*(tries[:, None] - taken[None]).transpose(2, 0, 1))
        away[:, 0] *= 0.8  # more room around the city
        best = tries[np.argmax(away.min(axis=1))]
        towns.append(_Town(best, (number,), (communities,)))
    return towns


def _communities(town: _Town, spacing_m: float, rng: np.random.Generator) -> tuple[Floats, Integers]:
    """A town's communities on a bent, turned lattice: the arterials between them will look like a grown town's."""
    total = sum(town.communities)
    turn = rng.uniform(-0.5, 0.5)
    steps = np.arange(-8, 9) * spacing_m
    east, north = np.meshgrid(steps, steps)
    east = east + 0.33 * spacing_m * (np.arange(17) % 2)[:, None]
    lattice = np.stack([east.ravel(), north.ravel()], axis=1)
    lattice *= [rng.uniform(0.92, 1.18), rng.uniform(0.85, 1.05)]
    bend = Waves(rng, 6.5 * spacing_m), Waves(rng, 6.5 * spacing_m)
    lattice = lattice + 0.28 * spacing_m * np.stack([bend[0](lattice), bend[1](lattice)], axis=1)
    lattice = lattice + rng.normal(0, 0.045 * spacing_m, lattice.shape)
    reach = np.hypot(lattice[:, 0] / 1.15, lattice[:, 1]) + rng.normal(0, 0.1 * spacing_m, len(lattice))
    chosen = lattice[np.argsort(reach)[:total]]
    chosen = chosen[np.argsort(chosen[:, 0] + 0.3 * chosen[:, 1])]
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return town.xy + chosen @ spin.T, np.repeat(town.townships, town.communities)


def _spread(profile: Profile, outline: _Outline, urban: Floats, rng: np.random.Generator) -> Floats:
    """As many villages as asked for; each the best of some tries, so that none crowds another."""
    villages = np.empty((0, 2))
    for _ in range(profile.villages):
        tries = outline.draw(rng, 60, 1.0)
        away = np.hypot(*(tries[:, None] - urban[None]).transpose(2, 0, 1)).min(axis=1) / 0.86
        if len(villages):
            away = np.minimum(away, np.hypot(*(tries[:, None] - villages[None]).transpose(2, 0, 1)).min(axis=1))
        villages = np.concatenate([villages, tries[[np.argmax(away)]]])
    return villages


def _nearest_centre(rural: Floats, centres: Floats, streets: int) -> Integers:
    """The township of each village; the city's streets reach less far into the country."""
    away = np.hypot(*(rural[:, None] - centres[None]).transpose(2, 0, 1))
    if len(centres) > 2:
        away[:, :streets] *= 1.35
    nearest: Integers = np.argmin(away, axis=1)
    return nearest
