"""Who may do what: roles, what each permits, how passwords and failed logins are judged."""

from datetime import datetime, timedelta

ROLES = ("grid_worker", "patrol_leader", "volunteer", "dispatcher", "centre_staff", "administrator")

#: What any signed-in person may do.
_EVERYONE = frozenset({"self"})

#: One line a role: everything that role permits inside its division.
PERMISSIONS: dict[str, frozenset[str]] = {
    "grid_worker": _EVERYONE
    | {"cell.work", "map.view", "camera.inspect", "incident.report", "incident.view", "incident.handle"},
    "patrol_leader": _EVERYONE
    | {
        "map.view",
        "patrol.assign",
        "patrol.plan",
        "patrol.view",
        "position.view",
        "incident.report",
        "incident.view",
    },
    "volunteer": _EVERYONE | {"patrol.join", "map.view", "incident.report", "incident.handle"},
    "dispatcher": _EVERYONE
    | {
        "map.view",
        "camera.view",
        "incident.report",
        "incident.view",
        "incident.dispatch",
        "patrol.view",
        "position.view",
    },
    "centre_staff": _EVERYONE
    | {
        "map.view",
        "camera.change",
        "camera.inspect",
        "camera.view",
        "coverage.run",
        "cell.assign",
        "incident.report",
        "incident.view",
        "patrol.assign",
        "patrol.view",
        "position.view",
    },
    "administrator": _EVERYONE
    | {
        "map.view",
        "account.manage",
        "camera.change",
        "camera.inspect",
        "camera.view",
        "code_list.edit",
        "import.run",
        "audit.view",
    },
}

#: Everything a route may ask for. `public` needs no sign-in; `device` is a token's, and no role has it.
ALL_PERMISSIONS = frozenset({"public", "device"}).union(*PERMISSIONS.values())

MIN_PASSWORD_LENGTH = 10

FAILURES_WINDOW = timedelta(minutes=15)
FREE_FAILURES = 4
LOCK_AFTER = 10
#: A whole office may sit behind one address: it may fail more often than one account before it is locked.
LOCK_ADDRESS_AFTER = 40


def permits(roles: set[str] | frozenset[str], permission: str) -> bool:
    """Whether one of `roles` permits `permission`.

    >>> permits({"volunteer"}, "incident.dispatch"), permits({"dispatcher"}, "incident.dispatch")
    (False, True)
    """
    return any(permission in PERMISSIONS[role] for role in roles)


def lies_within(code: str | None, scope: tuple[str, ...]) -> bool:
    """Whether a place code lies in one of the areas of `scope` (prefixes; "" is everywhere).

    >>> lies_within("990101001", ("990101",)), lies_within(None, ("990101",)), lies_within(None, ("",))
    (True, False, True)
    """
    return any(prefix == "" or (code or "").startswith(prefix) for prefix in scope)


def wait_before_login_s(
    failures: int, last_failed_at: datetime | None, now: datetime, *, is_address: bool = False
) -> int:
    """How many seconds the next try to sign in must wait; 0 = none.

    The fifth failure within 15 minutes costs 2 s, each further one twice as much; from the tenth on
    (the fortieth for an address) nothing helps but waiting until 15 minutes have passed.
    """
    if last_failed_at is None:
        return 0
    if failures >= (LOCK_ADDRESS_AFTER if is_address else LOCK_AFTER):
        wait = FAILURES_WINDOW
    elif failures > FREE_FAILURES and not is_address:
        wait = timedelta(seconds=2 ** (failures - FREE_FAILURES))
    else:
        return 0
    return max(0, int((last_failed_at + wait - now).total_seconds() + 0.999))


def password_problem(password: str, username: str) -> str | None:
    """The sentence to say about a password that is too weak, or None.

    Length and not being guessable from the name is what counts (NIST SP 800-63B §5.1.1.2), not signs of every kind.
    """
    if len(password) < MIN_PASSWORD_LENGTH:
        return "The password needs at least 10 characters."
    if len(password) > 200:
        return "The password may have at most 200 characters."
    if username.lower() in password.lower() or len(set(password)) < 5:
        return "The password is too easy to guess: leave the user name out and use more different characters."
    return None
