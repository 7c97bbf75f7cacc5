"""Settings: one frozen dataclass from the environment. `docs/operations.md` explains each; a test holds it to that."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.cluster import default_home
from data.errors import Unavailable

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Everything an operator can choose. `env` in a field's metadata is its environment variable."""

    database_url: str = field(metadata={"env": "DATABASE_URL"})
    secret_key: str = field(metadata={"env": "GRIDBEAT_SECRET_KEY"})
    home: Path = field(default=CHECKOUT / "var", metadata={"env": "GRIDBEAT_HOME"})
    is_demo: bool = field(default=False, metadata={"env": "GRIDBEAT_DEMO"})
    timezone: str = field(default="Asia/Shanghai", metadata={"env": "GRIDBEAT_TIMEZONE"})
    locale: str = field(default="zh_Hans_CN", metadata={"env": "GRIDBEAT_LOCALE"})
    has_https: bool = field(default=False, metadata={"env": "GRIDBEAT_HTTPS"})
    proxy_count: int = field(default=0, metadata={"env": "GRIDBEAT_PROXY_COUNT"})
    session_hours: int = field(default=12, metadata={"env": "GRIDBEAT_SESSION_HOURS"})
    max_photo_mb: int = field(default=12, metadata={"env": "GRIDBEAT_MAX_PHOTO_MB"})
    max_import_mb: int = field(default=200, metadata={"env": "GRIDBEAT_MAX_IMPORT_MB"})
    streams: int = field(default=200, metadata={"env": "GRIDBEAT_STREAMS"})
    incident_scheme: str = field(default="cjt214", metadata={"env": "GRIDBEAT_INCIDENT_SCHEME"})

    @property
    def photo_folder(self) -> Path:
        """Where photos lie, under their hashes."""
        return self.home / "photos"

    @property
    def upload_folder(self) -> Path:
        """Where files wait for their import."""
        return self.home / "uploads"


def from_environment(environ: Mapping[str, str] = os.environ, *, database_url: str | None = None) -> Settings:
    """Settings from environment variables.

    Raises Unavailable for a value that cannot be read, for a missing database, and for a missing secret
    outside the demo: a secret everybody knows would let anybody in.
    """
    home = Path(environ.get("GRIDBEAT_HOME") or default_home()).absolute()
    is_demo = _truth(environ, "GRIDBEAT_DEMO")
    url = database_url or environ.get("DATABASE_URL", "")
    if not url:
        raise Unavailable("No database is named. Set DATABASE_URL, or start with `make demo`.")
    secret = environ.get("GRIDBEAT_SECRET_KEY", "")
    if not secret and is_demo:
        secret = _kept_secret(home)
    if len(secret) < 32:
        raise Unavailable(
            "GRIDBEAT_SECRET_KEY is missing or shorter than 32 characters. Set it to a long random text and keep it."
        )
    return Settings(
        database_url=url,
        secret_key=secret,
        home=home,
        is_demo=is_demo,
        timezone=_timezone(environ),
        locale=_choice(environ, "GRIDBEAT_LOCALE", "zh_Hans_CN", ("zh_Hans_CN", "en")),
        has_https=_truth(environ, "GRIDBEAT_HTTPS"),
        proxy_count=_number(environ, "GRIDBEAT_PROXY_COUNT", 0, 0, 5),
        session_hours=_number(environ, "GRIDBEAT_SESSION_HOURS", 12, 1, 24 * 30),
        max_photo_mb=_number(environ, "GRIDBEAT_MAX_PHOTO_MB", 12, 1, 50),
        max_import_mb=_number(environ, "GRIDBEAT_MAX_IMPORT_MB", 200, 1, 4000),
        streams=_number(environ, "GRIDBEAT_STREAMS", 200, 0, 5000),
        incident_scheme=environ.get("GRIDBEAT_INCIDENT_SCHEME", "cjt214"),
    )


def _kept_secret(home: Path) -> str:
    path = home / "secret-key"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    except OSError as error:
        raise Unavailable("The folder {home} cannot be written: {reason}.", home=home, reason=error.strerror) from error
    return path.read_text().strip()


def _timezone(environ: Mapping[str, str]) -> str:
    name = environ.get("GRIDBEAT_TIMEZONE", "Asia/Shanghai")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Unavailable("GRIDBEAT_TIMEZONE is {name}; it has to be one like Asia/Shanghai.", name=name) from error
    return name


def _truth(environ: Mapping[str, str], name: str) -> bool:
    return _choice(environ, name, "0", ("0", "1", "true", "false", "yes", "no", "")) in {"1", "true", "yes"}


def _choice(environ: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    value = environ.get(name, default)
    if value not in choices:
        raise Unavailable(
            "{name} is {value}; it has to be one of {choices}.",
            name=name,
            value=value,
            choices=", ".join(choice for choice in choices if choice),
        )
    return value


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = environ.get(name, str(default))
    if not value.isdecimal() or not least <= int(value) <= most:
        raise Unavailable(
            "{name} is {value}; it has to be a whole number from {least} to {most}.",
            name=name,
            value=value,
            least=least,
            most=most,
        )
    return int(value)
