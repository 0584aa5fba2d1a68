"""Commands whose help is written once, marked for translation, and shown in either language."""

from gettext import gettext
from typing import Any

import click

from registry.i18n import mark


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
    pass


class Group(_TranslatedHelp, click.Group):
    """A group whose commands and subgroups are of these classes unless they say otherwise."""

    command_class = Command
    group_class = type


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
    mark("directory"),
    mark("path"),
    mark("Aborted!"),
    mark("default: {default}"),
    mark("required"),
    mark("Choose from:\n\t{choices}"),
    mark("Do you want to continue?"),
)
