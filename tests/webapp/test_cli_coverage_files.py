"""`gridbeat coverage run`: from files to files, without a database, checked against plain shapely."""

import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from click.testing import CliRunner

from gis.coverage import Cameras, build_scene, see
from tests.gis.coverage_extract import beside_streets, load, path_of
from tests.gis.coverage_oracle import random_town, shadow_union_view
from tests.webapp.coverage_files_at_hand import (
    BUILDINGS,
    EAST,
    LAYERS,
    NORTH,
    answer,
    areas_in,
    buildings,
    cameras,
    gridbeat,
    written,
)
from webapp.cli import main

pytestmark = pytest.mark.usefixtures("no_database")


def test_run_when_input_is_in_metres_equals_united_shadows(scene, tmp_path):
    found = answer(gridbeat(tmp_path, **scene))
    assert (found["cameras"], found["buildings"], found["refused"]) == (12, 12, [])
    given, oracle = cameras(), build_scene(shapely.transform(BUILDINGS, lambda xy: xy - [EAST, NORTH]))
    lon, lat = gpd.GeoSeries(given.geometry).to_crs(4326).get_coordinates().to_numpy().T
    turn = pyproj.Proj("EPSG:32632").get_factors(lon, lat).meridian_convergence
    x, y = given.geometry.x - EAST, given.geometry.y - NORTH
    where = see(oracle, Cameras.of(x, y, 0, 360, 1))  # only for where they stand after snapping
    seen = [
        shadow_union_view(oracle, where.x_m[i], where.y_m[i], bearing - turn[i], 90.0, reach)
        for i, (bearing, reach) in enumerate(zip(given.bearing_deg, given.range_m, strict=True))
    ]
    np.testing.assert_allclose(list(areas_in(tmp_path).values()), shapely.area(seen), rtol=1e-4, atol=0.05)
    assert found["visible_area_m2_sum"] == pytest.approx(shapely.area(seen).sum(), rel=1e-5)
    assert found["union_area_m2"] == pytest.approx(shapely.union_all(seen).area, rel=1e-3)
    assert found["snapped"] == int((where.snapped_m > 0).sum()) > 0
    assert found["crs"] == "EPSG:32632"
    assert found["peak_rss_mb"] > 10
    assert {"reading", "scene", "views", "ground", "cover", "writing", "total"} == set(found["seconds"])


def test_files_when_written_hold_every_layer_and_agree_with_the_json(scene, tmp_path):
    found = answer(gridbeat(tmp_path, **scene))
    path = tmp_path / "out/views.gpkg"
    assert {name for name, _ in pyogrio.list_layers(path)} == LAYERS
    views, union = (gpd.read_file(path, layer=name) for name in ("views", "union"))
    assert views.crs == union.crs == "EPSG:32632"
    assert list(views.camera_id) == [f"C-{number}" for number in range(12)]
    np.testing.assert_allclose(views.geometry.area, views.polygon_area_m2, rtol=1e-6)
    assert union.geometry.area.item() == pytest.approx(found["union_area_m2"])
    assert shapely.union_all(views.geometry).area == pytest.approx(found["union_area_m2"], rel=1e-6)
    assert len(gpd.read_file(path, layer="gaps")) == found["gap_count"]
    assert (tmp_path / "out/cameras.csv").read_text().startswith("camera_id,exact_area_m2,polygon_area_m2,snapped_m\n")
    assert (tmp_path / "out/refused.csv").read_text().splitlines() == ["file,row,id,reason"]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["cameras.csv", "refused.csv", "views.gpkg"]


def test_share_when_no_cells_are_given_is_of_the_open_ground_within_range(scene, tmp_path):
    found = answer(gridbeat(tmp_path, **scene))
    given = cameras()
    circles = shapely.union_all(shapely.buffer(given.geometry.to_numpy(), given.range_m, quad_segs=16))
    is_open = shapely.difference(circles, shapely.union_all(BUILDINGS))
    assert found["ground"] == "camera ranges"
    assert found["open_m2"] == pytest.approx(is_open.area, rel=1e-6)
    assert found["covered_share"] == pytest.approx(found["union_area_m2"] / is_open.area, rel=5e-3)
    assert sum(found["open_m2_seen_by"].values()) == pytest.approx(found["open_m2"])


def test_cells_and_streets_when_given_measure_shares_and_merged_street_gaps(scene, tmp_path):
    grid = [shapely.box(EAST + x, NORTH - 20, EAST + x + 75, NORTH + 120) for x in (-20, 55)]
    cells = gpd.GeoDataFrame({"code": ["west", "east"]}, geometry=grid, crs=32632)
    far = [shapely.LineString([(EAST + x, NORTH + 400), (EAST + x + 6, NORTH + 400)]) for x in (0, 6, 12)]
    near = [shapely.LineString([(EAST - 20, NORTH + 21), (EAST + 130, NORTH + 21)])]
    streets = gpd.GeoDataFrame({"name": ["Far Lane"] * 3 + [None]}, geometry=far + near, crs=32632)
    layers = {"cells": written(cells, tmp_path / "x.gpkg"), "streets": written(streets, tmp_path / "s.geojson")}
    found = answer(gridbeat(tmp_path, **scene, **layers))
    path = tmp_path / "out/views.gpkg"
    seen = gpd.read_file(path, layer="union").geometry.item()
    shares = gpd.read_file(path, layer="cells").set_index("cell_id")
    for name, cell in zip(("west", "east"), grid, strict=True):
        is_open = cell.difference(shapely.union_all(BUILDINGS))
        assert shares.open_m2[name] == pytest.approx(is_open.area, rel=1e-6)
        assert shares.watched_m2[name] == pytest.approx(is_open.intersection(seen).area, rel=1e-5)
        assert shares.share[name] == pytest.approx(shares.watched_m2[name] / shares.open_m2[name])
    times = shares[["by_none_m2", "by_one_m2", "by_two_m2", "by_three_or_more_m2"]].sum(axis=1)
    np.testing.assert_allclose(times, shares.open_m2)
    gaps = gpd.read_file(path, layer="gaps")
    assert (gaps.geometry.distance(near[0]) <= 12).all()
    assert set(gaps.cell_id) <= {"west", "east"}
    lines = gpd.read_file(path, layer="street_gaps")
    assert lines[lines.street == "Far Lane"].length_m.to_list() == [pytest.approx(18.0)]
    unseen = near[0].difference(seen)
    listed = sum(part.length for part in shapely.get_parts(unseen) if part.length >= 10)
    assert lines[lines.street == "4"].length_m.sum() == pytest.approx(listed, abs=0.01)
    assert found["street_gap_m"] == pytest.approx(lines.length_m.sum())


@pytest.mark.parametrize("ending", ["geojson", "csv", "parquet", "gpkg"])
def test_run_when_files_are_in_degrees_sees_the_same(scene, tmp_path, ending):
    flat = answer(gridbeat(tmp_path, **scene))
    round_files = {
        "cameras": written(cameras().to_crs(4326), tmp_path / f"c.{ending}"),
        "buildings": written(buildings().to_crs(4326), tmp_path / f"b.{'gpkg' if ending == 'csv' else ending}"),
    }
    found = answer(gridbeat(tmp_path, **round_files))
    assert found["visible_area_m2_sum"] == pytest.approx(
        flat["visible_area_m2_sum"], rel=2e-3
    )  # zone 32 is 0.04 % short
    assert found["snapped"] == flat["snapped"]
    assert gpd.read_file(tmp_path / "out/views.gpkg", layer="views").crs == "EPSG:4326"
    asked = answer(gridbeat(tmp_path, **round_files, crs="EPSG:32632"))
    assert asked["crs"] == "EPSG:32632"
    assert asked["visible_area_m2_sum"] == pytest.approx(flat["visible_area_m2_sum"], rel=1e-5)


def test_run_when_csv_holds_eastings_with_the_zone_in_front_keeps_a_millimetre(scene, tmp_path):
    """EPSG:4524: zone 36, eastings of 36 million metres, which a float32 would step through by 4 m."""
    there = cameras().set_crs(4524, allow_override=True)
    there.geometry = shapely.transform(
        there.geometry.to_numpy(), lambda xy: xy - [EAST, NORTH] + [36_500_000, 3_800_000]
    )
    houses = shapely.transform(BUILDINGS, lambda xy: xy - [EAST, NORTH] + [36_500_000, 3_800_000])
    table = there.drop(columns="geometry").assign(x=there.geometry.x, y=there.geometry.y)
    table.to_csv(tmp_path / "c.csv", index=False)
    houses = gpd.GeoDataFrame(geometry=houses, crs=4524)
    found = answer(
        gridbeat(tmp_path, cameras=tmp_path / "c.csv", buildings=written(houses, tmp_path / "h.gpkg"), crs="EPSG:4524")
    )
    assert found["crs"] == "EPSG:4524"
    here = see(
        build_scene(shapely.transform(BUILDINGS, lambda xy: xy - [EAST, NORTH])),
        Cameras.of(cameras().geometry.x - EAST, cameras().geometry.y - NORTH, there.bearing_deg, 90.0, there.range_m),
    )  # on the central meridian grid north is true north, to 0.001°
    np.testing.assert_allclose(list(areas_in(tmp_path).values()), here.exact_area_m2, rtol=1e-3, atol=0.1)


def test_run_when_cameras_are_declared_gcj02_puts_them_back_in_place(tmp_path):
    """A county in China: without the declaration the cameras lie hundreds of metres off."""
    lon, lat = 121.5, 34.0
    from coord_convert import transform as oracle

    house = shapely.box(lon, lat, lon + 2e-4, lat + 1e-4)
    shifted = oracle.wgs2gcj(lon + 1e-4, lat - 5e-5)
    (tmp_path / "c.csv").write_text(f"camera_id,lon,lat,bearing_deg,range_m\nA,{shifted[0]},{shifted[1]},0,60\n")
    path = written(gpd.GeoDataFrame(geometry=[house], crs=4326), tmp_path / "b.gpkg")
    right = answer(gridbeat(tmp_path, cameras=tmp_path / "c.csv", buildings=path, crs="gcj02"))
    wrong = answer(gridbeat(tmp_path, cameras=tmp_path / "c.csv", buildings=path))
    assert right["visible_area_m2_sum"] < 0.2 * wrong["visible_area_m2_sum"]
    assert wrong["data_quality"]["cameras_without_any_building_in_range"] == 1


def test_run_when_buildings_are_in_web_mercator_measures_true_metres(scene, tmp_path):
    flat = answer(gridbeat(tmp_path, **scene))
    path = written(buildings().to_crs(3857), tmp_path / "b.gpkg")
    found = answer(gridbeat(tmp_path, cameras=scene["cameras"], buildings=path))
    assert found["crs"] == "EPSG:32632"
    assert found["visible_area_m2_sum"] == pytest.approx(flat["visible_area_m2_sum"], rel=1e-5)


def test_run_when_heights_are_on_looks_over_low_roofs_only(tmp_path):
    files = {
        "cameras": written(cameras(height_m=6.0), tmp_path / "c.gpkg"),
        "buildings": written(
            buildings(height_m=[3.0, np.nan, np.nan, -1.0] * 3, levels=[9.0, 1.0, np.nan, np.nan] * 3),
            tmp_path / "b.gpkg",
        ),
    }
    over, flat = (answer(gridbeat(tmp_path, **files, heights=choice)) for choice in ("on", "off"))
    assert over["visible_area_m2_sum"] > flat["visible_area_m2_sum"] * 1.01
    assert over["data_quality"]["building_heights"] == {"unknown": 6, "measured": 3, "levels": 3, "assumed": 0}
    assert over["data_quality"]["building_heights_impossible"] == 3


def test_cameras_when_little_is_said_take_the_defaults(scene, tmp_path):
    """No bearing: a dome. A bearing without a field: 90°. No range: 80 m. No id: the row's number."""
    (tmp_path / "c.csv").write_text("lat,lon,bearing_deg\n10.0,9.5,\n10.0,9.6,45\n")
    found = answer(gridbeat(tmp_path, cameras=tmp_path / "c.csv", buildings=scene["buildings"], crs="wgs84"))
    assert areas_in(tmp_path) == {"2": pytest.approx(np.pi * 6400), "3": pytest.approx(np.pi * 1600)}
    assert found["data_quality"]["cameras_height_unknown"] == 2


def test_run_when_done_twice_is_identical(scene, tmp_path):
    first = answer(gridbeat(tmp_path, **scene))
    table = (tmp_path / "out/cameras.csv").read_bytes()
    views = gpd.read_file(tmp_path / "out/views.gpkg", layer="views")
    again = answer(gridbeat(tmp_path, **scene))
    assert table == (tmp_path / "out/cameras.csv").read_bytes()
    assert views.equals(gpd.read_file(tmp_path / "out/views.gpkg", layer="views"))
    for changing in ("seconds", "peak_rss_mb"):
        first.pop(changing), again.pop(changing)
    assert first == again


def test_run_when_asked_without_json_answers_in_words(scene, tmp_path):
    words = ["coverage", "run", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(
        main, [*words, "--cameras", str(scene["cameras"]), "--buildings", str(scene["buildings"])]
    )
    assert "12 cameras among 12 buildings" in result.stdout
    assert "views.gpkg" in result.stdout


@pytest.mark.extracts
def test_run_when_given_a_real_town_equals_united_shadows(tmp_path):
    path = path_of("liechtenstein")
    if not path.exists():
        pytest.skip(f"the extract {path.name} is not there; set GRIDBEAT_EXTRACTS to the folder that holds it")
    town = load("liechtenstein")
    xy, rng = beside_streets(town, 150, 9), np.random.default_rng(9)
    shift = np.array([EAST, NORTH])
    houses = gpd.GeoDataFrame(geometry=shapely.transform(town.buildings, lambda at: at + shift), crs=32632)
    values = {"bearing_deg": rng.uniform(0, 360, 150), "hfov_deg": 90.0, "range_m": rng.uniform(60, 100, 150)}
    given = gpd.GeoDataFrame(values, geometry=shapely.points(xy + shift), crs=32632)
    files = {"cameras": written(given, tmp_path / "c.gpkg"), "buildings": written(houses, tmp_path / "b.parquet")}
    found = answer(gridbeat(tmp_path, **files, heights="off"))
    scene = build_scene(town.buildings)
    where = see(scene, Cameras.of(xy[:, 0], xy[:, 1], 0, 360, 1))
    lonlat = given.geometry.to_crs(4326).get_coordinates().to_numpy()
    bearing = given.bearing_deg - pyproj.Proj("EPSG:32632").get_factors(*lonlat.T).meridian_convergence
    seen = [
        shadow_union_view(scene, *place)
        for place in zip(where.x_m, where.y_m, bearing, given.hfov_deg, given.range_m, strict=True)
    ]
    assert found["visible_area_m2_sum"] == pytest.approx(shapely.area(seen).sum(), rel=1e-4)
    assert found["union_area_m2"] == pytest.approx(shapely.union_all(seen).area, rel=1e-3)


def test_scene_when_random_gives_the_same_from_parquet_as_from_geopackage(tmp_path):
    town = shapely.transform(
        random_town(np.random.default_rng(5), 40), lambda xy: xy + np.array([EAST + 50, NORTH + 50])
    )
    camera = written(cameras(), tmp_path / "c.parquet")
    one, other = (
        answer(gridbeat(tmp_path, cameras=camera, buildings=written(buildings(town), tmp_path / f"b.{ending}")))
        for ending in ("parquet", "gpkg")
    )
    assert one["visible_area_m2_sum"] == other["visible_area_m2_sum"]
