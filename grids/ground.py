"""The ground as tables: streets, buildings, places, land cover; each row remembers its source (imports run again)."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Double,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import REAL
from sqlalchemy.orm import Mapped, mapped_column

from data.columns import area_column, derived, line_column, point_column, tile_twin
from data.database import Base


class _Sourced:
    """What every piece of ground has: an id inside, and where it came from."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    source_ref: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)


def _name_search(table: str) -> Index:
    return Index(f"ix_{table}_name_search", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"})


class Street(_Sourced, Base):
    """A street or path as imported; `oneway` is 1 along the line, -1 against it."""

    __tablename__ = "streets"

    kind: Mapped[str] = mapped_column(Text)
    oneway: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"), default=0)
    surface_level: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"), default=0)
    path: Mapped[Any] = line_column()
    length_m: Mapped[float] = derived(Double, "st_length(path::geography)")
    path_3857: Mapped[Any] = tile_twin("path", "LINESTRING")

    __table_args__ = (UniqueConstraint("source", "source_ref"), _name_search("streets"))


class Building(_Sourced, Base):
    """A building's footprint, with its height and how that height is known."""

    __tablename__ = "buildings"

    kind: Mapped[str] = mapped_column(Text, server_default="yes", default="yes")
    height_m: Mapped[float | None] = mapped_column(REAL)
    levels: Mapped[float | None] = mapped_column(REAL)
    height_source: Mapped[str] = mapped_column(Text, server_default="unknown", default="unknown")
    households: Mapped[int | None] = mapped_column(Integer)
    area: Mapped[Any] = area_column()
    area_3857: Mapped[Any] = tile_twin("area", "MULTIPOLYGON")

    __table_args__ = (UniqueConstraint("source", "source_ref"),)


class Place(_Sourced, Base):
    """A school, a station, a market: somewhere people gather or look for."""

    __tablename__ = "places"

    kind: Mapped[str] = mapped_column(Text)
    place: Mapped[Any] = point_column()
    place_3857: Mapped[Any] = tile_twin("place", "POINT")

    __table_args__ = (UniqueConstraint("source", "source_ref"), _name_search("places"))


class LandCover(_Sourced, Base):
    """Water, wood, grass, farmland: for the base map, and water for what counts as open ground."""

    __tablename__ = "land_covers"

    kind: Mapped[str] = mapped_column(Text)
    area: Mapped[Any] = area_column()
    area_3857: Mapped[Any] = tile_twin("area", "MULTIPOLYGON")

    __table_args__ = (UniqueConstraint("source", "source_ref"),)
