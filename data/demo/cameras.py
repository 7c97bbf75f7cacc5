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
    """Owner, legal basis, sign, filing and retention; about one in twelve records has something to be put right."""
    count = len(sites)
    numbers = range(1, count + 1)
    owner_class = np.where(
        np.isin(sites.site, ["crossing", "bridge", "street"]), 1, np.where(sites.site == "gate", 2, 3)
    )
    owner_class = np.where((owner_class == 1) & (rng.random(count) < 0.12), 2, owner_class)
    owners = np.array(["", "示例县公安局（虚构）", "临街单位（虚构）", "商户自建（虚构）"])[owner_class]
    basis = np.where(owner_class == 1, "art7_gov", np.where(owner_class == 2, "art7_operator", "art9"))
    basis = np.where(rng.random(count) < 0.03, "unknown", basis)
    chance = rng.random((5, count))
    installed = [ledger.today - timedelta(days=int(days)) for days in rng.integers(30, 3_000, count)]
    unfiled = (chance[0] < 0.05) | ((owner_class == 3) & (chance[0] < 0.2))
    retention = np.where(chance[1] < 0.03, 20, rng.choice([30, 60, 90], count, p=[0.62, 0.16, 0.22]))
    status = np.select(
        [chance[2] < 0.035, chance[2] < 0.055, chance[2] < 0.06], ["offline", "fault", "planned"], "online"
    )
    signage = np.where(chance[3] < 0.86, "present", np.where(chance[3] < 0.93, "absent", "unknown"))
    return {
        "code": [f"SX{COUNTY_CODE}-{number:05d}" for number in numbers],
        "gb_code": [
            _gb_code(site, number, bool(draw < 0.9))
            for site, number, draw in zip(sites.site, numbers, chance[4], strict=True)
        ],
        "name": [
            f"{near}{_KIND_NAMES[one]}{number:05d}" for near, one, number in zip(sites.near, kind, numbers, strict=True)
        ],
        "status": status,
        "owner_class": owner_class,
        "owner": owners,
        "legal_basis": basis,
        "signage": signage,
        "sign_seen_on": [
            ledger.today - timedelta(days=int(days)) if seen == "present" else None
            for days, seen in zip(rng.integers(3, 300, count), signage, strict=True)
        ],
        "filing_no": [
            None if missing else f"示公视备{number:06d}号" for number, missing in zip(numbers, unfiled, strict=True)
        ],
        "filed_on": [
            None if missing else min(day + timedelta(days=20), ledger.today)
            for day, missing in zip(installed, unfiled, strict=True)
        ],
        "retention_days": retention,
        "installed_on": installed,
        "source": [SOURCE] * count,
    }


def _gb_code(site: str, number: int, is_networked: bool) -> str | None:
    """GB/T 28181: centre 8, industry 2, type 132 (network camera), network 1, serial 6; some cameras have none."""
    return f"{COUNTY_CODE}00{_INDUSTRY[site]}1326{number:06d}" if is_networked else None
