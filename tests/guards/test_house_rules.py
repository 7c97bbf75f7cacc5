"""Our conventions as tests: sizes, rooms in the import contract, no other host, no path of a machine."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("accounts", "cameras", "data", "gis", "grids", "incidents", "patrols", "webapp")
TEXT = {
    ".py",
    ".md",
    ".html",
    ".js",
    ".css",
    ".toml",
    ".txt",
    ".sh",
    ".sql",
    ".mako",
    ".json",
    ".csv",
    ".po",
    ".yml",
    "",
}

MAX_FILE, MAX_FUNCTION, MAX_HANDLER = 400, 40, 15


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    return [ROOT / line for line in listed if line and (ROOT / line).is_file()]


def _sources() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def too_long(source: str, limit: int, *, only_handlers: bool = False) -> list[str]:
    """Functions whose body, without its docstring, has more than `limit` lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if only_handlers and not any("requires" in ast.unparse(decorator) for decorator in node.decorator_list):
            continue
        body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
        lines = (node.end_lineno or 0) - body[0].lineno + 1
        if lines > limit:
            found.append(f"{node.name}: {lines} lines")
    return found


def test_functions_when_measured_are_at_most_forty_lines():
    found = {str(path.relative_to(ROOT)): too_long(path.read_text(), MAX_FUNCTION) for path in _sources()}
    assert {path: names for path, names in found.items() if names} == {}
    assert too_long("def f():\n" + "    x = 1\n" * 41, MAX_FUNCTION) == ["f: 41 lines"]


def test_handlers_when_measured_are_at_most_fifteen_lines():
    folders = (ROOT / "webapp/pages", ROOT / "webapp/api")
    paths = [path for folder in folders for path in folder.rglob("*.py")]
    found = {path.name: too_long(path.read_text(), MAX_HANDLER, only_handlers=True) for path in paths}
    assert {path: names for path, names in found.items() if names} == {}
    assert too_long("@requires('self')\ndef f():\n" + "    x = 1\n" * 16, MAX_HANDLER, only_handlers=True) == [
        "f: 16 lines"
    ]


def test_files_when_measured_are_at_most_four_hundred_lines():
    suffixes = {".py", ".js", ".css", ".html"}
    long = {
        str(path.relative_to(ROOT)): count
        for path in _tracked()
        if path.suffix in suffixes and "vendor" not in path.parts
        if (count := path.read_text(encoding="utf-8").count("\n")) > MAX_FILE
    }
    assert long == {}


def test_rooms_when_listed_all_stand_in_the_import_contract():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    packages = sorted(
        path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in {"tests", "scripts"}
    )
    assert sorted(config["root_packages"]) == packages
    layers = {room.strip() for layer in config["contracts"][0]["layers"] for room in layer.split("|")}
    assert layers == set(packages)


@pytest.fixture
def copied_rooms(tmp_path):
    """The rooms' modules in a folder of their own: other tests read ours at the same time."""
    for path in _sources():
        copied = tmp_path / path.relative_to(ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(path.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    return tmp_path


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run([str(program), "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def test_import_contract_when_a_lower_room_imports_a_higher_one_is_broken(copied_rooms):
    assert _lint_imports(copied_rooms).returncode == 0
    (copied_rooms / "grids/planted_break.py").write_text('"""Planted."""\n\nimport webapp.labels  # noqa: F401\n')
    answer = _lint_imports(copied_rooms)
    assert answer.returncode != 0
    assert "grids.planted_break" in answer.stdout


ADDRESS = re.compile(r"https?://([A-Za-z0-9.-]+)")
OURS = {"127.0.0.1", "localhost", "www.w3.org", "www.topografix.com", "www.opengis.net", "evil.example", "example.org"}


def other_hosts(text: str) -> set[str]:
    """Hosts named in addresses, but for this machine and names of XML namespaces."""
    return {host for host in ADDRESS.findall(text) if host not in OURS and not host.endswith((".example", ".invalid"))}


def test_pages_and_scripts_when_read_name_no_other_host():
    suffixes = {".html", ".js", ".css", ".py"}
    found = {
        str(path.relative_to(ROOT)): hosts
        for path in _tracked()
        if path.suffix in suffixes and "vendor" not in path.parts and path != Path(__file__)
        if (hosts := other_hosts(path.read_text(encoding="utf-8")))
    }
    assert found == {}
    assert other_hosts("see https://cdn.jsdelivr.net/x") == {"cdn.jsdelivr.net"}


MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/\w")
REGISTRIES = re.compile(
    r"pypi\.org|files\.pythonhosted\.org|registry\.npmjs|deb\.debian\.org|--index-url|--extra-index-url"
)


def test_files_when_read_hold_no_machine_path_and_no_registry():
    found = []
    for path in _tracked():
        if path.suffix not in TEXT or "vendor" in path.parts or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in MACHINE_PATHS.finditer(text)]
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in REGISTRIES.finditer(text)]
    assert found == []
    assert MACHINE_PATHS.search("open('/root/x')")
