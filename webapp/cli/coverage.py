"""`gridbeat coverage`: what the cameras see."""

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from webapp.cli import console, working_session


@click.group("coverage")
def command() -> None:
    """What the cameras see, and what nobody sees."""


@command.command("update")
@click.option("--area", default="", help="A division's code; without it the whole county.")
@click.option("--flat", is_flag=True, help="Take every building for endlessly high instead of using heights.")
def update(area: str, flat: bool) -> None:
    """Compute views, shares of open ground watched and gaps anew."""
    update_with_progress(area, has_heights=not flat)


def update_with_progress(area: str, *, has_heights: bool = True) -> None:
    """Compute coverage with a bar on the terminal, and tell what came out."""
    from cameras.coverage import Parameters, update_coverage

    columns = (SpinnerColumn(), TextColumn("coverage: {task.description}"), BarColumn(), TimeElapsedColumn())
    with working_session() as session, Progress(*columns, console=console) as bars:
        task = bars.add_task("reading", total=1.0)

        def progress(step: str, share: float) -> None:
            bars.update(task, description=step, completed=share)

        run = update_coverage(session, area, parameters=Parameters(has_heights=has_heights), progress=progress)
    seconds = (run.finished_at - run.started_at).total_seconds()
    console.print(
        f"[green]✓[/] {run.camera_count} cameras among {run.building_count} buildings in {seconds:.1f} s,"
        f" {len(run.refused)} cameras refused",
        highlight=False,
    )
