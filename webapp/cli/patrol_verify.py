"""`gridbeat patrol verify`: which streets a track walked, from files, without a database."""

import json
from pathlib import Path
from typing import Any

import click

from webapp.cli import console

FILE = click.Path(path_type=Path)


@click.command("verify")
@click.option("--streets", type=FILE, required=True, help="Lines: .gpkg, .geojson, .parquet or .osm.pbf.")
@click.option("--track", type=FILE, required=True, help="The walk: .gpx, or .csv with time, lon, lat, accuracy_m.")
@click.option("--plan", "plan_folder", type=FILE, help="The folder `gridbeat patrol plan` wrote.")
@click.option("--team", type=click.IntRange(1), help="Whose route of the plan; the one walked most when not said.")
@click.option("--truth", type=FILE, help="Where it really went: lines (.geojson, .gpkg), or .csv with street_id.")
@click.option("--mode", type=click.Choice(["foot", "bicycle", "e-bike", "car"]), default="foot", show_default=True)
@click.option("--out", type=FILE, help="Write the matched segments to this GeoJSON file.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object instead of words.")
def verify(track: Path, *, is_json: bool, out: Path | None, **asked: Any) -> None:
    """Match a walked track to streets and say what was covered.

    A segment (a street between two crossings) counts when 80 % of its length was walked; where there is no position for
    3 minutes or 300 m nothing is counted. Positions that cannot be believed are told with the reason. With --plan the
    walk is held against the route, with --truth against where it really went: precision is the share of what was found
    that is true, recall the share of what is true that was found (within 15 m, and by segment).
    """
    from webapp.cli.patrol_verify_run import segments_geojson, verify_track

    found = verify_track(track=track, **asked)
    if out is not None:
        out.write_text(json.dumps(segments_geojson(found), ensure_ascii=False), encoding="utf-8")
    if is_json:
        click.echo(json.dumps(found.summary, ensure_ascii=False, indent=1))
        return
    _tell(found.summary)


def _tell(summary: dict[str, Any]) -> None:
    """The summary in words."""
    console.print(
        f"[green]✓[/] {summary['walked_km']:.2f} km walked, {summary['covered_km']:.2f} km of streets,"
        f" {summary['counted_segments']} segments counted",
        highlight=False,
    )
    refused = {mark: count for mark, count in summary["marks"].items() if mark != "ok"}
    if refused:
        console.print("not counted: " + ", ".join(f"{count} {mark}" for mark, count in refused.items()))
    for gap in summary["gaps"]:
        console.print(f"gap {gap['from']} – {gap['to']}: {gap['reason']}", highlight=False)
    if plan := summary.get("plan"):
        told = f"plan (team {plan['team']}): {plan['covered_km']:.2f} of {plan['km']:.2f} km"
        console.print(f"{told}, {plan['missed_segments']} segments missed", highlight=False)
    if truth := summary.get("truth"):
        console.print(f"precision {truth['precision']:.3f}, recall {truth['recall']:.3f}", highlight=False)
