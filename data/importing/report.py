"""What became of an import: numbers by table, every refused row with its sentence, and remarks.

Sentences and their facts are kept apart (as in `data.errors`), so that a page can translate the
sentence and put the facts in afterwards.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from data.errors import GridbeatError, NotFound
from data.events import record
from data.importing.models import ImportRefusal, ImportRun

#: What one refused row may carry of the file, so that a report stays readable.
MOST_VALUE_CHARACTERS = 200


def sentence(words: str) -> str:
    """The words themselves; the call marks them as a sentence people read, to be translated."""
    return words


@dataclass(frozen=True)
class Note:
    """A remark about the whole file: nothing was refused for it, but somebody should know."""

    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.sentence.format(**self.facts)


@dataclass(frozen=True)
class Refusal:
    """One row that stays out: where it stands, which column, what stood there, and why.

    >>> str(Refusal(7, "Status {status} is unknown.", {"status": "asleep"}, "status", "asleep"))
    'Status asleep is unknown.'
    """

    row_number: int
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)
    column: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        return self.sentence.format(**self.facts)

    @classmethod
    def of(cls, row_number: int, error: Any, column: str | None = None, value: object = None) -> "Refusal":
        """The refusal that says what `error` (ours, or the engine's) says."""
        return cls(row_number, error.sentence, _plain_facts(error.facts), column, shown(value))


@dataclass
class Counts:
    """How many rows of one table were added, changed, left alone, found gone and taken away."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    vanished: int = 0
    removed: int = 0


@dataclass
class ImportReport:
    """The outcome of one import of `kind`; `counts` has an entry for each table."""

    kind: str
    counts: dict[str, Counts] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def added(self) -> int:
        """Rows that were not there before."""
        return sum(counts.added for counts in self.counts.values())

    @property
    def changed(self) -> int:
        """Rows that were there and now say something else."""
        return sum(counts.changed for counts in self.counts.values())

    @property
    def unchanged(self) -> int:
        """Rows that were there and said the same already."""
        return sum(counts.unchanged for counts in self.counts.values())

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the file stands in the database."""
        return self.added + self.changed + self.unchanged == 0

    def note(self, words: str, **facts: Any) -> None:
        """Add a remark; `words` is a marked `sentence`."""
        self.notes.append(Note(words, facts))

    def refuse(self, row_number: int, error: Any, column: str | None = None, value: object = None) -> None:
        """Add a refused row."""
        self.refusals.append(Refusal.of(row_number, error, column, value))


@dataclass(frozen=True)
class ImportFinished:
    """An import came to its end, well or not."""

    run_id: int
    kind: str
    file_name: str
    status: str
    added: int
    changed: int
    refused: int
    is_dry_run: bool


def shown(value: object) -> str | None:
    """A cell of the file as the report shows it: text, cut short.

    >>> shown("x" * 300)[-3:], shown(None)
    ('xx…', None)
    """
    if value is None:
        return None
    text = str(value).replace("\x00", "\ufffd").encode("utf-8", "replace").decode()  # half a character becomes "?"
    return text if len(text) <= MOST_VALUE_CHARACTERS else text[: MOST_VALUE_CHARACTERS - 1] + "…"


def keep_report(session: Session, run: ImportRun, report: ImportReport) -> None:
    """Write the outcome of an import that came to its end into its run."""
    run.status = "done"
    run.added, run.changed, run.unchanged = report.added, report.changed, report.unchanged
    run.counts = {table: asdict(counts) for table, counts in report.counts.items()}
    run.notes = [{"sentence": note.sentence, "facts": _plain_facts(note.facts)} for note in report.notes]
    _keep_refusals(session, run, report.refusals)
    _finish(session, run)


def keep_failure(session: Session, run: ImportRun, error: Any, refusals: Iterable[Refusal] = ()) -> None:
    """Write into the run that nothing was imported, and the sentence that says why."""
    run.status = "failed"
    run.sentence, run.sentence_facts = error.sentence, _plain_facts(error.facts)
    _keep_refusals(session, run, list(refusals))
    _finish(session, run)


def get_run(session: Session, run_id: int) -> ImportRun:
    """The import run with this id. Raises NotFound."""
    run = session.get(ImportRun, run_id)
    if run is None:
        raise NotFound("There is no import {run_id}.", run_id=run_id)
    return run


def _keep_refusals(session: Session, run: ImportRun, refusals: list[Refusal]) -> None:
    session.execute(delete(ImportRefusal).where(ImportRefusal.run_id == run.id))
    first_of_row: dict[int, Refusal] = {}
    for refusal in refusals:
        first_of_row.setdefault(refusal.row_number, refusal)
    run.refused = len(first_of_row)
    rows = [
        {
            "run_id": run.id,
            "row_number": refusal.row_number,
            "column_name": refusal.column,
            "value": refusal.value,
            "sentence": refusal.sentence,
            "facts": refusal.facts,
        }
        for refusal in first_of_row.values()
    ]
    if rows:
        session.execute(insert(ImportRefusal), rows)


def _finish(session: Session, run: ImportRun) -> None:
    run.finished_at = datetime.now(UTC)
    finished = ImportFinished(
        run.id, run.kind, run.file_name, run.status, run.added, run.changed, run.refused, run.is_dry_run
    )
    record(session, finished, subject=f"import:{run.id}", actor_id=run.asked_by)
    session.flush()


def _plain_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as JSON can hold them: what is no number, text or truth becomes its text; NaN has none in JSON."""
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: object) -> object:
    value = value.item() if hasattr(value, "item") else value  # numpy's numbers
    if (isinstance(value, float) and value != value) or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN
        return str(value)
    if isinstance(value, str):
        return shown(value)
    return value if isinstance(value, (int, float, bool, type(None))) else shown(value)


class RefusedRows(GridbeatError):
    """Rows were refused and the asker wanted all or nothing; `refusals` says which."""

    def __init__(self, refusals: list[Refusal]) -> None:
        self.refusals = refusals
        super().__init__(
            sentence("{refused} rows were refused, so nothing was imported. Correct them, or import without “strict”."),
            refused=len(refusals),
        )
