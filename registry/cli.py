"""The `cadence` command. Features bring their own commands; here are those that run the service."""

import socket
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from registry import schema
from registry.accounts.service import ensure_roles
from registry.audit.cli import audit_group
from registry.command_line import Command, Group, option
from registry.config import LANGUAGES
from registry.db import db
from registry.demand.cli import export_ocds, import_awards, import_contracts
from registry.demo.service import DEMO_PASSWORD, demo_accounts, load_demo
from registry.demo.waiting import add_waiting
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.intake.cli import import_firms
from registry.jobs.cli import worker_beside, worker_command
from registry.mail.cli import mail_group
from registry.matches.cli import index_command, prepare_index, rank_command
from registry.matches.search import warm_firms
from registry.needs.cli import import_needs
from registry.opportunities.cli import import_tenders, match_command
from registry.opportunities.service import match_open
from registry.registration.cli import remind_command
from registry.registration.finding import warm_names
from registry.rules.packaged import load_packaged_rules
from registry.serving import Server, cores
from registry.shortlists.cli import shortlist_group
from registry.taxonomy.cli import taxonomy_group
from registry.taxonomy.service import load_packaged_taxonomies

import_group = Group("import", help=mark("Read outside files into the registry."))
import_group.add_command(import_firms)
import_group.add_command(import_contracts)
import_group.add_command(import_awards)
import_group.add_command(import_tenders)
import_group.add_command(import_needs)

export_group = Group("export", help=mark("Write what was published out of the registry."))
export_group.add_command(export_ocds)


def prepare_database() -> None:
    """Bring the schema, the roles and the taxonomies up to date; safe to repeat."""
    schema.upgrade(db.engine)
    ensure_roles(db.session)
    for version in load_packaged_taxonomies(db.session):
        click.echo(
            _(
                "Loaded %(entries)d entries of %(file)s.",
                entries=version.entries,
                file=version.file_name,
            )
        )
    load_packaged_rules(db.session)
    db.session.commit()


@click.command(
    "init",
    cls=Command,
    help=mark("Create or upgrade the database and load the taxonomies; safe to repeat."),
)
@with_appcontext
def init_command() -> None:
    prepare_database()
    click.echo(_("The database is ready: %(url)s", url=db.engine.url.render_as_string()))


def _listen_options(command: Callable[..., None]) -> Callable[..., None]:
    for declare in (
        option(
            "--host", default="127.0.0.1", show_default=True, help=mark("Address to listen on.")
        ),
        option(
            "--port",
            type=click.IntRange(0, 65535),
            default=8000,
            show_default=True,
            help=mark("Port to listen on."),
        ),
        option(
            "--processes",
            type=click.IntRange(1, 64),
            help=mark("Processes that serve; as many as there are processors unless stated."),
        ),
        option(
            "--threads",
            type=click.IntRange(1, 64),
            default=4,
            show_default=True,
            help=mark("Requests that each process serves at once."),
        ),
        option(
            "--worker/--no-worker",
            default=True,
            show_default=True,
            help=mark("Do jobs too, in a process beside this one; or leave them to others."),
        ),
    ):
        command = declare(command)
    return command


@click.command("serve", cls=Command, help=mark("Serve the pages and the API."))
@_listen_options
@with_appcontext
def serve_command(host: str, port: int, processes: int | None, threads: int, worker: bool) -> None:
    prepare_index()
    serve(host, port, processes, threads, worker)


@click.command(
    "demo",
    cls=Command,
    help=mark("Set up demonstration firms and sign-ins, then serve; a second start keeps all."),
)
@_listen_options
@with_appcontext
def demo_command(host: str, port: int, processes: int | None, threads: int, worker: bool) -> None:
    prepare_database()
    load_demo(db.session)
    add_waiting(db.session)
    db.session.commit()
    prepare_index()
    match_open(db.session)
    settings = current_app.config["SETTINGS"]
    current_app.config["SETTINGS"] = replace(settings, demonstration=True)
    click.echo()
    click.secho(
        _("Demonstration sign-ins (password: %(password)s)", password=DEMO_PASSWORD), bold=True
    )
    for account in demo_accounts():
        click.echo(f"  {account.email:<28} {_(account.name)}")
    click.echo(_("Where a code is asked for as well, the page shows it."))
    serve(host, port, processes, threads, worker)


def warm(session: Session) -> None:
    """Open what pages need before the processes are forked, which share it."""
    warm_firms(session)
    warm_names(session)
    for language in LANGUAGES:  # templates, statements and locales
        current_app.test_client().get(f"/{language}/search?q=firms")


def serve(host: str, port: int, processes: int | None, threads: int, worker: bool) -> None:
    """Serve with several processes until interrupted."""
    try:
        listening = socket.create_server((host, port))
    except OSError as error:
        raise click.ClickException(
            _(
                "Cannot listen on %(host)s:%(port)d (%(why)s). Choose another with --port.",
                host=host,
                port=port,
                why=error.strerror or str(error),
            )
        ) from error
    warm(db.session)
    port = listening.getsockname()[1]  # 0 asked for any that is free
    click.echo()
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    click.secho(_("Cadence is at %(address)s", address=f"{address}/"), bold=True)
    click.echo(_("Press Ctrl+C to stop."))
    # A connection that is open at a fork would be used by two processes.
    db.session.close()
    db.engine.dispose()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    beside = worker_beside(address) if worker else nullcontext()
    Server(app, listening, processes or cores(), threads, beside).run()


COMMANDS = (
    init_command,
    serve_command,
    demo_command,
    import_group,
    export_group,
    worker_command,
    mail_group,
    rank_command,
    index_command,
    match_command,
    shortlist_group,
    taxonomy_group,
    remind_command,
    audit_group,
)


def init_app(app: Flask) -> None:
    """Make the commands reachable through `flask --app wsgi` too."""
    for command in COMMANDS:
        app.cli.add_command(command)


@click.group(
    cls=Group,
    help=mark("Cadence: who in Canada could produce what the Alliance is short of."),
)
def cadence() -> None:
    pass


for _command in COMMANDS:
    cadence.add_command(_command)
