"""Where would k more cameras help most: the question prepared once, and the best answer with its proof.

    candidates = candidates_at(poles_m, bearings=16)                # or places_along(streets_m)
    demand = streets_wanted(scene, streets_m).joined(points_wanted(incidents_m, INCIDENT, scene=scene))
    siting = prepare_siting(scene, candidates, demand, existing=cameras, forbidden_m=..., dwellings_m=...)
    sites = best_sites(siting, 50, time_limit_s=60)                 # proposals, value, bound, gap

Existing cameras are locked in: what they see needs nobody else. Everything is in metres of one local system.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from gis.coverage.cameras import Cameras, Refusal
from gis.coverage.footprints import Geometries, Ints
from gis.coverage.scene import Scene
from gis.coverage.siting_bound import bound_of
from gis.coverage.siting_candidates import ENTERS_M2, Candidates, grounds_entered, misplaced
from gis.coverage.siting_demand import Demand
from gis.coverage.siting_exact import solve
from gis.coverage.siting_problem import Matrix, Problem, greedy, in_order_of_gain, merged
from gis.coverage.siting_proposals import Proposal, proposals_of
from gis.coverage.siting_sight import sight
from gis.coverage.siting_swaps import improved
from gis.coverage.snapping import NEAR_M
from gis.errors import BadParameter

Privacy = Literal["warn", "exclude", "ignore"]
Answer = TypeVar("Answer")
MOST_K = 10_000
PROVEN = 1e-6


class Progress(NamedTuple):
    """How far the search is: a step's name, share of the time allowed (0-1), value found and bound proven so far."""

    step: str
    share: float
    value: float
    bound: float


@dataclass(frozen=True)
class Terms:
    """The terms of a choice.

    `seen_by`: a point counts in full when that many cameras see it (existing ones included), in part when fewer do.
    `per_pole`: at most so many new cameras on one pole. `privacy`: what to do when a view enters more than `enters_m2`
    of a dwelling's ground. `target_m`: height above ground of what is to be seen; `px_per_m`: seen means at this pixel
    density. `within_m`: cameras so near to a wall are moved before it.
    """

    seen_by: int = 1
    per_pole: int = 1
    privacy: Privacy = "warn"
    enters_m2: float = ENTERS_M2
    target_m: float = 0.0
    px_per_m: float | None = None
    within_m: float = NEAR_M


@dataclass(frozen=True)
class Siting:
    """The prepared question: what every candidate sees of the demand, what is seen already, and who is out.

    `sees`: sparse (candidates, points); rows of excluded candidates are empty. `seen_already`: how many existing
    cameras see each point. `exclusions`: which candidates are left out and why, one reason each.
    """

    scene: Scene
    candidates: Candidates
    demand: Demand
    dwellings_m: Geometries
    sees: Matrix
    seen_already: Ints
    exclusions: tuple[Refusal, ...]
    terms: Terms

    @property
    def is_excluded(self) -> np.ndarray:
        """Return which candidates are left out."""
        out = np.zeros(len(self.candidates), dtype=bool)
        out[[refusal.index for refusal in self.exclusions]] = True
        return out

    @cached_property
    def problem(self) -> Problem:
        """Return the bare problem, a column per point: each seeing is worth weight / seen_by until there are enough."""
        need = np.maximum(self.terms.seen_by - self.seen_already, 0).astype(np.float64)
        weight = self.demand.weight / self.terms.seen_by
        return Problem(self.sees.astype(np.float64), weight, need, self.candidates.pole, self.terms.per_pole)

    @property
    def value_before(self) -> float:
        """Return what the existing cameras are worth for this demand."""
        return float(self.demand.weight @ np.minimum(self.seen_already, self.terms.seen_by)) / self.terms.seen_by


@dataclass(frozen=True)
class Sites:
    """The cameras to put up, best first, and how good the choice is.

    `value`: what they add together; no choice of as many adds more than `bound`; `gap` = (bound - value) / value.
    `greedy_value`: what greedy choice alone would add. `value_before`: what the existing cameras are worth, and
    `demand_weight` what seeing everything would be. `seconds` by step. `is_stopped`: ended by `stop`.
    """

    proposals: tuple[Proposal, ...]
    value: float
    bound: float
    greedy_value: float
    value_before: float
    demand_weight: float
    seconds: dict[str, float]
    is_stopped: bool

    @property
    def gap(self) -> float:
        """Return how much better at most another choice could be, as a share of the value."""
        return (self.bound - self.value) / self.value if self.value > 0.0 else (0.0 if self.bound <= 0.0 else np.inf)

    @property
    def is_optimal(self) -> bool:
        """Return whether it is proven that no choice is better (by more than a millionth)."""
        return self.gap <= PROVEN


def prepare_siting(
    scene: Scene,
    candidates: Candidates,
    demand: Demand,
    *,
    existing: Cameras | None = None,
    forbidden_m: ArrayLike | None = None,
    dwellings_m: ArrayLike | None = None,
    terms: Terms = Terms(),
) -> Siting:
    """Return the question ready to be asked for any k.

    `forbidden_m`, `dwellings_m`: polygons; no candidate may stand in the former, `terms` say what happens when one
    looks into the latter. Raises BadParameter when terms are below 1 or there is nothing to choose from or to see.

    >>> from gis.coverage import build_scene
    >>> from gis.coverage.siting_candidates import candidates_at
    >>> from gis.coverage.siting_demand import INCIDENT, points_wanted
    >>> asked = candidates_at([[0.0, 0.0], [500.0, 0.0]], bearings=4)
    >>> siting = prepare_siting(build_scene([]), asked, points_wanted([[0, 50], [500, 50], [501, 50]], INCIDENT))
    >>> [(p.candidate, p.adds) for p in best_sites(siting, 1).proposals]
    [(4, {'incident': 2.0})]
    """
    if terms.seen_by < 1 or terms.per_pole < 1:
        raise BadParameter("How many cameras see a point and hang on a pole must be at least 1.")
    if not len(candidates) or not len(demand):
        raise BadParameter("There is nothing to choose from: give at least one candidate and one point to be seen.")
    dwellings = _areas(dwellings_m)
    out = misplaced(scene, candidates, _areas(forbidden_m), terms.within_m)
    if terms.privacy == "exclude":
        out += _intruders(scene, candidates, dwellings, {refusal.index for refusal in out}, terms)
    keep = np.setdiff1d(np.arange(len(candidates)), [refusal.index for refusal in out])
    seen = _sight(scene, candidates.cameras.take(keep), demand, terms)
    before = np.zeros(len(demand), dtype=np.intp)
    if existing is not None and len(existing):
        before += _sight(scene, existing, demand, terms).getnnz(axis=0)
    exclusions = tuple(sorted(out, key=lambda refusal: refusal.index))
    sees = _spread(seen, keep, len(candidates))
    return Siting(scene, candidates, demand, dwellings, sees, before, exclusions, terms)


def _sight(scene: Scene, cameras: Cameras, demand: Demand, terms: Terms) -> Matrix:
    points, density = demand.xy_m, terms.px_per_m
    return sight(scene, cameras, points, target_m=terms.target_m, px_per_m=density, snap_within_m=terms.within_m)


def best_sites(
    siting: Siting,
    k: int,
    *,
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Sites:
    """Return the best up to k new cameras, with a proven bound on how much better any other choice could be.

    Greedy choice first, swaps, then prices that bound every choice and settle most candidates, then an exact search
    among the rest, until the gap is at most `gap`, `time_limit_s` has passed or `stop` says so (asked often; what was
    found so far comes back). The same question has the same answer unless time or `stop` ended it. Candidates that
    would add nothing are not proposed. Raises BadParameter when k is not 1-10,000 or the limits are negative.

    >>> from gis.coverage import build_scene
    >>> from gis.coverage.siting_candidates import candidates_at
    >>> from gis.coverage.siting_demand import INCIDENT, points_wanted
    >>> wanted = points_wanted([[0, 50], [50, 0], [400, 50]], INCIDENT)
    >>> siting = prepare_siting(build_scene([]), candidates_at([[0, 0], [400, 0]], bearings=4), wanted)
    >>> sites = best_sites(siting, 2)
    >>> [p.candidate for p in sites.proposals], sites.value, sites.gap, sites.is_optimal
    ([0, 4], 40.0, 0.0, True)
    """
    if not 1 <= k <= MOST_K or not time_limit_s >= 0.0 or not gap >= 0.0:
        raise BadParameter(
            "Ask for 1 to {most} cameras, with a time limit and a gap that are not negative.", most=MOST_K
        )
    search = _Search(siting, k, time_limit_s, gap, stop, progress)
    search.run()
    chosen = in_order_of_gain(search.whole, search.chosen)
    proposals = proposals_of(siting.problem, siting.demand, chosen)
    proposals = _with_grounds(siting, proposals)
    value = float(sum(proposal.weight for proposal in proposals))
    return Sites(
        proposals=proposals,
        value=value,
        bound=max(search.bound, value),
        greedy_value=search.greedy_value,
        value_before=siting.value_before,
        demand_weight=float(siting.demand.weight.sum()),
        seconds=search.seconds,
        is_stopped=search.is_stopped,
    )


class _Search:
    """One search: its clock, the best choice so far and the bound."""

    def __init__(
        self,
        siting: Siting,
        k: int,
        time_limit_s: float,
        gap: float,
        stop: Callable[[], bool],
        progress: Callable[[Progress], None],
    ) -> None:
        self.k, self.limit_s, self.gap = k, time_limit_s, gap
        self.began = time.monotonic()
        self.seconds: dict[str, float] = {}
        self.is_stopped = False
        self._stop, self._progress = stop, progress
        self.whole = self._timed("merge", lambda: merged(siting.problem))
        self.chosen: Ints = np.empty(0, dtype=np.intp)
        self.value = self.greedy_value = 0.0
        self.bound = float(self.whole.weight @ self.whole.need)

    def run(self) -> None:
        """Search as far as time, gap and `stop` allow."""
        self.chosen = self._timed("greedy", lambda: greedy(self.whole, self.k))
        self.value = self.greedy_value = self.whole.value(self.chosen)
        self._tell("greedy", self.value, self.bound)
        self.chosen = self._timed("swaps", lambda: improved(self.whole, self.chosen, stop=lambda: self._is_over(0.25)))
        self.value = self.whole.value(self.chosen)
        self._tell("swaps", self.value, self.bound)
        is_open = self._timed("bound", self._lower_the_bound)
        is_good = self.bound <= self.value * (1.0 + max(self.gap, 1e-12))
        if not (is_good or self._is_over(1.0)):
            self._timed("exact", lambda: self._search_the_open(np.flatnonzero(is_open)))

    def _timed(self, step: str, work: Callable[[], Answer]) -> Answer:
        before = time.monotonic()
        answer = work()
        self.seconds[step] = time.monotonic() - before
        return answer

    def _is_over(self, share: float) -> bool:
        self.is_stopped = self.is_stopped or self._stop()
        return self.is_stopped or time.monotonic() - self.began > share * self.limit_s

    def _tell(self, step: str, value: float, bound: float) -> None:
        share = min((time.monotonic() - self.began) / max(self.limit_s, 1e-9), 1.0)
        self._progress(Progress(step, share, max(value, self.value), min(bound, self.bound)))

    def _lower_the_bound(self) -> np.ndarray:
        found = bound_of(
            self.whole,
            self.k,
            self.chosen,
            stop=lambda: self._is_over(0.5),
            progress=lambda value, bound: self._tell("bound", value, bound),
        )
        self.chosen, self.value = found.chosen, found.value
        self.bound = min(self.bound, found.bound)
        return found.is_open

    def _search_the_open(self, rows: Ints) -> None:
        """Solve what is open exactly; every choice better than the one at hand is made of open candidates only."""
        part = merged(self.whole, rows)
        solved = solve(
            part,
            self.k,
            greedy(part, self.k),
            time_limit_s=self.limit_s - (time.monotonic() - self.began),
            gap=self.gap,
            stop=lambda: self._is_over(1.0),
            progress=lambda value, bound: self._tell("exact", value, bound),
        )
        before = self.value
        if solved.value > before:
            self.chosen, self.value = rows[solved.chosen], solved.value
        self.bound = min(self.bound, max(before, solved.bound))


def _areas(given: ArrayLike | None) -> Geometries:
    return np.atleast_1d(np.asarray([] if given is None else given, dtype=object))


def _spread(seen: Matrix, keep: Ints, count: int) -> Matrix:
    """Return the rows of `seen` put at the places `keep` of a matrix with `count` rows, the others empty."""
    sizes = np.zeros(count, dtype=np.int64)
    sizes[keep] = np.diff(seen.indptr)
    start = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
    return type(seen)((seen.data, seen.indices, start), shape=(count, seen.shape[1]))


def _intruders(
    scene: Scene, candidates: Candidates, dwellings: Geometries, out: set[int], terms: Terms
) -> list[Refusal]:
    """Return a refusal for each candidate, not out already, whose view enters a dwelling's ground: the most seen."""
    keep = np.setdiff1d(np.arange(len(candidates)), list(out))
    camera, dwelling, seen = grounds_entered(
        scene, candidates.cameras.take(keep), dwellings, least_m2=terms.enters_m2, within_m=terms.within_m
    )
    order = np.lexsort((-seen, camera))
    most = order[np.unique(camera[order], return_index=True)[1]]
    sentence = "The view enters {area_m2} m² of the ground of dwelling number {number}."
    return [
        Refusal(int(keep[camera[i]]), sentence, {"area_m2": round(float(seen[i]), 1), "number": int(dwelling[i]) + 1})
        for i in most
    ]


def _with_grounds(siting: Siting, proposals: tuple[Proposal, ...]) -> tuple[Proposal, ...]:
    """Return the proposals with the dwellings' grounds their views enter, unless privacy is to be ignored."""
    terms = siting.terms
    if terms.privacy == "ignore" or not len(siting.dwellings_m) or not proposals:
        return proposals
    cameras = siting.candidates.cameras.take(np.array([proposal.candidate for proposal in proposals]))
    camera, dwelling, seen = grounds_entered(
        siting.scene, cameras, siting.dwellings_m, least_m2=terms.enters_m2, within_m=terms.within_m
    )
    return tuple(proposal.entering(dwelling[camera == i], seen[camera == i]) for i, proposal in enumerate(proposals))
