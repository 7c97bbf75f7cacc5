"""Geometry columns, said once: WGS 84 (EPSG:4326), lon/lat, each with its GiST index.

`…_3857` twins are stored by the database (generated) so that tiles need no transformation.
"""

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import Computed
from sqlalchemy.orm import Mapped, mapped_column

WGS84 = 4326
WEB_MERCATOR = 3857


def _geometry(kind: str, *, nullable: bool) -> Mapped[Any]:
    return mapped_column(Geometry(kind, srid=WGS84, spatial_index=True), nullable=nullable)


def point_column(*, nullable: bool = False) -> Mapped[Any]:
    """A place as one point."""
    return _geometry("POINT", nullable=nullable)


def line_column(kind: str = "LINESTRING", *, nullable: bool = False) -> Mapped[Any]:
    """A path along the ground."""
    return _geometry(kind, nullable=nullable)


def area_column(*, nullable: bool = False) -> Mapped[Any]:
    """A piece of ground; always a MultiPolygon, so that islands need no second type."""
    return _geometry("MULTIPOLYGON", nullable=nullable)


def tile_twin(source: str, kind: str) -> Mapped[Any]:
    """The Web-Mercator twin of column `source`, kept by the database."""
    return mapped_column(
        Geometry(kind, srid=WEB_MERCATOR, spatial_index=True),
        Computed(f"st_transform({source}, {WEB_MERCATOR})", persisted=True),
        nullable=True,
    )


def derived(column_type: Any, expression: str, *, nullable: bool = True) -> Mapped[Any]:
    """A column the database computes from its own row."""
    return mapped_column(column_type, Computed(expression, persisted=True), nullable=nullable)
