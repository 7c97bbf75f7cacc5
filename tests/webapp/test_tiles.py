"""Tiles: what is in them, who gets which, how fresh they are, how large they may be."""

import gzip
import math
from datetime import UTC, datetime, timedelta

import pytest
from shapely import box
from sqlalchemy import text

from tests.build import CELL, COUNTY, TOWNSHIP
from tests.webapp.mvt import read_tile

LON, LAT = 122.32, 33.85
NEIGHBOUR = "990101002"
GROUND = "land_covers,streets,buildings,places"


def square(zoom: int, lon: float = LON, lat: float = LAT) -> tuple[int, int]:
    """Column and row of the tile of that zoom that holds a place."""
    size = 1 << zoom
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * size
    return int((lon + 180) / 360 * size), int(row)


def address(kinds: str, zoom: int, lon: float = LON, lat: float = LAT) -> str:
    """The address of that tile."""
    column, row = square(zoom, lon, lat)
    return f"/tiles/{kinds}/{zoom}/{column}/{row}.mvt"


def layers_of(client, kinds: str, zoom: int, query: str = "", **where: float):
    answer = client.get(address(kinds, zoom, **where) + query)
    assert answer.status_code == 200, answer.text
    return read_tile(answer.data)


@pytest.fixture
def ground(build, session):
    build.cell(households=321)
    build.division(NEIGHBOUR, area=box(122.5, 33.8, 122.7, 34.0))
    build.division(NEIGHBOUR + "001", area=box(122.5, 33.8, 122.6, 33.9))
    build.cell(NEIGHBOUR + "001001", area=box(122.5, 33.8, 122.55, 33.9))
    build.street(f"{LON - 0.001} {LAT}, {LON + 0.001} {LAT}", name="和平路")
    build.street(f"{LON} {LAT - 0.01}, {LON} {LAT + 0.01}", ref="s2", kind="primary")
    build.building(box(LON, LAT, LON + 0.0004, LAT + 0.0004))
    build.camera("C1", LON, LAT)
    build.camera("C2", 122.52, LAT)
    session.flush()


def test_cells_tile_has_code_kind_and_whether_somebody_answers_for_it(ground, build, session, signed_in):
    build.assignment(build.cell(), build.worker())
    cells = layers_of(signed_in("centre_staff", COUNTY), "cells", 14)["cells"]
    assert [(cell.properties["code"], cell.properties["kind"], cell.properties["has_lead"]) for cell in cells] == [
        (CELL, "general", True)
    ]
    assert cells[0].kind == 3


def test_cells_tile_says_what_share_is_watched_only_to_those_who_may_see_cameras(ground, session, signed_in):
    session.execute(
        text(
            "WITH run AS (INSERT INTO coverage_runs (area_code, parameters, fingerprint, camera_count, building_count,"
            " started_at, finished_at) VALUES (:code, '{}', 'f', 1, 1, now(), now()) RETURNING id)"
            " INSERT INTO cell_coverages (cell_id, run_id, open_area_m2, watched_area_m2)"
            " SELECT cells.id, run.id, 1000, 379 FROM cells, run WHERE cells.code = :cell"
        ),
        {"code": COUNTY, "cell": CELL},
    )
    staff = layers_of(signed_in("centre_staff", COUNTY), "cells", 14)["cells"]
    volunteer = layers_of(signed_in("volunteer", COUNTY), "cells", 14)["cells"]
    assert staff[0].properties["watched"] == 37
    assert "watched" not in volunteer[0].properties


def test_divisions_tile_has_borders_and_one_place_for_each_name(ground, signed_in):
    layers = layers_of(signed_in("volunteer", COUNTY), "divisions", 11, lon=122.35)
    codes = {feature.properties["code"] for feature in layers["division_names"]}
    assert {"990101", TOWNSHIP, "990101001001"} <= {f.properties["code"] for f in layers["divisions"]}
    assert codes <= {f.properties["code"] for f in layers["divisions"]}
    assert all(feature.kind == 1 for feature in layers["division_names"])


def test_small_streets_and_buildings_when_seen_from_afar_are_left_out(ground, signed_in):
    client = signed_in("volunteer", COUNTY)
    near, far = layers_of(client, GROUND, 15), layers_of(client, GROUND, 11)
    assert {street.properties["kind"] for street in near["streets"]} == {"residential", "primary"}
    assert {street.properties.get("name") for street in near["streets"]} == {"和平路", None}
    assert len(near["buildings"]) == 1
    assert {street.properties["kind"] for street in far["streets"]} == {"primary"}
    assert "buildings" not in far


def test_joined_layers_are_the_same_as_single_ones(ground, signed_in):
    client = signed_in("centre_staff", COUNTY)
    joined = client.get(address("cells,cameras,divisions", 14)).data
    single = b"".join(client.get(address(kind, 14)).data for kind in ("cells", "cameras", "divisions"))
    assert joined == single


def test_cameras_from_afar_are_counted_and_near_by_each_one_has_its_direction(ground, build, signed_in):
    build.camera("C3", LON + 0.0001, LAT, status="fault")
    client = signed_in("dispatcher", TOWNSHIP)
    counts = layers_of(client, "cameras", 11)["camera_counts"]
    assert sum(f.properties["cameras"] for f in counts) == 2
    assert sum(f.properties["faulty"] for f in counts) == 1
    each = layers_of(client, "cameras", 15)["cameras"]
    assert {(f.properties["code"], f.properties["hfov_deg"]) for f in each} == {("C1", 60), ("C3", 60)}


@pytest.mark.parametrize(("kinds", "layer"), [("cells", "cells"), ("cameras", "cameras")])
def test_a_person_gets_the_own_area_only(ground, signed_in, kinds, layer):
    own, other = signed_in("centre_staff", TOWNSHIP), signed_in("centre_staff", NEIGHBOUR)
    assert layer in layers_of(own, kinds, 14)
    assert layer not in layers_of(other, kinds, 14)
    assert layer in layers_of(other, kinds, 14, lon=122.52)
    assert layer not in layers_of(own, kinds, 14, lon=122.52)


def test_the_ground_is_the_same_for_everybody(ground, signed_in):
    own, other = signed_in("centre_staff", TOWNSHIP), signed_in("volunteer", NEIGHBOUR)
    first, second = own.get(address(GROUND, 15)), other.get(address(GROUND, 15))
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]


@pytest.mark.parametrize("kinds", ["cameras", "camera_views", "coverage_gaps", "divisions,cameras"])
def test_camera_tiles_when_asked_by_a_volunteer_are_refused(ground, signed_in, kinds):
    assert signed_in("volunteer", COUNTY).get(address(kinds, 14)).status_code == 403


def test_tiles_without_signing_in_answer_401_as_json(client):
    answer = client.get(address("cells", 14))
    assert answer.status_code == 401
    assert answer.is_json


@pytest.mark.parametrize(
    "path", ["/tiles/nothing/3/1/1.mvt", "/tiles/cells,cells/3/1/1.mvt", "/tiles/cells,/3/1/1.mvt"]
)
def test_unknown_layers_answer_404_with_a_sentence(signed_in, path):
    answer = signed_in("volunteer").get(path)
    assert answer.status_code == 404
    assert answer.json["error"].endswith(".")


@pytest.mark.parametrize("place", ["21/0/0", "3/8/0", "3/0/8", "3/-1/0", "a/0/0", "3/1.5/0"])
def test_squares_outside_the_pyramid_answer_404_with_a_sentence(signed_in, place):
    answer = signed_in("volunteer").get(f"/tiles/cells/{place}.mvt")
    assert answer.status_code == 404
    assert answer.json["error"].endswith(".")


@pytest.mark.parametrize(
    ("kinds", "query"),
    [
        ("cells", "?status=open"),
        ("cells", "?x=1"),
        ("incidents", "?status=bad"),
        ("incidents", "?days=0"),
        ("incidents", "?days=1e3"),
        ("incidents", "?days=99999999999"),
        ("incidents", "?days=७"),
        ("incidents", "?group=';DROP TABLE cells;--"),
        ("incidents", "?category=<b>"),
        ("incidents", "?status=open&status=all"),
    ],
)
def test_unknown_parameters_and_values_answer_400_with_a_sentence(signed_in, kinds, query):
    answer = signed_in("dispatcher").get(address(kinds, 14) + query)
    assert answer.status_code == 400
    assert len(answer.json["error"]) > 20


def test_etag_when_nothing_changed_saves_the_answer(ground, signed_in):
    client = signed_in("centre_staff", COUNTY)
    first = client.get(address("cells", 14))
    again = client.get(address("cells", 14), headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == first.headers["ETag"]


def test_etag_when_the_layer_changed_is_another(ground, build, signed_in, session):
    client = signed_in("centre_staff", COUNTY)
    first = client.get(address("cameras", 15))
    # within one transaction the database writes one mark a layer; here a second transaction is played
    session.execute(text("INSERT INTO layer_changes (layer, changed_by) VALUES ('cameras', '99999999')"))
    build.camera("C9", LON + 0.0002, LAT)
    second = client.get(address("cameras", 15), headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert len(read_tile(second.data)["cameras"]) == len(read_tile(first.data)["cameras"]) + 1


def test_etag_differs_by_area_and_role(ground, signed_in):
    tags = {
        signed_in(role, area).get(address("cells", 14)).headers["ETag"]
        for role, area in (
            ("centre_staff", COUNTY),
            ("centre_staff", TOWNSHIP),
            ("volunteer", COUNTY),
            ("volunteer", TOWNSHIP),
        )
    }
    assert len(tags) == 4


def test_tiles_under_their_version_are_kept_for_good_and_only_by_the_own_browser(ground, signed_in):
    client = signed_in("centre_staff", COUNTY)
    version = client.get("/api/map/versions").json["cells"]
    fresh = client.get(address("cells", 14) + f"?v={version}").headers["Cache-Control"]
    stale = client.get(address("cells", 14) + "?v=old").headers["Cache-Control"]
    assert fresh == "private, max-age=31536000, immutable"
    assert stale == "private, no-cache"


def test_versions_of_joined_layers_are_put_together_by_the_browser(ground, signed_in):
    client = signed_in("centre_staff", COUNTY)
    versions = client.get("/api/map/versions").json
    joined = f"{versions['cells']}-{versions['divisions']}"
    answer = client.get(address("cells,divisions", 14) + f"?v={joined}")
    assert "immutable" in answer.headers["Cache-Control"]


def test_tiles_travel_zipped_to_whom_understands_it(ground, signed_in):
    client = signed_in("centre_staff", COUNTY)
    zipped = client.get(address("cells", 14), headers={"Accept-Encoding": "gzip, br"})
    plain = client.get(address("cells", 14))
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data


@pytest.fixture
def cases(build):
    build.cell()
    now = datetime.now(UTC)
    build.category("0102", group_code="01")
    build.category("0401", group_code="04")
    old = {"received_at": now - timedelta(days=40), "reported_at": now - timedelta(days=40)}
    build.incident(LON, LAT, priority="urgent")
    build.incident(LON, LAT + 0.0001, category_code="0401")
    build.incident(LON, LAT + 0.0002, due_at=now - timedelta(hours=1))
    build.incident(LON, LAT + 0.0003, status="closed", closed_at=now, **old)
    build.incident(LON, LAT + 0.0004, status="void", closed_at=now)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 3),
        ("?status=all", 4),
        ("?status=closed", 1),
        ("?status=overdue", 1),
        ("?status=all&days=7", 3),
        ("?group=04", 1),
        ("?category=0102", 2),
        ("?category=0102&group=04", 0),
    ],
)
def test_incidents_are_filtered_near_by_and_from_afar_alike(cases, signed_in, query, expected):
    client = signed_in("dispatcher", TOWNSHIP)
    near, far = layers_of(client, "incidents", 14, query), layers_of(client, "incidents", 12, query)
    assert len(near.get("incidents", [])) == expected
    assert sum(f.properties["incidents"] for f in far.get("incident_counts", [])) == expected
    assert "incidents" not in far


def test_incident_tiles_carry_no_words_of_people(cases, build, signed_in):
    build.incident(LON, LAT, description="口头描述", place_text="某人家门口")
    body = signed_in("dispatcher", TOWNSHIP).get(address("incidents", 14)).data
    assert "口头描述".encode() not in body
    assert "某人家门口".encode() not in body


def test_tiles_of_crowded_ground_stay_under_250_kb(session, build, signed_in):
    build.division()
    # one tile of zoom 14 is about 2 km wide here: 12,000 houses in it, and 20,000 cameras in the county
    session.execute(
        text(
            "WITH tile AS (SELECT ST_Transform(ST_TileEnvelope(14, :x, :y), 4326) AS area)"
            " INSERT INTO buildings (source, source_ref, area)"
            " SELECT 'test', n::text, ST_Multi(ST_Buffer(ST_SetSRID(ST_Point("
            "   ST_XMin(area) + (n % 120 + random() / 3) / 121 * (ST_XMax(area) - ST_XMin(area)),"
            "   ST_YMin(area) + (n / 120 + random() / 3) / 101 * (ST_YMax(area) - ST_YMin(area))), 4326), 0.00006, 1))"
            "   FROM tile, generate_series(1, 12000) AS n"
        ),
        dict(zip(("x", "y"), square(14), strict=True)),
    )
    session.execute(
        text(
            "INSERT INTO cameras (code, name, place) SELECT 'X' || n, 'X', ST_SetSRID(ST_Point("
            "122.3 + 0.4 * random() ^ 2, 33.8 + 0.4 * random() ^ 2), 4326) FROM generate_series(1, 20000) AS n"
        ),
    )
    client = signed_in("centre_staff")
    asked = (("buildings", 14), ("buildings", 15), ("cameras", 9), ("cameras", 12), ("cameras", 13))
    sizes = {
        (kinds, zoom): len(client.get(address(kinds, zoom), headers={"Accept-Encoding": "gzip"}).data)
        for kinds, zoom in asked
    }
    assert min(sizes.values()) > 150, "each of them has something in it"
    assert sizes["buildings", 14] > 50_000
    assert max(sizes.values()) <= 250_000, sizes
