"""The words of the mails. Names, places and fits, which every visitor may see, and nothing more.

A mail passes through servers of others: which requirement a firm meets stands on the page alone.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from registry import terms
from registry.accounts.models import User
from registry.alerts.comparing import Change, Changes
from registry.alerts.criteria import sentence
from registry.alerts.links import link, stop_link
from registry.alerts.models import Subscription, TenderWatch
from registry.firms.models import Firm, Listing
from registry.i18n import gettext as _
from registry.i18n import mark, ngettext, speaking
from registry.mail.service import send
from registry.tenders.canadabuys import CLOSING_ZONE
from registry.tenders.models import Tender
from registry.web import date, number

MOST_NAMED = 10  # firms of each sort: the page has all of them
FREQUENCY_WORDS = {
    "instantly": mark("as soon as something changes"),
    "daily": mark("once a day"),
    "weekly": mark("once a week"),
    "never": mark("never"),
}
Item = tuple[Subscription, Changes]


def write_search_mail(session: Session, person: User, news: Sequence[Item]) -> None:
    """Put one mail about some of a person's searches, all in one language, in the outbox."""
    language = news[0][0].language
    firms = _firms(session, {c.firm_id for _one, changes in news for c in changes})
    ids = [subscription.id for subscription, _changes in news]
    stop = stop_link(person.id, language, searches=ids)
    with speaking(language):
        parts = [_section(session, person, one, changes, firms) for one, changes in news]
        text = "\n\n".join((_("Hello %(name)s,", name=_(person.name)), *parts, _closing(language)))
        send(session, person.email, _subject(news), text, language, unsubscribe_url=stop)


def _subject(news: Sequence[Item]) -> str:
    if len(news) == 1:
        subscription, changes = news[0]
        return _("Cadence: %(name)s: %(what)s", name=subscription.name, what=counts(changes))
    return ngettext(
        "Cadence: news of %(num)s saved search",
        "Cadence: news of %(num)s saved searches",
        len(news),
    )


def counts(changes: Changes) -> str:
    """How many firms are new, gone and changed; what there is none of is left out."""
    said = (
        (changes.new, ngettext("%(num)s new", "%(num)s new", len(changes.new))),
        (changes.gone, ngettext("%(num)s gone", "%(num)s gone", len(changes.gone))),
        (changes.changed, ngettext("%(num)s changed", "%(num)s changed", len(changes.changed))),
    )
    return ", ".join(words for some, words in said if some)


def _section(
    session: Session,
    person: User,
    subscription: Subscription,
    changes: Changes,
    firms: dict[int, Firm],
) -> str:
    language = subscription.language
    asked = _("For: %(need)s.", need=sentence(session, subscription.search.criteria))
    told = date(subscription.told_run.ran_at)
    sums = _("%(what)s since %(when)s.", what=counts(changes), when=told)
    blocks = ["\n".join((subscription.name, "=" * len(subscription.name), asked, sums))]
    for title, some in (
        (_("New firms that fit:"), changes.new),
        (_("No longer among those that fit:"), changes.gone),
        (_("Changed:"), changes.changed),
    ):
        if some:
            lines = [_line(change, firms.get(change.firm_id), language) for change in some]
            blocks.append("\n".join((title, *_at_most(lines))))
    page = link("alerts.saved", language, subscription_id=subscription.id)
    stop = stop_link(person.id, language, searches=[subscription.id])
    blocks.append(_("All of it, with reasons: %(link)s", link=page))
    blocks.append(_("No more mails about this search: %(link)s", link=stop))
    return "\n\n".join(blocks)


def _at_most(lines: list[str]) -> list[str]:
    shown = [f"- {line}" for line in lines[:MOST_NAMED]]
    if more := len(lines) - len(shown):
        shown.append("- " + ngettext("and %(num)s more", "and %(num)s more", more))
    return shown


def _line(change: Change, firm: Firm | None, language: str) -> str:
    """One firm: its name and place, and its fit where it has one. A firm that is not listed has no
    name here."""
    if firm is None:
        return _("a firm that is no longer listed")
    name = _("%(firm)s (%(place)s)", firm=firm.name_in(language), place=terms.place_of(firm))
    if change.after is None:
        return name
    now = number(change.after.score)
    if change.before is None:
        return _("%(firm)s: fit %(now)s", firm=name, now=now)
    if (then := number(change.before.score)) == now:
        return _("%(firm)s: its record changed", firm=name)
    return _("%(firm)s: fit %(then)s, now %(now)s", firm=name, then=then, now=now)


def write_tender_mail(session: Session, watch: TenderWatch, tenders: Sequence[Tender]) -> None:
    """Put a mail about tenders that a firm newly fits in the outbox."""
    language = watch.language
    stop = stop_link(watch.user_id, language, watches=[watch.id])
    with speaking(language):
        firm = watch.firm.name_in(language)
        subject = ngettext(
            "Cadence: %(num)s new tender for %(firm)s",
            "Cadence: %(num)s new tenders for %(firm)s",
            len(tenders),
            firm=firm,
        )
        lines = _at_most([_tender_line(tender, language) for tender in tenders])
        page = link("my_firm.home", language, firm=watch.firm_id)
        text = "\n\n".join(
            (
                _("Hello %(name)s,", name=_(watch.user.name)),
                _("Open tenders that %(firm)s newly fits, best first:", firm=firm),
                "\n".join(lines),
                _("All of it, with reasons: %(link)s", link=page),
                _("You get this mail because you asked for it under “My firm”."),
                _("No more such mails: %(link)s", link=stop),
            )
        )
        send(session, watch.user.email, subject, text, language, unsubscribe_url=stop)


def _tender_line(tender: Tender, language: str) -> str:
    title = tender.title_in(language)
    if tender.closes_at is None:
        return _("%(title)s: closing date not stated", title=title)
    day = date(tender.closes_at.astimezone(CLOSING_ZONE).date())
    return _("%(title)s: closes on %(day)s", title=title, day=day)


def _closing(language: str) -> str:
    """Why this came, and how to have less of it."""
    page = link("alerts.searches", language)
    return _(
        "You get this mail because you saved the searches above. "
        "How often you are written to is under “Alerts”: %(link)s",
        link=page,
    )


def _firms(session: Session, ids: set[int]) -> dict[int, Firm]:
    """Those that are listed, with their names and sites."""
    query = (
        select(Firm)
        .where(Firm.id.in_(ids), Firm.listed == Listing.LISTED)
        .options(selectinload(Firm.names), selectinload(Firm.sites))
    )
    return {firm.id: firm for firm in session.scalars(query)}
