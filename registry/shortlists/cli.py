"""Shortlists without a browser."""

import csv
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from registry.accounts.models import User
from registry.command_line import Command, FilePath, Group, option
from registry.db import db, utcnow
from registry.errors import NotFound
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.matches.evidence import gather_evidence
from registry.matches.needs import (
    CATEGORY,
    CLASS,
    TEXT,
    need_from_reference,
    need_sentence,
    need_title,
)
from registry.matches.publication import live_index
from registry.matches.service import freeze, match_one, rank_need
from registry.shortlists import export, service
from registry.shortlists.locks import get_revision, list_judgements
from registry.shortlists.pack import build_pack, differences
from registry.shortlists.ranking import note_ranking_export
from registry.visibility.readers import OPERATOR
from registry.web import LARGEST_ID, current_language

shortlist_group = Group("shortlist", help=mark("Make and export shortlists."))


def _user(email: str) -> User:
    found = db.session.scalars(select(User).where(User.email == email)).first()
    if found is None:
        raise NotFound(_("There is no account with the address %(email)s.", email=email))
    return found


def _reference(category: str | None, supply_class: str | None, text: str | None) -> dict[str, Any]:
    given = {CATEGORY: category, CLASS: supply_class, TEXT: text}
    chosen = {name: value for name, value in given.items() if value}
    if len(chosen) != 1:
        raise click.UsageError(_("Give exactly one of --category, --class and --text."))
    return chosen


@shortlist_group.command(
    "create", cls=Command, help=mark("Make a shortlist of the best firms for a need.")
)
@option("--owner", required=True, help=mark("E-mail address of the official whose list it is."))
@option("--category", help=mark("Shortfall category, such as AMM-01."))
@option("--class", "supply_class", help=mark("NATO supply class, such as 1320."))
@option("--text", help=mark("Words, in English or French."))
@option("--title", help=mark("Title of the list; the need’s own if it is left out."))
@option(
    "--top",
    type=click.IntRange(min=0, max=200),
    default=10,
    show_default=True,
    help=mark("How many of the best firms to add."),
)
@with_appcontext
def create_command(
    owner: str,
    category: str | None,
    supply_class: str | None,
    text: str | None,
    title: str | None,
    top: int,
) -> None:
    session = db.session
    reference = _reference(category, supply_class, text)
    need = need_from_reference(session, reference)
    assert need is not None  # the reference names exactly one thing
    title = title or need_title(session, reference, current_language())
    user = _user(owner)
    shortlist = service.create_shortlist(session, user.id, title, reference)
    if top:
        ranking = rank_need(session, need, OPERATOR, limit=top, category=category)
        for row in ranking.rows:
            service.add_firm(
                session,
                user.id,
                shortlist,
                row.firm.id,
                freeze(row.match),
                ranking.version.name,
            )
    session.commit()
    click.echo(
        _("Shortlist %(id)d holds %(count)d firms.", id=shortlist.id, count=len(shortlist.items))
    )


NUMBER = click.IntRange(1, LARGEST_ID)


@shortlist_group.command("add", cls=Command, help=mark("Add firms to a shortlist by number."))
@click.argument("shortlist_id", type=NUMBER)
@click.argument("firm_ids", type=NUMBER, nargs=-1, required=True)
@with_appcontext
def add_command(shortlist_id: int, firm_ids: tuple[int, ...]) -> None:
    session = db.session
    shortlist = service.get_shortlist(session, shortlist_id, None)
    live = live_index(session)
    need = need_from_reference(session, shortlist.need)
    for firm_id in firm_ids:
        match = match_one(live, need, firm_id) if need else None
        frozen = freeze(match) if match else None
        service.add_firm(session, shortlist.owner_id, shortlist, firm_id, frozen, live.version.name)
    session.commit()
    click.echo(
        _("Shortlist %(id)d holds %(count)d firms.", id=shortlist.id, count=len(shortlist.items))
    )


@shortlist_group.command("export", cls=Command, help=mark("Write a shortlist as CSV or XLSX."))
@click.argument("shortlist_id", type=NUMBER)
@option(
    "--out",
    type=FilePath(exists=False),
    required=True,
    help=mark("File to write; its ending, .csv or .xlsx, says the form."),
)
@with_appcontext
def export_command(shortlist_id: int, out: Path) -> None:
    session = db.session
    form = out.suffix.lower().lstrip(".")
    if form not in ("csv", "xlsx"):
        raise click.UsageError(_("End the file’s name in .csv or .xlsx."))
    shortlist = service.get_shortlist(session, shortlist_id, None)
    service.note_export(session, None, shortlist, form)
    language = current_language()
    if form == "csv":
        content = export.to_csv(shortlist, language, OPERATOR.role)
    else:
        need = need_sentence(session, shortlist.need)
        someone = _("the command line")
        content = export.to_xlsx(shortlist, language, OPERATOR.role, need, someone, utcnow())
    out.write_bytes(content)
    session.commit()
    click.echo(_("Wrote %(count)d firms to %(file)s.", count=len(shortlist.items), file=out))


@shortlist_group.command(
    "judgements",
    cls=Command,
    help=mark("Write what came of locked shortlists as judgements that benchmarks read."),
)
@option(
    "--out",
    type=FilePath(exists=False),
    required=True,
    help=mark("CSV file to write: need_id, firm_id, judgement."),
)
@with_appcontext
def judgements_command(out: Path) -> None:
    rows = list_judgements(db.session)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("need_id", "firm_id", "judgement"))
        writer.writerows(rows)
    click.echo(_("Wrote %(count)d judgements to %(file)s.", count=len(rows), file=out))


@shortlist_group.command(
    "pack", cls=Command, help=mark("Write the evidence of a locked shortlist, or of a ranking.")
)
@click.argument("shortlist_id", type=NUMBER, required=False)
@option("--revision", type=NUMBER, help=mark("Number of the revision; the newest if left out."))
@option("--category", help=mark("Shortfall category, such as AMM-01."))
@option("--class", "supply_class", help=mark("NATO supply class, such as 1320."))
@option("--text", help=mark("Words, in English or French."))
@option(
    "--limit",
    type=click.IntRange(1, 500),
    default=50,
    show_default=True,
    help=mark("How many of the best firms of a ranking."),
)
@option("--out", type=FilePath(exists=False), required=True, help=mark("ZIP file to write."))
@with_appcontext
def pack_command(
    shortlist_id: int | None,
    revision: int | None,
    category: str | None,
    supply_class: str | None,
    text: str | None,
    limit: int,
    out: Path,
) -> None:
    session = db.session
    if shortlist_id is None:
        reference = _reference(category, supply_class, text)
        document = {**gather_evidence(session, reference, None, limit), "kind": "ranking"}
        note_ranking_export(session, None, reference, "zip")
    else:
        shortlist = service.get_shortlist(session, shortlist_id, None)
        document = get_revision(shortlist, revision or shortlist.revision).document
        service.note_export(session, None, shortlist, "zip")
    out.write_bytes(build_pack(document))
    session.commit()
    click.echo(
        _(
            "Wrote the evidence of %(count)d firms to %(file)s.",
            count=len(document["firms"]),
            file=out,
        )
    )


@shortlist_group.command(
    "verify",
    cls=Command,
    help=mark("Make the scores of an evidence pack again, and say whether they are equal."),
)
@click.argument("pack", type=FilePath(exists=True))
@with_appcontext
def verify_command(pack: Path) -> None:
    found = differences(pack.read_bytes())
    for difference in found:
        click.echo(difference)
    if found:
        raise click.exceptions.Exit(1)
    click.echo(_("Equal: every score, requirement, rank and file comes out as the pack says."))
