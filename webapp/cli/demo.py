"""`gridbeat demo`: the synthetic county."""

from datetime import UTC, date, datetime

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine, text

from webapp.cli import console, database_url, working_session

DEMO_PASSWORD = "gridbeat-demo"  # noqa: S105 - printed for everybody, and only ever set in a county that is invented


@click.group("demo")
def command() -> None:
    """The invented county to try everything on."""


@command.command("load")
@click.option("--profile", type=click.Choice(["small", "county"]), default="small", show_default=True)
@click.option(
    "--seed", type=click.IntRange(0, 2**31), default=1, show_default=True, help="The same seed gives the same county."
)
@click.option("--if-empty", is_flag=True, help="Do nothing, and succeed, when there is a county already.")
def load(profile: str, seed: int, if_empty: bool) -> None:
    """Make the county and load it; `county` has the numbers of a real one and takes minutes."""
    from accounts.commands import hash_password
    from data import demo
    from data.database import connect
    from incidents.deadlines import renew_open

    engine = connect(database_url(), pool_size=2)
    if if_empty and not demo.is_empty(engine):
        console.print("There is a county already; it is left as it is.")
        _make_up_coverage(engine)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        task = bars.add_task(f"{profile} county, seed {seed}", total=1.0)

        def progress(step: str, share: float) -> None:
            bars.update(task, description=step, completed=share)

        summary = demo.load(
            engine,
            profile=profile,
            seed=seed,
            today=date.today(),  # noqa: DTZ011 - the county's present is the operator's
            password_hash=hash_password(DEMO_PASSWORD),
            progress=progress,
        )
    console.print(f"[green]✓[/] {summary}", highlight=False)
    with working_session() as session:
        renew_open(session, datetime.now(UTC))
    _verify_patrols(engine)
    _make_up_coverage(engine)


def _verify_patrols(engine: Engine) -> None:
    """Hold the week's patrols against streets and plans, as the worker does when one ends."""
    import webapp.tables  # noqa: F401 - rows of patrols point into other rooms
    from data.database import session_scope
    from patrols.verifying import list_unverified, verify_patrol

    now = datetime.now(UTC)
    with session_scope(engine) as session:
        waiting = list_unverified(session, now)
    with Progress(TextColumn("Patrols verified"), BarColumn(), TimeElapsedColumn(), console=console) as bars:
        for session_id in bars.track(waiting):
            with session_scope(engine) as session:
                verify_patrol(session, session_id, now)


def _make_up_coverage(engine: Engine) -> None:
    """Compute what the cameras see where nobody has yet: also after a start that was cut short."""
    from webapp.cli.coverage import update_with_progress

    with engine.connect() as connection:
        is_computed = connection.scalar(text("SELECT EXISTS (SELECT FROM coverage_runs WHERE status = 'done')"))
    engine.dispose()
    if not is_computed:
        update_with_progress("")
