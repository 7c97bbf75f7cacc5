"""Cells drawn for villages without: seamless, from counted or estimated households, history kept."""

import doctest
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import shapely
from shapely import box
from sqlalchemy import select, text

import grids.households
from data.errors import NotFound, Refused
from grids.drawing import draw_cells_for
from grids.households import estimate_households
from grids.models import Cell, CellAssignment
from tests.build import VILLAGE, VILLAGE_BOX

TODAY = datetime.now(UTC).date()


@pytest.fixture
def village(build):
    """The test village with streets in a grid and a house of 20 households in each of 100 blocks."""
    made = build.division(VILLAGE)
    west, south, east, north = VILLAGE_BOX.bounds
    for n in range(1, 10):
        x, y = west + n * (east - west) / 10, south + n * (north - south) / 10
        build.street(f"{x} {south}, {x} {north}", f"x{n}")
        build.street(f"{west} {y}, {east} {y}", f"y{n}")
    for n in range(100):
        x, y = west + (n % 10 + 0.5) * 0.01, south + (n // 10 + 0.5) * 0.01
        build.building(box(x, y, x + 0.0002, y + 0.0002), f"b{n}", kind="apartments", households=20)
    return made


def cells(session) -> list[Cell]:
    session.expire_all()
    return list(session.scalars(select(Cell).where(Cell.valid_to.is_(None)).order_by(Cell.code)))


def areas(session) -> list:
    wkbs = session.scalars(text("SELECT st_asbinary(area) FROM cells WHERE valid_to IS NULL"))
    return [shapely.from_wkb(bytes(wkb)) for wkb in wkbs]


def test_docstrings_when_run_then_say_the_truth():
    outcome = doctest.testmod(grids.households)
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_village_when_drawn_then_seamless_and_evenly_peopled(session, village):
    drawing = draw_cells_for(session, "990101")
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    found = cells(session)
    assert [cell.code for cell in found] == [f"{VILLAGE}{n:03d}" for n in range(1, 6)]
    assert found[0].name == f"{village.name}第01网格"
    assert sum(cell.households for cell in found) == 2000
    assert all(300 <= cell.households <= 500 for cell in found)
    assert shapely.union_all(areas(session)).symmetric_difference(VILLAGE_BOX).area < 1e-12
    assert (drawing.cells, drawing.villages[0].basis, drawing.villages[0].households) == (5, "counted", 2000)


def test_village_when_it_has_cells_then_left_alone(session, village):
    draw_cells_for(session)
    again = draw_cells_for(session)
    assert (again.villages, again.skipped) == ([], [VILLAGE])
    assert len(cells(session)) == 5


def test_village_when_nobody_counted_then_households_are_estimated(session, village):
    session.execute(text("UPDATE buildings SET households = NULL, levels = 6"))
    drawing = draw_cells_for(session, VILLAGE)
    assert drawing.villages[0].basis == "estimated"
    assert drawing.villages[0].households == sum(cell.households for cell in cells(session)) > 1000


def test_village_when_nobody_lives_there_then_cells_are_drawn_by_ground(session, build):
    build.division(VILLAGE, box(122.3, 33.8, 122.33, 33.83))
    drawing = draw_cells_for(session, VILLAGE)
    assert drawing.villages[0].basis == "area"
    assert drawing.cells > 1


def test_cells_when_replaced_then_the_old_end_today_with_their_assignments(session, village, build):
    draw_cells_for(session)
    old = cells(session)
    build.assignment(old[0], build.worker("Li"), date(2026, 1, 1))
    drawing = draw_cells_for(session, VILLAGE, target_households=1000, replace=True)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert (drawing.cells, drawing.closed_cells, drawing.ended_assignments) == (2, 5, 1)
    assert {cell.valid_from for cell in cells(session)} == {TODAY}
    assert {session.get(Cell, cell.id).valid_to for cell in old} == {TODAY}
    assert session.scalars(select(CellAssignment)).one().ends_on == TODAY


def test_cells_when_replaced_twice_a_day_then_those_without_history_go_and_cameras_stay(session, village, build):
    draw_cells_for(session)
    draw_cells_for(session, VILLAGE, target_households=1000, replace=True)
    camera = build.camera(lon=122.35, lat=33.85)
    build.assignment(cells(session)[0], build.worker("Li"), TODAY + timedelta(days=1))
    drawing = draw_cells_for(session, VILLAGE, target_households=500, replace=True)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.refresh(camera)
    assert drawing.cells == len(cells(session)) == 4
    assert camera.cell_id is None
    assert session.scalar(text("SELECT count(*) FROM cells WHERE valid_to IS NOT NULL")) == 5


def test_drawing_when_recorded_then_the_audit_log_has_it(session, village):
    draw_cells_for(session, "990101")
    payload = session.scalar(text("SELECT payload FROM events WHERE kind = 'cells_drawn'"))
    assert payload == {"division_code": "990101", "villages": 1, "cells": 5, "closed": 0}


def test_division_when_unknown_or_without_villages_then_refused_in_one_sentence(session, build):
    build.division("990101")
    with pytest.raises(NotFound, match="no division 880000"):
        draw_cells_for(session, "880000")
    with pytest.raises(Refused, match="990101 has no villages"):
        draw_cells_for(session, "990101")


def test_households_when_levels_are_unknown_then_height_or_two_storeys_stand_in():
    nan = np.nan
    found = estimate_households(["apartments"] * 3, [260] * 3, [4, nan, nan], [nan, 18, nan])
    assert found.tolist() == [8, 12, 4]


@pytest.mark.parametrize("kind", ["garage", "industrial", "school", "church", "barn"])
def test_households_when_no_home_then_none(kind):
    assert estimate_households([kind], [500], [3], [9]).tolist() == [0]
