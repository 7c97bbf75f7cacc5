"""Bring the browser libraries from their npm packages into `webapp/static/vendor/<name>@<version>/`.

    python scripts/vendor.py            fetch what TAKEN names, write the files and manifest.json
    python scripts/vendor.py --check    compare the files on disk with manifest.json, fetch nothing

Packages are asked for by name and exact version through `npm pack`; which registry answers is npm's own
configuration. Only the files a page loads and the licence are kept. Pointers to source maps are cut off,
so that a browser with its developer tools open asks for nothing that is not here.
"""

import argparse
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "webapp" / "static" / "vendor"

#: package and version → {file in the package: file in our folder}
TAKEN: dict[str, dict[str, str]] = {
    "leaflet@1.9.4": {
        "dist/leaflet.js": "leaflet.js",
        "dist/leaflet.css": "leaflet.css",
        "dist/images/layers.png": "images/layers.png",
        "dist/images/layers-2x.png": "images/layers-2x.png",
        "dist/images/marker-icon.png": "images/marker-icon.png",
        "dist/images/marker-icon-2x.png": "images/marker-icon-2x.png",
        "dist/images/marker-shadow.png": "images/marker-shadow.png",
    },
    "protomaps-leaflet@5.1.0": {"dist/protomaps-leaflet.js": "protomaps-leaflet.js"},
    "leaflet.heat@0.2.0": {"dist/leaflet-heat.js": "leaflet-heat.js"},
    "bootstrap@5.3.9": {
        "dist/css/bootstrap.min.css": "css/bootstrap.min.css",
        "dist/js/bootstrap.bundle.min.js": "js/bootstrap.bundle.min.js",
    },
    "bootstrap-icons@1.13.2": {
        "font/bootstrap-icons.min.css": "bootstrap-icons.min.css",
        "font/fonts/bootstrap-icons.woff2": "fonts/bootstrap-icons.woff2",
    },
    "htmx.org@2.0.11": {"dist/htmx.min.js": "htmx.min.js"},
}

_SOURCE_MAP = re.compile(rb"\s*(//|/\*)# sourceMappingURL=[^\n*]*(\*/)?")
#: the older font format beside woff2, which no browser we support asks for
_OLD_FONT = re.compile(rb',\s*url\("[^"]*\.woff\?[^"]*"\)\s*format\("woff"\)')


def main() -> int:
    """Fetch or check; the exit code is the number of complaints (at most 1)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with manifest.json only")
    if parser.parse_args().check:
        complaints = list_complaints(VENDOR)
        for complaint in complaints:
            print(complaint, file=sys.stderr)
        return min(1, len(complaints))
    manifest = {package: fetch(package, files) for package, files in TAKEN.items()}
    (VENDOR / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 0


def fetch(package: str, files: dict[str, str]) -> dict[str, object]:
    """Write one package's files and licence; returns its entry of the manifest."""
    folder = VENDOR / package
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"--pack-destination={scratch}", package],
            check=True,
            capture_output=True,
            text=True,
        )
        archive = (Path(scratch) / packed.stdout.split()[-1]).read_bytes()
    hashes = {}
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as package_file:
        about = json.loads(_read(package_file, "package.json"))
        for inside, name in {**files, **_licence(package_file)}.items():
            body = _read(package_file, inside)
            if name.endswith((".js", ".css")):
                body = without_pointers(body)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
            hashes[name] = hashlib.sha256(body).hexdigest()
    print(f"{package}: {len(hashes)} files")
    return {"licence": about.get("license", "see its LICENSE"), "files": hashes}


def without_pointers(body: bytes) -> bytes:
    """The same file without pointers to files we do not keep.

    >>> without_pointers(b"let a=1;\\n//# sourceMappingURL=a.js.map")
    b'let a=1;'
    """
    return _OLD_FONT.sub(b"", _SOURCE_MAP.sub(b"", body))


def list_complaints(vendor: Path) -> list[str]:
    """One sentence for every file that differs from the manifest, is missing, or is not in it."""
    manifest = json.loads((vendor / "manifest.json").read_text(encoding="utf-8"))
    expected = {
        f"{package}/{name}": digest for package, entry in manifest.items() for name, digest in entry["files"].items()
    }
    found = {
        path.relative_to(vendor).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    missing = [f"{name} is missing; run scripts/vendor.py." for name in sorted(expected.keys() - found.keys())]
    strangers = [
        f"{name} is not in manifest.json; take it into TAKEN or delete it."
        for name in sorted(found.keys() - expected.keys())
    ]
    changed = [
        f"{name} is not the file that was brought; run scripts/vendor.py."
        for name in sorted(expected.keys() & found.keys())
        if expected[name] != found[name]
    ]
    return missing + strangers + changed


def _licence(package_file: tarfile.TarFile) -> dict[str, str]:
    names = [name.split("/", 1)[1] for name in package_file.getnames() if "/" in name]
    return {name: "LICENSE" for name in names if name.upper().split(".")[0] in {"LICENSE", "LICENCE"}}


def _read(package_file: tarfile.TarFile, inside: str) -> bytes:
    member = package_file.extractfile(f"package/{inside}")
    if member is None:
        raise FileNotFoundError(inside)
    return member.read()


if __name__ == "__main__":
    sys.exit(main())
