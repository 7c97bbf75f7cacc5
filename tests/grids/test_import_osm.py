"""OpenStreetMap extracts: a small one made here for every detail, and the four real ones."""

from pathlib import Path

import osmium
import pytest
import shapely
from sqlalchemy import select, text

from cameras.importing import import_osm_cameras
from cameras.models import Camera
from data.errors import Refused
from data.importing.osm_reading import read_extract
from data.importing.report import ImportReport
from grids.ground import Building, LandCover, Place, Street
from grids.importing.ground import import_ground
from grids.importing.osm_divisions import Border, DivisionChoice, import_osm_divisions, three_levels
from grids.models import Division


class Extract:
    """A little extract, put together piece by piece and written as .osm.pbf."""

    def __init__(self) -> None:
        self.nodes: list[osmium.osm.mutable.Node] = []
        self.ways: list[osmium.osm.mutable.Way] = []
        self.relations: list[osmium.osm.mutable.Relation] = []

    def node(self, lon: float, lat: float, **tags: str) -> int:
        id_ = len(self.nodes) + 1
        tags = {key.replace("__", ":"): value for key, value in tags.items()}
        self.nodes.append(osmium.osm.mutable.Node(id=id_, location=(lon, lat), tags=tags, version=1))
        return id_

    def way(self, points: list, **tags: str) -> int:
        id_ = len(self.ways) + 1
        refs = [point if isinstance(point, int) else self.node(*point) for point in points]
        tags = {key.replace("__", ":"): value for key, value in tags.items()}
        self.ways.append(osmium.osm.mutable.Way(id=id_, nodes=refs, tags=tags, version=1))
        return id_

    def square(self, west: float, south: float, size: float, **tags: str) -> int:
        corners = [(west, south), (west + size, south), (west + size, south + size), (west, south + size)]
        nodes = [self.node(*corner) for corner in corners]
        return self.way([*nodes, nodes[0]], **tags)

    def relation(self, members: list[tuple[int, str]], **tags: str) -> int:
        id_ = len(self.relations) + 1
        parts = [("w", ref, role) for ref, role in members]
        self.relations.append(osmium.osm.mutable.Relation(id=id_, members=parts, tags=tags, version=1))
        return id_

    def write(self, path: Path) -> Path:
        path.unlink(missing_ok=True)
        with osmium.SimpleWriter(str(path)) as writer:
            for node in self.nodes:
                writer.add_node(node)
            for way in self.ways:
                writer.add_way(way)
            for relation in self.relations:
                writer.add_relation(relation)
        return path


@pytest.fixture
def town() -> Extract:
    """A street with a bridge, a measured building, one with a courtyard, a school, a wood and two cameras."""
    made = Extract()
    made.way([(10.000, 50.000), (10.001, 50.000)], highway="residential", name="Hauptstraße", oneway="-1")
    made.way([(10.001, 50.000), (10.002, 50.000)], highway="primary", bridge="yes", layer="2", ref="B 1")
    made.way([(10.001, 50.001), 9_999], highway="path")  # its other end lies outside the extract
    made.square(10.000, 50.001, 0.0005, building="apartments", height="12 m", building__levels="4")
    outer, inner = made.square(10.001, 50.001, 0.0006), made.square(10.0012, 50.0012, 0.0002)
    made.relation([(outer, "outer"), (inner, "inner")], type="multipolygon", building="yes", **{"building:levels": "3"})
    made.square(10.003, 50.001, 0.001, amenity="school", name="Schule am Markt")
    made.square(10.005, 50.001, 0.001, landuse="forest")
    made.node(
        10.0005, 50.0001, man_made="surveillance", camera__type="fixed", camera__direction="239-284", height="5 m"
    )
    made.node(10.0006, 50.0001, man_made="surveillance", camera__type="dome")
    made.node(10.0007, 50.0001, man_made="surveillance", surveillance__type="guard")
    made.node(10.0008, 50.0002, railway="station", name="Bahnhof")
    return made


@pytest.fixture
def bring(session, tmp_path):
    """Import an extract's ground and cameras and return the report."""

    def bring_(made: Extract | Path, **how) -> ImportReport:
        path = made if isinstance(made, Path) else made.write(tmp_path / "town.osm.pbf")
        extract, report = read_extract(path), ImportReport("osm")
        import_ground(session, extract, report, **how)
        import_osm_cameras(session, extract, report, **how)
        session.expire_all()
        return report

    return bring_


def totals(report: ImportReport) -> dict[str, tuple[int, int, int]]:
    return {table: (one.added, one.changed, one.unchanged) for table, one in report.counts.items()}


def test_town_when_imported_then_every_table_has_what_the_tags_say(session, bring, town):
    assert totals(bring(town)) == {
        "streets": (2, 0, 0),
        "buildings": (2, 0, 0),
        "places": (2, 0, 0),
        "land_covers": (1, 0, 0),
        "cameras": (2, 0, 0),
    }
    streets = session.scalars(select(Street).order_by(Street.source_ref)).all()
    assert [(one.name, one.kind, one.oneway, one.surface_level) for one in streets] == [
        ("Hauptstraße", "residential", -1, 0),
        ("B 1", "primary", 0, 2),
    ]
    assert streets[0].length_m == pytest.approx(71.7, abs=0.5)
    measured, yard = session.scalars(select(Building).order_by(Building.kind)).all()
    assert (measured.height_m, measured.levels, measured.height_source) == (12, 4, "measured")
    assert (yard.source_ref, yard.height_m, yard.levels, yard.height_source) == ("r1", 9, 3, "levels")
    assert (
        session.scalar(text("SELECT st_numinteriorrings(st_geometryn(area, 1)) FROM buildings WHERE kind = 'yes'")) == 1
    )
    assert set(session.execute(select(Place.kind, Place.name)).tuples()) == {
        ("school", "Schule am Markt"),
        ("station", "Bahnhof"),
    }
    assert session.scalars(select(LandCover.kind)).one() == "wood"
    fixed, dome = session.scalars(select(Camera).order_by(Camera.hfov_deg)).all()
    assert (fixed.bearing_deg, fixed.hfov_deg, fixed.mount_height_m, fixed.legal_basis) == (261.5, 45, 5, "unknown")
    assert (dome.kind, dome.hfov_deg, dome.source) == ("dome", 360, "osm")
    assert fixed.code.startswith("OSM-n")


def test_town_when_imported_twice_then_nothing_changes_and_no_map_layer_is_touched(session, bring, town):
    bring(town)
    before = session.scalar(text("SELECT count(*) FROM layer_changes"))
    assert all(added == changed == 0 for added, changed, _ in totals(bring(town)).values())
    assert session.scalar(text("SELECT count(*) FROM layer_changes")) == before


def test_street_when_renamed_then_only_it_is_changed(session, bring, town):
    bring(town)
    town.ways[0] = osmium.osm.mutable.Way(
        id=1, nodes=town.ways[0].nodes, tags={"highway": "residential", "name": "Neue Straße"}, version=2
    )
    assert totals(bring(town))["streets"] == (0, 1, 1)
    assert session.scalar(select(Street.name).where(Street.source_ref == "w1")) == "Neue Straße"


def test_objects_when_gone_from_the_file_then_counted_and_removed_only_when_asked(session, bring, town):
    bring(town)
    del town.ways[1]
    town.nodes = [node for node in town.nodes if node.tags.get("camera:type") != "dome"]
    report = bring(town)
    assert (report.counts["streets"].vanished, report.counts["streets"].removed) == (1, 0)
    assert session.scalars(select(Street)).all()[1:]
    report = bring(town, remove_vanished=True)
    assert (report.counts["streets"].removed, report.counts["cameras"].removed) == (1, 1)
    assert [one.source_ref for one in session.scalars(select(Street))] == ["w1"]
    assert session.scalar(select(Camera.status).where(Camera.kind == "dome")) == "removed"


def test_objects_when_outside_the_file_s_bounds_then_not_taken_for_gone(session, bring, town):
    far = Extract()
    far.way([(11.0, 51.0), (11.001, 51.0)], highway="residential")
    far.ways[0] = osmium.osm.mutable.Way(id=777, nodes=far.ways[0].nodes, tags={"highway": "residential"}, version=1)
    bring(far)
    assert bring(town, remove_vanished=True).counts["streets"].removed == 0
    assert session.scalar(select(Street.id).where(Street.source_ref == "w777"))


def test_camera_when_somebody_here_took_it_over_then_openstreetmap_no_longer_changes_it(session, bring, town):
    bring(town)
    mine = session.scalars(select(Camera).where(Camera.kind == "dome")).one()
    mine.source, mine.name = "operator", "Ours"
    session.flush()
    assert totals(bring(town))["cameras"] == (0, 0, 2)
    assert session.get(Camera, mine.id).name == "Ours"


def test_way_when_the_extract_cuts_it_then_its_piece_inside_is_kept(session, bring, town):
    town.way([(10.01, 50.0), (10.02, 50.0), 9_998, (10.03, 50.0)], highway="service")
    bring(town)
    path = session.scalar(text("SELECT st_asbinary(path) FROM streets WHERE kind = 'service'"))
    assert shapely.from_wkb(bytes(path)).coords[:] == [(10.01, 50.0), (10.02, 50.0)]


@pytest.mark.parametrize("content", [b"", b"no pbf at all", b"\x00\x00\x00\x0d\x0a\x09OSMHeader broken"])
def test_extract_when_broken_then_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / "broken.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(Refused, match=r"damaged|holds no streets"):
        read_extract(path)


def test_extract_when_it_holds_nothing_of_ours_then_refused(tmp_path):
    made = Extract()
    made.node(1.0, 2.0, natural="peak")
    with pytest.raises(Refused, match="holds no streets"):
        read_extract(made.write(tmp_path / "a.osm.pbf"))


class TestDivisions:
    """County, townships and villages from borders."""

    @staticmethod
    def border(ref: str, level: int, box: tuple[float, ...]) -> Border:
        return Border(ref, level, ref.title(), None, shapely.MultiPolygon([shapely.box(*box)]))

    def test_levels_when_all_three_are_there_then_told_apart(self):
        land, north, south = (
            self.border("land", 2, (0, 0, 2, 2)),
            self.border("north", 6, (0, 1, 2, 2)),
            self.border("south", 6, (0, 0, 2, 1)),
        )
        villages = [self.border(f"v{n}", 8, (n % 2, n // 2, n % 2 + 1, n // 2 + 1)) for n in range(4)]
        hamlet = self.border("hamlet", 10, (0, 0, 0.1, 0.1))
        county, towns, found = three_levels([*villages, hamlet, north, land, south], DivisionChoice())
        assert county is land
        assert towns == [north, south]
        assert found == villages

    def test_levels_when_the_county_s_border_is_missing_then_made_of_its_parts(self):
        parts = [self.border("one", 10, (0, 0, 1, 1)), self.border("two", 10, (1, 0, 2, 1))]
        county, towns, villages = three_levels(parts, DivisionChoice(county_name="Port"))
        assert (county.name, county.area.area, towns, villages) == ("Port", 2.0, [county], parts)

    def test_levels_when_several_could_be_the_county_then_a_name_decides(self):
        land = [
            self.border("east", 4, (0, 0, 1, 1)),
            self.border("west", 4, (1, 0, 2, 1)),
            self.border("v", 8, (0, 0, 1, 1)),
        ]
        with pytest.raises(Refused, match=r"East, West.*--county-name"):
            three_levels(land, DivisionChoice())
        county, towns, villages = three_levels(land, DivisionChoice(county_name="East"))
        assert (county.name, towns, [village.name for village in villages]) == ("East", [county], ["V"])

    def test_borders_when_imported_again_then_they_keep_their_codes(self, session, tmp_path):
        made = Extract()
        for place, name in enumerate(("Aa", "Bb")):
            way = made.square(10.0 + place * 0.01, 50.0, 0.01)
            made.relation([(way, "outer")], type="boundary", boundary="administrative", admin_level="8", name=name)
        path = made.write(tmp_path / "land.osm.pbf")
        choice = DivisionChoice(county_name="Land")
        report = ImportReport("osm")
        assert import_osm_divisions(session, read_extract(path), choice, report) == "990201"
        assert report.counts["divisions"].added == 4
        again = ImportReport("osm")
        assert import_osm_divisions(session, read_extract(path), choice, again) == "990201"
        assert again.counts["divisions"].unchanged == 4
        codes = dict(session.execute(select(Division.code, Division.name)).tuples().all())
        assert codes["990201101001"] == "Aa"
        assert codes["990201101"] == codes["990201"] == "Land"


@pytest.mark.extracts
@pytest.mark.parametrize(
    ("name", "buildings", "cameras", "villages"),
    [
        ("liechtenstein", 14_036, 0, 11),
        ("monaco", 1_207, 10, 6),
        ("helsinki-centre", 446, 221, None),
        ("porto", 11, 0, None),
    ],
)
def test_real_extract_when_imported_then_complete_and_twice_changes_nothing(
    session, bring, extract, name, buildings, cameras, villages
):
    path = extract(name)
    first = bring(path)
    assert first.counts["buildings"].added == buildings
    assert first.counts["cameras"].added == cameras
    if buildings != 11:  # the largest is read once: a minute of work would show nothing that the others do not
        assert all(added == changed == 0 for added, changed, _ in totals(bring(path)).values())
    choice, report = DivisionChoice(county_name=name), ImportReport("osm")
    if villages is None:
        with pytest.raises(Refused, match="no whole administrative borders"):
            import_osm_divisions(session, read_extract(path), choice, report)
        return
    code = import_osm_divisions(session, read_extract(path), choice, report)
    found = session.scalars(select(Division).where(Division.code.startswith(code), Division.level == "village")).all()
    assert len(found) == villages


@pytest.mark.extracts
def test_monaco_when_imported_then_its_directed_cameras_look_where_the_map_says(session, bring, extract):
    bring(extract("monaco"))
    bearings = set(session.scalars(select(Camera.bearing_deg).where(Camera.kind == "bullet")))
    assert {240.0, 160.0} <= bearings
