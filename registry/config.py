"""Environment to settings. A missing secret stops start-up; nothing secret has a default."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

LANGUAGES = ("en", "fr")


class SettingsError(RuntimeError):
    """A setting is missing or unusable; the message says which and what to do."""


@dataclass(frozen=True)
class Settings:
    """Where Cadence keeps its files and how it reaches its database."""

    home: Path
    database_url: str
    secret_key: str
    testing: bool = False

    @property
    def index_dir(self) -> Path:
        return self.home / "index"

    @property
    def evidence_dir(self) -> Path:
        return self.home / "evidence"

    @property
    def reports_dir(self) -> Path:
        return self.home / "reports"


def home_from_environment() -> Path:
    """CADENCE_HOME, else the user's data folder (XDG Base Directory Specification)."""
    if home := os.environ.get("CADENCE_HOME"):
        return Path(home).expanduser().resolve()
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser().resolve() / "cadence"


def database_url(home: Path) -> str:
    """CADENCE_DATABASE_URL, else an SQLite file in the home folder. Raises SettingsError."""
    url = os.environ.get("CADENCE_DATABASE_URL")
    if not url:
        file = URL.create("sqlite", database=str(home / "cadence.sqlite"))
        return file.render_as_string()
    if url.startswith(("postgres://", "postgresql://")):
        # The installed driver is psycopg 3; the bare names mean psycopg2 to SQLAlchemy.
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    try:
        dialect = make_url(url).get_backend_name()
    except ArgumentError:
        dialect = ""
    if dialect not in ("sqlite", "postgresql"):  # the address itself may hold a password
        raise SettingsError(
            "CADENCE_DATABASE_URL is not the address of an SQLite or PostgreSQL database. / "
            "CADENCE_DATABASE_URL n’est pas l’adresse d’une base SQLite ou PostgreSQL."
        )
    return url


def make_home(home: Path) -> None:
    """Create the home folder and its secret key, once; later calls change nothing."""
    home.mkdir(parents=True, exist_ok=True)
    key = home / "secret_key"
    if os.environ.get("CADENCE_SECRET_KEY"):
        return
    try:
        descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))


def settings_from_environment() -> Settings:
    """Read the settings.

    Raises SettingsError if there is no secret key in CADENCE_SECRET_KEY or in the home folder.
    """
    home = home_from_environment()
    key_file = home / "secret_key"
    secret = os.environ.get("CADENCE_SECRET_KEY") or (
        key_file.read_text().strip() if key_file.is_file() else ""
    )
    if not secret:
        raise SettingsError(
            "No secret key. Run `cadence init`, or set CADENCE_SECRET_KEY. / "
            "Aucune clé secrète. Lancez « cadence init » ou définissez CADENCE_SECRET_KEY."
        )
    return Settings(home=home, database_url=database_url(home), secret_key=secret)
