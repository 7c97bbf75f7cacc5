"""The camera register: what hangs where, who answers for it, and some records as bad as real ones are."""

from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.demo.borders import COUNTY_CODE, cells_of_points
from data.demo.camera_sites import CameraSites, choose_sites
from data.demo.frame import wkb
from data.demo.ledger import SOURCE, Ledger

#: GB/T 28181 industry codes by kind of site: 00 roads, 01 communities, 04 traffic, 11 schools
_INDUSTRY = {"crossing": "04", "street": "00", "bridge": "00", "gate": "02", "facade": "45"}
_KINDS = ("bullet", "dome", "ptz", "panoramic")
_KIND_CHANCE = {
    "crossing": (0.55, 0.08, 0.3, 0.07),
    "street": (0.86, 0.04, 0.1, 0.0),
    "bridge": (0.6, 0.05, 0.3, 0.05),
    "gate": (0.72, 0.2, 0.08, 0.0),
    "facade": (0.7, 0.29, 0.01, 0.0),
}
_KIND_NAMES = {"bullet": "枪机", "dome": "半球", "ptz": "球机", "panoramic": "全景"}


def write_cameras(ledger: Ledger) -> None:
    """All cameras; their cells are found here, as the database's trigger would, which is why it may rest."""
    rng = ledger.stream("cameras")
    sites = choose_sites(ledger, ledger.county.profile.cameras, rng)
    points = ledger.lonlat_points(sites.xy)
    row = cells_of_points(ledger.borders.cells, points, ledger.cell_areas)
    inside = np.flatnonzero(row >= 0)
    sites, points, row = sites.take(inside), points[inside], row[inside]
    kind = _kinds(sites, rng)
    columns = _optics(sites, kind, rng) | _register(ledger, sites, kind, rng)
    codes = np.array([cell.code for cell in ledger.borders.cells])
    columns |= {"place": wkb(points), "cell_id": ledger.cell_ids[row], "location_code": codes[row]}
    ledger.tables.cursor.execute("ALTER TABLE cameras DISABLE TRIGGER cameras_located")
    ledger.tables.write("cameras", columns)
    ledger.tables.cursor.execute("ALTER TABLE cameras ENABLE TRIGGER cameras_located")


def _kinds(sites: CameraSites, rng: np.random.Generator) -> NDArray[np.str_]:
    chance = np.array([_KIND_CHANCE[site] for site in sites.site])
    place = (rng.random(len(sites))[:, None] > np.cumsum(chance, axis=1)).sum(axis=1)
    kinds: NDArray[np.str_] = np.array(_KINDS)[np.minimum(place, 3)]
    return kinds


def _optics(sites: CameraSites, kind: NDArray[np.str_], rng: np.random.Generator) -> dict[str, Any]:
    """Fixed cameras see 40 to 110°, domes and panoramic ones all around; pixels go with the age of the model."""
    count = len(sites)
    around = np.isin(kind, ["dome", "panoramic"]) & (rng.random(count) < 0.8)
    hfov_deg = np.where(
        around, 360.0, np.round(rng.choice([42, 54, 64, 78, 90, 104], count) + rng.uniform(-2, 2, count))
    )
    range_m = np.where(
        kind == "ptz",
        rng.uniform(70, 100, count),
        np.where(around, rng.uniform(30, 50, count), rng.uniform(35, 80, count)),
    )
    high = np.where(
        sites.site == "facade",
        rng.uniform(2.8, 4.5, count),
        np.where(kind == "ptz", rng.uniform(6, 9, count), rng.uniform(3.5, 6.5, count)),
    )
    return {
        "kind": kind,
        "bearing_deg": sites.bearing_deg,
        "hfov_deg": hfov_deg,
        "range_m": np.round(range_m),
        "mount_height_m": np.round(high, 1),
        "pixels_h": rng.choice([1920, 2560, 2688, 3840], count, p=[0.4, 0.36, 0.09, 0.15]),
    }


def _register(ledger: Ledger, sites: CameraSites, kind: NDArray[np.str_], rng: np.random.Generator) -> dict[str, Any]:
    """Codes, names, owners and status; some six in a hundred cameras are not online."""
    count = len(sites)
    numbers = range(1, count + 1)
    owner_class = np.where(
        np.isin(sites.site, ["crossing", "bridge", "street"]), 1, np.where(sites.site == "gate", 2, 3)
    )
    owner_class = np.where((owner_class == 1) & (rng.random(count) < 0.12), 2, owner_class)
    owners = np.array(["", "示例县公安局（虚构）", "临街单位（虚构）", "商户自建（虚构）"])[owner_class]
    chance = rng.random(count)
    networked = (rng.random(count) < 0.9).tolist()
    return {
        "code": [f"SX{COUNTY_CODE}-{number:05d}" for number in numbers],
        "gb_code": [_gb_code(*row) for row in zip(sites.site, numbers, networked, strict=True)],
        "name": [f"{near}{_KIND_NAMES[one]}{n:05d}" for near, one, n in zip(sites.near, kind, numbers, strict=True)],
        "status": np.select([chance < 0.035, chance < 0.055, chance < 0.06], ["offline", "fault", "planned"], "online"),
        "owner_class": owner_class,
        "owner": owners,
        "source": [SOURCE] * count,
        **_duties(ledger, owner_class, rng),
    }


def _duties(ledger: Ledger, owner_class: NDArray[np.int64], rng: np.random.Generator) -> dict[str, Any]:
    """Legal basis, sign, filing and retention; about one record in six has something to be put right."""
    count = len(owner_class)
    chance = rng.random((4, count))
    basis = np.array(["", "art7_gov", "art7_operator", "art9"])[owner_class]
    unfiled = ((chance[0] < 0.05) | ((owner_class == 3) & (chance[0] < 0.2))).tolist()
    signage = np.select([chance[1] < 0.86, chance[1] < 0.93], ["present", "absent"], "unknown")
    installed = [ledger.today - timedelta(days=days) for days in rng.integers(30, 3_000, count).tolist()]
    seen = [ledger.today - timedelta(days=days) for days in rng.integers(3, 300, count).tolist()]
    filed = [min(day + timedelta(days=20), ledger.today) for day in installed]
    return {
        "legal_basis": np.where(chance[2] < 0.03, "unknown", basis),
        "signage": signage,
        "sign_seen_on": [day if sign == "present" else None for day, sign in zip(seen, signage, strict=True)],
        "filing_no": [
            None if missing else f"示公视备{number:06d}号" for number, missing in enumerate(unfiled, start=1)
        ],
        "filed_on": [None if missing else day for day, missing in zip(filed, unfiled, strict=True)],
        "retention_days": np.where(chance[3] < 0.03, 20, rng.choice([30, 60, 90], count, p=[0.62, 0.16, 0.22])),
        "installed_on": installed,
    }


def _gb_code(site: str, number: int, is_networked: bool) -> str | None:
    """GB/T 28181: centre 8, industry 2, type 132 (network camera), network 1, serial 6; some cameras have none."""
    return f"{COUNTY_CODE}00{_INDUSTRY[site]}1326{number:06d}" if is_networked else None
