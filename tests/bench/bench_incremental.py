"""How long it takes until coverage is fresh after one camera was turned or moved, beside a run of everything.

    python -m tests.bench.bench_incremental            # 1,800 cameras, 53,000 buildings, through a database
    python -m tests.bench.bench_incremental --large    # 20,000 cameras, 475,000 buildings (minutes)

Needs GRIDBEAT_TEST_SERVER, a PostGIS on which a database may be made (it is dropped at the end). Prints a table and,
last, one line of JSON. In the same run the edited coverage is held against a full run's: areas and gaps must agree.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import click
import numpy as np
import shapely
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from cameras import neighbourhood, refresh
from cameras.commands import change_camera
from cameras.coverage import update_coverage
from data.copying import copy_rows
from data.database import connect, migrate
from gis.coverage import build_scene
from gis.crs import MetricFrame
from tests.bench.bench_coverage import SHIFT_M, cameras_of
from tests.gis.coverage_extract import load, tiled

COUNTY, TOWNSHIP, VILLAGE = "990101", "990101001", "990101001001"
FRAME = MetricFrame(122.5, 34.0, 0.0)


@contextmanager
def database() -> Any:
    """A migrated database that is dropped at the end."""
    server = make_url(os.environ["GRIDBEAT_TEST_SERVER"])
    name = f"gridbeat_bench_{os.getpid()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine = None
    try:
        url = server.set(database=name).render_as_string(hide_password=False)
        migrate(url)
        engine = connect(url, pool_size=2)
        yield engine
    finally:
        if engine:
            engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        admin.dispose()


def ewkb(shapes: Any) -> list[bytes]:
    lonlat = FRAME.to_lonlat(np.asarray(shapes, dtype=object))
    return shapely.to_wkb(shapely.set_srid(lonlat, 4326), include_srid=True).tolist()


def multi(shapes: Any) -> Any:
    """Polygons as multipolygons."""
    return [shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape]) for shape in shapes]


def cells_around(buildings: Any, wanted: int) -> Any:
    """Cells about as many buildings each: the ground nearest to some of them."""
    rng = np.random.default_rng(2)
    middles = shapely.get_coordinates(shapely.centroid(rng.choice(buildings, wanted, replace=False)))
    hull = shapely.buffer(shapely.convex_hull(shapely.multipoints(middles)), 200.0)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(middles), extend_to=hull))
    return shapely.intersection(cells, hull)


def fill(engine: Any, side: int, count: int, cells: int) -> int:
    """Liechtenstein in side × side replicas, with cells and cameras; returns how many buildings there are."""
    town = load("liechtenstein")
    scene = build_scene(town.buildings)
    buildings = tiled(scene.buildings, side, *SHIFT_M)
    cameras = cameras_of("liechtenstein", count, side=side)
    streets = [line for line in tiled(town.streets, side, *SHIFT_M) if line.length > 0]
    water = [part for part in tiled(town.water, side, *SHIFT_M) if part.is_valid and part.area > 0]
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers: they check every pair
        whole = ewkb(multi([shapely.box(*shapely.total_bounds(buildings)).buffer(500)]))[0]
        village = None
        for code in (COUNTY, TOWNSHIP, VILLAGE):
            copy_rows(connection, "divisions", ("code", "name", "parent_id", "area"), [(code, code, village, whole)])
            village = connection.scalar(text("SELECT id FROM divisions WHERE code = :code"), {"code": code})
        made = [cell for cell in cells_around(buildings, cells) if cell.geom_type == "Polygon"]
        # no village has so many cells; the bench does not mind whose they are
        lines = [(f"{VILLAGE[:9]}{at:06d}", f"Cell {at}", village, blob) for at, blob in enumerate(ewkb(multi(made)))]
        copy_rows(connection, "cells", ("code", "name", "village_id", "area"), lines)
        lines = [("bench", str(at), blob) for at, blob in enumerate(ewkb(multi(buildings)))]
        copy_rows(connection, "buildings", ("source", "source_ref", "area"), lines)
        lines = [("bench", str(at), "residential", blob) for at, blob in enumerate(ewkb(streets))]
        copy_rows(connection, "streets", ("source", "source_ref", "kind", "path"), lines)
        lines = [("bench", str(at), "water", blob) for at, blob in enumerate(ewkb(multi(water)))]
        copy_rows(connection, "land_covers", ("source", "source_ref", "kind", "area"), lines)
        points = ewkb(shapely.points(cameras.x_m, cameras.y_m))
        columns = np.column_stack([cameras.bearing_deg, cameras.hfov_deg, cameras.range_m, cameras.height_m]).tolist()
        lines = [(f"C{at}", f"C{at}", points[at], *columns[at]) for at in range(count)]
        names = ("code", "name", "place", "bearing_deg", "hfov_deg", "range_m", "mount_height_m")
        copy_rows(connection, "cameras", names, lines)
        connection.execute(text("SET LOCAL session_replication_role = origin"))
        connection.execute(text("UPDATE cameras SET place = place"))  # each finds its cell
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return len(buildings)


class Engine:
    """Measures the part of an edit that is spent in the engine: views, ground and cover, not reading and writing."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> Engine:
        self._kept = {name: getattr(neighbourhood, name) for name in ("see", "build_scene", "cover", "ground_again")}
        for name, act in self._kept.items():
            setattr(neighbourhood, name, self._timed(act))
        return self

    def __exit__(self, *_: object) -> None:
        for name, act in self._kept.items():
            setattr(neighbourhood, name, act)

    def _timed(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return act(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - began

        return timed


def edit(engine: Any, rng: Any, ids: list[int]) -> tuple[float, float, int]:
    """Turn or move one camera in a transaction of its own; seconds in all, in the engine, and cells touched."""
    touched: list[int] = []
    whole = refresh._refresh

    def watch(*args: Any, **kwargs: Any) -> Any:
        found = whole(*args, **kwargs)
        touched.append(len(found.cell_ids))
        return found

    refresh._refresh = watch
    camera_id = int(rng.choice(ids))
    began = time.perf_counter()
    with Engine() as inside, Session(engine) as session, session.begin():
        row = session.execute(
            text("SELECT version, st_x(place) AS lon, st_y(place) AS lat FROM cameras WHERE id = :id"),
            {"id": camera_id},
        ).one()
        said = {"bearing_deg": float(rng.uniform(0, 360))}
        if rng.random() < 0.5:
            said |= {"lon": row.lon + float(rng.normal(0, 2e-4)), "lat": row.lat + float(rng.normal(0, 2e-4))}
        change_camera(session, camera_id, version=row.version, scope=("",), actor_id=None, **said)
    refresh._refresh = whole
    return time.perf_counter() - began, inside.seconds, sum(touched)


def figures(session: Session) -> dict[str, Any]:
    cells = session.execute(
        text(
            "SELECT cell_id, watched_area_m2, watched_twice_area_m2, unwatched_street_m FROM cell_coverages ORDER BY 1"
        )
    ).all()
    gaps = session.execute(
        text("SELECT cell_id, sum(area_m2), count(*) FROM coverage_gaps GROUP BY 1 ORDER BY 1")
    ).all()
    return {"cells": np.array(cells, dtype=float), "gaps": np.array(gaps, dtype=float)}


def furthest(one: Any, other: Any) -> float:
    """The largest difference in relation to the size (or to 1)."""
    if one.shape != other.shape:
        return float("inf")
    return float((np.abs(one - other) / np.maximum(np.abs(other), 1.0)).max(initial=0.0))


def measure(side: int, count: int, cells: int, edits: int, *, profile: bool = False) -> dict[str, Any]:
    with database() as engine:
        buildings = fill(engine, side, count, cells)
        began = time.perf_counter()
        profiler = cProfile.Profile()
        if profile:
            profiler.enable()
        with Session(engine) as session, session.begin():
            steps = update_coverage(session).seconds
        full_s = time.perf_counter() - began
        if profile:
            profiler.disable()
            pstats.Stats(profiler).sort_stats("cumulative").print_stats(40)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        rng = np.random.default_rng(3)
        with Session(engine) as session:
            ids = list(session.scalars(text("SELECT id FROM cameras ORDER BY id")))
        for _ in range(5):
            edit(engine, rng, ids)
        profiler = cProfile.Profile()
        if profile:
            profiler.enable()
        found = np.array([edit(engine, rng, ids) for _ in range(edits)])
        if profile:
            profiler.disable()
            pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)
        click.echo(f"  edits p50, p95 (ms): {np.percentile(found[:, 0], [50, 95]) * 1000}; now the check", err=True)
        with Session(engine) as session:
            edited = figures(session)
            update_coverage(session)
            fresh = figures(session)
            session.rollback()
    at = lambda column, share: float(np.percentile(found[:, column], share) * 1000)  # noqa: E731 - said once, read thrice
    return {
        "case": f"{count} cameras, {buildings} buildings, {cells} cells, {edits} edits",
        "full_run_s": full_s,
        "full_run_steps_s": steps,
        "edit_p50_ms": at(0, 50),
        "edit_p95_ms": at(0, 95),
        "edit_max_ms": at(0, 100),
        "engine_p50_ms": at(1, 50),
        "engine_p95_ms": at(1, 95),
        "cells_touched_mean": float(found[:, 2].mean()),
        "quicker_than_a_full_run": full_s * 1000 / at(0, 50),
        "cells_differ": furthest(edited["cells"], fresh["cells"]),
        "gaps_differ": furthest(edited["gaps"], fresh["gaps"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="20,000 cameras and 475,000 buildings (minutes)")
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--profile", action="store_true", help="say where the time of the edits goes")
    asked = parser.parse_args()
    size = (6, 20_000, 10_800) if asked.large else (2, 1_800, 1_200)
    result = measure(*size, asked.edits, profile=asked.profile)
    for name, value in result.items():
        click.echo(f"  {name:28} {value:12.4g}" if isinstance(value, float) else f"  {name:28} {value}")
    click.echo(json.dumps(result))


if __name__ == "__main__":
    main()
