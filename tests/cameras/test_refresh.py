"""Coverage after edits equals a run of everything: random edits, and what each of them must do."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from shapely import box
from sqlalchemy import select, text

from cameras.coverage import update_coverage
from cameras.keeping import metres_within
from cameras.models import Camera, CameraView, CellCoverage, CoverageGap, CoverageStreetGap
from cameras.reading import county_frame
from cameras.refresh import refresh_area, refresh_around
from tests.build import VILLAGE

#: Four cells of about 460 m × 330 m around (122.305, 33.803), some streets, houses, a pond.
WEST, SOUTH, DX, DY = 122.3, 33.8, 0.005, 0.003
CELLS = {
    f"{VILLAGE}{100 + n}": box(
        WEST + DX * (n % 2), SOUTH + DY * (n // 2), WEST + DX * (n % 2 + 1), SOUTH + DY * (n // 2 + 1)
    )
    for n in range(4)
}
STREETS = (
    "122.2990 33.8010, 122.3060 33.8012, 122.3110 33.8008",
    "122.3020 33.7995, 122.3022 33.8065",
    "122.3005 33.8045, 122.3095 33.8047",
    "122.3080 33.8001, 122.3078 33.8030, 122.3085 33.8059",
)
HOUSES = (
    (122.3010, 33.8014, 122.3014, 33.8018, 6.0),
    (122.3014, 33.8014, 122.3018, 33.8017, None),
    (122.3030, 33.8005, 122.3040, 33.8008, 3.0),
    (122.3050, 33.8040, 122.3056, 33.8044, 9.0),
    (122.3070, 33.8018, 122.3076, 33.8026, None),
    (122.3060, 33.8049, 122.3070, 33.8052, 3.5),
)


def furnish(build: Any, session: Any) -> None:
    for code, area in CELLS.items():
        build.cell(code, area)
    for at, path in enumerate(STREETS):
        build.street(path, ref=f"s{at}")
    for at, (*corners, height_m) in enumerate(HOUSES):
        build.building(box(*corners), ref=f"b{at}", height_m=height_m)
    for at in range(40):
        build.incident(WEST + 2 * DX * ((7 * at) % 40 / 40), SOUTH + 2 * DY * ((11 * at) % 40 / 40))
    session.execute(
        text(
            "INSERT INTO land_covers (source, source_ref, kind, area) VALUES"
            " ('test', 'pond', 'water', st_multi(st_makeenvelope(122.3040, 33.8026, 122.3060, 33.8034, 4326)))"
        )
    )


@dataclass
class State:
    """Everything stored about coverage, in metres."""

    views: dict[int, Any]
    exact: dict[int, tuple[float, ...]]
    cells: dict[int, tuple[float, ...]]
    gaps: dict[int, Any]
    gap_figures: list[tuple[float, ...]]
    street_gaps: dict[int, Any]
    street_lengths: list[tuple[Any, ...]]


def state(session: Any) -> State:
    session.expire_all()
    frame = county_frame(session)

    def metric(blob: Any) -> Any:
        return shapely.Polygon() if blob is None else frame.to_metres(shapely.from_wkb(bytes(blob)))

    views = session.execute(select(CameraView, CameraView.view.ST_AsBinary())).all()
    gaps = session.execute(select(CoverageGap, CoverageGap.area.ST_AsBinary())).all()
    streets = session.execute(select(CoverageStreetGap, CoverageStreetGap.path.ST_AsBinary())).all()
    cells = session.scalars(select(CellCoverage)).all()
    return State(
        views={view.camera_id: metric(blob) for view, blob in views},
        exact={v.camera_id: (v.exact_area_m2, v.snapped_m, float(v.is_blind), v.cell_id or 0) for v, _ in views},
        cells={
            row.cell_id: (
                row.open_area_m2,
                row.watched_area_m2,
                row.watched_twice_area_m2,
                row.watched_thrice_area_m2 or 0.0,
                row.street_m,
                row.unwatched_street_m,
                *(row.camera_count, row.incident_weight, row.watched_incident_weight),
            )
            for row in cells
        },
        gaps={
            cell.cell_id: shapely.union_all([metric(blob) for gap, blob in gaps if gap.cell_id == cell.cell_id])
            for cell in cells
        },
        gap_figures=sorted(
            (gap.cell_id, round(gap.area_m2, 3), round(gap.street_m, 3), gap.incident_weight) for gap, _ in gaps
        ),
        street_gaps={
            row.street_id: shapely.union_all([metric(b) for other, b in streets if other.street_id == row.street_id])
            for row, _ in streets
        },
        street_lengths=sorted(
            (row.street_id, round(row.length_m, 4), row.location_code, row.incident_weight) for row, _ in streets
        ),
    )


def assert_equal(found: State, expected: State) -> None:
    assert found.exact.keys() == expected.exact.keys()
    for camera_id, figures in expected.exact.items():
        assert found.exact[camera_id] == pytest.approx(figures, rel=1e-6, abs=1e-6)
        assert shapely.symmetric_difference(found.views[camera_id], expected.views[camera_id]).area < 1e-3
    assert found.cells.keys() == expected.cells.keys()
    for cell_id, cell in expected.cells.items():
        assert found.cells[cell_id] == pytest.approx(cell, rel=1e-6, abs=1e-4)
        assert shapely.symmetric_difference(found.gaps[cell_id], expected.gaps[cell_id]).area < 1e-3
    assert np.array(found.gap_figures) == pytest.approx(np.array(expected.gap_figures), abs=2e-3)
    assert found.street_gaps.keys() == expected.street_gaps.keys()
    for street_id, lines in expected.street_gaps.items():
        assert shapely.hausdorff_distance(found.street_gaps[street_id], lines) < 1e-3
    assert [line[2:] for line in found.street_lengths] == [line[2:] for line in expected.street_lengths]


def exactly(session: Any) -> list[Any]:
    """Everything a run has written about ground and gaps, to the last bit."""
    questions = (
        "SELECT cell_id, open_area_m2, watched_area_m2, watched_twice_area_m2, street_m, unwatched_street_m"
        " FROM cell_coverages",
        "SELECT cell_id, near_streets, water, open_area_m2, made_from FROM cell_grounds",
        "SELECT cell_id, street_m, st_asbinary(area) FROM coverage_gaps",
        "SELECT street_id, length_m, st_asbinary(path) FROM coverage_street_gaps",
    )
    found = [session.execute(text(question)).all() for question in questions]
    return [sorted(tuple(bytes(c) if isinstance(c, memoryview) else c for c in row) for row in rows) for rows in found]


LON, LAT = st.floats(WEST - 0.0008, WEST + 2 * DX + 0.0008), st.floats(SOUTH - 0.0008, SOUTH + 2 * DY + 0.0008)
CAMERA = st.fixed_dictionaries(
    {
        "lon": LON,
        "lat": LAT,
        "bearing_deg": st.integers(0, 359).map(float),
        "hfov_deg": st.sampled_from([40.0, 90.0, 200.0, 360.0]),
        "range_m": st.sampled_from([25.0, 60.0, 120.0, 300.0]),
        "mount_height_m": st.sampled_from([3.0, 4.5, 8.0]),
        "pitch_deg": st.sampled_from([None, 15.0]),
        "vfov_deg": st.sampled_from([None, 40.0]),
    }
)
EDIT = st.one_of(
    st.tuples(st.just("add"), CAMERA),
    st.tuples(st.just("change"), st.integers(0, 9), CAMERA),
    st.tuples(st.just("status"), st.integers(0, 9), st.sampled_from(["online", "offline", "removed"])),
    st.tuples(st.just("build"), LON, LAT, st.floats(4, 40), st.sampled_from([None, 3.0, 12.0])),
    st.tuples(st.just("demolish"), st.integers(0, 9)),
)


def point(values: dict[str, Any]) -> str:
    return f"SRID=4326;POINT({values['lon']!r} {values['lat']!r})"


class Edits:
    """Edits as rows, each followed by what it has to refresh."""

    def __init__(self, build: Any, session: Any) -> None:
        self.build, self.session, self.number = build, session, 0

    def camera(self, at: int) -> Camera:
        found = self.session.scalars(select(Camera).order_by(Camera.id)).all()
        return found[at % len(found)]

    def act(self, kind: str, *said: Any) -> None:
        getattr(self, kind)(*said)

    def add(self, values: dict[str, Any]) -> None:
        self.number += 1
        refresh_around(self.session, [self.build.camera(f"E{self.number}", **values).id])

    def change(self, at: int, values: dict[str, Any]) -> None:
        camera = self.camera(at)
        for name, value in values.items():
            if name not in {"lon", "lat"}:
                setattr(camera, name, value)
        camera.place = point(values)
        refresh_around(self.session, [camera.id])

    def status(self, at: int, status: str) -> None:
        camera = self.camera(at)
        camera.status = status
        refresh_around(self.session, [camera.id])

    def build_one(self, lon: float, lat: float, wide_m: float, height_m: float | None) -> tuple[float, ...]:
        self.number += 1
        corners = (lon, lat, lon + wide_m / 92_000, lat + wide_m / 111_000)
        self.build.building(box(*corners), ref=f"e{self.number}", height_m=height_m)
        return corners

    def demolish(self, at: int) -> None:
        rows = self.session.execute(
            text("SELECT id, st_extent(area)::text AS e FROM buildings GROUP BY id ORDER BY id")
        ).all()
        if rows:
            gone = rows[at % len(rows)]
            self.session.execute(text("DELETE FROM buildings WHERE id = :id"), {"id": gone.id})
            west_south, east_north = gone.e[4:-1].split(",")
            refresh_area(self.session, (*map(float, west_south.split()), *map(float, east_north.split())))


def build_and_refresh(edits: Edits, *said: Any) -> None:
    refresh_area(edits.session, edits.build_one(*said))


@settings(
    max_examples=18,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(edits=st.lists(EDIT, min_size=1, max_size=6))
def test_coverage_when_edited_at_random_equals_a_run_of_everything(build, session, edits):
    undo = session.begin_nested()
    try:
        furnish(build, session)
        for at in range(3):
            build.camera(
                f"C{at}", 122.3015 + at * 0.003, 33.8011 + at * 0.0016, bearing_deg=at * 100, hfov_deg=110, range_m=90
            )
        update_coverage(session)
        acts = Edits(build, session)
        for kind, *said in edits:
            if kind == "build":
                build_and_refresh(acts, *said)
            else:
                acts.act(kind, *said)
        found = state(session)
        update_coverage(session)
        expected, bits = state(session), exactly(session)
        assert_equal(found, expected)
        session.execute(text("DELETE FROM cell_grounds"))
        update_coverage(session)
        assert exactly(session) == bits  # the run before had reused the grounds that still held
    finally:
        undo.rollback()
        session.expunge_all()


def test_grounds_when_a_street_is_drawn_are_made_anew_only_in_cells_about_it(build, session):
    furnish(build, session)
    update_coverage(session)
    before = marks(session)
    update_coverage(session)
    assert marks(session) == before
    build.street("122.3005 33.8004, 122.3020 33.8004", ref="new")
    update_coverage(session)
    after = marks(session)
    changed = {code for code in before if after[code] != before[code]}
    assert changed == {min(CELLS)}
    assert before.keys() == after.keys() == CELLS.keys()


def marks(session: Any) -> dict[str, tuple[bytes, str]]:
    """Of each cell what its ground was made from, and where its row lies (writing it again moves it)."""
    question = (
        "SELECT code, made_from, ground.ctid::text AS at FROM cell_grounds ground JOIN cells ON cells.id = cell_id"
    )
    return {row.code: (bytes(row.made_from), row.at) for row in session.execute(text(question))}


def test_metres_when_streets_run_along_each_other_count_each_of_them():
    areas = np.array([box(0, 0, 10, 10), box(20, 0, 30, 10), box(50, 0, 60, 10)])
    streets = np.array([shapely.LineString(line) for line in (
        [(-5, 5), (5, 5)], [(-5, 5), (25, 5)], [(2, 1), (2, 4)], [(25, -5), (25, 5)]
    )])  # fmt: skip
    assert metres_within(streets, areas).tolist() == [5 + 10 + 3, 5 + 5, 0]
    assert metres_within(streets[:0], areas).tolist() == [0, 0, 0]
