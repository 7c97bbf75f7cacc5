"""`gridbeat coverage`: what the cameras see."""

import json
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from webapp.cli import console, working_session
from webapp.cli.coverage_siting import site

FILE = click.Path(path_type=Path)


@click.group("coverage")
def command() -> None:
    """What the cameras see, and what nobody sees."""


command.add_command(site)


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


@command.command("run")
@click.option("--cameras", type=FILE, required=True, help="GeoJSON, GeoPackage, Parquet, or CSV with lon, lat or x, y.")
@click.option("--buildings", type=FILE, required=True, help="GeoJSON, GeoPackage or Parquet; polygons.")
@click.option("--cells", type=FILE, help="Polygons to take shares of; else the ground within range of any camera.")
@click.option("--streets", type=FILE, help="Lines. With them gaps are listed within 12 m of a street only.")
@click.option("--crs", help="The system of files that name none: EPSG:n, wgs84 (default), cgcs2000, gcj02, bd09.")
@click.option("--heights", type=click.Choice(["on", "off"]), default="on", show_default=True, help="Look over roofs.")
@click.option("--out", type=FILE, required=True, help="The folder to write views.gpkg, cameras.csv, refused.csv to.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object instead of words.")
@click.pass_context
def run(ctx: click.Context, heights: str, out: Path, is_json: bool, **files: Any) -> None:
    """Compute from files what cameras see, without a database.

    Camera columns: camera_id (else the row's number), height_m (unknown: looks over no roof), bearing_deg clockwise
    from true north (none: a dome, 360°), hfov_deg (90), range_m (80), pixels_h, pitch_deg downward, vfov_deg. Building
    columns: height_m, levels (3 m each); unknown heights are never looked over. Cells: cell_id. Streets: name.

    A file that names its coordinate system is believed. Work is done in --crs when that is in metres, else in the
    buildings' or cameras' own system of metres, else in one about the cameras (files are then written in WGS 84).

    Exit code 0: all rows were used, 1: some were refused (listed in the JSON and in refused.csv), 2: nothing was done.
    """
    from webapp.cli.coverage_run import Clock, Files, computed
    from webapp.cli.coverage_written import summary, write

    columns = (SpinnerColumn(), TextColumn("coverage: {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("reading", total=None)
        clock = Clock(lambda step: bars.update(task, description=step))
        answer = computed(Files(**files, has_heights=heights == "on"), clock)
        with clock.step("writing"):
            names = write(answer, out)
    clock.seconds["total"] = sum(clock.seconds.values())
    found = summary(answer, clock.seconds) | {"files": [str(out / name) for name in names]}
    click.echo(json.dumps(found, ensure_ascii=False, allow_nan=False) if is_json else _in_words(found))
    ctx.exit(1 if found["refused"] else 0)


def _in_words(found: dict[str, Any]) -> str:
    share = "no open ground" if found["covered_share"] is None else f"{found['covered_share']:.1%} of the open ground"
    words = [
        f"{found['cameras']:,} cameras among {found['buildings']:,} buildings in {found['seconds']['total']:.1f} s:",
        f"{found['union_area_m2']:,.0f} m² seen, {share}, {found['gap_count']:,} gaps;",
        f"{found['snapped']:,} cameras moved before a wall, {found['blind']:,} blind.",
    ]
    words += [f"{found['refused_count']:,} rows refused, see refused.csv."] if found["refused"] else []
    return " ".join([*words, "Written:", ", ".join(found["files"])])
