"""`gridbeat patrol plan`: from files to files, without a database, and every refusal in a sentence."""

import json
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
import shapely
from click.testing import CliRunner

from tests.gis.small_networks import lonlat
from tests.gis.street_extracts import EXTRACTS
from webapp.cli import main
from webapp.cli.patrol_files import read_streets


@pytest.fixture(autouse=True)
def _no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever asks for a database fails."""
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg2://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("GRIDBEAT_HOME", str(tmp_path / "no-home"))


def place(x: float, y: float) -> str:
    return "{:.7f},{:.7f}".format(*lonlat((x, y))[0])


@pytest.fixture
def streets(tmp_path: Path) -> Path:
    """Six streets by six, 100 m apart, and one that hangs on nothing."""
    lines = [[(0, y), *((x, y) for x in range(100, 501, 100))] for y in range(0, 501, 100)]
    lines += [[(x, 0), *((x, y) for y in range(100, 501, 100))] for x in range(0, 501, 100)]
    lines += [[(0, 2000), (500, 2000)]]
    table = gpd.GeoDataFrame(
        {"street_id": range(1, len(lines) + 1), "highway": "residential", "name": [f"S{n}" for n in range(len(lines))]},
        geometry=[shapely.LineString(lonlat(*line)) for line in lines],
        crs=4326,
    )
    path = tmp_path / "streets.gpkg"
    table.to_crs(32632).to_file(path, layer="streets")
    return path


def planned(streets: Path, out: Path, *more: str, code: int = 0) -> dict:
    asked = ["patrol", "plan", "--streets", str(streets), "--out", str(out), "--json", "--iterations", "60"]
    outcome = CliRunner().invoke(main, [*asked, *more])
    assert outcome.exit_code == code, outcome.output
    return json.loads(outcome.stdout)


def test_plan_when_asked_from_files_keeps_its_limit_and_says_what_it_covers(streets, tmp_path):
    more = ("--station", place(200, 200), "--teams", "2", "--limit-m", "2000", "--bound")
    found = planned(streets, tmp_path / "out", *more)
    assert len(found["km_by_team"]) == len(found["minutes_by_team"]) == 2
    assert max(found["km_by_team"]) <= 2.0
    assert found["minutes_by_team"] == pytest.approx([km * 1000 / 80 for km in found["km_by_team"]], rel=1e-3)
    assert 0.8 < found["share_of_bound"] <= 1.0
    assert found["missed_checkpoints"] == []
    assert found["seconds"] > 0
    routes = gpd.read_file(tmp_path / "out" / "routes.gpkg", layer="routes")
    assert routes.to_crs(32632).length.to_numpy() / 1000 == pytest.approx(found["km_by_team"], rel=2e-3)
    steps = gpd.read_file(tmp_path / "out" / "routes.gpkg", layer="steps")
    for _, team in steps.groupby("team"):
        for before, after in pairwise(team.geometry):
            assert before.coords[-1] == pytest.approx(after.coords[0], abs=1e-7)
    gpx = ET.fromstring((tmp_path / "out" / "routes.gpx").read_bytes())  # noqa: S314 - our own file
    assert len(gpx.findall("{http://www.topografix.com/GPX/1/1}rte")) == 2
    assert json.loads((tmp_path / "out" / "plan.json").read_text())["covered_priority"] == found["covered_priority"]
    again = planned(streets, tmp_path / "again", *more)
    assert again["covered_by_team"] == found["covered_by_team"]


def test_plan_when_priorities_name_streets_covers_those_and_counts_the_unknown(streets, tmp_path):
    table = tmp_path / "priorities.csv"
    table.write_text("street_id,priority\n1,5\n2,0\n99,4\n3,high\n4,-1\n")
    more = ("--station", place(200, 0), "--hours", "0.3", "--priorities", str(table))
    found = planned(streets, tmp_path / "out", *more, code=1)
    assert found["covered_priority"] == pytest.approx(5 * 500, rel=1e-3)
    assert found["unknown_streets"] == 1
    assert [(row["file"], row["row"]) for row in found["refused"]] == [("priorities", 5), ("priorities", 6)]


def test_plan_when_priorities_are_points_goes_where_they_are(streets, tmp_path):
    points = gpd.GeoDataFrame({"weight": [3.0]}, geometry=[shapely.Point(lonlat((500, 500))[0])], crs=4326)
    points.to_file(tmp_path / "spots.geojson", driver="GeoJSON")
    more = ("--station", place(0, 0), "--hours", "0.5", "--priorities", str(tmp_path / "spots.geojson"))
    planned(streets, tmp_path / "out", *more)
    route = gpd.read_file(tmp_path / "out" / "routes.gpkg", layer="routes").to_crs(32632).geometry[0]
    goal = gpd.GeoSeries(points.geometry).to_crs(32632)[0]
    assert route.distance(goal) < 100


def test_plan_when_checkpoints_cannot_all_be_made_names_the_missed_ones(streets, tmp_path):
    rows = [
        ("gate", place(300, 300), "60,,"),
        ("late", place(100, 100), "0,300,400"),
        ("isle", place(250, 2000), "0,,"),
    ]
    lines = [f"{name},{at},{rest}" for name, at, rest in rows]
    table = tmp_path / "checkpoints.csv"
    table.write_text("\n".join(["name,lon,lat,dwell_s,opens_min,closes_min", *lines]))
    more = ("--station", place(200, 200), "--hours", "0.5", "--checkpoints", str(table), "--slack", "0.05")
    found = planned(streets, tmp_path / "out", *more, code=1)
    assert {missed["name"]: missed["code"] for missed in found["missed_checkpoints"]} == {
        "late": "window_closed",
        "isle": "not_connected",
    }
    assert all(missed["reason"].endswith(".") for missed in found["missed_checkpoints"])
    assert [visit["name"] for visit in found["checkpoints"][0]] == ["gate"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--station", place(0, 0), "--hours", "1", "--teams", "0"), "1 to 48 teams"),
        (("--station", place(9000, 0), "--hours", "1"), "no street within"),
        (("--station", place(0, 0)), "either --limit-m or --hours"),
        (("--station", place(0, 0), "--hours", "1", "--seconds", "1"), "either --iterations or --seconds"),
        (("--station", "12;5", "--hours", "1"), "is no place"),
        (("--station", place(0, 0), "--hours", "1", "--forbid", "77"), "no street 77"),
        (("--station", place(0, 0), "--hours", "1", "--priorities", "nowhere.csv"), "no file nowhere.csv"),
        (("--station", place(0, 0), "--hours", "200"), "cannot be planned"),
    ],
)
def test_plan_when_it_cannot_be_is_refused_in_a_sentence_and_leaves_nothing(streets, tmp_path, more, sentence):
    asked = ["patrol", "plan", "--streets", str(streets), "--out", str(tmp_path / "out"), "--iterations", "5", *more]
    outcome = CliRunner().invoke(main, asked)
    assert outcome.exit_code == 2
    assert sentence in " ".join(outcome.output.split())
    assert "Traceback" not in outcome.output
    assert not (tmp_path / "out" / "plan.json").exists()


def test_streets_when_of_an_area_without_any_are_refused(tmp_path):
    empty = tmp_path / "streets.geojson"
    empty.write_text('{"type": "FeatureCollection", "features": []}')
    more = ["--station", place(0, 0), "--hours", "1", "--out", str(tmp_path / "out")]
    outcome = CliRunner().invoke(main, ["patrol", "plan", "--streets", str(empty), *more])
    assert outcome.exit_code == 2
    assert "holds no features" in " ".join(outcome.output.split())


def test_streets_when_in_gcj02_are_put_where_they_are(tmp_path):
    """A Chinese web map draws everything some 500 m away; a station given in WGS 84 must still find its street."""
    from coord_convert.transform import wgs2gcj

    line = [(122.50, 34.00), (122.52, 34.00)]
    shifted = gpd.GeoDataFrame({"street_id": [1]}, geometry=[shapely.LineString([wgs2gcj(*at) for at in line])])
    shifted.to_file(tmp_path / "streets.geojson", driver="GeoJSON")
    right, _ = read_streets(tmp_path / "streets.geojson", crs="gcj02")
    wrong, _ = read_streets(tmp_path / "streets.geojson")
    assert right.points_lonlat == pytest.approx(np.array(line), abs=2e-5)
    assert np.abs(wrong.points_lonlat - np.array(line)).max() > 1e-3


def test_windows_when_they_close_before_they_open_are_refused(streets, tmp_path):
    table = tmp_path / "checkpoints.csv"
    table.write_text(f"name,lon,lat,opens_min,closes_min\ngate,{place(300, 300)},20,10\n")
    asked = ["patrol", "plan", "--streets", str(streets), "--out", str(tmp_path / "out"), "--hours", "1"]
    outcome = CliRunner().invoke(main, [*asked, "--station", place(0, 0), "--checkpoints", str(table)])
    assert outcome.exit_code == 2
    assert "closes before it opens" in " ".join(outcome.output.split())


@pytest.mark.extracts
def test_streets_when_read_from_an_extract_are_those_one_may_use():
    path = EXTRACTS / "liechtenstein.osm.pbf"
    if not path.exists():
        pytest.skip(f"the extract {path.name} is not in GRIDBEAT_EXTRACTS ({EXTRACTS})")
    network, refused = read_streets(path, "car")
    assert refused == []
    assert network.edge_count > 3000
    assert not set(np.unique(network.street_classes)) & {"steps", "footway"}
