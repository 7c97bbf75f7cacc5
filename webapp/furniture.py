"""What every page has in its frame: words for codes, vendored files by name, and the mark of invented data."""

from pathlib import Path

from flask import Flask, current_app, g
from sqlalchemy import text

from webapp import labels
from webapp.session import db

_SYNTHETIC = text("SELECT EXISTS (SELECT 1 FROM divisions WHERE source = 'synthetic')")


def vendored(name: str, path: str) -> str:
    """The static path of a vendored file, whatever its version: `vendor/<name>@<version>/<path>`."""
    folders: dict[str, str] = current_app.extensions.setdefault("gridbeat_vendored", {})
    if name not in folders:
        found = sorted((Path(current_app.static_folder or "") / "vendor").glob(f"{name}@*"))
        folders[name] = f"vendor/{found[-1].name}" if found else f"vendor/{name}"
    return f"{folders[name]}/{path}"


def is_synthetic() -> bool:
    """Whether the county shown is an invented one; then every page says so."""
    if "is_synthetic" not in g:
        g.is_synthetic = bool(db().scalar(_SYNTHETIC))
    return g.is_synthetic


def register(app: Flask) -> None:
    """Give templates the furniture."""
    app.jinja_env.globals.update(vendored=vendored, is_synthetic=is_synthetic, labels=labels, label=labels.label)
