"""What every chosen camera adds, and why it was chosen; and what any set of cameras is worth, for comparing plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from gis.coverage.cameras import Cameras
from gis.coverage.footprints import Floats, Ints
from gis.coverage.scene import Scene
from gis.coverage.siting_demand import Demand
from gis.coverage.siting_problem import Problem
from gis.coverage.siting_sight import sight
from gis.coverage.snapping import NEAR_M
from gis.errors import BadParameter

#: One sentence for what a camera adds of each kind; the facts are put in after translation.
ADDS = MappingProxyType(
    {
        "street": "It adds {amount} m of street that nobody sees yet.",
        "incident": "It sees the places of {amount} incidents that nobody sees yet.",
        "place": "It sees {amount} places that nobody sees yet.",
        "open_ground": "It adds {amount} m² of open ground that nobody sees yet.",
    }
)
SHARES = "{percent} % of what it sees is seen by other cameras already."
ENTERS = "Its view enters {area_m2} m² of the ground of {count} dwellings: mask it or turn the camera."

Reason = tuple[str, dict[str, object]]


@dataclass(frozen=True)
class Proposal:
    """One camera to put up: which candidate, what it adds to those before it, and why, as sentences with facts.

    `adds`: by kind the amount (m, incidents, places, m²) it adds; `weight`: what that is worth, `share`: of all demand.
    `sees`: by kind the whole amount in its view. `lost_without`: what would be lost if it alone were left out of the
    choice. `enters`: (dwelling, m²) of every dwelling's ground its view enters.
    """

    candidate: int
    adds: dict[str, float]
    weight: float
    share: float
    sees: dict[str, float]
    lost_without: float
    reasons: tuple[Reason, ...]
    enters: tuple[tuple[int, float], ...] = ()

    def entering(self, dwelling: Ints, seen_m2: Floats) -> Proposal:
        """Return the proposal with these dwellings' grounds, and the warning that goes with them.

        >>> proposal = Proposal(0, {}, 1.0, 0.1, {}, 1.0, ())
        >>> proposal.entering(np.array([3]), np.array([12.34])).reasons[0][1]
        {'area_m2': 12.3, 'count': 1}
        """
        if not len(dwelling):
            return self
        facts: dict[str, object] = {"area_m2": round(float(seen_m2.sum()), 1), "count": len(dwelling)}
        enters = tuple(zip(dwelling.tolist(), seen_m2.tolist(), strict=True))
        return replace(self, enters=enters, reasons=(*self.reasons, (ENTERS, facts)))


def proposals_of(problem: Problem, demand: Demand, chosen: Ints) -> tuple[Proposal, ...]:
    """Return a proposal for each chosen candidate, in the order given; `problem` has a column per demand point.

    >>> from gis.coverage.siting_demand import INCIDENT, points_wanted
    >>> from gis.coverage.siting_problem import problem_of
    >>> wanted = points_wanted([[0, 0], [1, 0], [2, 0]], INCIDENT, worth=1.0)
    >>> one, other = proposals_of(problem_of([[1, 1, 0], [0, 1, 1]], [1.0] * 3), wanted, np.array([0, 1]))
    >>> one.adds, other.adds, one.lost_without
    ({'incident': 2.0}, {'incident': 1.0}, 1.0)
    """
    left = problem.need.copy()
    counts = problem.counts(chosen)
    start, index = problem.sees.indptr, problem.sees.indices
    per_seeing = np.divide(
        problem.weight, demand.weight, out=np.ones(len(demand)), where=demand.weight > 0.0
    )  # 1 / seen_by: how much of a point's amount one seeing is
    total = max(float(demand.weight.sum()), 1e-12)
    proposals = []
    for candidate in chosen.tolist():
        seen = index[start[candidate] : start[candidate + 1]]
        new = np.minimum(left[seen], 1.0)
        left[seen] -= new
        alone = np.clip(problem.need[seen] - (counts[seen] - 1.0), 0.0, 1.0)
        adds = _amounts(demand, seen, new * per_seeing[seen])
        sees = _amounts(demand, seen, np.ones(len(seen)))
        weight = float(problem.weight[seen] @ new)
        whole = float(demand.weight[seen].sum())
        proposals.append(
            Proposal(
                candidate=candidate,
                adds=adds,
                weight=weight,
                share=weight / total,
                sees=sees,
                lost_without=float(problem.weight[seen] @ alone),
                reasons=_reasons(adds, whole, float((demand.weight * per_seeing)[seen] @ new)),
            )
        )
    return tuple(proposals)


def _amounts(demand: Demand, seen: Ints, part: Floats) -> dict[str, float]:
    amounts = np.zeros(len(demand))
    amounts[seen] = demand.amount[seen] * part
    return {kind: amount for kind, amount in demand.by_kind(amounts).items() if amount > 0.0}


def _reasons(adds: Mapping[str, float], whole: float, new: float) -> tuple[Reason, ...]:
    reasons: list[Reason] = [(ADDS[kind], {"amount": round(amount, 1)}) for kind, amount in adds.items()]
    percent = round(100.0 * (1.0 - new / whole)) if whole > 0.0 else 0
    if percent > 0:
        reasons.append((SHARES, {"percent": percent}))
    return tuple(reasons)


@dataclass(frozen=True)
class Worth:
    """What a set of cameras is worth for some demand.

    `value`: weight seen, `share`: of all weight. By kind: `seen` amount and `wanted` amount (m, incidents, places, m²).
    `cameras`: how many there are, `idle`: how many of them see nothing of the demand.
    """

    value: float
    share: float
    seen: dict[str, float]
    wanted: dict[str, float]
    cameras: int
    idle: int


def compare(
    scene: Scene,
    demand: Demand,
    plans: Mapping[str, Cameras],
    *,
    seen_by: int = 1,
    target_m: float = 0.0,
    px_per_m: float | None = None,
    within_m: float = NEAR_M,
) -> dict[str, Worth]:
    """Return what each plan (a name and all its cameras) is worth for the demand, in the order given.

    A point seen by fewer than `seen_by` cameras counts in part. Raises BadParameter when `seen_by` is below 1.

    >>> from gis.coverage import build_scene
    >>> from gis.coverage.siting_demand import INCIDENT, points_wanted
    >>> wanted = points_wanted([[0, 50], [0, -50]], INCIDENT, worth=1.0)
    >>> plans = {"north": Cameras.of(0, 0, 0), "both": Cameras.of(0, 0, [0, 180])}
    >>> {name: worth.share for name, worth in compare(build_scene([]), wanted, plans).items()}
    {'north': 0.5, 'both': 1.0}
    """
    if seen_by < 1:
        raise BadParameter("How many cameras must see a point is at least 1.")
    wanted = demand.by_kind(demand.amount)
    found = {}
    for name, cameras in plans.items():
        sees = sight(scene, cameras, demand.xy_m, target_m=target_m, px_per_m=px_per_m, snap_within_m=within_m)
        part = np.minimum(sees.getnnz(axis=0), seen_by) / seen_by
        value = float(demand.weight @ part)
        total = float(demand.weight.sum())
        found[name] = Worth(
            value=value,
            share=value / total if total > 0.0 else 0.0,
            seen=demand.by_kind(demand.amount * part),
            wanted=wanted,
            cameras=len(cameras),
            idle=int((sees.getnnz(axis=1) == 0).sum()),
        )
    return found
