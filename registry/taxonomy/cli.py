"""Operator commands for the taxonomies, which are edited as files."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from registry.command_line import Command, FilePath, Group, option
from registry.db import db
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.taxonomy.service import KINDS, load_taxonomy

taxonomy_group = Group("taxonomy", help=mark("Supply groups, supply classes and categories."))


@taxonomy_group.command(
    "load",
    cls=Command,
    help=mark("Make FILE the current groups, classes or categories; what it omits is retired."),
)
@click.argument("file", type=FilePath(exists=True))
@option("--kind", type=click.Choice(list(KINDS)), required=True, help=mark("What FILE holds."))
@with_appcontext
def load_command(file: Path, kind: str) -> None:
    version = load_taxonomy(db.session, None, kind, file.name, file.read_bytes())
    db.session.commit()
    if version is None:
        click.echo(_("%(file)s is already the current version.", file=file.name))
    else:
        click.echo(
            _("Loaded %(entries)d entries of %(file)s.", entries=version.entries, file=file.name)
        )
