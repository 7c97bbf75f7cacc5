"""Accounts, grid workers and their cells. Everybody's name is a role with a number: nobody is meant."""

from datetime import timedelta

import numpy as np

from data.demo.frame import wkb
from data.demo.ledger import Ledger

#: username, name, role, where the role holds: everywhere, the county, or the first township
ACCOUNTS = (
    ("worker", "演示网格员", "grid_worker", "township"),
    ("leader", "演示巡逻队长", "patrol_leader", "township"),
    ("volunteer", "演示志愿者", "volunteer", "township"),
    ("dispatcher", "演示调度员", "dispatcher", "county"),
    ("staff", "演示中心工作人员", "centre_staff", "county"),
    ("admin", "演示管理员", "administrator", "everywhere"),
    ("worker2", "演示网格员二", "grid_worker", "township"),
    ("worker3", "演示网格员三", "grid_worker", "township"),
    ("leader2", "演示巡逻队长二", "patrol_leader", "township"),
    ("volunteer2", "演示志愿者二", "volunteer", "township"),
    ("volunteer3", "演示志愿者三", "volunteer", "township"),
    ("dispatcher2", "演示调度员二", "dispatcher", "county"),
)


def home_township(ledger: Ledger) -> int:
    """The township number the demo accounts belong to: the city's."""
    return min(
        ledger.borders.township_row,
        key=lambda number: ledger.borders.divisions[ledger.borders.township_row[number]].code,
    )


def write_accounts(ledger: Ledger) -> None:
    """The demo accounts with their roles."""
    first = ledger.tables.next_id("users")
    ledger.user_ids = {username: first + place for place, (username, *_) in enumerate(ACCOUNTS)}
    where = {
        "everywhere": None,
        "county": ledger.division_ids[0],
        "township": ledger.township_id(home_township(ledger)),
    }
    ledger.tables.write(
        "users",
        {
            "id": list(ledger.user_ids.values()),
            "username": [username for username, *_ in ACCOUNTS],
            "name": [name for _, name, *_ in ACCOUNTS],
            "password_hash": [ledger.password_hash] * len(ACCOUNTS),
            "created_at": [ledger.now - timedelta(days=400)] * len(ACCOUNTS),
        },
    )
    ledger.tables.write(
        "user_roles",
        {
            "user_id": list(ledger.user_ids.values()),
            "role": [role for _, _, role, _ in ACCOUNTS],
            "division_id": [where[reach] for *_, reach in ACCOUNTS],
        },
    )
    ledger.tables.advance("users")


def lively_cells(ledger: Ledger) -> list[int]:
    """The rows of the general cells of the demo township, the liveliest town cell first."""
    layout, home = ledger.county.layout, home_township(ledger)
    rows = [
        row
        for row, cell in enumerate(ledger.borders.cells)
        if cell.kind == "general" and layout.cluster[cell.territory] >= 0 and layout.township[cell.territory] == home
    ]
    middle = ledger.county.towns[0].middle

    def liveliness(row: int) -> float:
        cell = ledger.borders.cells[row]
        away_m = float(np.hypot(*(np.array(cell.area.centroid.coords[0]) - middle)))
        return min(cell.households, 900) / (600.0 + away_m)

    return sorted(rows, key=liveliness, reverse=True)


def write_workers(ledger: Ledger) -> None:
    """One lead for every cell; some lead two of a village, some cells have a substitute, some a former lead."""
    rng = ledger.stream("workers")
    cells = ledger.borders.cells
    lively = lively_cells(ledger)
    own_user = {row: ledger.user_ids[name] for row, name in zip(lively, ("worker", "worker2", "worker3"), strict=False)}
    leads: list[list[int]] = []
    for row, cell in enumerate(cells):
        shares = leads and cells[leads[-1][0]].division == cell.division and len(leads[-1]) == 1
        if (
            shares
            and row not in own_user
            and leads[-1][0] not in own_user
            and (cell.kind == "dedicated" or rng.random() < 0.22)
        ):
            leads[-1].append(row)
        else:
            leads.append([row])
    first = ledger.tables.next_id("workers")
    users = [next((own_user[row] for row in rows if row in own_user), None) for rows in leads]
    names = {ledger.user_ids[username]: name for username, name, *_ in ACCOUNTS}
    homes = np.array([cells[rows[0]].area.representative_point().coords[0] for rows in leads]) + rng.normal(
        0, 25, (len(leads), 2)
    )
    ledger.tables.write(
        "workers",
        {
            "id": np.arange(first, first + len(leads)),
            "user_id": users,
            "name": [names[user] if user else f"网格员{place:04d}" for place, user in enumerate(users, start=1)],
            "kind": np.where(rng.random(len(leads)) < 0.86, "full_time", "part_time"),
            "division_id": [ledger.division_ids[cells[rows[0]].division] for rows in leads],
            "home": wkb(ledger.lonlat_points(homes)),
            "joined_on": [ledger.today - timedelta(days=int(days)) for days in rng.integers(420, 2600, len(leads))],
        },
    )
    ledger.tables.advance("workers")
    ledger.cell_workers = {row: first + place for place, rows in enumerate(leads) for row in rows}
    _write_assignments(ledger, rng)


def _write_assignments(ledger: Ledger, rng: np.random.Generator) -> None:
    rows: list[tuple[int, int, str, object, object]] = []
    cells = ledger.borders.cells
    by_village: dict[int, list[int]] = {}
    for row, worker in ledger.cell_workers.items():
        by_village.setdefault(cells[row].division, []).append(worker)
    for row, worker in ledger.cell_workers.items():
        since = ledger.today - timedelta(days=int(rng.integers(40, 400)))
        others = sorted(set(by_village[cells[row].division]) - {worker})
        cell_id = int(ledger.cell_ids[row])
        rows.append((cell_id, worker, "lead", since, None))
        if others and rng.random() < 0.5:
            rows.append((cell_id, others[int(rng.integers(len(others)))], "substitute", since, None))
        if others and rng.random() < 0.2:
            rows.append((cell_id, others[0], "lead", since - timedelta(days=int(rng.integers(100, 500))), since))
    columns = dict(zip(("cell_id", "worker_id", "duty", "starts_on", "ends_on"), zip(*rows, strict=True), strict=True))
    ledger.tables.write("cell_assignments", {**columns, "assigned_by": [ledger.user_ids["staff"]] * len(rows)})
