"""What happened to accounts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class UserAdded:
    """A user was added."""

    username: str
    roles: list[str]


@dataclass(frozen=True)
class UserChanged:
    """A user's name, roles or state was changed."""

    username: str
    changes: dict[str, object]


@dataclass(frozen=True)
class SignedIn:
    """Somebody signed in."""

    username: str


@dataclass(frozen=True)
class SignInRefused:
    """Somebody failed to sign in."""

    username: str
    reason: str


@dataclass(frozen=True)
class SignedOut:
    """Somebody signed out."""

    username: str
