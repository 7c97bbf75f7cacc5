"""`gridbeat patrol plan`: routes for several teams from files, without a database."""

import json
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from webapp.cli import console

FILE = click.Path(path_type=Path)
MODES = ["foot", "bicycle", "e-bike", "car"]


class LonLat(click.ParamType):
    """A place written as lon,lat."""

    name = "lon,lat"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        """The two numbers, or a sentence why they are none."""
        parts = str(value).split(",")
        try:
            lon, lat = (float(part) for part in parts)
        except ValueError:
            self.fail(f"“{value}” is no place; write longitude,latitude, such as 122.5,34.0.", param, ctx)
        return lon, lat


@click.command("plan")
@click.option("--streets", type=FILE, required=True, help="Lines: .gpkg, .geojson, .parquet or .osm.pbf.")
@click.option("--priorities", type=FILE, help="By street_id (worth of a metre), or points with a weight: csv, geojson…")
@click.option("--station", "stations", type=LonLat(), multiple=True, required=True, help="Where teams begin and end.")
@click.option("--teams", type=int, default=1, show_default=True, help="How many, shared out over the stations.")
@click.option("--limit-m", type=float, help="The longest a team may go, metres.")
@click.option("--hours", type=float, help="The longest a team may be out, hours.")
@click.option("--mode", type=click.Choice(MODES), default="foot", show_default=True)
@click.option("--checkpoints", type=FILE, help="Points: dwell_s, opens_min, closes_min, priority, team, name.")
@click.option("--crs", help="The system of a file of streets that names none: wgs84 (default), gcj02, bd09, EPSG:n.")
@click.option("--forbid", multiple=True, help="A street_id nobody may walk; may be given again.")
@click.option("--slack", type=float, default=0.0, show_default=True, help="Share of the limit kept free (0.05-0.1).")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--iterations", type=click.IntRange(0), help="Search so long: the same answer on every machine.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), help="Search so long (10 when nothing is said).")
@click.option("--bound", is_flag=True, help="Say how much any plan could cover at most.")
@click.option("--bound-seconds", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True)
@click.option("--out", type=FILE, required=True, help="The folder to write routes.gpkg, routes.gpx, plan.json to.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object instead of words.")
@click.pass_context
def plan(ctx: click.Context, out: Path, is_json: bool, **asked: Any) -> None:
    """Plan walks for several teams that cover as much priority street as their time allows.

    Every team begins and ends at its station and never passes its limit, dwell and waiting at checkpoints included.
    Checkpoints come before streets; those that cannot be made are named with the reason (no_street, not_connected,
    out_of_reach, window_closed, no_time). Their columns opens_min and closes_min are minutes after setting out.

    Without --priorities every street is worth the same. Streets that the file of priorities does not name are worth
    nothing. The same seed with --iterations gives the same plan; --seconds uses the time there is.

    Exit code 0: done, 1: done, but checkpoints were missed or rows refused (in the JSON), 2: nothing was done.
    """
    from webapp.cli.patrol_plan_run import planned
    from webapp.cli.patrol_written import summary, write

    columns = (SpinnerColumn(), TextColumn("patrol: {task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("reading", total=1.0)
        answer = planned(asked, lambda step, share: bars.update(task, description=step, completed=share))
        found = summary(answer)
        found["files"] = write(answer, found, out)
    click.echo(json.dumps(found, ensure_ascii=False, allow_nan=False) if is_json else _in_words(found))
    ctx.exit(1 if found["missed_checkpoints"] or found["refused"] else 0)


def _in_words(found: dict[str, Any]) -> str:
    share = "" if found["share_of_bound"] is None else f", {found['share_of_bound']:.1%} of what any plan could"
    km = ", ".join(f"{length:.1f} km" for length in found["km_by_team"])
    words = [f"{found['share_covered']:.1%} of all priority covered{share}, in {found['seconds']:.1f} s: {km}."]
    words += [f"Checkpoint {missed['name']} is missed: {missed['reason']}" for missed in found["missed_checkpoints"]]
    words += [f"{len(found['refused']):,} rows refused, see plan.json."] if found["refused"] else []
    return "\n".join([*words, f"Written: {', '.join(found['files'])}"])
