"""The form of an import: which file, what it holds, in which coordinate system."""

import re

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from gis.crs import parse_crs
from gis.errors import UnknownCrs
from webapp.labels import IMPORT_KINDS

_PAIR = re.compile(r"^\s*([\w.-]+)\s*=\s*(.+?)\s*$")


#: The systems a file may be in; any other one is named by its EPSG number.
COORDINATE_SYSTEMS = {
    "wgs84": _l("WGS 84 (satellite navigation, OpenStreetMap)"),
    "cgcs2000": _l("CGCS2000 (national surveying)"),
    "gcj02": _l("GCJ-02 (Amap, Tencent and other Chinese maps)"),
    "bd09": _l("BD-09 (Baidu)"),
    "epsg": _l("Another one: by its EPSG number"),
}


class ImportForm(FlaskForm):
    """A file with divisions, cells, cameras, incidents, or a whole OpenStreetMap extract."""

    kind = SelectField(_l("What the file holds"), choices=list(IMPORT_KINDS.items()))
    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])
    crs = SelectField(_l("Coordinate system"), choices=list(COORDINATE_SYSTEMS.items()), default="wgs84")
    epsg = StringField(_l("EPSG number"), [Length(max=12)])
    mapping = TextAreaField(_l("Columns with other names"), [Length(max=2000)])
    is_dry_run = BooleanField(_l("Only try: change nothing"), default=True)
    is_strict = BooleanField(_l("All or nothing: refuse the file when a row is refused"))

    def validate_epsg(self, field: StringField) -> None:
        """With the choice "another one", a number that names a system we know."""
        if self.crs.data != "epsg":
            return
        number = (field.data or "").strip().upper().removeprefix("EPSG:").strip()
        if not (number.isascii() and number.isdecimal() and len(number) <= 6):
            raise ValidationError(_l("Write the EPSG number of the coordinate system, like 4549."))
        try:
            parse_crs(f"EPSG:{number}")
        except UnknownCrs:
            raise ValidationError(_l("There is no coordinate system with this EPSG number.")) from None
        field.data = number

    @property
    def crs_name(self) -> str:
        """The declared system as `gis.crs.parse_crs` reads it."""
        return f"EPSG:{self.epsg.data}" if self.crs.data == "epsg" else str(self.crs.data)

    def validate_mapping(self, field: TextAreaField) -> None:
        """Each line has to read `field = column`."""
        for line in (field.data or "").splitlines():
            if line.strip() and not _PAIR.match(line):
                raise ValidationError(_l("Write one pair a line, like: code = 编码"))

    @property
    def mapping_pairs(self) -> dict[str, str]:
        """Our field → the file's column."""
        return {m[1]: m[2] for line in (self.mapping.data or "").splitlines() if (m := _PAIR.match(line))}
