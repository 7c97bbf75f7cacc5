"""`gridbeat import`: files and OpenStreetMap extracts into the database, with a report of every refused row."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

FILE = click.Path(path_type=Path)


@click.group("import")
def command() -> None:
    """Bring in divisions, cells, cameras, incidents, or an OpenStreetMap extract.

    All good rows of a file come in, or none; running an import twice changes nothing. Exit code 0: all
    rows came in, 1: some were refused, 2: nothing was imported.
    """


def _pairs(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Read `field=column`."""
    for value in values:
        if "=" not in value:
            raise click.BadParameter(f"{value} is no pair; write field=column")
    return {name.strip(): column.strip() for name, _, column in (value.partition("=") for value in values)}


def _table_options(make: Callable[..., None]) -> Callable[..., None]:
    """What every import of a table can be told."""
    options = (
        click.argument("file", type=FILE),
        click.option("--crs", required=True, help="What the file is in: wgs84, cgcs2000, gcj02, bd09 or EPSG:n."),
        click.option("--map", "mapping", multiple=True, callback=_pairs, help="FIELD=COLUMN; may be repeated."),
        click.option("--layer", help="The layer of a GeoPackage, or the Shapefile in a .zip."),
        click.option("--sheet", help="The sheet of a workbook."),
        click.option("--encoding", help="The encoding of a CSV or Shapefile, when it is not found out."),
        click.option("--source", help="What the rows are known by as a whole; else the file's name."),
        click.option("--dry-run", "is_dry_run", is_flag=True, help="Only try: change nothing."),
        click.option("--strict", is_flag=True, help="Refuse the whole file when one row is refused."),
        click.option("--report", type=FILE, help="Write the refused rows to this CSV."),
    )
    for option in reversed(options):
        make = option(make)
    return make


_valid_from = click.option(
    "--valid-from", type=click.DateTime(["%Y-%m-%d"]), help="What changed begins a new version on this day."
)


@command.command("divisions")
@_table_options
@_valid_from
def divisions(file: Path, valid_from: datetime | None, **given: Any) -> None:
    """Counties, townships and villages: code, name and area."""
    _import_table("divisions", file, given, valid_from=valid_from and valid_from.date().isoformat())


@command.command("cells")
@_table_options
@_valid_from
def cells(file: Path, valid_from: datetime | None, **given: Any) -> None:
    """Grid cells: code, name, kind, households and area."""
    _import_table("cells", file, given, valid_from=valid_from and valid_from.date().isoformat())


@command.command("cameras")
@_table_options
def cameras(file: Path, **given: Any) -> None:
    """Cameras: code or GB/T 28181 code, place, and what is known of their view."""
    _import_table("cameras", file, given)


@command.command("incidents")
@_table_options
@click.option("--scheme", help="The category list that is meant where a row names none.")
@click.option("--timezone", "zone", default="Asia/Shanghai", show_default=True, help="For times without their zone.")
def incidents(file: Path, scheme: str | None, zone: str, **given: Any) -> None:
    """Incidents: number, category, place, times and status."""
    _import_table("incidents", file, given, scheme=scheme, zone=zone)


@command.command("osm")
@click.argument("file", type=FILE)
@click.option("--divisions/--no-divisions", default=None, help="Make divisions from borders; else only where none are.")
@click.option("--county-code", help="The county's six digits; else the first free one from 990201 on.")
@click.option("--county-name", help="Which border is the county, where there are several; or how to call it.")
@click.option("--county-level", type=int, help="The admin_level of counties.")
@click.option("--township-level", type=int, help="The admin_level of townships.")
@click.option("--village-level", type=int, help="The admin_level of villages.")
@click.option("--remove-vanished", is_flag=True, help="Take away what came from OpenStreetMap and is no longer there.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Only try: change nothing.")
def osm(file: Path, is_dry_run: bool, **options: Any) -> None:
    """Streets, buildings, places, land cover and cameras from an extract (.osm.pbf)."""
    _carry_out("osm", file, is_dry_run=is_dry_run, options=options)


def _import_table(kind: str, file: Path, given: dict[str, Any], **options: Any) -> None:
    names = ("layer", "sheet", "encoding", "source", "strict")
    options |= {name: given[name] for name in names if given[name]}
    asked = {"crs": given["crs"], "mapping": given["mapping"], "is_dry_run": given["is_dry_run"]}
    _carry_out(kind, file, **asked, options=options, report_path=given["report"])


def _carry_out(kind: str, file: Path, *, report_path: Path | None = None, **asked: Any) -> None:
    """Carry out one import, show what became of it, and leave with the exit code that says it."""
    from webapp.cli import working_session
    from webapp.cli.import_report import Steps, show, write_refusals
    from webapp.importing_jobs import ask_for_import, carry_out

    with working_session() as session, Steps() as steps:
        run = ask_for_import(session, kind, file, **asked)
        outcome = carry_out(session, run.id, file, tell=steps.tell)
    show(outcome, steps, is_dry_run=asked["is_dry_run"])
    if report_path is not None:
        write_refusals(report_path, outcome.report.refusals)
    if outcome.error is not None or (outcome.report.is_empty and outcome.report.refusals):
        sys.exit(2)
    sys.exit(1 if outcome.report.refusals else 0)
