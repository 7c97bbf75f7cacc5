"""Small files of cameras and buildings for `gridbeat coverage run`, and the command itself."""

import csv
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from click.testing import CliRunner, Result

from webapp.cli import main

EAST, NORTH = 541_000.0, 5_222_000.0  # in the valley of the Rhine, zone 32
LAYERS = {"views", "union", "gaps", "cells", "street_gaps"}
BUILDINGS = np.array(
    [shapely.box(EAST + x, NORTH + y, EAST + x + 18, NORTH + y + 12) for x in (0, 40, 90) for y in (0, 30, 31, 80)]
)


def gridbeat(folder: Path, **options: object) -> Result:
    words = ["coverage", "run", "--json", "--out", str(folder / "out")]
    for name, value in options.items():
        words += [f"--{name}", str(value)]
    return CliRunner().invoke(main, words)


def answer(result: Result) -> dict:
    assert result.exit_code in {0, 1}, result.output
    return json.loads(result.stdout)


def cameras(count: int = 12, seed: int = 4, **columns: object) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    x, y = EAST + rng.uniform(-10, 120, count), NORTH + rng.uniform(-10, 110, count)
    values = {
        "camera_id": [f"C-{number}" for number in range(count)],
        "bearing_deg": rng.uniform(0, 360, count),
        "hfov_deg": 90.0,
        "range_m": rng.uniform(30, 80, count),
        "height_m": 5.0,
    }
    return gpd.GeoDataFrame(values | columns, geometry=shapely.points(x, y), crs=32632)


def written(frame: gpd.GeoDataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".csv":
        table = frame.drop(columns="geometry").assign(lon=frame.geometry.x, lat=frame.geometry.y)
        table.to_csv(path, index=False)
    else:
        frame.to_file(path)
    return path


def buildings(shapes: object = BUILDINGS, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=32632)  # type: ignore[call-overload]


def areas_in(folder: Path) -> dict[str, float]:
    with (folder / "out/cameras.csv").open() as file:
        return {row["camera_id"]: float(row["exact_area_m2"]) for row in csv.DictReader(file)}
