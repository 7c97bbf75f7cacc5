"""`gridbeat coverage site`: files in, the best sites with proof out; bad rows named, the rest kept; no database."""

import csv
import json
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from click.testing import CliRunner, Result

from gis.coverage import Cameras, build_scene, see
from webapp.cli import main

CRS = "EPSG:32651"
EAST, NORTH = 500_000.0, 3_763_000.0  # on the zone's meridian: grid north is true north there

pytestmark = pytest.mark.usefixtures("no_database")


def shifted(shape):
    return shapely.transform(shape, lambda xy: xy + np.array([EAST, NORTH]))


def layer(path: Path, shapes: list, **columns: list) -> Path:
    geopandas.GeoDataFrame(columns, geometry=[shifted(shape) for shape in shapes], crs=CRS).to_file(path)
    return path


def points(path: Path, header: str, *rows: str) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def at(x: float, y: float) -> str:
    return f"{EAST + x},{NORTH + y}"


@pytest.fixture
def town(tmp_path: Path) -> dict[str, Path]:
    """One house between two poles, a street south of it, three incidents."""
    return {
        "buildings": layer(tmp_path / "b.gpkg", [shapely.box(-10, 10, 10, 30)]),
        "streets": layer(tmp_path / "s.gpkg", [shapely.LineString([(-150, -5), (150, -5)])]),
        "candidates": points(tmp_path / "c.csv", "candidate_id,x,y", f"west,{at(-40, 0)}", f"east,{at(40, 0)}"),
        "demand": points(
            tmp_path / "d.csv",
            "x,y,kind,weight",
            f"{at(-40, 40)},incident,",
            f"{at(-41, 40)},incident,",
            f"{at(70, 0)},place,30",
        ),
    }


def site(tmp_path: Path, files: dict[str, Path], *more: str) -> tuple[Result, dict]:
    options = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    out = ["--out", str(tmp_path / "out"), "--crs", CRS, "--json"]
    result = CliRunner().invoke(main, ["coverage", "site", *options, *out, *more])
    return result, json.loads(result.stdout) if result.stdout.startswith("{") else {}


def without(files: dict[str, Path], *names: str) -> dict[str, Path]:
    return {name: path for name, path in files.items() if name not in names}


def test_site_when_demand_is_given_chooses_the_best_and_proves_it(tmp_path, town):
    result, found = site(tmp_path, town, "-k", "2", "--bearings", "4")
    assert result.exit_code == 0, result.output
    assert [(one["id"], one["bearing_deg"]) for one in found["chosen"]] == [("west", 0.0), ("east", 90.0)]
    assert [one["adds"] for one in found["chosen"]] == [{"incident": 2.0}, {"place": 1.0}]
    assert (found["value"], found["bound"], found["gap"], found["is_optimal"]) == (70.0, 70.0, 0.0, True)
    assert (found["candidates"], found["poles"], found["existing"]) == (8, 2, 0)
    assert found["demand"]["from"] == "file"
    assert found["chosen"][0]["x"] == pytest.approx(EAST - 40, abs=1e-3)
    assert found["peak_rss_mb"] > 0
    assert found["seconds"]["total"] > 0


def test_site_when_written_can_be_read_as_points_and_views(tmp_path, town):
    _, found = site(tmp_path, town, "-k", "2", "--bearings", "4")
    path = tmp_path / "out" / "sites.gpkg"
    assert [str(name) for name, _ in pyogrio.list_layers(path)] == ["sites", "views"]
    sites, views = (geopandas.read_file(path, layer=name) for name in ("sites", "views"))
    assert sites["candidate_id"].tolist() == ["west", "east"]
    assert sites["adds_incident"].tolist() == [2.0, 0.0]
    assert sites.crs == CRS
    scene = build_scene([shapely.box(-10, 10, 10, 30)])
    expected = see(scene, Cameras.of([-40, 40], 0, [0, 90])).polygon_area_m2
    assert views.area.tolist() == pytest.approx(expected.tolist(), rel=1e-3)
    assert found["files"] == [str(tmp_path / "out" / name) for name in ("sites.gpkg", "excluded.csv", "refused.csv")]


def test_site_when_cameras_are_there_counts_only_what_is_new(tmp_path, town):
    cameras = points(tmp_path / "there.csv", "camera_id,x,y,bearing_deg", f"A,{at(-40, 0)},0")
    _, found = site(tmp_path, town | {"cameras": cameras}, "-k", "2", "--bearings", "4")
    assert [one["id"] for one in found["chosen"]] == ["east"]
    assert (found["existing"], found["value_before"], found["value"]) == (1, 40.0, 30.0)


def test_site_when_no_demand_is_given_takes_the_streets_or_else_open_ground(tmp_path, town):
    _, street = site(tmp_path, without(town, "demand"), "-k", "1")
    assert street["demand"]["from"] == "streets"
    assert street["demand"]["amounts"] == {"street": pytest.approx(300.0)}
    _, ground = site(tmp_path, without(town, "demand", "streets"), "-k", "1")
    assert ground["demand"]["from"] == "open ground"
    circles = shapely.union_all([shapely.Point(x, 0).buffer(80, 64) for x in (-40, 40)])
    assert ground["demand"]["amounts"]["open_ground"] == pytest.approx(circles.area - 400, rel=0.04)
    assert ground["chosen"][0]["adds"]["open_ground"] > 4000


def test_site_when_no_candidates_are_given_makes_them_along_the_streets(tmp_path, town):
    result, found = site(tmp_path, without(town, "candidates", "demand"), "-k", "3", "--every-m", "50")
    assert result.exit_code == 0, result.output
    assert (found["poles"], found["candidates"]) == (6, 48)
    along = [one["bearing_deg"] % 180 for one in found["chosen"]]
    assert min(min(abs(turn - 90), 180 - abs(turn - 90)) for turn in along) < 46


def test_site_when_places_are_forbidden_or_dwellings_entered_keeps_away(tmp_path, town):
    forbidden = layer(tmp_path / "f.gpkg", [shapely.box(30, -5, 50, 5)])
    garden = layer(tmp_path / "w.gpkg", [shapely.box(-50, 20, -30, 30)])
    asked = town | {"forbidden": forbidden, "dwellings": garden}
    _, warned = site(tmp_path, asked, "-k", "2", "--bearings", "4")
    assert [(one["id"], one["bearing_deg"]) for one in warned["chosen"]] == [("west", 0.0)]
    assert warned["chosen"][0]["entered_m2"] == pytest.approx(200.0)
    assert any("200" in sentence for sentence in warned["chosen"][0]["why"])
    assert warned["excluded_count"] == 4
    with (tmp_path / "out" / "excluded.csv").open(encoding="utf-8") as file:
        assert {row["candidate_id"] for row in csv.DictReader(file)} == {"east"}
    _, strict = site(tmp_path, asked, "-k", "2", "--bearings", "4", "--privacy", "exclude")
    assert strict["chosen"] == []
    assert (strict["value"], strict["bound"]) == (0.0, 0.0)


def test_site_when_rows_are_bad_names_each_and_uses_the_rest(tmp_path, town):
    town["candidates"] = points(
        tmp_path / "bad.csv",
        "candidate_id,x,y,bearing_deg,hfov_deg",
        f"good,{at(-40, 0)},0,90",
        f"good,{at(-40, 0)},90,90",
        f"good,{at(-40, 0)},0,90",
        f"wide,{at(0, 0)},0,720",
        f"word,{at(0, 0)},north,90",
        "nowhere,,,0,90",
    )
    town["demand"] = points(tmp_path / "bd.csv", "x,y,kind,weight", f"{at(-40, 40)},incident,5", f"{at(0, 0)},ufo,1")
    result, found = site(tmp_path, town, "-k", "2")
    assert result.exit_code == 1
    assert [one["id"] for one in found["chosen"]] == ["good"]
    refused = {(row["file"], row["row"], row["id"]) for row in found["refused"]}
    assert refused == {
        ("candidates", 4, "good"),
        ("candidates", 5, "wide"),
        ("candidates", 6, "word"),
        ("candidates", 7, "nowhere"),
        ("demand", 3, "3"),
    }
    reasons = " ".join(row["reason"] for row in found["refused"])
    assert "720" in reasons
    assert "north" in reasons
    assert "ufo" in reasons


def test_site_when_nothing_can_be_used_refuses_in_one_sentence(tmp_path, town):
    bad = points(tmp_path / "bad.csv", "candidate_id,x,y,hfov_deg,bearing_deg", f"wide,{at(0, 0)},720,0")
    for files in (
        town | {"candidates": bad},
        without(town, "candidates", "streets"),
        town | {"candidates": tmp_path / "none.csv"},
        town | {"demand": points(tmp_path / "w.csv", "x,y,weight", f"{at(0, 0)},-4")},
    ):
        result, _ = site(tmp_path, files, "-k", "1")
        assert result.exit_code == 2
        assert "Traceback" not in result.output
        assert not (tmp_path / "out").exists()


def test_site_when_run_again_gives_the_same_choice(tmp_path, town):
    answers = [site(tmp_path, without(town, "demand"), "-k", "2")[1] for _ in range(2)]
    for answer in answers:
        del answer["seconds"], answer["peak_rss_mb"]
    assert answers[0] == answers[1]


def test_site_when_asked_in_words_says_what_each_adds(tmp_path, town):
    options = [part for name, path in town.items() for part in (f"--{name}", str(path))]
    result = CliRunner().invoke(
        main, ["coverage", "site", *options, "--out", str(tmp_path / "out"), "-k", "1", "--crs", CRS]
    )
    assert result.exit_code == 0, result.output
    assert "proven best" in result.stdout
    assert "2.0 incidents" in result.stdout
