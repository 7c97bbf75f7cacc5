"""What `gridbeat coverage run` leaves behind: views.gpkg, two CSV files, and a summary that scripts can read."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from webapp.cli.coverage_folder import Columns, add_layer, all_or_nothing, peak_rss_mb, write_csv
from webapp.cli.coverage_run import Answer

GPKG, CAMERAS, REFUSED = "views.gpkg", "cameras.csv", "refused.csv"


def write(answer: Answer, out: Path) -> list[str]:
    """Write all files into the folder `out` and return their names; when anything fails nothing is left there.

    Raises Refused when the folder cannot be made or written to.
    """
    with all_or_nothing(out) as hidden:
        _write_layers(answer, hidden / GPKG)
        write_csv(hidden / CAMERAS, _CAMERA_HEADER, _camera_rows(answer))
        write_csv(hidden / REFUSED, _REFUSED_HEADER, ((r.file, r.row, r.id, r.reason) for r in answer.refused))
    return [GPKG, CAMERAS, REFUSED]


_CAMERA_HEADER = ("camera_id", "exact_area_m2", "polygon_area_m2", "snapped_m")
_REFUSED_HEADER = ("file", "row", "id", "reason")


def _camera_rows(answer: Answer) -> Any:
    views = answer.views
    columns = (views.exact_area_m2, views.polygon_area_m2, views.snapped_m)
    return zip(answer.given.camera_ids, *(np.round(column, 6).tolist() for column in columns), strict=True)


def _write_layers(answer: Answer, path: Path) -> None:
    views, coverage, ground, given = answer.views, answer.coverage, answer.ground, answer.given
    cell_ids = np.array(answer.cell_ids, dtype=object)
    street_ids = np.array(given.street_ids, dtype=object)
    gaps, street_gaps = coverage.gaps, coverage.street_gaps
    add = partial(add_layer, path, given.frame)
    add("views", views.polygons, _view_columns(answer))
    whole = {"area_m2": np.array([float(shapely.area(coverage.watched))])}
    add("union", np.array([coverage.watched]), whole)
    columns = {"gap_id": np.arange(1, len(gaps.polygons) + 1), "cell_id": cell_ids[gaps.cell], "area_m2": gaps.area_m2}
    add("gaps", gaps.polygons, columns)
    add("cells", ground.cells, _cell_columns(answer, cell_ids))
    columns = {"street": street_ids[street_gaps.street], "length_m": street_gaps.length_m}
    add("street_gaps", street_gaps.lines, columns, "MultiLineString")


def _view_columns(answer: Answer) -> Columns:
    views = answer.views
    return {
        "camera_id": np.array(answer.given.camera_ids, dtype=object),
        "exact_area_m2": views.exact_area_m2,
        "polygon_area_m2": views.polygon_area_m2,
        "snapped_m": views.snapped_m,
        "is_blind": views.is_blind,
    }


def _cell_columns(answer: Answer, cell_ids: NDArray[Any]) -> Columns:
    coverage = answer.coverage
    exactly = coverage.exactly_m2
    return {
        "cell_id": cell_ids,
        "open_m2": coverage.open_m2,
        "watched_m2": coverage.cell_watched_m2,
        "share": coverage.share,
        "by_none_m2": exactly[:, 0],
        "by_one_m2": exactly[:, 1],
        "by_two_m2": exactly[:, 2],
        "by_three_or_more_m2": exactly[:, 3],
    }


def summary(answer: Answer, seconds: dict[str, float]) -> dict[str, Any]:
    """The answer in numbers, ready for JSON: areas in m², lengths in m, shares from 0 to 1, null for what has none."""
    views, coverage, given = answer.views, answer.coverage, answer.given
    share = coverage.open_share
    return {
        "cameras": len(given.camera_ids),
        "buildings": answer.scene.report.used,
        "snapped": int(answer.findings.is_snapped.sum()),
        "blind": int(views.is_blind.sum()),
        "visible_area_m2_sum": float(views.exact_area_m2.sum()),
        "polygon_area_m2_sum": float(views.polygon_area_m2.sum()),
        "union_area_m2": float(shapely.area(coverage.watched)),
        "covered_share": None if np.isnan(share) else share,
        "gap_count": len(coverage.gaps.polygons),
        "gap_area_m2": float(coverage.gaps.area_m2.sum()),
        "street_gap_count": len(coverage.street_gaps.lines),
        "street_gap_m": float(coverage.street_gaps.length_m.sum()),
        "ground": "camera ranges" if given.cells is None else "cells",
        "cells": len(answer.ground.cells),
        "open_m2": float(coverage.open_m2.sum()),
        "open_m2_seen_by": dict(zip(_TIMES, coverage.exactly_m2.sum(axis=0).tolist(), strict=True)),
        "crs": given.frame.crs.to_string(),
        "data_quality": _data_quality(answer),
        "refused_count": len(answer.refused),
        "refused": [vars(row) for row in answer.refused],
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "peak_rss_mb": round(peak_rss_mb(), 1),
    }


_TIMES = ("none", "one", "two", "three_or_more")


def _data_quality(answer: Answer) -> dict[str, Any]:
    found, heights, ids = answer.findings, answer.given.heights, answer.given.camera_ids
    return {
        "building_heights": heights.counts(),
        "building_heights_impossible": len(heights.dropped),
        "buildings_repaired": len(found.repaired),
        "cameras_height_unknown": found.unknown_camera_height,
        "cameras_inside_buildings": int(found.is_inside.sum()),
        "cameras_inside_share": found.inside_share,
        "cameras_moved_over_1_m": int(found.is_moved_far.sum()),
        "cameras_without_any_building_in_range": int(found.is_alone.sum()),
        "cameras_recorded_twice": [[ids[camera], ids[earlier]] for camera, earlier in found.duplicates],
    }
