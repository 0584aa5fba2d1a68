"""Environment to settings. A missing secret stops start-up; nothing secret has a default."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

LANGUAGES = ("en", "fr")


class SettingsError(RuntimeError):
    """A setting is missing or unusable; the message says which and what to do."""


@dataclass(frozen=True)
class Provider:
    """The OpenID Connect provider at which officials sign in."""

    issuer: str
    client_id: str
    client_secret: str
    # Who comes from the provider is an official, or only who has this value in this claim.
    claim: str | None = None
    value: str | None = None
    acr: str | None = None  # the provider's word for a sign-in with a second factor


@dataclass(frozen=True)
class Settings:
    """Where Cadence keeps its files, and how it reaches its database and the world."""

    home: Path
    database_url: str
    secret_key: str
    testing: bool = False
    demonstration: bool = False  # only ever set by `cadence demo`
    public_url: str | None = None  # None: any address, and cookies also without TLS
    proxies: int = 0  # how many trusted proxies stand in front
    limits_url: str = "memory://"  # where tries are counted; the service has a file for it
    queue: str | None = None  # None: the database's own
    smtp_url: str | None = None  # None: mails stay in the outbox
    mail_from: str = "Cadence <no-reply@localhost>"
    provider: Provider | None = None

    @property
    def secure(self) -> bool:
        """Whether the service is reached over TLS alone."""
        return bool(self.public_url and self.public_url.startswith("https://"))

    @property
    def queue_url(self) -> str:
        """Where workers are told that there is something to do."""
        return self.queue or self.database_url

    @property
    def index_dir(self) -> Path:
        return self.home / "index"

    @property
    def evidence_dir(self) -> Path:
        return self.home / "evidence"

    @property
    def feeds_dir(self) -> Path:
        return self.home / "feeds"

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
    return Settings(
        home=home,
        database_url=database_url(home),
        secret_key=secret,
        public_url=_address("CADENCE_URL", "https", "http"),
        proxies=_number("CADENCE_PROXIES"),
        limits_url=os.environ.get("CADENCE_LIMITS_URL") or f"sqlite://{home / 'tries.sqlite'}",
        queue=_address("CADENCE_QUEUE_URL", "redis", "rediss"),
        smtp_url=_address("CADENCE_SMTP_URL", "smtp", "smtps"),
        mail_from=os.environ.get("CADENCE_MAIL_FROM") or Settings.mail_from,
        provider=_provider(),
    )


def _address(name: str, *schemes: str) -> str | None:
    """An address with one of these schemes and a host. Raises SettingsError."""
    value = os.environ.get(name)
    if not value:
        return None
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname:  # the address itself may hold a password
        wanted = f"{schemes[0]}://…"
        raise SettingsError(
            f"{name} is not an address such as {wanted} / "
            f"{name} n’est pas une adresse telle que {wanted}"
        )
    return value


def _number(name: str) -> int:
    value = os.environ.get(name) or "0"
    if not value.isdecimal():
        raise SettingsError(f"{name} is not a number. / {name} n’est pas un nombre.")
    return int(value)


def _provider() -> Provider | None:
    """None without an issuer. Raises SettingsError if only a part is set."""
    issuer = _address("CADENCE_OIDC_ISSUER", "https", "http")
    if issuer is None:
        return None
    names = ("CADENCE_OIDC_CLIENT_ID", "CADENCE_OIDC_CLIENT_SECRET")
    given = [os.environ.get(name) for name in names]
    claim, value = os.environ.get("CADENCE_OIDC_CLAIM"), os.environ.get("CADENCE_OIDC_VALUE")
    if not all(given) or bool(claim) != bool(value):
        raise SettingsError(
            "CADENCE_OIDC_ISSUER also needs CADENCE_OIDC_CLIENT_ID and CADENCE_OIDC_CLIENT_SECRET, "
            "and CADENCE_OIDC_CLAIM goes with CADENCE_OIDC_VALUE. / CADENCE_OIDC_ISSUER demande "
            "aussi CADENCE_OIDC_CLIENT_ID et CADENCE_OIDC_CLIENT_SECRET, et CADENCE_OIDC_CLAIM va "
            "avec CADENCE_OIDC_VALUE."
        )
    client_id, secret = given
    assert client_id and secret
    acr = os.environ.get("CADENCE_OIDC_ACR") or None
    return Provider(issuer.rstrip("/"), client_id, secret, claim or None, value or None, acr)
