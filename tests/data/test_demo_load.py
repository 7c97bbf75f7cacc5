"""The synthetic county in the database: whole or not at all, as its rules want it, and alive."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, text

from data import demo
from data.database import connect, migrate
from data.errors import Refused

NOW = datetime(2026, 5, 13, 2, 40, tzinfo=UTC)  # a Wednesday morning, 10:40 in Shanghai
TABLES = (
    "divisions", "cells", "streets", "buildings", "places", "land_covers", "users", "user_roles", "workers",
    "cell_assignments", "cameras", "patrol_teams", "patrol_members", "route_plans", "checkpoints", "shifts",
    "shift_members", "patrol_sessions", "position_fixes", "incidents", "incident_actions",
)  # fmt: skip


#: Their codes are drawn by the database, so that nobody can guess them.
SECRET_CODES = {"checkpoints": "code", "shifts": "join_code"}


def load(engine: Engine, progress: Callable[[str, float], None] = lambda *_: None, seed: int = 1) -> demo.DemoSummary:
    return demo.load(engine, profile="small", seed=seed, password_hash="$argon2id$demo", progress=progress, now=NOW)


@pytest.fixture(scope="module")
def empty_database(make_database: Callable[[str], str]) -> Iterator[Callable[[str], Engine]]:
    made: list[Engine] = []

    def make(name: str) -> Engine:
        url = make_database(name)
        migrate(url)
        made.append(connect(url, pool_size=2))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture(scope="module")
def loaded(empty_database: Callable[[str], Engine]) -> Engine:
    engine = empty_database("demo")
    load(engine)
    return engine


@pytest.fixture
def county(loaded: Engine) -> Iterator[Connection]:
    with loaded.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


def one(county: Connection, question: str, **values: Any) -> Any:
    return county.scalar(text(question), values)


def test_profile_small_has_its_numbers(county: Connection) -> None:
    count = {table: one(county, f"SELECT count(*) FROM {table}") for table in TABLES}
    assert one(county, "SELECT count(*) FROM divisions WHERE level = 'township'") == 2
    assert one(county, "SELECT count(*) FROM divisions WHERE level = 'village'") == 12
    assert 34 <= count["cells"] <= 52
    assert 5_000 <= count["buildings"] <= 8_500
    assert count["cameras"] == 220
    assert 3_900 <= count["incidents"] <= 4_100
    assert one(county, "SELECT count(*) FROM patrol_teams WHERE kind = 'full_time'") == 6
    assert count["patrol_members"] == 200


def test_everything_says_that_it_is_synthetic(county: Connection) -> None:
    name, name_en = county.execute(text("SELECT name, name_en FROM divisions WHERE code = '990101'")).one()
    assert "虚构" in name
    assert "fictional" in name_en
    for table in ("divisions", "cells", "streets", "buildings", "places", "land_covers", "cameras"):
        assert one(county, f"SELECT count(*) FROM {table} WHERE source <> 'synthetic'") == 0
    assert (
        one(
            county,
            "SELECT st_distance(st_centroid(area)::geography, 'POINT(122.5 34.0)'::geography) FROM divisions"
            " WHERE code = '990101'",
        )
        < 10_000
    )


def test_children_fill_their_parents_without_gap_or_overlap(county: Connection) -> None:
    for parent, child, link in (("divisions", "divisions", "parent_id"), ("divisions", "cells", "village_id")):
        worst = one(
            county,
            f"""SELECT max(st_area(st_symdifference(parent.area, together.area)::geography)) FROM {parent} parent
                  JOIN (SELECT {link} AS id, st_union(area) AS area FROM {child} GROUP BY 1) together USING (id)""",
        )
        assert worst < 0.01
    assert one(county, """SELECT coalesce(max(st_area(st_intersection(a.area, b.area)::geography)), 0) FROM cells a
                          JOIN cells b ON a.id < b.id AND a.area && b.area""") < 0.01  # fmt: skip


def test_cells_given_to_points_are_those_the_trigger_would_give(county: Connection) -> None:
    for table in ("cameras", "incidents"):
        was = dict(county.execute(text(f"SELECT id, (cell_id, location_code)::text FROM {table}")).all())
        county.execute(text(f"UPDATE {table} SET place = place"))
        now = dict(county.execute(text(f"SELECT id, (cell_id, location_code)::text FROM {table}")).all())
        assert was == now
        assert one(county, f"SELECT count(*) FROM {table} WHERE cell_id IS NULL") == 0
        assert one(county, "SELECT tgenabled FROM pg_trigger WHERE tgname = :name", name=f"{table}_located") in (
            "O",
            b"O",
        )


def test_walkers_can_reach_everything(county: Connection) -> None:
    import shapely

    from gis.streets import build_network

    rows = county.execute(text("SELECT id, kind, oneway, name, st_asbinary(path) FROM streets ORDER BY id")).all()
    network = build_network(
        shapely.from_wkb([bytes(row[4]) for row in rows]),
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
    )
    metres = np.bincount(network.edge_component, network.edge_m)
    assert len(metres) <= 4
    assert metres[0] > 0.97 * metres.sum()


def test_routes_follow_streets_and_pass_their_checkpoints(county: Connection) -> None:
    assert one(county, "SELECT count(*) FROM route_plans") >= 20
    off = one(
        county,
        """SELECT max(st_length(st_difference(plan.path, near.ground)::geography)) FROM route_plans plan, LATERAL (
             SELECT st_buffer(st_union(path), 0.0000005) AS ground FROM streets WHERE path && plan.path) near""",
    )
    assert off < 1.0
    assert one(county, """SELECT max(st_distance(point.place::geography, plan.path::geography)) FROM checkpoints point
                          JOIN route_plans plan ON plan.id = route_plan_id""") < 0.5  # fmt: skip


def test_cameras_stand_beside_streets_or_on_walls_and_never_inside(county: Connection) -> None:
    assert one(county, "SELECT count(*) FROM cameras JOIN buildings ON st_covers(area, place)") == 0
    off = np.array(
        county.execute(
            text("""SELECT (SELECT min(st_distance(camera.place::geography, path::geography)) FROM streets
                             WHERE path && st_expand(camera.place, 0.0006)) FROM cameras camera""")
        ).scalars().all(),
        dtype=float,
    )  # fmt: skip
    assert np.nanmedian(off) < 9.0
    assert (off < 1.5).mean() < 0.02
    assert 0.88 <= one(county, "SELECT avg((status = 'online')::int) FROM cameras") <= 0.98
    assert one(county, "SELECT count(*) FROM cameras WHERE retention_days < 30") > 0
    assert one(county, "SELECT count(*) FROM cameras WHERE filing_no IS NULL") > 0
    assert one(county, "SELECT count(*) FROM cameras WHERE hfov_deg NOT BETWEEN 40 AND 110 AND hfov_deg <> 360") == 0
    assert one(county, "SELECT count(*) FROM cameras WHERE range_m NOT BETWEEN 30 AND 100") == 0
    assert one(county, "SELECT count(*) FROM cameras WHERE gb_code IS NOT NULL AND left(gb_code, 6) <> '990101'") == 0


def test_incidents_cluster_and_keep_the_hours_people_keep(county: Connection) -> None:
    squares = county.execute(text(
        "SELECT count(*) FROM incidents GROUP BY floor(st_x(place) / 0.001), floor(st_y(place) / 0.001) ORDER BY 1 DESC"
    )).scalars().all()  # fmt: skip
    assert sum(squares[: len(squares) // 20]) > 0.2 * sum(squares)
    local_hour = "extract(hour FROM reported_at AT TIME ZONE 'Asia/Shanghai')"
    night = f"avg(({local_hour} >= 19 OR {local_hour} < 6)::int)"
    trade = one(county, f"SELECT {night} FROM incidents WHERE category_code = '0501'")
    noise = one(county, f"SELECT {night} FROM incidents WHERE category_code = '2121'")
    assert noise > 2 * trade
    summer = "avg((extract(month FROM reported_at) BETWEEN 6 AND 8)::int)"
    assert one(county, f"SELECT {summer} FROM incidents WHERE category_code IN ('0406', '0404')") > 0.55
    first, last = county.execute(text("SELECT min(reported_at), max(reported_at) FROM incidents")).one()
    assert timedelta(days=700) < NOW - first < timedelta(days=732)
    assert last < NOW


def test_open_cases_stand_at_every_step_and_some_are_late(county: Connection) -> None:
    rows = county.execute(text("SELECT status, count(*) FROM incidents WHERE closed_at IS NULL GROUP BY 1")).all()
    assert set(dict(rows)) == {"reported", "filed", "dispatched", "handling", "handled", "parked"}
    assert sum(dict(rows).values()) == 60
    overdue = one(county, "SELECT count(*) FROM incidents WHERE closed_at IS NULL AND due_at < :now", now=NOW)
    assert 3 <= overdue <= 30
    assert 0.8 < one(county, "SELECT avg((closed_at <= due_at)::int) FROM incidents WHERE status = 'closed'") < 0.97


def test_logs_tell_how_each_case_came_to_its_status(county: Connection) -> None:
    from incidents.rules import ACTIONS

    broken = one(
        county,
        """SELECT count(*) FROM incidents WHERE status <> (SELECT to_status FROM incident_actions
             WHERE incident_id = incidents.id ORDER BY recorded_at DESC, id DESC LIMIT 1)""",
    )
    assert broken == 0
    steps = county.execute(text("SELECT DISTINCT action, from_status, to_status FROM incident_actions")).all()
    for action, before, after in steps:
        if action == "report":
            assert (before, after) == (None, "reported")
        else:
            assert before in ACTIONS[action].from_statuses
            assert after == ACTIONS[action].to_status
    assert one(county, """SELECT count(*) FROM (SELECT recorded_at, lag(recorded_at) OVER
      (PARTITION BY incident_id ORDER BY id) AS before FROM incident_actions) step
      WHERE recorded_at < before""") == 0  # fmt: skip


def test_demo_accounts_have_one_role_each_in_a_sensible_place(county: Connection) -> None:
    rows = county.execute(text("""SELECT username, role, code FROM users JOIN user_roles ON user_id = users.id
                                  LEFT JOIN divisions ON divisions.id = division_id""")).all()  # fmt: skip
    roles = {username: (role, code) for username, role, code in rows}
    assert len(roles) == len(rows)
    town = roles["worker"][1]
    assert len(town) == 9
    assert {name: roles[name] for name in ("worker", "leader", "volunteer", "dispatcher", "staff", "admin")} == {
        "worker": ("grid_worker", town),
        "leader": ("patrol_leader", town),
        "volunteer": ("volunteer", town),
        "dispatcher": ("dispatcher", "990101"),
        "staff": ("centre_staff", "990101"),
        "admin": ("administrator", None),
    }


def test_the_demo_worker_leads_a_town_cell_with_three_or_four_open_cases(county: Connection) -> None:
    cells = county.execute(text("""SELECT cell_id, cells.code FROM workers JOIN users ON users.id = user_id
      JOIN cell_assignments ON worker_id = workers.id AND duty = 'lead' AND period @> :today
      JOIN cells ON cells.id = cell_id
      WHERE username = 'worker'"""), {"today": NOW.date()}).all()  # fmt: skip
    assert len(cells) == 1
    assert cells[0][1][9] == "0"  # a community, not a village
    mine = one(county, """SELECT count(*) FROM incidents JOIN workers ON workers.id = worker_id
      JOIN users ON users.id = user_id WHERE username = 'worker'
        AND status IN ('dispatched', 'handling') AND cell_id = :cell""",
      cell=cells[0][0])  # fmt: skip
    assert mine in {3, 4, 5}
    led = one(county, """SELECT count(DISTINCT cell_id) FROM cell_assignments
      WHERE duty = 'lead' AND period @> CAST(:today AS date)""", today=NOW.date())  # fmt: skip
    assert led == one(county, "SELECT count(*) FROM cells")


def test_the_demo_volunteer_can_join_a_shift_today_and_the_leader_leads_a_team(county: Connection) -> None:
    open_today = one(
        county,
        """SELECT count(*) FROM shifts JOIN users ON username = 'volunteer'
             JOIN patrol_members ON patrol_members.user_id = users.id
            WHERE is_open_to_volunteers AND status = 'published' AND shifts.team_id = patrol_members.team_id
              AND starts_at > :now AND starts_at < CAST(:now AS timestamptz) + interval '13 hours'
              AND NOT EXISTS (SELECT FROM shift_members WHERE member_id = patrol_members.id)""",
        now=NOW,
    )
    assert open_today >= 1
    assert (
        one(county, "SELECT count(*) FROM patrol_teams JOIN users ON users.id = leader_id WHERE username = 'leader'")
        >= 1
    )


def test_the_map_is_alive(county: Connection) -> None:
    fresh = one(
        county,
        """SELECT count(DISTINCT session_id) FROM position_fixes JOIN patrol_sessions ON id = session_id
            WHERE ended_at IS NULL AND fixed_at > CAST(:now AS timestamptz) - interval '5 minutes'""",
        now=NOW,
    )
    assert fresh >= 3
    assert one(county, "SELECT count(*) FROM position_fixes WHERE fixed_at > :now", now=NOW) == 0
    assert one(county, "SELECT min(starts_at) FROM shifts") < NOW - timedelta(days=6)
    assert one(county, "SELECT max(starts_at) FROM shifts") > NOW + timedelta(days=6)


def test_work_goes_on_after_the_load(county: Connection) -> None:
    for table in (
        "divisions",
        "cells",
        "users",
        "workers",
        "patrol_teams",
        "patrol_members",
        "route_plans",
        "shifts",
        "cameras",
    ):
        following = one(county, "SELECT nextval(pg_get_serial_sequence(:table, 'id'))", table=table)
        assert following > one(county, f"SELECT max(id) FROM {table}")
    taken = one(county, "SELECT max(right(number, 6)::int) FROM incidents")
    assert one(county, "SELECT nextval('incident_numbers')") > taken


def test_loading_twice_is_refused(loaded: Engine) -> None:
    assert not demo.is_empty(loaded)
    with pytest.raises(Refused, match="gridbeat db reset"):
        load(loaded)


def test_a_load_that_breaks_off_leaves_nothing_and_can_be_done_again(empty_database: Callable[[str], Engine]) -> None:
    engine = empty_database("broken_off")

    def stop(step: str, _: float) -> None:
        if step == "Cameras":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(engine, stop)
    assert demo.is_empty(engine)
    with engine.connect() as connection:
        for table in (*TABLES, "incident_categories"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table


def test_the_same_seed_gives_the_same_rows(empty_database: Callable[[str], Engine], loaded: Engine) -> None:
    again = empty_database("again")
    load(again)
    for table in TABLES:
        # the codes on a checkpoint's sign and of a shift are secrets of each installation
        row = f"(to_jsonb({table}) - '{SECRET_CODES[table]}')::text" if table in SECRET_CODES else f"{table}::text"
        question = text(f"SELECT md5(string_agg({row}, E'\\n' ORDER BY {row})) FROM {table}")
        with loaded.connect() as first, again.connect() as second:
            assert first.scalar(question) == second.scalar(question), table


def test_categories_come_alone_and_keep_what_an_operator_changed(connection: Connection) -> None:
    added = demo.load_categories(connection)
    assert added >= 45
    connection.execute(text("UPDATE incident_categories SET name_en = 'Ours' WHERE code = '0102'"))
    assert demo.load_categories(connection) == 0
    assert connection.scalar(text("SELECT name_en FROM incident_categories WHERE code = '0102'")) == "Ours"


def test_an_unknown_profile_is_refused(loaded: Engine) -> None:
    with pytest.raises(Refused, match="small, county"):
        demo.load(loaded, profile="huge", seed=1, password_hash="x", progress=lambda *_: None)
