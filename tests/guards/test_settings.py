"""Every setting is documented and read; nothing secret has a default outside the demo."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from data.errors import Unavailable
from webapp.settings import Settings, from_environment

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {"DATABASE_URL": "postgresql://x/y", "GRIDBEAT_SECRET_KEY": "s" * 40}


def undocumented(manual: str, names: set[str]) -> list[str]:
    """Settings that the manual's table does not explain."""
    return sorted(name for name in names if not re.search(rf"^\| `{name}` \| .{{15,}}", manual, re.MULTILINE))


def test_settings_when_held_against_the_manual_are_all_explained():
    names = {field.metadata["env"] for field in fields(Settings)}
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert undocumented(manual, names) == []
    assert undocumented(manual, {"GRIDBEAT_PLANTED"}) == ["GRIDBEAT_PLANTED"]


def test_environment_variables_when_read_in_code_are_settings_or_explained():
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    read = set()
    for room in ("accounts", "cameras", "data", "gis", "grids", "incidents", "patrols", "webapp", "scripts"):
        for path in (ROOT / room).rglob("*.py"):
            read |= set(re.findall(r"GRIDBEAT_[A-Z_]+", path.read_text(encoding="utf-8")))
    assert sorted(name for name in read if f"`{name}`" not in manual) == []


def test_settings_when_the_secret_is_missing_outside_the_demo_refuse_to_start(tmp_path):
    with pytest.raises(Unavailable, match="GRIDBEAT_SECRET_KEY"):
        from_environment({"DATABASE_URL": "postgresql://x/y", "GRIDBEAT_HOME": str(tmp_path)})


def test_settings_in_the_demo_keep_one_secret_of_their_own(tmp_path):
    environment = {"DATABASE_URL": "postgresql://x/y", "GRIDBEAT_HOME": str(tmp_path), "GRIDBEAT_DEMO": "1"}
    first, second = from_environment(environment), from_environment(environment)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRIDBEAT_SESSION_HOURS", "soon"),
        ("GRIDBEAT_SESSION_HOURS", "0"),
        ("GRIDBEAT_LOCALE", "fr"),
        ("GRIDBEAT_HTTPS", "perhaps"),
        ("GRIDBEAT_TIMEZONE", "Mars/Base"),
    ],
)
def test_settings_when_a_value_cannot_be_read_say_which(name, value):
    with pytest.raises(Unavailable, match=name):
        from_environment({**ENVIRONMENT, name: value})
