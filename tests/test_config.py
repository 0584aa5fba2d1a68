"""Environment to settings."""

import stat

import pytest
from sqlalchemy import make_url

from registry.config import (
    SettingsError,
    database_url,
    home_from_environment,
    make_home,
    settings_from_environment,
)

NAMES = ("CADENCE_HOME", "CADENCE_DATABASE_URL", "CADENCE_SECRET_KEY", "XDG_DATA_HOME")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_home_is_the_users_data_folder(tmp_path):
    assert home_from_environment() == tmp_path / ".local" / "share" / "cadence"


def test_home_follows_xdg_and_then_its_own_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert home_from_environment() == tmp_path / "data" / "cadence"
    monkeypatch.setenv("CADENCE_HOME", "~/here")
    assert home_from_environment() == tmp_path / "here"


def test_a_relative_home_is_made_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CADENCE_HOME", "var")
    assert home_from_environment() == tmp_path / "var"


def test_an_empty_variable_is_as_good_as_none(monkeypatch, tmp_path):
    for name in NAMES:
        monkeypatch.setenv(name, "")
    home = home_from_environment()
    assert home == tmp_path / ".local" / "share" / "cadence"
    make_home(home)
    assert settings_from_environment().secret_key


@pytest.mark.parametrize("folder", ["plain", "what? #1", "50 %20", "été"])
def test_the_database_is_a_file_in_the_home_folder(tmp_path, folder):
    home = tmp_path / folder
    assert make_url(database_url(home)).database == str(home / "cadence.sqlite")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_by_the_driver_that_is_installed(monkeypatch, tmp_path, scheme):
    monkeypatch.setenv("CADENCE_DATABASE_URL", f"{scheme}://me@there/registry")
    assert database_url(tmp_path) == "postgresql+psycopg://me@there/registry"


@pytest.mark.parametrize("url", ["nonsense", "mysql://me:hush@there/x", "/var/cadence.sqlite"])
def test_another_address_is_refused_without_repeating_it(monkeypatch, tmp_path, url):
    monkeypatch.setenv("CADENCE_DATABASE_URL", url)
    with pytest.raises(SettingsError, match="CADENCE_DATABASE_URL is not") as refused:
        database_url(tmp_path)
    assert "hush" not in str(refused.value)


def test_without_a_secret_nothing_starts(monkeypatch, tmp_path):
    monkeypatch.setenv("CADENCE_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match=r"CADENCE_SECRET_KEY.*Aucune clé"):
        settings_from_environment()


def test_the_secret_is_made_once_and_is_its_owners(monkeypatch, tmp_path):
    monkeypatch.setenv("CADENCE_HOME", str(tmp_path / "new" / "home"))
    home = home_from_environment()
    make_home(home)
    first = settings_from_environment().secret_key
    assert len(first) >= 48
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600
    make_home(home)
    assert settings_from_environment().secret_key == first


def test_two_homes_have_two_secrets(tmp_path):
    for name in ("a", "b"):
        make_home(tmp_path / name)
    assert (tmp_path / "a/secret_key").read_text() != (tmp_path / "b/secret_key").read_text()


def test_a_secret_of_the_environment_goes_first_and_is_not_stored(monkeypatch, tmp_path):
    monkeypatch.setenv("CADENCE_HOME", str(tmp_path))
    monkeypatch.setenv("CADENCE_SECRET_KEY", "from the environment")
    make_home(tmp_path)
    assert list(tmp_path.iterdir()) == []
    settings = settings_from_environment()
    assert settings.secret_key == "from the environment"
    assert (settings.home, settings.testing) == (tmp_path, False)
    assert settings.index_dir == tmp_path / "index"
    assert settings.reports_dir == tmp_path / "reports"


def test_workers_are_woken_through_the_database_or_a_redis_server(monkeypatch, tmp_path):
    monkeypatch.setenv("CADENCE_HOME", str(tmp_path))
    make_home(tmp_path)
    settings = settings_from_environment()
    assert settings.queue_url == settings.database_url
    monkeypatch.setenv("CADENCE_QUEUE_URL", "redis://there/0")
    assert settings_from_environment().queue_url == "redis://there/0"
    monkeypatch.setenv("CADENCE_QUEUE_URL", "amqp://me:hush@there")
    with pytest.raises(SettingsError, match="CADENCE_QUEUE_URL is not") as refused:
        settings_from_environment()
    assert "hush" not in str(refused.value)
