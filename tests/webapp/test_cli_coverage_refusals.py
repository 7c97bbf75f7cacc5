"""`gridbeat coverage run` and input that is wrong: one sentence, the rest kept, nothing half written."""

import csv
import doctest
import json

import pytest
import shapely

from tests.webapp.coverage_files_at_hand import (
    BUILDINGS,
    EAST,
    NORTH,
    answer,
    areas_in,
    buildings,
    cameras,
    gridbeat,
    written,
)
from webapp.cli import coverage_files, coverage_frame

pytestmark = pytest.mark.usefixtures("no_database")

BAD_ROWS = """camera_id,lon,lat,bearing_deg,hfov_deg,range_m,pitch_deg
good,9.5,47.1,10,90,60,
zero,9.5,47.1,10,0,60,
many,9.5,47.1,10,720,60,
nan,9.5,47.1,nan,90,60,
word,9.5,47.1,10,wide,60,
far,9.5,47.1,10,90,-5,
good,9.5,47.1,10,90,60,
nowhere,,47.1,10,90,60,
moon,9.5,147.1,10,90,60,
null,0,0,10,90,60,
away,99.5,7.1,10,90,60,
steep,9.5,47.1,10,90,60,120
"""


def test_rows_when_they_cannot_be_used_are_named_and_the_rest_kept(tmp_path):
    (tmp_path / "c.csv").write_text(BAD_ROWS)
    shapes = [BUILDINGS[0], shapely.Point(EAST, NORTH), None, shapely.LineString([(EAST, NORTH), (EAST + 9, NORTH)])]
    shapes += [shapely.Polygon([(EAST, NORTH), (EAST + 9, NORTH), (EAST, NORTH)])]
    path = written(buildings(shapes), tmp_path / "b.gpkg")
    result = gridbeat(tmp_path, cameras=tmp_path / "c.csv", buildings=path)
    found = answer(result)
    assert (result.exit_code, found["cameras"], found["buildings"]) == (1, 1, 1)
    assert list(areas_in(tmp_path)) == ["good"]
    reasons = {(row["file"], row["row"]): row["reason"] for row in found["refused"]}
    words = {3: "0.0°", 4: "720.0°", 5: "“nan”", 6: "“wide”", 7: "-5.0 m", 8: "comes twice; row 2 is kept"}
    words |= {9: "no place", 10: "not lie on earth", 11: "means unknown", 12: "250 km", 13: "pitch is 120.0°"}
    for row, word in words.items():
        assert word in reasons[("cameras", row)]
    assert "is a Point" in reasons[("buildings", 2)]
    assert reasons[("buildings", 3)] == "The row has no place."
    assert "is a LineString" in reasons[("buildings", 4)]
    assert "no area" in reasons[("buildings", 5)]
    assert len(found["refused"]) == found["refused_count"] == 15
    with (tmp_path / "out/refused.csv").open() as file:
        assert [row["reason"] for row in csv.DictReader(file)] == [row["reason"] for row in found["refused"]]


def test_geojson_when_a_number_is_nan_refuses_that_camera(scene, tmp_path):
    features = [
        {"type": "Feature", "properties": {"camera_id": name, "bearing_deg": 0, "hfov_deg": hfov}}
        | {"geometry": {"type": "Point", "coordinates": [9.5, 47.1]}}
        for name, hfov in (("a", 90), ("b", float("nan")), ("c", None))
    ]
    (tmp_path / "c.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    found = answer(gridbeat(tmp_path, cameras=tmp_path / "c.geojson", buildings=scene["buildings"]))
    assert [(row["id"], row["reason"]) for row in found["refused"]] == [("b", "hfov_deg is “NaN”, which is no number.")]
    assert list(areas_in(tmp_path)) == ["a", "c"]


@pytest.mark.parametrize(
    ("make", "options", "words"),
    [
        (None, {"cameras": "nothing.gpkg"}, "There is no file"),
        ("c.txt", {"cameras": "c.txt"}, "cannot be read as cameras"),
        ("b.csv", {"buildings": "b.csv"}, "cannot be read as buildings"),
        ("c.csv", {"cameras": "c.csv"}, "has no columns lon and lat"),
        ("c.gpkg", {"cameras": "c.gpkg"}, "is damaged"),
        ("c.geojson", {"cameras": "c.geojson"}, "is damaged"),
        ("b.parquet", {"buildings": "b.parquet"}, "no GeoParquet"),
        (None, {"crs": "EPSG:999999"}, "not in the register"),
        (None, {"crs": "metres"}, "not a coordinate system"),
    ],
)
def test_run_when_a_file_or_system_is_wrong_says_so_in_one_sentence(scene, tmp_path, make, options, words):
    if make:
        (tmp_path / make).write_text("these are\nno coordinates\n")
    asked = scene | {name: tmp_path / value if name != "crs" else value for name, value in options.items()}
    result = gridbeat(tmp_path, **asked)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_run_when_metres_are_not_declared_asks_for_the_system(scene, tmp_path):
    table = cameras().drop(columns="geometry").assign(x=cameras().geometry.x, y=cameras().geometry.y)
    table.to_csv(tmp_path / "c.csv", index=False)
    result = gridbeat(tmp_path, cameras=tmp_path / "c.csv", buildings=scene["buildings"])
    assert result.exit_code == 2
    assert "are no degrees; say with --crs EPSG:n" in " ".join(result.stderr.split())
    told = answer(gridbeat(tmp_path, cameras=tmp_path / "c.csv", buildings=scene["buildings"], crs="EPSG:32632"))
    assert told["visible_area_m2_sum"] == pytest.approx(answer(gridbeat(tmp_path, **scene))["visible_area_m2_sum"])


@pytest.mark.parametrize("east", [0.0, EAST])
def test_geojson_when_it_holds_metres_without_a_word_is_in_the_declared_system(tmp_path, east):
    """Near 0, 0 the numbers could be degrees, but then the houses would be larger than countries."""
    features = [
        {
            "type": "Feature",
            "properties": {"bearing_deg": 90, "range_m": 60},
            "geometry": shapely.geometry.mapping(shape),
        }
        for shape in (shapely.Point(east + 30, 40), shapely.box(east + 50, 0, east + 60, 80))
    ]
    for name, feature in zip(("c", "b"), features, strict=True):
        (tmp_path / f"{name}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    files = {"cameras": tmp_path / "c.geojson", "buildings": tmp_path / "b.geojson"}
    found = answer(gridbeat(tmp_path, **files, crs="EPSG:32632"))
    assert (found["crs"], found["refused"]) == ("EPSG:32632", [])
    assert found["visible_area_m2_sum"] == pytest.approx(400.0, rel=1e-3)


def test_geojson_when_it_holds_degrees_is_worked_on_in_the_declared_metres(scene, tmp_path):
    """As its standard says: a declared system of metres does not make degrees into metres."""
    flat = answer(gridbeat(tmp_path, **scene))
    files = {}
    for name, frame in (("cameras", cameras()), ("buildings", buildings())):
        content = json.loads(frame.to_crs(4326).to_json(drop_id=True))
        content.pop("crs", None)
        files[name] = tmp_path / f"{name}.geojson"
        files[name].write_text(json.dumps(content))
    found = answer(gridbeat(tmp_path, **files, crs="EPSG:32632"))
    assert found["visible_area_m2_sum"] == pytest.approx(flat["visible_area_m2_sum"], rel=1e-6)


@pytest.mark.parametrize("module", [coverage_files, coverage_frame])
def test_examples_when_run_give_what_they_say(module):
    found = doctest.testmod(module)
    assert (found.failed, found.attempted > 0) == (0, True)


def test_run_when_no_camera_is_left_names_the_first_fault(scene, tmp_path):
    (tmp_path / "c.csv").write_text("lon,lat,hfov_deg\n9.5,47.1,0\n9.5,47.1,720\n")
    result = gridbeat(tmp_path, cameras=tmp_path / "c.csv", buildings=scene["buildings"])
    assert result.exit_code == 2
    assert "None of the 2 cameras in c.csv can be used; row 2: The field of view is 0.0°" in " ".join(
        result.stderr.split()
    )


def test_run_when_the_folder_cannot_be_written_leaves_nothing_behind(scene, tmp_path):
    (tmp_path / "out/views.gpkg/taken").mkdir(parents=True)
    result = gridbeat(tmp_path, **scene)
    assert result.exit_code == 2
    assert "cannot be written to" in " ".join(result.stderr.split())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["views.gpkg"]


def test_coordinates_when_geojson_says_nan_are_called_no_numbers(tmp_path):
    def file(name, *features):
        listed = [{"type": "Feature", "properties": said, "geometry": shape} for said, shape in features]
        path = tmp_path / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": listed}))  # writes NaN as it is
        return path

    nan, ring = float("nan"), [[9.5002, 47.1002], [9.5003, 47.1002], [9.5003, 47.1003], [9.5002, 47.1002]]
    views = {"bearing_deg": 10, "hfov_deg": 90, "range_m": 60}
    points = [{"type": "Point", "coordinates": pair} for pair in ([9.5, 47.1], [nan, 47.1])]
    areas = [
        {"type": "Polygon", "coordinates": [corners]}
        for corners in (ring, [[nan, 47.1002], *ring[1:3], [nan, 47.1002]])
    ]
    cameras_file = file("c.geojson", *(({"camera_id": str(at)} | views, one) for at, one in enumerate(points)))
    result = gridbeat(tmp_path, cameras=cameras_file, buildings=file("b.geojson", *(({}, one) for one in areas)))
    found = answer(result)
    assert (found["cameras"], found["buildings"]) == (1, 1)
    assert [(row["file"], row["row"]) for row in found["refused"]] == [("cameras", 2), ("buildings", 2)]
    assert all("not a number" in row["reason"] for row in found["refused"])
    assert "Warning" not in result.stderr
