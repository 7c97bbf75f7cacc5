"""The libraries under static/vendor are the ones that were brought, whole and untouched."""

import importlib.util
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "webapp" / "static" / "vendor"


@pytest.fixture(scope="module")
def vendor_script():
    spec = importlib.util.spec_from_file_location("vendor_script", ROOT / "scripts" / "vendor.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_vendor_files_match_their_manifest(vendor_script):
    assert vendor_script.list_complaints(VENDOR) == []


def test_every_package_we_take_is_there_with_its_licence(vendor_script):
    for package in vendor_script.TAKEN:
        assert (VENDOR / package / "LICENSE").is_file(), f"{package} came without its licence"


@pytest.mark.parametrize("damage", ["changed", "missing", "stranger"])
def test_a_damaged_folder_is_noticed(vendor_script, tmp_path, damage):
    copy = tmp_path / "vendor"
    shutil.copytree(VENDOR, copy)
    victim = copy / "leaflet@1.9.4" / "leaflet.js"
    if damage == "changed":
        victim.write_bytes(victim.read_bytes() + b" ")
    elif damage == "missing":
        victim.unlink()
    else:
        (victim.parent / "extra.js").write_text("1")
    complaints = vendor_script.list_complaints(copy)
    assert len(complaints) == 1
    assert "leaflet@1.9.4" in complaints[0]


def test_no_vendor_file_points_to_a_source_map_or_a_font_we_do_not_keep():
    for path in VENDOR.rglob("*"):
        if path.suffix not in {".js", ".css"}:
            continue
        text = path.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in text, path.name
        for target in re.findall(r"url\([\"']?([^)\"'?#]+)", text) if path.suffix == ".css" else []:
            assert target.startswith("data:") or (path.parent / target).is_file(), f"{path.name} asks for {target}"
