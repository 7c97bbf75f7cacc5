"""`gridbeat patrol forget` and `import-track`: what the database keeps of patrols."""

from datetime import UTC, datetime
from pathlib import Path

import click

from webapp.cli import console


class _OnlyTried(Exception):
    """Undoes a transaction whose work was only tried."""


@click.command("forget")
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
def forget(dry_run: bool) -> None:
    """Coarsen positions older than a day and drop those older than thirty, as the worker does every hour."""
    from patrols.retention import keep_positions_private
    from webapp.cli import working_session

    try:
        with working_session() as session:
            done = keep_positions_private(session, datetime.now(UTC))
            if dry_run:
                raise _OnlyTried
    except _OnlyTried:
        console.print("Only tried: nothing was changed.")
    console.print(
        f"[green]✓[/] {done.exact} exact positions became {done.coarse} coarse ones; {done.positions_dropped} dropped"
        f" with {len(done.days_dropped)} days; {done.walks_forgotten} walks forgotten; {done.days_made} days made",
        highlight=False,
    )


@click.command("import-track")
@click.option("--member", "member_id", type=int, required=True, help="The member who walked (id).")
@click.argument("file", type=click.Path(path_type=Path))
def import_track(member_id: int, file: Path) -> None:
    """Take a walked track (GPX) into the patrol it lies in, or as a voluntary round; all of it or nothing."""
    from data.errors import NotFound, Refused
    from patrols import importing
    from patrols.models import PatrolMember
    from webapp.cli import working_session

    if not file.is_file():
        raise Refused("There is no file {name}.", name=str(file))
    with working_session() as session:
        member = session.get(PatrolMember, member_id)
        if member is None:
            raise NotFound("There is no such member.")
        done = importing.import_track(session, member, file.read_bytes(), now=datetime.now(UTC), actor_id=None)
    console.print(f"[green]✓[/] {done.taken} positions taken, {done.refused} not; patrol {done.session_id}")
    for at in done.jumps:
        console.print(f"jump at {at.isoformat()}: could not be walked to", highlight=False)
