"""What several tests of the door share: files without a database, and staff of the centre signed in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.build import COUNTY
from tests.webapp.coverage_files_at_hand import buildings, cameras, written


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever asks for a database fails."""
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg2://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("GRIDBEAT_HOME", str(tmp_path / "no-home"))


@pytest.fixture
def scene(tmp_path: Path) -> dict[str, Path]:
    """Files of a few cameras and buildings, by the option that takes them."""
    return {
        "cameras": written(cameras(), tmp_path / "cameras.gpkg"),
        "buildings": written(buildings(), tmp_path / "buildings.gpkg"),
    }


@pytest.fixture
def staff(signed_in: Callable[..., FlaskClient]) -> FlaskClient:
    """A browser of the centre's staff, who may do everything with cameras in the county."""
    return signed_in("centre_staff", COUNTY, username="staff")
