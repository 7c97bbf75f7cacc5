"""Code lists that every installation needs, with or without the demo county."""

import csv
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

_FOLDER = Path(__file__).resolve().parent

_ADD = text(
    """
    INSERT INTO incident_categories
      (scheme, code, name_zh, name_en, group_code, priority, close_within_min, close_clock, icon, position)
    VALUES (:scheme, :code, :name_zh, :name_en, :group_code, :priority, :close_within_min,
      CASE :priority WHEN 'urgent' THEN 'urgent' ELSE 'days' END, :icon, :position)
    ON CONFLICT (scheme, code) DO NOTHING
    """
)


def incident_categories() -> list[dict[str, Any]]:
    """The shipped incident categories (domain.md §2.5, deadlines §2.9): places and things, never persons."""
    with (_FOLDER / "incident_categories.csv").open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    for row in rows:
        row["close_within_min"] = int(row["close_within_min"])
        row["position"] = int(row["position"])
    return rows


def load_categories(connection: Connection) -> int:
    """Add the shipped categories that are not there yet, and say how many came; what an operator changed stays."""
    return sum(connection.execute(_ADD, row).rowcount for row in incident_categories())
