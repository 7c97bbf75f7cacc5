"""The form of an import: which file, what it holds, in which coordinate system."""

import re

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from webapp.labels import IMPORT_KINDS

_PAIR = re.compile(r"^\s*([\w.-]+)\s*=\s*(.+?)\s*$")


class ImportForm(FlaskForm):
    """A file with divisions, cells, cameras, incidents, or a whole OpenStreetMap extract."""

    kind = SelectField(_l("What the file holds"), choices=list(IMPORT_KINDS.items()))
    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])
    crs = StringField(
        _l("Coordinate system"), [InputRequired(_l("Name the coordinate system.")), Length(max=20)], default="wgs84"
    )
    mapping = TextAreaField(_l("Columns with other names"), [Length(max=2000)])
    is_dry_run = BooleanField(_l("Only try: change nothing"), default=True)
    is_strict = BooleanField(_l("All or nothing: refuse the file when a row is refused"))

    def validate_mapping(self, field: TextAreaField) -> None:
        """Each line has to read `field = column`."""
        for line in (field.data or "").splitlines():
            if line.strip() and not _PAIR.match(line):
                raise ValidationError(_l("Write one pair a line, like: code = 编码"))

    @property
    def mapping_pairs(self) -> dict[str, str]:
        """Our field → the file's column."""
        return {m[1]: m[2] for line in (self.mapping.data or "").splitlines() if (m := _PAIR.match(line))}
