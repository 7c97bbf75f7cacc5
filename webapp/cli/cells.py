"""`gridbeat cells`: draw cells where there are none."""

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from webapp.cli import console, working_session

if TYPE_CHECKING:
    from grids.drawing import Drawing


@click.group("cells")
def command() -> None:
    """Grid cells."""


@command.command("draw")
@click.option("--division", "code", default="", help="Only villages under this code; else all.")
@click.option("--households", default=400.0, show_default=True, help="Households a cell should have.")
@click.option("--replace", is_flag=True, help="Also where there are cells: they end today and stay as history.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Only try: change nothing.")
def draw(code: str, households: float, replace: bool, is_dry_run: bool) -> None:
    """Cut villages without cells into seamless cells along their streets."""
    from cameras.locating import locate_cameras_again
    from grids.drawing import draw_cells_for
    from incidents.locating import locate_incidents_again

    columns = (TextColumn("drawing cells"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with working_session() as session, Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        attempt = session.begin_nested()
        drawing = draw_cells_for(
            session,
            code,
            target_households=households,
            replace=replace,
            tell=lambda done, total, name: bar.update(task, completed=done, total=total, description=name),
        )
        located = locate_cameras_again(session) + locate_incidents_again(session) if drawing.villages else 0
        if is_dry_run:
            attempt.rollback()
    _show(drawing, located, is_dry_run=is_dry_run)


def _show(drawing: "Drawing", located: int, *, is_dry_run: bool) -> None:
    if not drawing.villages:
        console.print(f"All {len(drawing.skipped)} villages have cells; --replace draws them anew.", highlight=False)
        return
    table = Table("village", "", *_right("cells", "households"), "how known", *_right("within ¼"))
    for village in drawing.villages:
        share = f"{village.share_within:.0%}"
        table.add_row(village.code, village.name, str(village.cells), f"{village.households:,}", village.basis, share)
    Console().print(table)
    words = [f"{drawing.cells} cells in {len(drawing.villages)} villages."]
    if drawing.skipped:
        words.append(f"{len(drawing.skipped)} villages had cells and were left alone.")
    if drawing.closed_cells or drawing.ended_assignments:
        words.append(
            f"{drawing.closed_cells} cells ended today, and {drawing.ended_assignments} assignments with them."
        )
    if located:
        words.append(f"{located:,} cameras and incidents found their cell.")
    if is_dry_run:
        words.append("This was a dry run: nothing was changed.")
    console.print(f"[green]✓[/] {' '.join(words)}", highlight=False)


def _right(*names: str) -> list[Column]:
    return [Column(name, justify="right") for name in names]
