"""Verifying the audit trail at the command line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from flask.cli import with_appcontext

from registry.audit import chain
from registry.audit.models import DIGEST_LENGTH
from registry.command_line import Command, Group, option
from registry.db import db
from registry.i18n import gettext as _
from registry.i18n import mark, ngettext

audit_group = Group("audit", help=mark("Verify the audit trail."))


class Digest(click.ParamType):
    """A digest as `cadence audit head` prints it."""

    name = "digest"

    def convert(
        self, value: str, param: click.Parameter | None, context: click.Context | None
    ) -> str:
        digest = value.strip().lower()
        if len(digest) != DIGEST_LENGTH or set(digest) - set("0123456789abcdef"):
            self.fail(_("A digest is 64 digits from 0 to 9 and a to f."), param, context)
        return digest


@audit_group.command("head", cls=Command, help=mark("Print the digest at the end of the chain."))
@with_appcontext
def head_command() -> None:
    click.echo(chain.head(db.session).digest)


@audit_group.command(
    "verify", cls=Command, help=mark("Compute the chain again; ends with 1 where it is broken.")
)
@option(
    "--expect",
    type=Digest(),
    help=mark("A digest of the chain that was kept elsewhere, which must still be in it."),
)
@with_appcontext
def verify_command(expect: str | None) -> None:
    with _bar(chain.head(db.session).events) as progress:
        verdict = chain.verify(db.session, expect, progress)
    if verdict.broken:
        raise click.ClickException(_said(verdict.broken))
    head = verdict.head
    click.echo(
        ngettext(
            "%(num)s event, chain whole, head digest %(digest)s",
            "%(num)s events, chain whole, head digest %(digest)s",
            head.events,
            digest=head.digest,
        )
    )
    if verdict.expected_at is not None and (since := head.events - verdict.expected_at):
        click.echo(
            ngettext(
                "The digest kept elsewhere is in the chain; %(num)s event was added since.",
                "The digest kept elsewhere is in the chain; %(num)s events were added since.",
                since,
            )
        )


@contextmanager
def _bar(events: int) -> Iterator[Callable[[int], None]]:
    with click.progressbar(length=events, label=_("Verifying the audit trail")) as bar:
        yield bar.update


FAULTS = {
    chain.Fault.CHANGED: mark(
        "The chain breaks at place %(place)s: event %(event)s was changed after it was recorded."
    ),
    chain.Fault.MISSING: mark("The chain breaks at place %(place)s: an event is missing there."),
    chain.Fault.INSERTED: mark(
        "The chain breaks at place %(place)s: event %(event)s was inserted there later."
    ),
    chain.Fault.REORDERED: mark(
        "The chain breaks at place %(place)s: events were reordered, event %(event)s stands there."
    ),
    chain.Fault.CUT: mark(
        "The chain is whole in itself, but the digest kept elsewhere is not in it: "
        "its end was cut off, or all of it was written anew."
    ),
}


def _said(broken: chain.Break) -> str:
    if broken.fault is chain.Fault.INSERTED and broken.number is None:
        return _(
            "Event %(event)s stands outside the chain: it was inserted.", event=broken.event_id
        )
    return _(FAULTS[broken.fault], place=broken.number, event=broken.event_id)
