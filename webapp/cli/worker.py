"""`gridbeat worker`: does the jobs that pages and events ask for."""

import click

from webapp.cli import console, database_url


@click.command("worker")
@click.option("--until-empty", is_flag=True, help="Stop when no job is left.")
def command(until_empty: bool) -> None:
    """Do jobs (imports, coverage runs, the nightly tidying up) until told to stop."""
    from data.jobs import work
    from webapp.wiring import BY_CLOCK, JOBS

    url = database_url()
    console.print(f"Waiting for jobs: {', '.join(sorted(JOBS)) or 'none known'}. Ctrl-C stops after the present one.")
    work(url, JOBS, BY_CLOCK, until_empty=until_empty)
