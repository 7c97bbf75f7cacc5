"""The form of a siting study: where, how many, from which places, which camera, what counts, what is out."""

import math
from typing import Any

import shapely
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, FloatField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from cameras.siting import MOST_K
from cameras.siting_solving import Asked
from data.errors import Refused


def _number(title: Any, least: float, most: float, default: float) -> FloatField:
    return FloatField(title, [InputRequired(_l("Give a number.")), NumberRange(least, most)], default=default)


class SitingForm(FlaskForm):
    """Every field has the value of `Asked` to begin with."""

    name = StringField(_l("Name of the study"), [InputRequired(_l("Give it a name.")), Length(max=120)])
    area = SelectField(_l("Area to look at"), validate_choice=True)
    box = HiddenField()
    k = IntegerField(_l("Number of cameras"), [InputRequired(_l("Give a number.")), NumberRange(1, MOST_K)], default=5)
    time_limit_s = _number(_l("Time limit (s)"), 1, 300, 20)
    poles = FileField(_l("List of poles (CSV or GeoJSON)"))
    crs = StringField(_l("Its coordinate system"), [Length(max=20)], default="wgs84")
    every_m = _number(_l("Along streets, every (m)"), 5, 500, 30)
    bearings = IntegerField(_l("Bearings for each place"), [InputRequired(), NumberRange(1, 16)], default=8)
    height_m = _number(_l("Mounting height (m)"), 0.5, 300, 4.5)
    hfov_deg = _number(_l("Field of view (°)"), 1, 360, 90)
    range_m = _number(_l("Range (m)"), 1, 1000, 60)
    pixels_h = IntegerField(_l("Picture width (pixels)"), [InputRequired(), NumberRange(1, 100_000)], default=2560)
    weight_street = _number(_l("A metre of street"), 0, 1000, 1)
    weight_incident = _number(_l("An incident"), 0, 1000, 20)
    weight_place = _number(_l("A place where people gather"), 0, 1000, 50)
    weight_open_ground = _number(_l("A square metre of open ground"), 0, 10, 0.02)
    forbid_schools = BooleanField(_l("The inside of schools and kindergartens"), default=True)
    forbid_dwellings = BooleanField(_l("The ground of dwellings"), default=True)
    privacy = SelectField(
        _l("Views into dwellings' ground"),
        choices=[("warn", _l("allow with a warning")), ("exclude", _l("do not propose"))],
        default="warn",
    )

    @property
    def asked(self) -> Asked:
        """The question as the room takes it."""
        return Asked(**{name: getattr(self, name).data for name in Asked.__dataclass_fields__})

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """The part of the map that was chosen, None for the whole area. Raises Refused for one that is none."""
        if not self.box.data:
            return None
        try:
            west, south, east, north = (float(part) for part in self.box.data.split(","))
        except ValueError as error:
            raise Refused("The part of the map cannot be read. Choose it again.") from error
        if not (
            math.isfinite(west + south + east + north) and -180 <= west < east <= 180 and -85 <= south < north <= 85
        ):
            raise Refused("The part of the map cannot be read. Choose it again.")
        return west, south, east, north


def _placed_as_declared(layer: Any, declared: Any) -> tuple[Any, Any]:
    """The layer and its system; Refused when degrees were declared to be metres or the other way round."""
    from webapp.cli.coverage_files import mean_degrees, placed

    if layer.crs is None and mean_degrees([layer]) != declared.is_degrees:
        raise Refused(
            "The coordinates in {name} do not fit {crs}, which is in {unit}. Name the system they are in.",
            name=layer.name,
            crs=declared.name,
            unit=declared.unit,
        )
    return placed(layer, declared)


def _told_to_the_sender(error: Refused, kept_as: str, name: str) -> Refused:
    """The error with the name the person gave the file."""
    return Refused(error.sentence, **{fact: name if said == kept_as else said for fact, said in error.facts.items()})


def read_poles(form: SitingForm) -> list[list[float]]:
    """The places (lon, lat) of the file; none when no file was given. Raises Refused when it cannot be read."""
    import tempfile
    from pathlib import Path

    from pyproj import Transformer

    from gis.crs import parse_crs
    from webapp.cli.coverage_files import read_layer

    file = form.poles.data
    if not file or not file.filename:
        return []
    ending = Path(file.filename).suffix.lower()
    if ending not in {".csv", ".geojson", ".json"}:
        raise Refused("Give the list of poles as CSV (columns lon, lat) or GeoJSON (points).")
    with tempfile.TemporaryDirectory(prefix="gridbeat-") as folder:
        path = Path(folder) / f"poles{ending}"
        file.save(path)
        try:
            layer, crs = _placed_as_declared(read_layer("cameras", path), parse_crs(form.crs.data or "wgs84"))
        except Refused as error:
            raise _told_to_the_sender(error, path.name, file.filename) from error
    if not len(layer):
        raise Refused("None of the rows in {name} can be used.", name=file.filename)
    xy = shapely.get_coordinates(shapely.point_on_surface(layer.shapes))
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(xy[:, 0], xy[:, 1])
    return [[float(one), float(other)] for one, other in zip(lon, lat, strict=True)]
