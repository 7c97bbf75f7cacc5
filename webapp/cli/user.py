"""`gridbeat user`: add, list, change, shut out."""

import click
from rich.table import Table

from accounts.rules import ROLES
from webapp.cli import console, working_session


@click.group("user")
def command() -> None:
    """Users and their roles."""


def _role(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> list[tuple[str, str]]:
    """Read `role` or `role@division-code`; without a division the role holds everywhere."""
    pairs = [tuple(value.partition("@")[::2]) for value in values]
    for role, _code in pairs:
        if role not in ROLES:
            raise click.BadParameter(f"{role} is no role; the roles are {', '.join(ROLES)}")
    return [(role, code) for role, code in pairs]


@command.command("add")
@click.argument("username")
@click.option("--name", required=True, help="The name others see.")
@click.option(
    "--role", "roles", multiple=True, required=True, callback=_role, help="ROLE or ROLE@DIVISION-CODE; may be repeated."
)
@click.password_option(help="Asked for when not given.")
@click.option("--keep-password", is_flag=True, help="Do not ask for a new password at the first sign-in.")
def add(username: str, name: str, roles: list[tuple[str, str]], password: str, keep_password: bool) -> None:
    """Add a user."""
    from accounts.commands import add_user

    with working_session() as session:
        add_user(session, username, name, password, roles, must_change_password=not keep_password)
    console.print(f"[green]✓[/] {username} may sign in.")


@command.command("list")
@click.option("--search", default="", help="Only those whose name or user name contains this.")
def show(search: str) -> None:
    """List users with their roles."""
    from rich.console import Console

    from accounts.queries import actor_of, list_users

    table = Table("username", "name", "roles", "may sign in")
    with working_session() as session:
        for user in list_users(session, search=search, limit=1000):
            areas = ", ".join(f"{role}@{code}" if code else role for role, code in actor_of(session, user).areas)
            table.add_row(user.username, user.name, areas, "yes" if user.is_active else "no")
    Console().print(table)


@command.command("password")
@click.argument("username")
@click.password_option(help="Asked for when not given.")
def password(username: str, password: str) -> None:
    """Give a user a new password; open sessions end."""
    from accounts.commands import set_password

    with working_session() as session:
        set_password(session, _get(session, username), password, actor_id=None, must_change=True)
    console.print(f"[green]✓[/] {username} has a new password and chooses an own one at the next sign-in.")


@command.command("roles")
@click.argument("username")
@click.option(
    "--role", "roles", multiple=True, callback=_role, help="ROLE or ROLE@DIVISION-CODE; all roles are replaced."
)
def roles(username: str, roles: list[tuple[str, str]]) -> None:
    """Replace all roles of a user."""
    from accounts.commands import set_roles

    with working_session() as session:
        set_roles(session, _get(session, username), roles, actor_id=None)
    console.print(f"[green]✓[/] {username} now has {len(roles)} role(s).")


@command.command("disable")
@click.argument("username")
def disable(username: str) -> None:
    """Shut a user out at once."""
    _set_active(username, False)
    console.print(f"[green]✓[/] {username} may no longer sign in.")


@command.command("enable")
@click.argument("username")
def enable(username: str) -> None:
    """Let a user in again."""
    _set_active(username, True)
    console.print(f"[green]✓[/] {username} may sign in again.")


def _set_active(username: str, is_active: bool) -> None:
    from accounts.commands import set_active

    with working_session() as session:
        set_active(session, _get(session, username), is_active, actor_id=None)


def _get(session, username: str):
    from accounts.queries import find_user
    from data.errors import NotFound

    user = find_user(session, username)
    if user is None:
        raise NotFound("There is no user {username}. `gridbeat user list` shows all.", username=username)
    return user
