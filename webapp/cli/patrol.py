"""`gridbeat patrol`: patrols from files, without a database."""

import click


@click.group("patrol")
def command() -> None:
    """Patrols on the street network: planned and verified from files, without a database."""
