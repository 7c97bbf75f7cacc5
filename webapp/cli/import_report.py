"""How an import looks on the command line: its steps while it runs, its numbers and refused rows at the end."""

import csv
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from data.importing.report import Refusal
from webapp.cli import console
from webapp.importing_jobs import Outcome

MOST_SHOWN = 20


class Steps:
    """The steps of one import, each with a running clock on stderr; afterwards `seconds` has what each took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._name, self._began = "", 0.0

    def __enter__(self) -> "Steps":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._progress.stop()

    def tell(self, name: str) -> None:
        """The step `name` begins, and with it the one before has ended."""
        self._end()
        self._name, self._began = name, time.monotonic()
        self._progress.add_task(name.replace("_", " "), total=1)

    def _end(self) -> None:
        if self._name:
            self.seconds[self._name] = self.seconds.get(self._name, 0.0) + time.monotonic() - self._began
            self._progress.update(self._progress.task_ids[-1], completed=1)
            self._name = ""


def show(outcome: Outcome, steps: Steps, *, is_dry_run: bool) -> None:
    """Print numbers by table on stdout; refused rows, remarks and the verdict on stderr."""
    report = outcome.report
    _show_refusals(report.refusals)
    for note in report.notes:
        console.print(f"[yellow]•[/] {escape(str(note))}", highlight=False)
    took = f"{sum(steps.seconds.values()):.1f} s"
    longest = ", ".join(
        f"{name.replace('_', ' ')} {spent:.1f}" for name, spent in steps.seconds.items() if spent >= 0.05
    )
    if outcome.error is not None:
        console.print(f"[bold red]✗[/] {escape(str(outcome.error))} Nothing was imported.", highlight=False)
        return
    table = Table("table", *(_right(name) for name in ("added", "changed", "unchanged", "vanished", "removed")))
    for name, counts in report.counts.items():
        numbers = (counts.added, counts.changed, counts.unchanged, counts.vanished, counts.removed)
        table.add_row(name.replace("_", " "), *(f"{number:,}" for number in numbers))
    Console().print(table)
    tried = " This was a dry run: nothing was changed." if is_dry_run else ""
    refused = f" {len(report.refusals):,} rows were refused." if report.refusals else ""
    mark = "[yellow]![/]" if report.refusals else "[green]✓[/]"
    console.print(f"{mark} {took} ({longest}).{refused}{tried}", highlight=False)


def write_refusals(path: Path, refusals: Sequence[Refusal]) -> None:
    """Write the refused rows as a CSV that spreadsheets open in the right encoding."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "column", "value", "reason"])
        for refusal in sorted(refusals, key=lambda one: one.row_number):
            writer.writerow([refusal.row_number, refusal.column or "", _harmless(refusal.value), str(refusal)])


def _show_refusals(refusals: Sequence[Refusal]) -> None:
    if not refusals:
        return
    table = Table(_right("row"), "column", "value", "reason", title="Refused rows")
    for refusal in sorted(refusals, key=lambda one: one.row_number)[:MOST_SHOWN]:
        value = refusal.value or ""
        cells = (refusal.column or "", value if len(value) <= 40 else value[:39] + "…", str(refusal))
        table.add_row(str(refusal.row_number), *map(escape, cells))
    console.print(table)
    if len(refusals) > MOST_SHOWN:
        console.print(f"… and {len(refusals) - MOST_SHOWN:,} more; --report FILE.csv writes them all.", highlight=False)


def _harmless(value: str | None) -> str:
    """The value so that no spreadsheet takes it for a formula."""
    return "'" + value if value and value[0] in "=+-@\t\r" else value or ""


def _right(name: str) -> Column:
    return Column(name, justify="right")
