"""Reads: users, what they may do and where, failed logins."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session, selectinload

from accounts.models import LoginAttempt, User, UserSession
from accounts.rules import FAILURES_WINDOW, permits
from data.errors import NotFound


@dataclass(frozen=True)
class Actor:
    """The person behind a request: roles, and the areas (division-code prefixes) they hold for.

    `areas` is one (role, prefix) pair for each row of user_roles; the prefix "" means everywhere.
    """

    id: int
    username: str
    name: str
    locale: str
    must_change_password: bool
    areas: tuple[tuple[str, str], ...]

    @property
    def roles(self) -> frozenset[str]:
        """The names of all roles held."""
        return frozenset(role for role, _ in self.areas)

    def may(self, permission: str) -> bool:
        """Whether some role permits this somewhere."""
        return permits(self.roles, permission)

    def scope(self, permission: str) -> tuple[str, ...]:
        """Where this is permitted: division-code prefixes, shortest first, without those inside another."""
        prefixes = sorted(
            {prefix for role, prefix in self.areas if permits({role}, permission)}, key=lambda p: (len(p), p)
        )
        kept: list[str] = []
        for prefix in prefixes:
            if not any(prefix.startswith(other) for other in kept):
                kept.append(prefix)
        return tuple(kept)


_AREAS = text(
    "SELECT user_roles.role, coalesce(divisions.code, '') FROM user_roles"
    " LEFT JOIN divisions ON divisions.id = user_roles.division_id WHERE user_roles.user_id = :user_id ORDER BY 1, 2"
)


def actor_of(session: Session, user: User) -> Actor:
    """The actor a user is, with roles and areas read afresh."""
    areas = tuple((role, prefix) for role, prefix in session.execute(_AREAS, {"user_id": user.id}))
    return Actor(user.id, user.username, user.name, user.locale, user.must_change_password, areas)


def find_actor_by_token(session: Session, token_hash: bytes, now: datetime) -> Actor | None:
    """The signed-in person behind a session token's hash; None when it has expired or the user was disabled."""
    user = session.scalar(
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.token_hash == token_hash, UserSession.expires_at > now, User.is_active)
    )
    return actor_of(session, user) if user else None


def find_user(session: Session, username: str) -> User | None:
    """The user of that name, upper or lower case."""
    return session.scalar(select(User).where(User.username == username.strip().lower()))


def get_user(session: Session, user_id: int) -> User:
    """The user with that id, or NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


def list_users(session: Session, *, search: str = "", limit: int = 200) -> list[User]:
    """Users by user name; with `search`, those whose name or user name contains it."""
    query = select(User).options(selectinload(User.roles)).order_by(User.username).limit(limit)
    return list(session.scalars(_searched(query, search)))


def list_users_within(
    session: Session, scope: tuple[str, ...], *, search: str = "", user_id: int | None = None, limit: int = 200
) -> list[User]:
    """Users all of whose roles lie in the areas of `scope`: an administrator does not rule those with a wider one.

    Users without any role belong to those who rule everywhere: nobody else can know whose they were.
    """
    query = _searched(select(User).options(selectinload(User.roles)).order_by(User.username).limit(limit), search)
    if "" not in scope:
        # a role without a division holds everywhere, which is outside of every smaller area
        outside = text(
            "NOT EXISTS (SELECT 1 FROM user_roles LEFT JOIN divisions ON divisions.id = user_roles.division_id"
            " WHERE user_roles.user_id = users.id"
            " AND NOT coalesce(divisions.code LIKE ANY (CAST(:patterns AS text[])), false))"
        ).bindparams(patterns=[f"{prefix}%" for prefix in scope])
        query = query.where(outside, User.roles.any())
    if user_id is not None:
        query = query.where(User.id == user_id)
    return list(session.scalars(query))


def _searched(query: Select[Any], search: str) -> Select[Any]:
    if not search:
        return query
    return query.where(User.username.icontains(search, autoescape=True) | User.name.icontains(search, autoescape=True))


def failed_logins(
    session: Session, now: datetime, *, username: str = "", address: str | None = None
) -> tuple[int, datetime | None]:
    """How often signing in failed of late (since the last success, at most 15 minutes back), and when last."""
    match = LoginAttempt.address == address if address else LoginAttempt.username == username
    since = now - FAILURES_WINDOW
    if not address:
        last_success = session.scalar(
            select(func.max(LoginAttempt.attempted_at)).where(match, LoginAttempt.has_succeeded)
        )
        since = max(since, last_success) if last_success else since
    row = session.execute(
        select(func.count(), func.max(LoginAttempt.attempted_at)).where(
            match, ~LoginAttempt.has_succeeded, LoginAttempt.attempted_at > since
        )
    ).one()
    return int(row[0]), row[1]
