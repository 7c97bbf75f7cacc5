"""Files of every format become rows; what is no such file is refused with one sentence."""

import doctest
import zipfile
from pathlib import Path

import pytest
import shapely

import data.importing.encodings
import data.importing.mapping
import data.importing.report
from data.errors import Refused
from data.importing.mapping import Field, map_columns, require
from data.importing.reading import HowToRead, read_table
from data.importing.values import plain
from tests.importing_files import circle, write_csv, write_geojson, write_layer, write_xlsx, zip_shapefile

ROWS = [
    {"编码": "990101001001001", "名称": "第一网格", "户数": 310},
    {"编码": "990101001001002", "名称": "第二网格，带逗号", "户数": 455},
]
SHAPES = [shapely.box(122.30, 33.80, 122.31, 33.81), shapely.box(122.31, 33.80, 122.32, 33.81)]


@pytest.mark.parametrize(
    "module",
    [data.importing.encodings, data.importing.mapping, data.importing.report],
    ids=lambda module: module.__name__,
)
def test_docstrings_when_run_then_say_the_truth(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0


def codes(table) -> list[str]:
    return [str(row.values["编码"]) for row in table.rows]


class TestTables:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
    def test_csv_when_in_a_usual_encoding_then_read_without_being_told(self, tmp_path, encoding):
        table = read_table(write_csv(tmp_path / "cells.csv", ROWS, encoding=encoding))
        assert table.columns == ("编码", "名称", "户数")
        assert [row.values["名称"] for row in table.rows] == ["第一网格", "第二网格，带逗号"]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_csv_when_cells_are_parted_otherwise_then_found_out(self, tmp_path, delimiter):
        assert codes(read_table(write_csv(tmp_path / "a.csv", ROWS, delimiter=delimiter))) == [
            "990101001001001",
            "990101001001002",
        ]

    def test_csv_when_rows_are_blank_then_numbers_are_still_the_sheet_s(self, tmp_path):
        file = tmp_path / "a.csv"
        file.write_text("编码,名称\n\n1,a\n,\n2,b\n", encoding="utf-8")
        assert [row.number for row in read_table(file).rows] == [3, 5]

    def test_csv_when_a_row_has_too_many_cells_then_only_that_row_is_faulty(self, tmp_path):
        file = tmp_path / "a.csv"
        file.write_text("code,name\n1,a\n2,b,c\n3,d\n", encoding="utf-8")
        faults = {row.number: str(row.fault) for row in read_table(file).rows if row.fault}
        assert list(faults) == [3]
        assert "3 cells, the header only 2" in faults[3]

    def test_csv_when_a_cell_holds_a_huge_polygon_then_read(self, tmp_path):
        table = read_table(write_csv(tmp_path / "a.csv", [{"编码": "1", "wkt": circle(0, 0, 1, 50_000).wkt}]))
        assert len(table.rows[0].values["wkt"]) > 1_000_000

    def test_xlsx_when_it_has_one_sheet_with_content_then_that_is_read(self, tmp_path):
        table = read_table(write_xlsx(tmp_path / "a.xlsx", ROWS))
        assert codes(table) == ["990101001001001", "990101001001002"]
        assert [row.number for row in table.rows] == [2, 3]

    def test_xlsx_when_it_has_several_sheets_then_one_must_be_named(self, tmp_path):
        file = write_xlsx(tmp_path / "a.xlsx", ROWS, "网格", more_sheets=["备份"])
        with pytest.raises(Refused, match="网格, 备份"):
            read_table(file)
        assert len(read_table(file, HowToRead(sheet="备份")).rows) == 2
        with pytest.raises(Refused, match="no sheet “x”"):
            read_table(file, HowToRead(sheet="x"))


class TestLayers:
    def test_geojson_when_read_then_texts_stay_texts(self, tmp_path):
        table = read_table(write_geojson(tmp_path / "a.geojson", ROWS, SHAPES, "urn:ogc:def:crs:EPSG::4490"))
        assert codes(table) == ["990101001001001", "990101001001002"]
        assert table.epsg == 4490
        assert table.rows[0].geometry.equals(SHAPES[0])

    def test_geojson_when_a_coordinate_is_nan_then_that_is_said_of_its_row(self, tmp_path):
        path = tmp_path / "a.geojson"
        feature = '{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [%s, 47]}}'
        features = ", ".join(feature % number for number in ("9", "NaN", "-Infinity"))
        path.write_text('{"type": "FeatureCollection", "features": [' + features + "]}")
        faults = [row.fault and str(row.fault) for row in read_table(path).rows]
        assert faults[0] is None
        assert all("is not a number" in fault for fault in faults[1:])

    def test_geojson_when_one_feature_is_broken_then_only_that_row_is_faulty(self, tmp_path):
        file = tmp_path / "a.json"
        file.write_text(
            '{"type":"FeatureCollection","features":['
            '{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[1,2]}},'
            '{"type":"Feature","properties":{"a":2},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,"x"]]]}},'
            '{"type":"Feature","properties":{"a":3},"geometry":{"type":"Point","coordinates":[3,4]}}]}'
        )
        assert [row.fault is None for row in read_table(file).rows] == [True, False, True]

    def test_geopackage_when_it_has_several_layers_then_one_must_be_named(self, tmp_path):
        file = write_layer(tmp_path / "a.gpkg", ROWS, SHAPES, layer="cells")
        assert codes(read_table(file)) == ["990101001001001", "990101001001002"]
        write_layer(file, ROWS, SHAPES, layer="old", mode="a")
        with pytest.raises(Refused, match="cells, old"):
            read_table(file)
        assert codes(read_table(file, HowToRead(layer="old"))) == ["990101001001001", "990101001001002"]

    @pytest.mark.parametrize(
        ("encoding", "has_cpg"), [("utf-8", True), ("gbk", True), ("gbk", False), ("utf-8", False)]
    )
    def test_shapefile_when_its_table_is_chinese_then_read_with_or_without_cpg(self, tmp_path, encoding, has_cpg):
        file = write_layer(tmp_path / "a.shp", ROWS, SHAPES, encoding=encoding)
        if not has_cpg:
            file.with_suffix(".cpg").unlink()
        assert read_table(file).rows[1].values["名称"] == "第二网格，带逗号"

    def test_shapefile_when_its_cpg_lies_then_the_table_is_believed(self, tmp_path):
        file = write_layer(tmp_path / "a.shp", ROWS, SHAPES, encoding="gbk")
        file.with_suffix(".cpg").write_text("UTF-8")
        assert read_table(file).rows[0].values["名称"] == "第一网格"

    def test_zip_when_it_holds_one_shapefile_then_read(self, tmp_path):
        shapefile = write_layer(tmp_path / "a.shp", ROWS, SHAPES, epsg=4549, encoding="gbk")
        table = read_table(zip_shapefile(shapefile, tmp_path / "a.zip"))
        assert codes(table) == ["990101001001001", "990101001001002"]
        assert table.epsg == 4549

    def test_zip_when_it_holds_several_then_one_must_be_named(self, tmp_path):
        shapefile = write_layer(tmp_path / "a.shp", ROWS, SHAPES, encoding="gbk")
        archive = zip_shapefile(shapefile, tmp_path / "a.zip", "网格")
        zip_shapefile(shapefile, archive, "旧网格")
        with pytest.raises(Refused, match="several layers"):
            read_table(archive)
        assert len(read_table(archive, HowToRead(layer="旧网格")).rows) == 2


class TestNoSuchFile:
    @pytest.mark.parametrize(
        ("name", "content", "says"),
        [
            ("a.pdf", b"%PDF", "cannot be read"),
            ("a.csv", b"", "is empty"),
            ("a.csv", b"code,name\n", "no rows"),
            ("a.csv", b"\n\n", "no header row"),
            ("a.csv", b"code,code\n1,2\n", "comes twice in the header"),
            ("a.csv", b'code,name\n1,"a\n2,b\n', "quotation mark"),
            ("a.csv", b"PK\x00\x01\x02,\x00\n1,2", "zero bytes"),
            ("a.csv", b"code\n\xff\xff\xff\xff1", "neither UTF-8 nor GBK"),
            ("a.xlsx", b"this is no workbook", "damaged"),
            ("a.zip", b"PK\x03\x04 broken", "damaged"),
            ("a.geojson", b'{"type": "FeatureCollection", "features": [', "line 1, column"),
            ("a.geojson", b'{"type": "FeatureCollection", "features": []}', "no GeoJSON with features"),
            ("a.geojson", b"[1, 2]", "no GeoJSON with features"),
            ("a.geojson", b"[" * 100_000, "nested too deeply"),
            ("a.gpkg", b"SQLite format 3\x00 broken", "damaged"),
            ("a.shp", b"not a shapefile", "lacks its .shx and .dbf"),
        ],
    )
    def test_broken_file_when_read_then_one_sentence_says_so(self, tmp_path, name, content, says):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(Refused, match=says) as refused:
            read_table(file)
        assert str(refused.value).endswith(".") or str(refused.value).endswith("=…")

    def test_file_when_missing_then_named(self, tmp_path):
        with pytest.raises(Refused, match=r"no file gone\.csv"):
            read_table(tmp_path / "gone.csv")

    def test_xlsx_when_cut_off_in_the_middle_then_refused(self, tmp_path):
        file = write_xlsx(tmp_path / "a.xlsx", ROWS)
        file.write_bytes(file.read_bytes()[:-400])
        with pytest.raises(Refused, match="damaged"):
            read_table(file)

    def test_shapefile_when_cut_off_in_the_middle_then_refused_or_rows_lack_their_shape(self, tmp_path):
        file = write_layer(tmp_path / "a.shp", ROWS, SHAPES)
        file.write_bytes(file.read_bytes()[:120])
        try:
            table = read_table(file)
        except Refused:
            return
        assert any(row.geometry is None for row in table.rows)

    def test_zip_when_it_would_unpack_to_more_than_two_gigabytes_then_refused(self, tmp_path):
        file = tmp_path / "a.zip"
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("a.shp", b"x")
        raw = bytearray(file.read_bytes())
        size_at = raw.index(b"PK\x01\x02") + 24  # what the archive's directory says about the size
        raw[size_at : size_at + 4] = (3_000_000_000).to_bytes(4, "little")
        file.write_bytes(raw)
        with pytest.raises(Refused, match=r"unpacks to 2\.8 GB"):
            read_table(file)

    def test_zip_when_names_lead_out_of_it_then_nothing_is_written_there(self, tmp_path):
        inside = tmp_path / "inside"
        inside.mkdir()
        file = inside / "a.zip"
        shapefile = write_layer(tmp_path / "a.shp", ROWS, SHAPES)
        with zipfile.ZipFile(file, "w") as packed:
            for end in (".shp", ".shx", ".dbf"):
                packed.write(shapefile.with_suffix(end), f"../../evil{end}")
        assert len(read_table(file).rows) == 2
        assert not list(Path(tmp_path).rglob("evil*"))

    def test_encoding_when_unknown_then_named(self, tmp_path):
        file = write_csv(tmp_path / "a.csv", ROWS)
        with pytest.raises(Refused, match="no encoding “klingon”"):
            read_table(file, HowToRead(encoding="klingon"))
        with pytest.raises(Refused, match="not written in ascii"):
            read_table(file, HowToRead(encoding="ascii"))


class TestColumns:
    FIELDS = (
        Field("code", plain, ("编码", "网格编码")),
        Field("lon", plain, ("经度", "lng", "x")),
        Field("mount_height_m", plain, ("安装高度",)),
    )

    def test_columns_when_called_otherwise_then_found_by_alias(self):
        mapped = map_columns(["网格编码", "LNG", "安装高度（m）"], self.FIELDS)
        assert mapped.columns == {"code": "网格编码", "lon": "LNG", "mount_height_m": "安装高度（m）"}

    def test_columns_when_cut_by_a_shapefile_then_found(self):
        assert map_columns(["mount_heig"], self.FIELDS).columns == {"mount_height_m": "mount_heig"}

    def test_column_when_two_fit_then_the_better_name_wins_and_the_other_is_told(self):
        mapped = map_columns(["x", "经度", "编码"], self.FIELDS)
        assert mapped.columns["lon"] == "经度"
        assert mapped.ignored == ("x",)

    @pytest.mark.parametrize(
        "column",
        [
            "password",
            "Passwd",
            "密码",
            "IP",
            "IP地址",
            "ip_address",
            "CameraIP",
            "rtsp_url",
            "StreamUrl",
            "取流地址",
            "token",
        ],
    )
    def test_column_when_it_holds_secrets_then_never_read_even_if_asked(self, column):
        assert map_columns([column, "编码"], self.FIELDS).withheld == (column,)
        with pytest.raises(Refused, match="never read"):
            map_columns([column, "编码"], self.FIELDS, {"code": column})

    @pytest.mark.parametrize("column", ["IPC型号", "Secrecy", "security", "船舶", "description"])
    def test_column_when_it_only_sounds_like_a_secret_then_not_withheld(self, column):
        assert map_columns([column], self.FIELDS).withheld == ()

    def test_mapping_when_field_or_column_does_not_exist_then_named(self):
        with pytest.raises(Refused, match=r"no field “kode”.*code, lon"):
            map_columns(["编码"], self.FIELDS, {"kode": "编码"})
        with pytest.raises(Refused, match="no column “Code”"):
            map_columns(["编码"], self.FIELDS, {"code": "Code"})

    def test_columns_when_one_is_missing_then_the_sentence_says_what_to_write(self):
        mapped = map_columns(["a", "b"], self.FIELDS)
        with pytest.raises(Refused, match=r"no column for code, lon\. Its columns are: a, b\..*--map code="):
            require(mapped, ["a", "b"], "code", "lon")
