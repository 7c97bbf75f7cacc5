"""`gridbeat patrol`: patrols from files, without a database."""

import click

from webapp.cli.patrol_plan import plan


@click.group("patrol")
def command() -> None:
    """Patrols on the street network: planned and verified from files, without a database."""


command.add_command(plan)
