"""The map page and what it asks while it is open."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from shapely import box
from sqlalchemy import text

from data.events import Event
from patrols.models import PatrolSession, PositionFix
from tests.build import CELL, COUNTY, TOWNSHIP
from webapp.maps import assets
from webapp.maps.answers import coordinates
from webapp.maps.layers import LAYERS, TILES
from webapp.maps.shell import map_shell

LON, LAT = 122.32, 33.85
NEIGHBOUR = "990101002"
HERE = {"lon": LON, "lat": LAT, "zoom": 16}


@pytest.fixture
def ground(build):
    build.cell(name="槐林第一网格", households=321)
    build.division(NEIGHBOUR, area=box(122.5, 33.8, 122.7, 34.0))
    build.division(NEIGHBOUR + "001", area=box(122.5, 33.8, 122.6, 33.9))
    build.cell(NEIGHBOUR + "001001", area=box(122.5, 33.8, 122.55, 33.9), name="东岗第一网格")
    build.camera("CAM1", LON, LAT, name="路口一")
    build.camera("CAM2", 122.52, LAT, name="路口二")
    build.street(f"{LON} {LAT}, {LON + 0.01} {LAT}", name="和平路")


def config_of(page: str) -> dict:
    return json.loads(re.search(r'id="map-config"[^>]*>(.*?)</script>', page, re.S)[1])


# ── the shell ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def in_request(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def test_shell_is_small_the_same_each_time_and_names_no_other_host(in_request):
    first, again = map_shell("main", (122.3, 33.8, 122.7, 34.2)), map_shell("main", (122.3, 33.8, 122.7, 34.2))
    assert first == again
    assert len(first) < 10_000
    assert 'id="map_main"' in first.html
    for part in (first.head, first.html, first.script):
        assert "//" not in part.replace("</", "").replace("/>", "")
        assert "user-scalable" not in part
    assert "setPrefix(false)" in first.script


def test_shell_says_its_buttons_in_the_readers_language(app):
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        chinese = map_shell("main", (1, 2, 3, 4)).script
    with app.test_request_context(headers={"Accept-Language": "en"}):
        english = map_shell("main", (1, 2, 3, 4)).script
    assert "Zoom in" in english
    assert "\\u653e\\u5927" in chinese or "放大" in chinese


def test_shell_refuses_a_name_that_could_become_markup(in_request):
    with pytest.raises(ValueError, match="cannot be part of an element id"):
        map_shell('x"><img>', (1, 2, 3, 4))


def test_no_class_of_folium_asks_another_host():
    classes = assets._subclasses(assets.JSCSSMixin)
    assert len(classes) > 30
    links = [link for kind in classes for link in (*kind.default_js, *kind.default_css)]
    assert [link for link in links if re.match(r"(https?:)?//", link[1])] == []


def test_a_plug_in_whose_files_were_never_brought_is_noticed(in_request):
    import folium
    from folium.plugins import MiniMap

    from webapp.maps.shell import _parts

    layout = folium.Map(tiles=None)
    layout.add_child(MiniMap())
    with pytest.raises(LookupError, match="scripts/vendor"):
        _parts(layout.get_root())


# ── the page ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["grid_worker", "volunteer", "patrol_leader", "dispatcher", "centre_staff"])
def test_page_offers_the_layers_of_the_role_and_no_others(ground, signed_in, role):
    from accounts.rules import PERMISSIONS

    config = config_of(signed_in(role, COUNTY).get("/map").text)
    expected = [layer.name for layer in LAYERS if layer.permission in PERMISSIONS[role]]
    assert [layer["name"] for layer in config["layers"]] == expected
    assert set(config["versions"]) - {"land_covers", "streets", "buildings", "places"} == {
        kind for kind in TILES if TILES[kind].is_scoped and TILES[kind].permission in PERMISSIONS[role]
    }


def test_page_keeps_to_its_policy_every_script_carries_the_nonce(ground, signed_in):
    answer = signed_in("centre_staff", COUNTY).get("/map")
    nonce = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])[1]
    inline = re.findall(r"<script(?![^>]*\ssrc=)([^>]*)>", answer.text)
    assert len(inline) == 3, "the import map, the configuration, the start"
    assert all(f'nonce="{nonce}"' in attributes for attributes in inline)
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"].split("style-src-attr")[0]
    assert not re.search(r'(src|href)="(https?:)?//', answer.text)


def test_page_gives_every_module_the_mark_of_its_content(ground, signed_in):
    page = signed_in("centre_staff", COUNTY).get("/map").text
    imports = json.loads(re.search(r'type="importmap"[^>]*>(.*?)</script>', page, re.S)[1])["imports"]
    assert "/static/js/map/start.js" in imports
    assert all(re.fullmatch(r"/static/js/map/\w+\.js\?v=[0-9a-f]{12}", address) for address in imports.values())


def test_page_in_english_and_chinese_has_its_texts(ground, signed_in):
    english = config_of(signed_in("centre_staff", COUNTY, locale="en").get("/map").text)
    chinese = config_of(signed_in("centre_staff", COUNTY, locale="zh_Hans_CN", username="zh").get("/map").text)
    assert english["texts"]["layers"] == "Layers"
    assert chinese["texts"]["layers"] == "图层"
    assert english["texts"].keys() == chinese["texts"].keys()


def test_every_text_the_scripts_ask_for_is_in_the_page(ground, signed_in):
    from webapp.maps.page import MODULES

    known = config_of(signed_in("centre_staff", COUNTY).get("/map").text)["texts"]
    asked = {
        name
        for path in MODULES.glob("*.js")
        for name in re.findall(r'(?:text\((?:this\.)?config, |this\.text\()"(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert len(asked) > 30
    assert asked - known.keys() == set()


def test_scripts_write_no_markup_and_no_sentence():
    from webapp.maps.page import MODULES

    for path in MODULES.glob("*.js"):
        code = re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.M)
        for forbidden in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "http:",
            "https:",
        ):
            assert forbidden not in code, f"{path.name} uses {forbidden}"
        assert not re.search(r"[\u4e00-\u9fff]", code), f"{path.name} holds Chinese text"


def test_page_names_whose_data_it_shows(build, signed_in, session):
    build.division(source="synthetic")
    session.execute(
        text(
            "INSERT INTO streets (source, source_ref, kind, path)"
            " VALUES ('osm', 'w1', 'path', 'SRID=4326;LINESTRING(1 1,2 2)')"
        )
    )
    attribution = config_of(signed_in("centre_staff").get("/map").text)["attribution"]
    assert "OpenStreetMap contributors" in attribution
    assert "Synthetic" in attribution


# ── what is here ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_identify_tells_of_cameras_then_cells_and_writes_the_look_down(ground, signed_in, session):
    answer = signed_in("centre_staff", COUNTY).get("/api/identify", query_string=HERE | {"layers": "cells,cameras"})
    assert [feature["layer"] for feature in answer.json["features"]] == ["cameras", "cells"]
    assert answer.json["features"][1]["code"] == CELL
    looked = session.query(Event).filter_by(kind="camera_looked_up").one()
    assert looked.subject == "CAM1"
    assert looked.actor_id is not None


@pytest.mark.parametrize(
    ("role", "area", "layers"), [("volunteer", COUNTY, ["cells"]), ("centre_staff", NEIGHBOUR, [])]
)
def test_identify_tells_only_what_role_and_area_permit(ground, signed_in, session, role, area, layers):
    answer = signed_in(role, area).get(
        "/api/identify", query_string=HERE | {"layers": "cells,cameras,incidents,watched"}
    )
    assert [feature["layer"] for feature in answer.json["features"]] == layers
    assert session.query(Event).filter_by(kind="camera_looked_up").count() == 0


def test_identify_leaves_out_what_the_filter_leaves_out(ground, build, signed_in):
    build.incident(LON, LAT, status="closed", closed_at=datetime.now(UTC))
    client = signed_in("dispatcher", COUNTY)
    asked = HERE | {"layers": "incidents"}
    assert client.get("/api/identify", query_string=asked).json["features"] == []
    assert len(client.get("/api/identify", query_string=asked | {"status": "all"}).json["features"]) == 1


def test_identify_leads_to_the_case_it_names(ground, build, signed_in):
    incident = build.incident(LON, LAT)
    client = signed_in("dispatcher", COUNTY)
    feature = client.get("/api/identify", query_string=HERE | {"layers": "incidents"}).json["features"][0]
    assert feature["link"] == f"/incidents/{incident.id}"
    assert incident.number in client.get(feature["link"]).text


def test_identify_says_the_share_watched_only_to_those_who_may_see_cameras(ground, signed_in):
    asked = HERE | {"layers": "cells"}
    staff = signed_in("centre_staff", COUNTY).get("/api/identify", query_string=asked).json["features"][0]
    volunteer = signed_in("volunteer", COUNTY).get("/api/identify", query_string=asked).json["features"][0]
    assert "Open ground watched" in dict(staff["lines"])
    assert "Open ground watched" not in dict(volunteer["lines"])
    assert "Open incidents" not in dict(volunteer["lines"])


@pytest.mark.parametrize(
    "path",
    [
        "/api/identify?lon=abc&lat=1&zoom=3",
        "/api/identify?lon=1&lat=95&zoom=3",
        "/api/identify?lon=nan&lat=1",
        "/api/identify?lat=1",
        "/api/identify?lon=1&lat=1&zoom=99",
        "/api/identify?lon=1&lat=1&layers=users",
        "/api/identify?lon=1&lat=1&extra=1",
        "/api/search?q=a&lon=x&lat=1",
        "/api/search?q=a&limit=9",
        "/api/incidents/heat",
        "/api/incidents/heat?bbox=1,2,3",
        "/api/incidents/heat?bbox=3,2,1,4",
        "/api/incidents/heat?bbox=1,2,3,4&status=x",
        "/api/map/cells?order=password",
        "/api/map/cells?offset=-1",
        "/api/map/cells?order=code&order=name",
        "/api/positions?x=1",
        "/api/map/versions?v=1",
    ],
)
def test_wrong_questions_answer_400_with_a_sentence(signed_in, path):
    answer = signed_in("dispatcher").get(path)
    assert answer.status_code == 400
    assert answer.json["error"].endswith(".")


# ── where is it ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("槐林", ["cell"]),
        (CELL[:14], ["cell"]),
        ("和平", ["street"]),
        ("CAM", ["camera"]),
        ("cam1", ["camera"]),
        ("路口", ["camera"]),
        ("%", []),
        ("_", []),
        ("' OR 1=1 --", []),
        ("122.4, 33.9", ["point"]),
        ("   ", []),
    ],
)
def test_search_finds_codes_names_and_coordinates_in_the_own_area(ground, signed_in, words, kinds):
    results = signed_in("centre_staff", TOWNSHIP).get("/api/search", query_string={"q": words}).json["results"]
    assert [hit["kind"] for hit in results] == kinds


def test_search_finds_incidents_by_number_and_cameras_only_for_those_who_may(ground, build, signed_in):
    incident = build.incident(LON, LAT)
    build.session.refresh(incident)
    dispatcher, volunteer = signed_in("dispatcher", COUNTY), signed_in("volunteer", COUNTY)
    hits = dispatcher.get("/api/search", query_string={"q": incident.number[:10]}).json["results"]
    assert [hit["kind"] for hit in hits] == ["incident"]
    assert volunteer.get("/api/search", query_string={"q": incident.number[:10]}).json["results"] == []
    assert volunteer.get("/api/search", query_string={"q": "CAM1"}).json["results"] == []


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("118.76, 34.52", (118.76, 34.52)),
        ("34.52，118.76", (118.76, 34.52)),
        ("9.5 47.1", (9.5, 47.1)),
        ("190, 10", None),
        ("1, 2, 3", None),
    ],
)
def test_coordinates_are_understood_in_both_orders_where_only_one_makes_sense(words, place):
    assert coordinates(words) == place


# ── heat, members, cells ───────────────────────────────────────────────────────────────────────────────────────────


def test_heat_sums_the_own_areas_incidents_over_a_net(ground, build, signed_in):
    for step in range(5):
        build.incident(LON + step * 1e-6, LAT)
    build.incident(122.52, LAT)
    asked = {"bbox": "122.2,33.7,122.8,34.3"}
    answer = signed_in("dispatcher", TOWNSHIP).get("/api/incidents/heat", query_string=asked).json
    assert answer == {"points": [[LAT, LON, 5]], "most": 5}


def test_positions_are_only_of_members_on_patrol_now_with_their_age(ground, build, session, signed_in):
    now = datetime.now(UTC)
    for name, minutes, is_over in (("甲", 3, False), ("乙", 1, True)):
        member = build.member(name, area=TOWNSHIP)
        patrol = PatrolSession(
            member_id=member.id, started_at=now - timedelta(hours=1), ended_at=now if is_over else None
        )
        session.add(patrol)
        session.flush()
        for age in (minutes + 5, minutes):
            place = f"SRID=4326;POINT({LON + age / 1000} {LAT})"
            session.add(PositionFix(session_id=patrol.id, fixed_at=now - timedelta(minutes=age), place=place))
    session.flush()
    members = signed_in("dispatcher", COUNTY).get("/api/positions").json["members"]
    assert [member["name"] for member in members] == ["甲"]
    assert 170 <= members[0]["age_s"] <= 200
    assert members[0]["lon"] == pytest.approx(LON + 0.003)
    assert signed_in("dispatcher", NEIGHBOUR).get("/api/positions").json["members"] == []
    assert signed_in("volunteer", COUNTY).get("/api/positions").status_code == 403


def test_list_of_cells_is_filtered_sorted_and_paged(ground, build, signed_in):
    for number in range(2, 60):
        shape = box(122.3 + number / 10000, 33.9 - 0.0001, 122.3001 + number / 10000, 33.9)
        build.cell(f"{CELL[:12]}{number:03d}", area=shape, name=f"Cell {number}", households=number)
    client = signed_in("centre_staff", TOWNSHIP)
    first = client.get("/api/map/cells?order=households&down=1").json
    assert first["total"] == 59
    assert [cell["households"] for cell in first["cells"][:3]] == [321, 59, 58]
    rest = client.get("/api/map/cells?order=households&down=1&offset=50").json
    assert len(first["cells"]) == 50
    assert len(rest["cells"]) == 9
    assert client.get("/api/map/cells", query_string={"q": "槐林"}).json["total"] == 1
    assert client.get("/api/map/cells", query_string={"q": "%"}).json["total"] == 0


def test_one_cell_is_described_inside_the_own_area_only(ground, build, signed_in):
    build.assignment(build.cell(), build.worker("李四"))
    found = signed_in("centre_staff", TOWNSHIP).get(f"/api/map/cells/{CELL}")
    assert dict(found.json["lines"])["Lead worker"] == "李四"
    assert found.json["shape"]["type"].endswith("Polygon")
    refused = signed_in("centre_staff", NEIGHBOUR).get(f"/api/map/cells/{CELL}")
    assert refused.status_code == 404
    assert CELL in refused.json["error"]


def test_one_camera_is_described_and_the_look_written_down(ground, signed_in, session):
    assert signed_in("dispatcher", TOWNSHIP).get("/api/map/cameras/CAM1").json["title"] == "路口一"
    assert signed_in("dispatcher", TOWNSHIP).get("/api/map/cameras/CAM2").status_code == 404
    assert signed_in("volunteer", COUNTY).get("/api/map/cameras/CAM1").status_code == 403
    assert session.query(Event).filter_by(kind="camera_looked_up").count() == 1


def test_answers_are_text_as_it_was_written_never_markup(ground, build, signed_in):
    evil = "<img src=x onerror=alert(1)>${window.__x=1}"
    build.camera("EVIL", LON, LAT, name=evil)
    answer = signed_in("dispatcher", COUNTY).get("/api/map/cameras/EVIL")
    assert answer.mimetype == "application/json"
    assert answer.json["title"] == evil
