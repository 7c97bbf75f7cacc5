"""`gridbeat patrol verify` on files: what was walked, held against a plan and the truth; bad files are explained."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from click.testing import CliRunner

from tests.patrols.test_track_files import gpx
from webapp.cli import main

BEGIN = datetime(2026, 11, 22, 8, tzinfo=UTC)
STREETS = [
    ("a", [(122.31, 33.81), (122.315, 33.81), (122.32, 33.81)]),
    ("b", [(122.315, 33.81), (122.315, 33.815)]),
    ("c", [(122.31, 33.815), (122.315, 33.815), (122.32, 33.815)]),
]


@pytest.fixture
def files(tmp_path):
    random = np.random.default_rng(2)
    lines = [
        {"type": "Feature", "properties": {"street_id": ref, "highway": "residential"},
         "geometry": {"type": "LineString", "coordinates": line}}
        for ref, line in STREETS
    ]  # fmt: skip
    (tmp_path / "streets.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": lines}))
    lon = np.concatenate([np.linspace(122.31, 122.315, 25), np.full(30, 122.315)])
    lat = np.concatenate([np.full(25, 33.81), np.linspace(33.81, 33.815, 30)])
    noise = random.normal(0, 0.00003, (2, 55))
    points = [
        (BEGIN + timedelta(seconds=15 * n), float(x), float(y))
        for n, (x, y) in enumerate(zip(lon + noise[0], lat + noise[1], strict=True))
    ]
    (tmp_path / "walk.gpx").write_bytes(gpx(points))
    rows = "".join(f"{at.isoformat()},{x},{y},5\n" for at, x, y in points)
    (tmp_path / "walk.csv").write_text("time,lon,lat,accuracy\n" + rows)
    way = {"type": "LineString", "coordinates": [(122.31, 33.81), (122.315, 33.81), (122.315, 33.815)]}
    truth = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": way}]}
    (tmp_path / "truth.geojson").write_text(json.dumps(truth))
    (tmp_path / "truth.csv").write_text("street_id\na\nb\nc\n")
    return tmp_path


def verify(folder, *more, track="walk.gpx"):
    asked = ["patrol", "verify", "--streets", str(folder / "streets.geojson"), "--track", str(folder / track), *more]
    return CliRunner().invoke(main, asked)


def told(answer):
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


@pytest.mark.parametrize("track", ["walk.gpx", "walk.csv"])
def test_track_when_verified_tells_segments_and_precision(files, track):
    found = told(verify(files, "--truth", str(files / "truth.geojson"), "--json", track=track))
    assert found["counted_segments"] == 2
    assert {one["street_id"] for one in found["segments"] if one["is_counted"]} == {"a", "b"}
    assert found["covered_km"] == pytest.approx(0.463 + 0.555, rel=0.03)
    assert found["truth"]["precision"] >= 0.97
    assert found["truth"]["recall"] >= 0.95


def test_track_when_held_against_a_list_of_streets_and_written_out(files):
    out = files / "segments.geojson"
    found = told(verify(files, "--truth", str(files / "truth.csv"), "--json", "--out", str(out)))
    assert (found["truth"]["precision"], found["truth"]["recall"]) == (1.0, pytest.approx(2 / 3))
    assert len(json.loads(out.read_text())["features"]) == len(found["segments"])


def test_track_when_held_against_a_plan_says_what_was_missed(files):
    import pyogrio
    import shapely

    (files / "plan").mkdir()
    lines = shapely.to_wkb([shapely.LineString(STREETS[2][1]), shapely.LineString(STREETS[0][1])])
    pyogrio.raw.write(
        files / "plan/routes.gpkg", np.asarray(lines, object), [np.array([1, 2])], ["team"],
        layer="routes", geometry_type="LineString", crs="EPSG:4326",
    )  # fmt: skip
    found = told(verify(files, "--plan", str(files / "plan"), "--json"))["plan"]
    assert (found["team"], found["missed_segments"], found["missed_street_ids"]) == (2, 1, ["a"])
    assert found["covered_km"] == pytest.approx(0.463, rel=0.03)
    other = told(verify(files, "--plan", str(files / "plan"), "--team", "1", "--json"))["plan"]
    assert other["covered_km"] == 0
    assert verify(files, "--plan", str(files / "plan"), "--team", "3").exit_code == 2


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none.gpx", None, "There is no file"),
        ("bad.gpx", "<gpx", "no XML"),
        ("bad.csv", "when,where\n1,2\n", "needs the columns time, lon and lat"),
        ("odd.csv", "time,lon,lat\nsoon,1,2\n", "Row 2 of odd.csv"),
        ("empty.csv", "time,lon,lat\n", ""),
        ("walk.kml", "<kml/>", "no track; bring GPX or CSV"),
        ("zero.csv", "time,lon,lat\n0,0,0\n10,0,0\n", "can be believed"),
    ],
)
def test_track_when_it_cannot_be_read_is_explained(files, name, content, sentence):
    if content is not None:
        (files / name).write_text(content)
    answer = verify(files, track=name)
    assert answer.exit_code == 2
    assert sentence in " ".join(answer.stderr.split())
