"""Commands whose help is written once, marked for translation, and shown in either language."""

from gettext import gettext
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import DBAPIError, OperationalError

from registry.config import SettingsError
from registry.errors import RegistryError
from registry.i18n import gettext as _
from registry.i18n import mark, mark_plural

UNDEFINED_TABLE = "42P01"  # PostgreSQL's code; SQLite calls that an operational error


class _TranslatedHelp:
    """Keeps the marked message and answers in the language of the moment."""

    _message: str | None = None

    @property
    def help(self) -> str | None:
        return gettext(self._message) if self._message else self._message

    @help.setter
    def help(self, message: str | None) -> None:
        self._message = message


class Option(_TranslatedHelp, click.Option):
    pass


class Command(_TranslatedHelp, click.Command):
    """What a person can act on is shown in a sentence, not as a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except RegistryError as error:
            raise click.ClickException(error.message) from error
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        except DBAPIError as error:
            if not _database_is_missing(error):
                raise
            raise click.ClickException(
                _(
                    "The database cannot be used: %(why)s. "
                    "Check CADENCE_DATABASE_URL, or run `cadence init` first.",
                    why=str(error.orig).strip().split("\n")[0],
                )
            ) from error
        except OSError as error:
            if error.filename is None:
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error


def _database_is_missing(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlstate", None)
    return code == UNDEFINED_TABLE or (code is None and isinstance(error, OperationalError))


class Group(_TranslatedHelp, click.Group):
    """A group whose commands and subgroups are of these classes unless they say otherwise."""

    command_class = Command
    group_class = type


class FilePath(click.Path):
    """A file, called so in the reader's language when something is wrong with it."""

    def __init__(self, *, exists: bool):
        super().__init__(exists=exists, dir_okay=False, writable=not exists, path_type=Path)

    @property
    def name(self) -> str:
        return gettext("file")

    @name.setter
    def name(self, value: str) -> None:
        """click sets it once, before the language is known."""


def option(*names: str, **settings: Any) -> Any:
    """`click.option` with translated help."""
    return click.option(*names, cls=Option, **settings)


# The words of `click` itself, so that they are extracted into our catalogue.
CLICK_WORDS = (
    mark("Usage:"),
    mark("Options"),
    mark("Commands"),
    mark("Show this message and exit."),
    mark("Try '{command} {option}' for help."),
    mark("Error: {message}"),
    mark("Missing argument"),
    mark("Missing option"),
    mark("Missing command."),
    mark("Missing parameter"),
    mark("No such command {name!r}."),
    mark("No such option {name!r}."),
    mark("Invalid value for {param_hint}: {message}"),
    mark("Invalid value: {message}"),
    mark("{value!r} is not a valid {number_type}."),
    mark("{value} is not in the range {range}."),
    mark("{name} {filename!r} does not exist."),
    mark("{name} {filename!r} is a directory."),
    mark("{name} {filename!r} is a file."),
    mark("{name} {filename!r} is not readable."),
    mark("{name} {filename!r} is not writable."),
    mark("file"),
    mark("Aborted!"),
    mark("default: {default}"),
    mark("required"),
    mark("Choose from:\n\t{choices}"),
    mark("Could not open file {filename!r}: {message}"),
    mark_plural("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    mark_plural("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    mark_plural(
        "Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"
    ),
)
