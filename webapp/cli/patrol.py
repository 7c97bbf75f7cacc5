"""`gridbeat patrol`: patrols planned and verified from files, and what the database keeps of walked ones."""

import click

from webapp.cli.patrol_database import forget, import_track
from webapp.cli.patrol_plan import plan
from webapp.cli.patrol_verify import verify


@click.group("patrol")
def command() -> None:
    """Patrols on the street network: planned and verified from files; walked tracks brought in, old ones forgotten."""


for one in (plan, verify, import_track, forget):
    command.add_command(one)
