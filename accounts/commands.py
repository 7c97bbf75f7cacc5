"""Writes: sign in and out, add and change users. They never commit."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts import events
from accounts.models import LoginAttempt, User, UserRole, UserSession
from accounts.queries import failed_logins, find_user
from accounts.rules import ROLES, password_problem, wait_before_login_s
from data.errors import NotFound, Refused
from data.events import record

if TYPE_CHECKING:
    from argon2 import PasswordHasher


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    # OWASP's second choice for argon2id: 19 MiB, 2 passes, 1 lane; the library's default is forty times slower
    return PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)


@cache
def _decoy_hash() -> str:
    return _hasher().hash("nobody has this password")


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher().hash(password)


def hash_token(token: str) -> bytes:
    """What is stored of a session token: 32 bytes from which it cannot be made again."""
    return hashlib.sha256(token.encode()).digest()


def sign_in(
    session: Session, username: str, password: str, *, address: str | None, now: datetime, keep_for: timedelta
) -> tuple[str, User] | None:
    """A new session's token and its user; None when name or password is wrong (the failure is recorded).

    Raises Refused while the account or the address has to wait after too many failures.
    """
    username = username.strip().lower()[:63]
    _refuse_while_waiting(session, username, address, now)
    user = find_user(session, username)
    is_right = _verify(user.password_hash if user else _decoy_hash(), password)
    has_succeeded = bool(is_right and user and user.is_active)
    session.add(LoginAttempt(username=username, address=address, has_succeeded=has_succeeded, attempted_at=now))
    if not has_succeeded or user is None:
        record(session, events.SignInRefused(username=username, reason="wrong name or password"), address=address)
        return None
    token = secrets.token_urlsafe(32)
    session.add(UserSession(token_hash=hash_token(token), user_id=user.id, expires_at=now + keep_for, address=address))
    session.execute(delete(UserSession).where(UserSession.user_id == user.id, UserSession.expires_at < now))
    user.last_login_at = now
    record(session, events.SignedIn(username=username), actor_id=user.id, address=address)
    return token, user


def _refuse_while_waiting(session: Session, username: str, address: str | None, now: datetime) -> None:
    wait_s = wait_before_login_s(*failed_logins(session, now, username=username), now)
    if address:
        wait_s = max(wait_s, wait_before_login_s(*failed_logins(session, now, address=address), now, is_address=True))
    if wait_s > 0:
        raise Refused("Too many failed attempts to sign in. Wait {seconds} s and try again.", seconds=wait_s)


def is_password(session: Session, user: User, password: str, *, address: str | None, now: datetime) -> bool:
    """Whether that is the user's password; a wrong guess is recorded and counts as one to sign in does.

    Raises Refused while the account or the address has to wait after too many failures.
    """
    _refuse_while_waiting(session, user.username, address, now)
    is_right = _verify(user.password_hash, password)
    session.add(LoginAttempt(username=user.username, address=address, has_succeeded=is_right, attempted_at=now))
    if not is_right:
        refused = events.SignInRefused(username=user.username, reason="wrong present password")
        record(session, refused, actor_id=user.id, address=address)
    return is_right


def _verify(password_hash: str, password: str) -> bool:
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return _hasher().verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False


def sign_out(session: Session, token: str) -> None:
    """End the session of that token; nothing happens when it has ended already."""
    user = session.scalar(
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.token_hash == hash_token(token))
    )
    if user:
        session.execute(delete(UserSession).where(UserSession.token_hash == hash_token(token)))
        record(session, events.SignedOut(username=user.username), actor_id=user.id)


def add_user(
    session: Session,
    username: str,
    name: str,
    password: str,
    roles: list[tuple[str, str]],
    *,
    actor_id: int | None = None,
    must_change_password: bool = False,
) -> User:
    """Add a user with roles as (role, division code) pairs; the code "" means everywhere.

    Raises Refused for a taken or malformed name, a weak password, an unknown role; NotFound for an unknown division.
    """
    username = username.strip().lower()
    if problem := password_problem(password, username):
        raise Refused(problem)
    if find_user(session, username):
        raise Refused("The user name {username} is taken. Choose another.", username=username)
    user = User(
        username=username,
        name=name.strip(),
        password_hash=hash_password(password),
        must_change_password=must_change_password,
    )
    user.roles = [UserRole(role=_known_role(role), division_id=_division_id(session, code)) for role, code in roles]
    try:
        with session.begin_nested():  # a refusal must leave a session that can still be asked
            session.add(user)
    except IntegrityError as error:
        raise Refused(
            "The user name {username} has to be 2 to 63 lower-case letters, digits, dots or hyphens,"
            " and the name must not be empty.",
            username=username,
        ) from error
    added = events.UserAdded(username=username, roles=_roles_told(session, user))
    record(session, added, subject=f"user:{user.id}", actor_id=actor_id)
    return user


def set_roles(session: Session, user: User, roles: list[tuple[str, str]], *, actor_id: int | None) -> None:
    """Give a user exactly these roles, as (role, division code) pairs.

    Raises Refused for an unknown role and when nobody would be left to administer everything.
    """
    if ("administrator", "") not in roles:
        _refuse_the_last(session, user)
    wanted = [
        UserRole(role=_known_role(role), division_id=_division_id(session, code)) for role, code in dict.fromkeys(roles)
    ]
    before = _roles_told(session, user)
    user.roles = []
    session.flush()
    user.roles = wanted
    session.flush()
    _record_change(session, user, {"roles": [before, _roles_told(session, user)]}, actor_id)


def _roles_told(session: Session, user: User) -> list[str]:
    """The roles as the audit trail keeps them: "role" or "role code"."""
    question = text(
        "SELECT concat_ws(' ', role, divisions.code) FROM user_roles"
        " LEFT JOIN divisions ON divisions.id = user_roles.division_id WHERE user_id = :user_id ORDER BY 1"
    )
    return list(session.scalars(question, {"user_id": user.id}))


def _record_change(session: Session, user: User, changes: dict[str, object], actor_id: int | None) -> None:
    changed = events.UserChanged(username=user.username, changes=changes)
    record(session, changed, subject=f"user:{user.id}", actor_id=actor_id)


def set_password(
    session: Session, user: User, password: str, *, actor_id: int | None, must_change: bool = False
) -> None:
    """Give a user a new password and end every session opened with the old one."""
    if problem := password_problem(password, user.username):
        raise Refused(problem)
    user.password_hash = hash_password(password)
    user.must_change_password = must_change
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    _record_change(session, user, {"password": "changed"}, actor_id)


def set_active(session: Session, user: User, is_active: bool, *, actor_id: int | None) -> None:
    """Let a user in again, or shut a user out at once (open sessions end).

    Raises Refused when nobody would be left to administer everything.
    """
    if not is_active:
        _refuse_the_last(session, user)
    was_active, user.is_active = user.is_active, is_active
    if not is_active:
        session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    _record_change(session, user, {"is_active": [was_active, is_active]}, actor_id)


def _refuse_the_last(session: Session, user: User) -> None:
    """Refuse to go on when this user alone administers everything."""
    everywhere = (UserRole.role == "administrator", UserRole.division_id.is_(None))
    # the rows are locked, so that two who step down at once do not both take the other for the one who stays
    session.execute(select(UserRole.id).where(*everywhere).with_for_update())
    active = select(User.id).join(UserRole, UserRole.user_id == User.id).where(User.is_active, *everywhere)
    if set(session.scalars(active)) == {user.id}:
        raise Refused(
            "{name} is the last administrator of everything. Give somebody else that role first.", name=user.name
        )


def set_locale(session: Session, user_id: int, locale: str) -> None:
    """Remember a person's language."""
    session.execute(update(User).where(User.id == user_id).values(locale=locale))


def _known_role(role: str) -> str:
    if role not in ROLES:
        raise Refused("There is no role {role}. The roles are {roles}.", role=role, roles=", ".join(ROLES))
    return role


def _division_id(session: Session, code: str) -> int | None:
    if not code:
        return None
    found = session.scalar(
        text("SELECT id FROM divisions WHERE code = :code AND validity @> CURRENT_DATE"), {"code": code}
    )
    if found is None:
        raise NotFound("There is no division with the code {code} today.", code=code)
    return int(found)
