"""Keep the Chinese catalogue: `add`, `extract`, `missing`.

    printf 'Report an incident\\t上报事件\\n' | python scripts/translate.py add     one pair a line, a tab between
    python scripts/translate.py extract     bring sentences from the code, mark what is gone
    python scripts/translate.py missing     list sentences without Chinese (exit 1 when there are any)

Several people may add at once: the file is locked while it is changed.
"""

import fcntl
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "webapp/translations/zh_Hans_CN/LC_MESSAGES/messages.po"
ROOMS = ("accounts", "cameras", "data", "gis", "grids", "incidents", "patrols", "webapp")
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]

#: Our errors' first argument is a sentence for people, like gettext's; `sentence` marks the rest.
KEYWORDS = {
    "_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "N_": None, "sentence": None,
    "GridbeatError": None, "NotFound": None, "NotAllowed": None, "Refused": None, "Conflict": None, "Unavailable": None,
    "GisError": None, "BadGeometry": None, "BadCoordinates": None, "UnknownCrs": None, "BadParameter": None,
    "NoRoute": None, "BadInput": None,
}  # fmt: skip


def read() -> Catalog:
    """The catalogue as it is, or an empty one."""
    if not CATALOGUE.exists():
        return Catalog(locale="zh_Hans_CN", project="Gridbeat", charset="utf-8")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


def write(catalogue: Catalog) -> None:
    """Put the catalogue back, sorted, without line numbers: a diff shows only what changed."""
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(
            file,
            catalogue,
            no_location=True,
            sort_output=True,
            width=110,
            omit_header=False,
            ignore_obsolete=True,
        )


def extracted() -> set[str | tuple[str, ...]]:
    """Every sentence in the code that people can read."""
    from data.constraints import SENTENCES

    found: set[str | tuple[str, ...]] = set(SENTENCES.values())
    for room in ROOMS:
        for _name, _line, message, _comments, _context in extract_from_dir(
            str(ROOT / room), METHODS, keywords=KEYWORDS, directory_filter=lambda path: "vendor" not in path
        ):
            if isinstance(message, tuple) or message.strip():
                found.add(message)
    return found


def main(command: str) -> int:
    """Do one of `add`, `extract`, `missing`; returns the exit code."""
    sys.path.insert(0, str(ROOT))
    with (ROOT / "scripts/translate.py").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        catalogue = read()
        if command == "add":
            for line in sys.stdin:
                english, tab, chinese = line.rstrip("\n").partition("\t")
                if not tab or not english or not chinese:
                    print(f"not understood, needs English, a tab, Chinese: {line!r}", file=sys.stderr)
                    return 2
                catalogue.delete(english)
                catalogue.add(english.replace("\\n", "\n"), chinese.replace("\\n", "\n"))
            write(catalogue)
            return 0
        wanted = extracted()
        if command == "extract":
            for message in [m.id for m in catalogue if m.id and m.id not in wanted and m.id[0] not in wanted]:
                catalogue.delete(message)
            for message in wanted:
                if not catalogue.get(message):
                    catalogue.add(message)
            write(catalogue)
            return 0
        missing = sorted(str(m) for m in wanted if not (found := catalogue.get(m)) or not found.string)
        for sentence in missing:
            print(sentence)
        return 1 if missing else 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in {"add", "extract", "missing"}:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
