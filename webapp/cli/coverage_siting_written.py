"""What `gridbeat coverage site` leaves behind: sites.gpkg, two CSV files, and a summary that scripts can read."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.coverage.siting_demand import KINDS, WEIGHTS
from gis.coverage.siting_proposals import Proposal
from webapp.cli.coverage_folder import Columns, add_layer, all_or_nothing, peak_rss_mb, write_csv
from webapp.cli.coverage_siting_run import Answer

GPKG, EXCLUDED, REFUSED = "sites.gpkg", "excluded.csv", "refused.csv"


def write(answer: Answer, out: Path) -> list[str]:
    """Write all files into the folder `out` and return their names; when anything fails nothing is left there.

    Raises Refused when the folder cannot be made or written to.
    """
    with all_or_nothing(out) as hidden:
        _write_layers(answer, hidden / GPKG)
        write_csv(hidden / EXCLUDED, ("candidate_id", "bearing_deg", "reason"), _excluded(answer))
        refused = [(row.file, row.row, row.id, row.reason) for row in answer.given.refused]
        write_csv(hidden / REFUSED, ("file", "row", "id", "reason"), refused)
    return [GPKG, EXCLUDED, REFUSED]


def _excluded(answer: Answer) -> list[tuple[Any, ...]]:
    ids, bearing = answer.given.candidate_ids, answer.given.candidates.cameras.bearing_deg
    return [
        (ids[refusal.index], round(float(bearing[refusal.index]), 3), refusal.sentence.format(**refusal.facts))
        for refusal in answer.siting.exclusions
    ]


def _write_layers(answer: Answer, path: Path) -> None:
    """Write the layers `sites` (points) and `views` (polygons), empty ones too."""
    chosen = [_told(answer, place) for place in range(len(answer.sites.proposals))]
    columns: Columns = {
        "rank": np.arange(1, len(chosen) + 1),
        "candidate_id": np.array([one["id"] for one in chosen], dtype=object),
        "bearing_deg": np.array([one["bearing_deg"] for one in chosen], dtype=np.float64),
        "weight": np.array([one["weight"] for one in chosen], dtype=np.float64),
    }
    detail = {f"adds_{kind}": np.array([one["adds"].get(kind, 0.0) for one in chosen], dtype=float) for kind in KINDS}
    detail["share"] = np.array([one["share"] for one in chosen], dtype=np.float64)
    detail["entered_m2"] = np.array([one["entered_m2"] for one in chosen], dtype=np.float64)
    why = {"why": np.array([" ".join(one["why"]) for one in chosen], dtype=object)}
    points = np.asarray(shapely.points(np.column_stack([answer.views.x_m, answer.views.y_m])), dtype=object)
    add_layer(path, answer.given.frame, "sites", points, columns | detail | why, "Point")
    add_layer(path, answer.given.frame, "views", answer.views.polygons, columns)


def summary(answer: Answer) -> dict[str, Any]:
    """The answer in numbers, ready for JSON; `value`, `bound` and all weights are in the unit of the weights."""
    sites, given, demand = answer.sites, answer.given, answer.siting.demand
    reasons = Counter(refusal.sentence for refusal in answer.siting.exclusions)
    seconds = answer.clock.seconds | {f"choosing_{step}": spent for step, spent in sites.seconds.items()}
    seconds["total"] = sum(answer.clock.seconds.values())
    is_known = bool(np.isfinite(sites.gap))
    return {
        "candidates": len(given.candidates),
        "poles": len(np.unique(given.candidates.pole)),
        "existing": 0 if given.existing is None else len(given.existing),
        "chosen": [_told(answer, place) for place in range(len(sites.proposals))],
        "value": sites.value,
        "bound": sites.bound,
        "gap": sites.gap if is_known else None,
        "is_optimal": sites.is_optimal,
        "greedy_value": sites.greedy_value,
        "value_before": sites.value_before,
        "demand": {
            "from": answer.demand_from,
            "points": len(demand),
            "weight": sites.demand_weight,
            "amounts": demand.by_kind(demand.amount),
            "usual_weights": dict(WEIGHTS),
        },
        "excluded_count": len(answer.siting.exclusions),
        "excluded_by_reason": dict(reasons),
        "refused": [vars(row) for row in given.refused],
        "crs": given.frame.written.to_string(),
        "seconds": {name: round(spent, 3) for name, spent in seconds.items()},
        "peak_rss_mb": round(peak_rss_mb(), 1),
    }


def _told(answer: Answer, place: int) -> dict[str, Any]:
    """One chosen camera: which and where, what it adds to those before it, and why."""
    proposal: Proposal = answer.sites.proposals[place]
    cameras = answer.given.candidates.cameras
    point = np.array([shapely.Point(answer.views.x_m[place], answer.views.y_m[place])], dtype=object)
    x, y = shapely.get_coordinates(answer.given.frame.to_written(point))[0].tolist()
    return {
        "id": answer.given.candidate_ids[proposal.candidate],
        "bearing_deg": float(cameras.bearing_deg[proposal.candidate]),
        "x": x,
        "y": y,
        "moved_m": round(float(answer.views.snapped_m[place]), 3),
        "adds": proposal.adds,
        "weight": proposal.weight,
        "share": proposal.share,
        "sees": proposal.sees,
        "lost_without": proposal.lost_without,
        "entered_m2": round(sum(seen for _, seen in proposal.enters), 1),
        "enters": [{"dwelling": dwelling + 1, "area_m2": round(seen, 1)} for dwelling, seen in proposal.enters],
        "why": [sentence.format(**facts) for sentence, facts in proposal.reasons],
    }
