"""Divisions, cells, workers and their assignments. The ground itself is in `grids.ground`."""

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import DATERANGE
from sqlalchemy.orm import Mapped, mapped_column

from data.columns import area_column, derived, point_column, tile_twin
from data.database import Base

_ALWAYS = "DATE '2000-01-01'"


class Division(Base):
    """A county, township or village, for as long as its `validity` says."""

    __tablename__ = "divisions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = derived(
        Text, "CASE length(code) WHEN 6 THEN 'county' WHEN 9 THEN 'township' ELSE 'village' END"
    )
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    parent_code: Mapped[str | None] = derived(Text, "CASE WHEN length(code) > 6 THEN left(code, length(code) - 3) END")
    valid_from: Mapped[date] = mapped_column(Date, server_default=func.date("2000-01-01"))
    valid_to: Mapped[date | None] = mapped_column(Date)
    validity: Mapped[Any] = derived(DATERANGE, "daterange(valid_from, valid_to)")
    source: Mapped[str] = mapped_column(Text, server_default="operator", default="operator")
    area: Mapped[Any] = area_column()
    area_m2: Mapped[float] = derived(Double, "st_area(area::geography)")
    area_3857: Mapped[Any] = tile_twin("area", "MULTIPOLYGON")

    __table_args__ = (
        UniqueConstraint("id", "code"),
        ForeignKeyConstraint(
            ["parent_id", "parent_code"], ["divisions.id", "divisions.code"], name="fk_divisions_parent"
        ),
        Index("ix_divisions_code_prefix", "code", postgresql_ops={"code": "text_pattern_ops"}),
    )


class Cell(Base):
    """A grid cell: the piece of ground one worker answers for."""

    __tablename__ = "cells"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, server_default="general", default="general")
    name: Mapped[str] = mapped_column(Text)
    village_id: Mapped[int] = mapped_column(BigInteger, index=True)
    village_code: Mapped[str] = derived(Text, "left(code, 12)")
    households: Mapped[int | None] = mapped_column(Integer)
    valid_from: Mapped[date] = mapped_column(Date, server_default=func.date("2000-01-01"))
    valid_to: Mapped[date | None] = mapped_column(Date)
    validity: Mapped[Any] = derived(DATERANGE, "daterange(valid_from, valid_to)")
    source: Mapped[str] = mapped_column(Text, server_default="operator", default="operator")
    area: Mapped[Any] = area_column()
    area_m2: Mapped[float] = derived(Double, "st_area(area::geography)")
    area_3857: Mapped[Any] = tile_twin("area", "MULTIPOLYGON")

    __table_args__ = (
        ForeignKeyConstraint(
            ["village_id", "village_code"], ["divisions.id", "divisions.code"], name="fk_cells_village"
        ),
        Index("ix_cells_code_prefix", "code", postgresql_ops={"code": "text_pattern_ops"}),
    )


class Worker(Base):
    """A grid worker (网格员) of a division; may sign in through `user_id`."""

    __tablename__ = "workers"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, server_default="full_time", default="full_time")
    division_id: Mapped[int] = mapped_column(ForeignKey(Division.id), index=True)
    home: Mapped[Any] = point_column(nullable=True)
    joined_on: Mapped[date] = mapped_column(Date, server_default=func.current_date())
    left_on: Mapped[date | None] = mapped_column(Date)


class CellAssignment(Base):
    """Who answers for a cell, as lead or substitute, from when to when (the end day is excluded)."""

    __tablename__ = "cell_assignments"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    cell_id: Mapped[int] = mapped_column(ForeignKey(Cell.id))
    worker_id: Mapped[int] = mapped_column(ForeignKey(Worker.id), index=True)
    duty: Mapped[str] = mapped_column(Text, server_default="lead", default="lead")
    starts_on: Mapped[date] = mapped_column(Date, server_default=func.current_date())
    ends_on: Mapped[date | None] = mapped_column(Date)
    period: Mapped[Any] = derived(DATERANGE, "daterange(starts_on, ends_on)")
    assigned_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
