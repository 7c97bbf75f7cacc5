"""`gridbeat coverage site`: where more cameras would help most, from files, without a database."""

import json
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from webapp.cli import console

FILE = click.Path(path_type=Path)


@click.command("site")
@click.option("--buildings", type=FILE, required=True, help="GeoJSON, GeoPackage or Parquet; polygons.")
@click.option("--candidates", type=FILE, help="Poles: GeoJSON, GeoPackage, Parquet, or CSV with lon, lat or x, y.")
@click.option("--cameras", type=FILE, help="Cameras there are; what they see needs no other.")
@click.option("--demand", type=FILE, help="Points to be seen, with weight and kind.")
@click.option("--streets", type=FILE, help="Lines; to be seen when there is no --demand.")
@click.option("--forbidden", type=FILE, help="Polygons in which no camera may stand.")
@click.option("--dwellings", type=FILE, help="Polygons of dwellings' ground, which no view should enter.")
@click.option("-k", "k", type=click.IntRange(1, 10_000), required=True, help="How many cameras to add at most.")
@click.option("--time-limit", type=click.FloatRange(0), default=60.0, show_default=True, help="Seconds to search.")
@click.option("--gap", type=click.FloatRange(0), default=0.0, show_default=True, help="Gap that is good enough (0.01).")
@click.option("--bearings", type=click.IntRange(1, 64), default=8, show_default=True, help="For poles without one.")
@click.option("--every-m", type=click.FloatRange(5), default=30.0, show_default=True, help="Places along streets.")
@click.option("--per-pole", type=click.IntRange(1), default=1, show_default=True, help="New cameras on one pole.")
@click.option("--seen-by", type=click.IntRange(1), default=1, show_default=True, help="Cameras a point should have.")
@click.option("--px-per-m", type=click.FloatRange(1), help="Seen means at this pixel density (needs pixels_h).")
@click.option("--privacy", type=click.Choice(["warn", "exclude", "ignore"]), default="warn", show_default=True)
@click.option("--crs", help="The system of files that name none: EPSG:n, wgs84 (default), cgcs2000, gcj02, bd09.")
@click.option("--heights", type=click.Choice(["on", "off"]), default="on", show_default=True, help="Look over roofs.")
@click.option("--out", type=FILE, required=True, help="The folder to write sites.gpkg and the CSV files to.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object instead of words.")
@click.pass_context
def site(ctx: click.Context, out: Path, is_json: bool, **asked: Any) -> None:
    """Choose the best k new cameras among candidates, with proof of how good the choice is.

    Candidate columns: candidate_id (else pole_id, camera_id, code, id, else the row's number) and those of `coverage
    run`. A row without bearing_deg stands for --bearings cameras turned evenly around. Candidates at one place hang on
    one pole. Without --candidates they are made beside the --streets, one place every --every-m.

    To be seen are the points of --demand (columns weight; kind: incident, place, street, open_ground), else the
    streets (a point every 10 m, worth its metres), else the open ground within range of the candidates (10 m grid).

    Exit code 0: all rows were used, 1: some were refused (in the JSON and in refused.csv), 2: nothing was done.
    """
    from webapp.cli.coverage_siting_run import sited
    from webapp.cli.coverage_siting_written import summary, write

    columns = (SpinnerColumn(), TextColumn("siting: {task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("reading", total=1.0)
        answer = sited(asked, lambda step, share: bars.update(task, description=step, completed=share))
        with answer.clock.step("writing"):
            names = write(answer, out)
    found = summary(answer) | {"files": [str(out / name) for name in names]}
    click.echo(json.dumps(found, ensure_ascii=False, allow_nan=False) if is_json else _in_words(found))
    ctx.exit(1 if found["refused"] else 0)


def _in_words(found: dict[str, Any]) -> str:
    proof = "proven best" if found["is_optimal"] else f"at most {found['gap'] or 0:.2%} from the best"
    words = [
        f"{len(found['chosen'])} of {found['candidates']:,} candidates add {found['value']:,.0f}"
        f" of {found['demand']['weight']:,.0f}, {proof}, in {found['seconds']['total']:.1f} s."
    ]
    for place, one in enumerate(found["chosen"][:20], start=1):
        words.append(f"{place}. {one['id']} at {one['bearing_deg']:g}°: {' '.join(one['why'])}")
    if len(found["chosen"]) > 20:
        words.append(f"… and {len(found['chosen']) - 20} more.")
    words += [f"{found['excluded_count']:,} candidates excluded, see excluded.csv."] if found["excluded_count"] else []
    words += [f"{len(found['refused']):,} rows refused, see refused.csv."] if found["refused"] else []
    return "\n".join([*words, f"Written: {', '.join(found['files'])}"])
