"""Compiled catalogues are made from the `.po` files when they are missing or older."""

import os
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_catalogues(folder: Path) -> None:
    """Write each `messages.mo` anew that is missing or older than its `messages.po`."""
    for source in folder.glob("*/LC_MESSAGES/messages.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        # several server processes may start at once: each writes its own file and puts it in place whole
        handle, name = tempfile.mkstemp(dir=source.parent, suffix=".mo")
        with os.fdopen(handle, "wb") as file:
            write_mo(file, catalogue)
        os.chmod(name, 0o644)
        os.replace(name, target)
