"""Streets, buildings, places and land cover from an OpenStreetMap extract."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from data.importing.osm_reading import OsmExtract, OsmLayer
from data.importing.report import Counts, ImportReport
from data.importing.staging import ewkb, lock_import, stage, upsert

SOURCE = "osm"

_AREA = "geometry(MultiPolygon, 4326)"
_SHAPES = {
    "streets": ("path", "geometry(LineString, 4326)"),
    "buildings": ("area", _AREA),
    "places": ("place", "geometry(Point, 4326)"),
    "land_covers": ("area", _AREA),
}
_TYPES = {"oneway": "smallint", "surface_level": "smallint", "height_m": "real", "levels": "real"}


def import_ground(
    session: Session,
    extract: OsmExtract,
    report: ImportReport,
    *,
    remove_vanished: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Write the extract's ground; `tell` is called with each table's name before it is written.

    What came from OpenStreetMap before, lies within the extract's bounds and is not in it any more is
    counted as vanished, and taken away only when `remove_vanished` says so.
    """
    lock_import(session, "osm")
    for table in _SHAPES:
        tell(table)
        report.counts[table] = _import_layer(session, table, getattr(extract, table), extract.bounds, remove_vanished)


def _import_layer(
    session: Session, table: str, layer: OsmLayer, bounds: tuple[float, ...], remove_vanished: bool
) -> Counts:
    shape_column, shape_type = _SHAPES[table]
    staged = f"staged_{table}"
    types = {"source": "text", "source_ref": "text"}
    types |= {column: _TYPES.get(column, "text") for column in layer.columns} | {shape_column: shape_type}
    shapes = _as_multi(layer.shapes) if shape_type == _AREA else layer.shapes
    sides = zip(layer.refs, layer.said, ewkb(shapes), strict=True)
    stage(session, staged, types, ((SOURCE, ref, *said, shape) for ref, said, shape in sides), key="source_ref")
    gone = _vanished(session, table, shape_column, staged, bounds)
    counts = upsert(session, table, staged, tuple(types), ("source", "source_ref"))
    counts.vanished = len(gone)
    if remove_vanished and gone:
        session.execute(text(f"DELETE FROM {table} WHERE id = ANY(:ids)"), {"ids": gone})
        counts.removed = len(gone)
    return counts


def _as_multi(shapes: Any) -> Any:
    """The areas, each as a MultiPolygon, as the tables want them."""
    import shapely

    return [shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape]) for shape in shapes]


def _vanished(session: Session, table: str, column: str, staged: str, bounds: tuple[float, ...]) -> list[int]:
    """The rows of the same source that lie wholly within the bounds and are not among the staged ones."""
    question = text(
        f"SELECT id FROM {table} t WHERE source = :source AND t.{column} && box AND st_coveredby(t.{column}, box)"
        f" AND NOT EXISTS (SELECT FROM {staged} s WHERE s.source_ref = t.source_ref)".replace(
            " box", " st_makeenvelope(:west, :south, :east, :north, 4326)"
        )
    )
    west, south, east, north = bounds
    facts = {"source": SOURCE, "west": west, "south": south, "east": east, "north": north}
    return list(session.scalars(question, facts))
