"""Every page that can be opened, by every role: one table, which a new route must join."""

import datetime as dt
from urllib.parse import quote, urljoin, urlsplit

import pytest
from sqlalchemy import select

from registry.accounts.models import User
from registry.alerts.models import Subscription
from registry.alerts.service import save as save_search
from registry.bulk.service import upload_file
from registry.capabilities.models import ProductionLine
from registry.db import db
from registry.demo.service import DEMO_PASSWORD
from registry.jobs.service import ask
from registry.mail.service import send
from registry.needs.service import list_needs
from registry.needs.service import upload_file as upload_needs
from registry.portfolio.forms import blank_document
from registry.portfolio.models import PlanResult
from registry.portfolio.service import create_plan
from registry.registration.claims import make_claim
from registry.registration.service import begin_new, return_revision, submit
from registry.shortlists.models import ShortlistItem
from registry.shortlists.service import add_firm, create_shortlist

# A result of a plan for which nothing could be signed.
NO_INPUTS = {
    "starts_on": "2026-11-25", "objective": "coverage", "contracts": [], "lines": [], "hidden": 0,
    "limits": {"required": None, "survive": None, "firm_share": None, "region_share": None,
               "budget": None, "yearly": [None] * 5},
    "scenario": {"name": "A", "needs": []}, "contradictory": 0, "not_priced": 0, "planner": "1.0",
}  # fmt: skip
NO_ANSWER = {
    "outcome": "within-gap", "before": 0.0, "coverage": 0.0, "cost": 0.0, "bound": 0.0, "gap": 0.0,
    "seconds": 0.1, "contracts": [], "choices": [], "alternatives": [], "rules": [], "curves": {},
    "relaxations": [], "bindings": [], "kept": None, "dates": [], "yearly": [],
}  # fmt: skip
OWN = "northline-ordnance"
ROLES = ("visitor", "firm", "official", "auditor", "administrator")
# Two more, which are answered as the role beside them where a row does not say otherwise: the
# member of another firm, and an official without need to know.
LIKE = {"rival": "firm", "unnamed": "official"}

# "endpoint" for GET, "METHOD endpoint" for any other: an address of it, what each role is
# answered, in the order of ROLES, and what is answered to one of LIKE if it differs.
# Where a role is needed a visitor is led to the sign-in (302), and keeps what was typed (401);
# another role is refused (403).
# What is sent holds a valid token and nothing else: a form without what it asks for is 400 or 422.
TABLE = {
    "root": ("/", (302, 302, 302, 302, 302)),
    "home.home": ("/en/", (200, 200, 200, 200, 200)),
    "home.health": ("/healthz", (200, 200, 200, 200, 200)),
    "matches.shortfalls": ("/en/shortfalls", (200, 200, 200, 200, 200)),
    "matches.category": ("/en/shortfalls/AMM-01", (200, 200, 200, 200, 200)),
    "coverage.output": ("/en/shortfalls/AMM-01/output", (200, 200, 200, 200, 200)),
    # The figures of a line: for its own firm and for those with need to know.
    "coverage.contract": (
        "/en/firms/{own}/lines/{line}/contract",
        (302, 200, 200, 200, 200),
        {"rival": 403, "unnamed": 403},
    ),
    "coverage.own": ("/en/firms/{own}/capacity", (302, 200, 403, 403, 403), {"rival": 403}),
    "coverage.supply_chain": ("/en/shortfalls/AMM-01/supply-chain", (302, 403, 200, 200, 200)),
    "coverage.resilience": ("/en/resilience", (302, 403, 200, 200, 200)),
    # A plan is its official's; those who oversee read all and change none.
    "portfolio.plans": ("/en/plans", (302, 403, 200, 200, 200)),
    "portfolio.new": ("/en/plans/new", (302, 403, 200, 403, 200)),
    "portfolio.plan": ("/en/plans/{plan}", (302, 403, 200, 200, 200), {"unnamed": 404}),
    "portfolio.edit": ("/en/plans/{plan}/edit", (302, 403, 200, 403, 404), {"unnamed": 404}),
    "portfolio.contracts": (
        "/en/plans/{plan}/contracts",
        (302, 403, 200, 403, 404),
        {"unnamed": 404},
    ),
    "portfolio.result": (
        "/en/plans/results/{result}",
        (302, 403, 200, 200, 200),
        {"unnamed": 404},
    ),
    "portfolio.note": (
        "/en/plans/results/{result}/note.pdf",
        (302, 403, 200, 200, 200),
        {"unnamed": 404},
    ),
    "portfolio.figures": (
        "/en/plans/results/{result}/figures.xlsx",
        (302, 403, 200, 200, 200),
        {"unnamed": 404},
    ),
    "portfolio.compare": ("/en/plans/compare", (302, 403, 200, 200, 200)),
    "POST portfolio.create": ("/en/plans/new", (401, 403, 422, 403, 422)),
    "POST portfolio.save": ("/en/plans/{plan}/edit", (401, 403, 422, 403, 404), {"unnamed": 404}),
    "POST portfolio.save_contracts": (
        "/en/plans/{plan}/contracts",
        (401, 403, 302, 403, 404),
        {"unnamed": 404},
    ),
    "POST portfolio.solve": ("/en/plans/{plan}/solve", (401, 403, 302, 403, 404), {"unnamed": 404}),
    "POST portfolio.share": (
        "/en/plans/{plan}/sharing",
        (401, 403, 422, 403, 404),
        {"unnamed": 404},
    ),
    "POST portfolio.comment": (
        "/en/plans/{plan}/comments",
        (401, 403, 422, 403, 422),
        {"unnamed": 404},
    ),
    "POST portfolio.sign_off": (
        "/en/plans/results/{result}/sign-off",
        (401, 403, 422, 403, 404),
        {"unnamed": 404},
    ),
    "matches.supply_class": ("/en/classes/1320", (200, 200, 200, 200, 200)),
    "matches.search": ("/en/search?q=shells", (200, 200, 200, 200, 200)),
    "matches.compare": (
        "/en/compare?category=AMM-01&firm=1&firm=2",
        (200, 200, 200, 200, 200),
    ),
    "finding.suggest": ("/en/search/suggestions?q=shells", (200, 200, 200, 200, 200)),
    "finding.sites": ("/en/sites?category=AMM-01", (200, 200, 200, 200, 200)),
    "finding.absent": ("/en/why-not?category=AMM-01&firm=1", (200, 200, 200, 200, 200)),
    "finding.dismissals": ("/en/dismissed", (302, 403, 200, 403, 200)),
    "POST finding.dismiss": ("/en/dismissed", (401, 403, 422, 403, 422)),
    "POST finding.bring_back": ("/en/dismissed/1/bring-back", (401, 403, 404, 403, 404)),
    "opportunities.tenders": ("/en/tenders?q=fictional&state=open", (200, 200, 200, 200, 200)),
    "opportunities.tender": ("/en/tenders/1", (200, 200, 200, 200, 200)),
    "opportunities.tenders_ocds": ("/en/tenders/ocds.json", (200, 200, 200, 200, 200)),
    "opportunities.tender_ocds": ("/en/tenders/1/ocds.json", (200, 200, 200, 200, 200)),
    # An office's own: those of the first official, whose office the administrator is of too.
    "needs.listed": ("/en/needs", (302, 403, 200, 403, 200)),
    "needs.need": ("/en/needs/{need}", (302, 403, 200, 403, 200), {"unnamed": 404}),
    "needs.download": ("/en/needs/template.xlsx", (302, 403, 200, 403, 200)),
    "needs.spreadsheet": ("/en/needs/spreadsheet", (302, 403, 200, 403, 200)),
    "needs.dry_run": (
        "/en/needs/spreadsheet/{needs}",
        (302, 403, 200, 403, 200),
        {"unnamed": 404},
    ),
    "POST needs.upload": ("/en/needs/spreadsheet", (401, 403, 422, 403, 422)),
    "POST needs.apply": (
        "/en/needs/spreadsheet/{needs}/apply",
        (401, 403, 302, 403, 409),  # the official has applied it already
        {"unnamed": 404},
    ),
    "profiles.firm": ("/en/firms/1", (200, 200, 200, 200, 200)),
    # A firm's member reaches the lines of that firm alone.
    "bulk.start": ("/en/firms/{own}/bulk", (302, 200, 403, 403, 200), {"rival": 403}),
    "bulk.download": (
        "/en/firms/{own}/bulk/template.csv",
        (302, 200, 403, 403, 200),
        {"rival": 403},
    ),
    "bulk.dry_run": ("/en/firms/{own}/bulk/{upload}", (302, 200, 403, 403, 200), {"rival": 403}),
    "bulk.kept_file": (
        "/en/firms/{own}/bulk/{upload}/file",
        (302, 200, 403, 403, 200),
        {"rival": 403},
    ),
    "POST bulk.upload": ("/en/firms/{own}/bulk", (401, 422, 403, 403, 422), {"rival": 403}),
    "POST bulk.apply": (
        "/en/firms/{own}/bulk/{upload}/apply",
        (401, 302, 403, 403, 409),  # the firm has applied it already
        {"rival": 403},
    ),
    "demand.vendors": ("/en/vendors", (302, 403, 403, 403, 200)),
    "POST demand.decide": ("/en/vendors/1/decide", (401, 403, 403, 403, 400)),
    "shortlists.shortlists": ("/en/shortlists", (302, 403, 200, 403, 200)),
    # A list of someone else is "not there", even for those who keep lists themselves.
    "shortlists.shortlist": ("/en/shortlists/{list}", (302, 403, 200, 403, 404), {"unnamed": 404}),
    "shortlists.export": (
        "/en/shortlists/{list}/export.csv",
        (302, 403, 200, 403, 404),
        {"unnamed": 404},
    ),
    "shortlists.ocds": (
        "/en/shortlists/{list}/ocds.json",
        (302, 403, 200, 403, 404),
        {"unnamed": 404},
    ),
    "shortlists.ranked": (
        "/en/shortlists/ranking.csv?category=AMM-01",
        (302, 403, 200, 403, 200),
    ),
    "shortlists.whole": (
        "/en/shortlists/ranking/whole?category=AMM-01",
        (302, 403, 200, 403, 200),
    ),
    "POST shortlists.ask_whole": ("/en/shortlists/ranking/whole", (401, 403, 400, 403, 400)),
    "shortlists.whole_file": ("/en/shortlists/ranking/{job}", (302, 403, 404, 403, 404)),
    "shortlists.take_whole": ("/en/shortlists/ranking/{job}/file", (302, 403, 404, 403, 404)),
    "POST shortlists.add": ("/en/shortlists/add", (401, 403, 400, 403, 400)),
    "POST shortlists.note": (
        "/en/shortlists/items/{item}/note",
        (401, 403, 302, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.move": (
        "/en/shortlists/items/{item}/move",
        (401, 403, 422, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.remove": (
        "/en/shortlists/items/{item}/remove",
        (401, 403, 302, 403, 404),
        {"unnamed": 404},
    ),
    "shortlists.sharing": (
        "/en/shortlists/{list}/sharing",
        (302, 403, 200, 403, 404),
        {"unnamed": 404},
    ),
    "shortlists.evaluation": (
        "/en/shortlists/{list}/evaluation",
        (302, 403, 200, 403, 404),
        {"unnamed": 404},
    ),
    "shortlists.history": (
        "/en/shortlists/{list}/history",
        (302, 403, 200, 403, 404),
        {"unnamed": 404},
    ),
    "shortlists.revision": (
        "/en/shortlists/{list}/revisions/1",
        (302, 403, 404, 403, 404),  # not locked yet
    ),
    "shortlists.evidence": (
        "/en/shortlists/{list}/revisions/1/evidence.zip",
        (302, 403, 404, 403, 404),
    ),
    "shortlists.compare_revisions": (
        "/en/shortlists/{list}/compare?revision=1&revision=2",
        (302, 403, 404, 403, 404),
    ),
    "POST shortlists.outcome": (
        "/en/shortlists/{list}/revisions/1/outcome",
        (401, 403, 404, 403, 404),
    ),
    "POST shortlists.share": (
        "/en/shortlists/{list}/share",
        (401, 403, 422, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.unshare": (
        "/en/shortlists/{list}/unshare",
        (401, 403, 400, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.office": (
        "/en/shortlists/{list}/office",
        (401, 403, 302, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.criteria": (
        "/en/shortlists/{list}/criteria",
        (401, 403, 302, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.add_member": (
        "/en/shortlists/{list}/panel/add",
        (401, 403, 422, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.remove_member": (
        "/en/shortlists/{list}/panel/remove",
        (401, 403, 400, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.submit": (
        "/en/shortlists/{list}/submit",
        (401, 403, 403, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.open_consensus": (
        "/en/shortlists/{list}/consensus",
        (401, 403, 422, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.unlock": (
        "/en/shortlists/{list}/unlock",
        (401, 403, 409, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.lock": (
        "/en/shortlists/{list}/lock",
        (401, 403, 302, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.evaluate": (
        "/en/shortlists/items/{item}/evaluate",
        (401, 403, 400, 403, 404),
        {"unnamed": 404},
    ),
    "POST shortlists.consensus": (
        "/en/shortlists/items/{item}/consensus",
        (401, 403, 409, 403, 404),
        {"unnamed": 404},
    ),
    # One's own saved search; whoever holds a signed link stops its mails, and nobody else does.
    "alerts.searches": ("/en/saved-searches", (302, 403, 200, 403, 200)),
    "alerts.new": ("/en/saved-searches/new?category=AMM-01", (302, 403, 200, 403, 200)),
    "alerts.saved": ("/en/saved-searches/{search}", (302, 403, 200, 403, 404), {"unnamed": 404}),
    "alerts.stop": ("/en/stop-mails/unsigned", (404, 404, 404, 404, 404)),
    "POST alerts.stop_now": ("/en/stop-mails/unsigned", (404, 404, 404, 404, 404)),
    "POST alerts.save": ("/en/saved-searches", (401, 403, 422, 403, 422)),
    "POST alerts.change": (
        "/en/saved-searches/{search}",
        (401, 403, 422, 403, 404),
        {"unnamed": 404},
    ),
    "POST alerts.seen": (
        "/en/saved-searches/{search}/seen",
        (401, 403, 302, 403, 404),
        {"unnamed": 404},
    ),
    "POST alerts.delete": (
        "/en/saved-searches/{search}/delete",
        (401, 403, 302, 403, 404),
        {"unnamed": 404},
    ),
    "POST alerts.watch": ("/en/my-firm/{own}/tenders", (401, 422, 403, 403, 403), {"rival": 404}),
    # One's own job, or anyone's for an administrator; the official cancels it before the others.
    "jobs.jobs": ("/en/jobs", (302, 403, 403, 403, 200)),
    "jobs.job": ("/en/jobs/{job}", (302, 403, 200, 403, 200), {"unnamed": 404}),
    "POST jobs.cancel": ("/en/jobs/{job}/cancel", (401, 403, 302, 403, 409), {"unnamed": 404}),
    "POST jobs.retry": ("/en/jobs/{job}/retry", (401, 403, 409, 403, 409), {"unnamed": 404}),
    # Rules are read by those who defend a figure, and changed by administrators.
    "rules.rules": ("/en/rules", (302, 403, 200, 200, 200)),
    "rules.export": ("/en/rules.csv", (302, 403, 200, 200, 200)),
    "rules.rule": ("/en/rules/1", (302, 403, 200, 200, 200)),
    "rules.new": ("/en/rules/new", (302, 403, 403, 403, 200)),
    "rules.edit": ("/en/rules/1/edit", (302, 403, 403, 403, 200)),
    "rules.change": ("/en/rules/changes/99999", (302, 403, 403, 403, 404)),
    "POST rules.preview": ("/en/rules/preview", (401, 403, 403, 403, 422)),
    "POST rules.bring_back": ("/en/rules/import", (401, 403, 403, 403, 303)),
    "POST rules.save": ("/en/rules/changes/99999/save", (401, 403, 403, 403, 404)),
    "POST rules.again": ("/en/rules/changes/99999/again", (401, 403, 403, 403, 404)),
    "POST rules.discard": ("/en/rules/changes/99999/discard", (401, 403, 403, 403, 404)),
    "schedules.feeds": ("/en/feeds", (302, 403, 403, 403, 200)),
    "schedules.report": ("/en/feeds/fetches/99999/report.csv", (302, 403, 403, 403, 404)),
    "POST schedules.add": ("/en/feeds", (401, 403, 403, 403, 422)),
    "POST schedules.act": ("/en/feeds/99999/fetch", (401, 403, 403, 403, 404)),
    "grants.grants": ("/en/need-to-know", (302, 403, 403, 200, 200)),
    "grants.mine": ("/en/need-to-know/mine", (302, 403, 200, 403, 403)),
    "POST grants.give": ("/en/need-to-know", (401, 403, 403, 403, 422)),
    "POST grants.revoke": ("/en/need-to-know/99999/revoke", (401, 403, 403, 403, 404)),
    "trail.events": ("/en/audit", (302, 403, 403, 200, 200)),
    "trail.export": ("/en/audit/export.csv", (302, 403, 403, 200, 200)),
    # The demonstration's firm account acts for firm {own} alone; see test_trail.py.
    "trail.firm_log": ("/en/firms/{own}/log", (302, 200, 403, 200, 200), {"rival": 403}),
    "disclosures.views": ("/en/firms/{own}/views", (302, 200, 403, 200, 200), {"rival": 403}),
    # Signing in, and what leads to it: nothing for who is signed in.
    "security.login": ("/en/sign-in", (200, 302, 302, 302, 302)),
    "security.register": ("/en/sign-up", (200, 302, 302, 302, 302)),
    "security.send_confirmation": ("/en/sign-up/confirm", (200, 200, 200, 200, 200)),
    "security.confirm_email": ("/en/sign-up/confirm/made-up", (302, 302, 302, 302, 302)),
    "security.forgot_password": ("/en/password", (200, 200, 200, 200, 200)),
    "security.reset_password": ("/en/password/made-up", (302, 302, 302, 302, 302)),
    "security.two_factor_token_validation": ("/en/sign-in/code", (302, 302, 302, 302, 302)),
    "security.two_factor_rescue": ("/en/sign-in/rescue", (302, 302, 302, 302, 302)),
    "security.tf_select": ("/en/sign-in/factor", (302, 302, 302, 302, 302)),
    "security.mf_recovery": ("/en/sign-in/recovery-code", (302, 302, 302, 302, 302)),
    "security.wan_signin": ("/en/sign-in/passkey", (200, 302, 302, 302, 302)),
    "sso.callback": ("/sign-in/organization/callback", (404, 404, 404, 404, 404)),
    # One's own account.
    "people.account": ("/en/account", (302, 200, 200, 200, 200)),
    "security.verify": ("/en/sign-in/again", (302, 200, 200, 200, 200)),
    "security.wan_verify": ("/en/sign-in/again/passkey", (302, 200, 200, 200, 200)),
    "security.change_password": ("/en/account/password", (302, 200, 200, 200, 200)),
    "security.two_factor_setup": ("/en/account/code", (302, 200, 200, 200, 200)),
    "security.mf_recovery_codes": ("/en/account/recovery-codes", (302, 200, 200, 200, 200)),
    "security.wan_register": ("/en/account/passkeys", (302, 200, 200, 200, 200)),
    "security.wan_delete": ("/en/account/passkey-removal", (302, 302, 302, 302, 302)),
    # Everyone's.
    "people.people": ("/en/people", (302, 403, 403, 403, 200)),
    "people.person": ("/en/people/1", (302, 403, 403, 403, 200)),
    "mail.outbox": ("/en/mail", (302, 403, 403, 403, 200)),
    "mail.message": ("/en/mail/1", (302, 403, 403, 403, 200)),
    # The firm account acts for this firm.
    "members.members": ("/en/firms/{own}/members", (302, 200, 403, 200, 200), {"rival": 403}),
    "members.invitation": ("/en/invitations/made-up", (404, 404, 404, 404, 404)),
    # A firm's way into the registry, and its own page.
    "registration.start": ("/en/register", (302, 200, 403, 403, 403)),
    "registration.claim": ("/en/register/claim/1", (302, 200, 403, 403, 403)),
    "registration.step": (
        "/en/register/{record}/identity",
        (302, 200, 403, 403, 403),
        {"rival": 404},
    ),
    "registration.item": (
        "/en/register/{record}/sites/new",
        (302, 200, 403, 403, 403),
        {"rival": 404},
    ),
    "registration.review": ("/en/register/{record}", (302, 200, 403, 403, 403), {"rival": 404}),
    "registration.country_map": ("/en/register/map.svg", (302, 200, 403, 403, 403)),
    "registration.evidence_file": ("/en/evidence/999", (302, 404, 404, 404, 404)),
    "my_firm.home": ("/en/my-firm", (302, 200, 403, 403, 403)),
    "my_firm.version": ("/en/my-firm/{own}/versions/1", (302, 404, 403, 403, 403)),
    # Read by the auditor, decided by the administrator alone.
    "moderation.inbox": ("/en/inbox", (302, 403, 403, 200, 200)),
    "moderation.revision": ("/en/inbox/records/{record}", (302, 403, 403, 200, 200)),
    "moderation.claim": ("/en/inbox/claims/{claim}", (302, 403, 403, 200, 200)),
    "moderation.firm": ("/en/inbox/firms/1", (302, 403, 403, 200, 200)),
    "merging.duplicates": ("/en/duplicates", (302, 403, 403, 200, 200)),
    "merging.pair": ("/en/duplicates/1/2", (302, 403, 403, 200, 200)),
    # A firm’s people and record: the firm’s own member, or an administrator for members.
    "POST members.invite": (
        "/en/firms/{own}/members/invite",
        (401, 422, 403, 403, 422),
        {"rival": 403},
    ),
    "POST members.withdraw": (
        "/en/firms/{own}/members/invitations/1/withdraw",
        (401, 404, 403, 403, 404),
        {"rival": 403},
    ),
    "POST members.change_role": (
        "/en/firms/{own}/members/1/role",
        (401, 422, 403, 403, 422),
        {"rival": 403},
    ),
    "POST members.remove": (
        "/en/firms/{own}/members/1/remove",
        (401, 404, 403, 403, 404),
        {"rival": 403},
    ),
    "POST members.accept": ("/en/invitations/1/accept", (401, 404, 404, 403, 404)),
    "POST members.join": ("/en/invitations/1/join", (404, 404, 404, 404, 404)),
    "POST registration.begin": ("/en/register/new", (401, 422, 403, 403, 403)),
    "POST registration.make_claim": (
        "/en/register/claim/{own}",
        (401, 409, 403, 403, 403),
        {"rival": 422},
    ),
    "POST registration.revise": (
        "/en/register/firm/{own}",
        (401, 302, 403, 403, 403),
        {"rival": 404},
    ),
    "POST registration.save_step": (
        "/en/register/{record}/lines",
        (401, 405, 403, 403, 403),
        {"rival": 404},
    ),
    "POST registration.save_item": (
        "/en/register/{record}/lines/1",
        (401, 422, 403, 403, 403),
        {"rival": 404},
    ),
    "POST registration.remove": (
        "/en/register/{record}/lines/1/remove",
        (401, 302, 403, 403, 403),
        {"rival": 404},
    ),
    "POST registration.declare": (
        "/en/register/{record}/classes",
        (401, 422, 403, 403, 403),
        {"rival": 404},
    ),
    "POST registration.suggestions": (
        "/en/register/{record}/suggestions",
        (401, 200, 403, 403, 403),
        {"rival": 404},
    ),
    "POST registration.attach": (
        "/en/register/{record}/certificates/1/evidence",
        (401, 422, 403, 403, 403),
        {"rival": 404},
    ),
    "POST registration.submit": (
        "/en/register/{record}/submit",
        (401, 302, 403, 403, 403),
        {"rival": 404},
    ),
    "POST registration.take_back": (
        "/en/register/{record}/take-back",
        (401, 302, 403, 403, 403),
        {"rival": 404},
    ),
    "POST registration.give_up": (
        "/en/register/{record}/give-up",
        (401, 302, 403, 403, 403),
        {"rival": 404},
    ),
    # What administrators decide.
    "POST people.set_roles": ("/en/people/1/roles", (401, 403, 403, 403, 422)),
    "POST people.set_state": ("/en/people/1/state", (401, 403, 403, 403, 422)),
    "POST people.reset_factors": ("/en/people/1/factors", (401, 403, 403, 403, 422)),
    "POST mail.retry": ("/en/mail/1/retry", (401, 403, 403, 403, 302)),
    "POST moderation.accept": ("/en/inbox/records/{record}/accept", (401, 403, 403, 403, 409)),
    "POST moderation.give_back": ("/en/inbox/records/{record}/return", (401, 403, 403, 403, 409)),
    "POST moderation.decide_claim": ("/en/inbox/claims/{claim}", (401, 403, 403, 403, 400)),
    "POST moderation.set_listing": ("/en/inbox/firms/{own}/listing", (401, 403, 403, 403, 400)),
    "POST moderation.assess": ("/en/inbox/certificate/1/evidence", (401, 403, 403, 403, 422)),
    "POST moderation.check_identifier": (
        "/en/inbox/identifiers/1/check",
        (401, 403, 403, 403, 422),
    ),
    "POST merging.decide": ("/en/duplicates/1/1", (401, 403, 403, 403, 302)),
    "POST merging.undo": ("/en/duplicates/merges/1/undo", (401, 403, 403, 403, 404)),
    # What one sends to sign in, or changes of one’s own account.
    "POST security.verify": ("/en/sign-in/again", (401, 200, 200, 200, 200)),
    "POST security.two_factor_setup": ("/en/account/code", (302, 200, 200, 200, 200)),
    "POST security.two_factor_setup_validate": ("/en/account/code/1", (401, 302, 302, 302, 302)),
    "POST security.two_factor_token_validation": ("/en/sign-in/code", (302, 302, 302, 302, 302)),
    "POST security.two_factor_rescue": ("/en/sign-in/rescue", (302, 302, 302, 302, 302)),
    "POST security.register": ("/en/sign-up", (200, 302, 302, 302, 302)),
    "POST security.forgot_password": ("/en/password", (200, 200, 200, 200, 200)),
    "POST security.reset_password": ("/en/password/1", (302, 302, 302, 302, 302)),
    "POST security.change_password": ("/en/account/password", (401, 200, 200, 200, 200)),
    "POST security.send_confirmation": ("/en/sign-up/confirm", (200, 200, 200, 200, 200)),
    "POST security.confirm_email": ("/en/sign-up/confirm/1", (302, 302, 302, 302, 302)),
    "POST security.mf_recovery_codes": ("/en/account/recovery-codes", (401, 200, 200, 200, 200)),
    "POST security.mf_recovery": ("/en/sign-in/recovery-code", (302, 302, 302, 302, 302)),
    "POST security.wan_register": ("/en/account/passkeys", (401, 200, 200, 200, 200)),
    "POST security.wan_register_response": ("/en/account/passkeys/1", (401, 302, 302, 302, 302)),
    "POST security.wan_signin": ("/en/sign-in/passkey", (200, 302, 302, 302, 302)),
    "POST security.wan_signin_response": ("/en/sign-in/passkey/1", (302, 302, 302, 302, 302)),
    "POST security.wan_delete": ("/en/account/passkey-removal", (401, 302, 302, 302, 302)),
    "POST security.wan_verify": ("/en/sign-in/again/passkey", (401, 200, 200, 200, 200)),
    "POST security.wan_verify_response": ("/en/sign-in/again/passkey/1", (401, 302, 302, 302, 302)),
    "POST security.tf_select": ("/en/sign-in/factor", (302, 302, 302, 302, 302)),
    "POST people.rename": ("/en/account", (401, 422, 422, 422, 422)),
    "POST people.end_sessions": ("/en/account/sessions", (401, 302, 302, 302, 302)),
    "POST sso.begin": ("/en/sign-in/organization", (404, 404, 404, 404, 404)),
    "POST security.login": ("/en/sign-in", (200, 200, 200, 200, 200)),
    "POST security.logout": ("/en/sign-out", (302, 302, 302, 302, 302)),
    "static": ("/static/cadence.css", (200, 200, 200, 200, 200)),
    "api-docs.openapi_json": ("/api/openapi.json", (200, 200, 200, 200, 200)),
    "api-needs.categories": ("/api/categories", (200, 200, 200, 200, 200)),
    "POST api-needs.matches": ("/api/matches", (422, 422, 422, 422, 422)),
    "api-firms.firm": ("/api/firms/1", (200, 200, 200, 200, 200)),
}
# What an auditor may send: it changes no more than their own session and account, or computes.
AUDITOR_MAY_SEND = {
    *(name for name in TABLE if name.startswith("POST security.")),
    "POST people.rename",
    "POST people.end_sessions",
    "POST sso.begin",
    "POST alerts.stop_now",  # stops mails, for whoever holds the link
    "POST members.join",  # opens another account, for whoever holds the link
    "POST api-needs.matches",
}


ENDS_A_SESSION = {"security.logout", "people.end_sessions"}


def _parts(name):
    """(method, endpoint) of a row."""
    method, _space, endpoint = name.rpartition(" ")
    return method or "GET", endpoint


@pytest.fixture(scope="module")
def shared(copy_of_demo):
    """One demonstration for all rows."""
    with copy_of_demo() as app:
        yield app


@pytest.fixture(scope="module")
def client_for(shared, sign_in):
    """A role's client, signed in once; `alone` gives one whose session may end."""
    known = {}

    def client(role, alone=False):
        if alone or role == "visitor":
            return sign_in(shared, role)
        if role not in known:
            known[role] = sign_in(shared, role)
        return known[role]

    return client


def saved_search(official):
    """The number of an official's saved search, made if there is none."""
    mine = select(Subscription.id).where(Subscription.user_id == official.id)
    if found := db.session.scalar(mine):
        return found
    document = {"version": 1, "need": {"category": "AMM-01"}}
    made = save_search(db.session, official, document, "Shells", "daily", "en")
    db.session.commit()
    return made.id


@pytest.fixture
def place(shared, firm_ids):
    """Fill in an address with an official's list and a firm's upload, made for this test."""
    with shared.app_context():
        official = db.session.scalars(select(User).where(User.email.startswith("official"))).one()
        made = create_shortlist(db.session, official.id, "Ours", {"category": "AMM-01"})
        item = add_firm(db.session, official.id, made, 1, None, "v")
        own = firm_ids[OWN]
        content = b"Your reference,Product (English)\nN1,Shells\n"
        upload = upload_file(db.session, official.id, own, "lines.csv", content)
        send(db.session, "someone@cadence.example", "Subject", "Text")
        person = db.session.scalars(select(User).where(User.email.startswith("firm"))).one()
        record = begin_new(db.session, person.id, "Fictional Castings Inc.")
        submit(db.session, person.id, record)
        return_revision(db.session, official.id, record, "State a contact.")
        claim = make_claim(db.session, person.id, 1, "I run it.")
        db.session.commit()
        lines = select(ProductionLine.id).where(ProductionLine.firm_id == own)
        line = db.session.scalars(lines.order_by(ProductionLine.id)).first()
        numbers = {"list": made.id, "item": item.id, "own": own, "upload": upload.id}
        job = ask(db.session, official.id, "portfolio.solve", {})
        plan = create_plan(db.session, official.id, blank_document(dt.date(2026, 11, 25)))
        result = PlanResult(
            plan_id=plan.id, version=1, scenario=0, fingerprint="0" * 64, made_by_id=official.id,
            inputs=NO_INPUTS, answer=NO_ANSWER,
        )  # fmt: skip
        db.session.add(result)
        db.session.commit()
        numbers |= {"plan": plan.id, "result": result.id}
        numbers |= {"search": saved_search(official)}
        content = b"title_en,source\nTents,Fictional note\n"
        needs = upload_needs(db.session, official, "needs.csv", content)
        db.session.commit()
        numbers |= {"needs": needs.id, "need": list_needs(db.session, official)[0].id}
        numbers |= {"record": record.id, "claim": claim.id, "line": line, "job": job.id}
    return lambda address: address.format(**numbers)


def test_every_route_has_its_row(demo_app):
    """Nothing new can be added without saying who may use it."""
    routes = {
        rule.endpoint if method == "GET" else f"{method} {rule.endpoint}"
        for rule in demo_app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    missing, stale = sorted(routes - set(TABLE)), sorted(set(TABLE) - routes)
    lines = [f'    "{name}": ("/en/…", (302, 403, 403, 403, 200)),' for name in missing]
    advice = "add to TABLE in tests/pages/test_access.py, answers in the order of ROLES:"
    assert not missing, "\n".join([advice, *lines])
    assert not stale, f"no route has these rows of TABLE any more: {stale}"


@pytest.mark.parametrize("name", TABLE)
def test_each_role_gets_what_the_table_says(shared, place, client_for, csrf, name):
    (method, endpoint), (address, answers, *different) = _parts(name), TABLE[name]
    address = place(address)
    bound = shared.url_map.bind("localhost")
    assert bound.match(address.split("?")[0], method=method)[0] == endpoint
    expected = dict(zip(ROLES, answers, strict=True))
    expected |= {role: expected[like] for role, like in LIKE.items()}
    expected |= dict(*different)
    got = {}
    for number, role in enumerate(expected):
        client = client_for(role, alone=endpoint in ENDS_A_SESSION)
        sent = {} if method == "GET" else {"data": {"csrf_token": csrf(client)}}
        if endpoint.startswith("api-"):
            sent = {} if method == "GET" else {"json": {}}
        # Each from their own address, and asking for their own: what is limited counts for each.
        sent["environ_overrides"] = {"REMOTE_ADDR": f"10.0.0.{number}"}
        if "data" in sent:
            sent["data"]["email"] = f"{role}@nowhere.example"
        with client.open(address, method=method, **sent) as answer:
            got[role] = answer.status_code
    assert got == expected


@pytest.mark.parametrize("name", sorted(name for name in TABLE if _parts(name)[0] != "GET"))
def test_an_auditor_changes_nothing(name):
    """The table itself refuses: the test above holds the routes to it."""
    refused = TABLE[name][1][ROLES.index("auditor")] == 403
    assert refused or name in AUDITOR_MAY_SEND


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_visitor_is_led_to_sign_in_and_back(client_of, language):
    answer = client_of("visitor").get(f"/{language}/shortlists/7")
    assert answer.location == f"/{language}/sign-in?next=/{language}/shortlists/7"


@pytest.mark.parametrize("role", ["visitor", "firm", "auditor", "administrator"])
def test_no_one_else_changes_a_list(own_app, sign_in, csrf, role):
    """With a valid token, so that it is the role or the owner that refuses."""
    with own_app.app_context():
        official = db.session.scalars(select(User).where(User.email.startswith("official"))).one()
        made = create_shortlist(db.session, official.id, "Ours", {})
        add_firm(db.session, official.id, made, 1, None, "v")
        db.session.commit()
        item = made.items[0].id
    client = sign_in(own_app, role)
    data = {"csrf_token": csrf(client), "note": "taken over", "direction": "up"}
    for action in ("note", "move", "remove"):
        answer = client.post(f"/en/shortlists/items/{item}/{action}", data=data)
        assert answer.status_code == {"visitor": 401, "administrator": 404}.get(role, 403), action
    with own_app.app_context():
        assert db.session.get(ShortlistItem, item).note == ""


def _signed_in_with(client, csrf, following):
    data = {"csrf_token": csrf(client), "email": "firm@cadence.example"}
    address = f"/en/sign-in?next={quote(following)}"
    return client.post(address, data={**data, "password": DEMO_PASSWORD})


def test_signing_in_leads_back_to_where_one_was(client_of, csrf):
    wanted = "/fr/search?q=obus%20de%20155"
    assert _signed_in_with(client_of("visitor"), csrf, wanted).location == wanted


@pytest.mark.parametrize(
    "outside",
    ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"],
)
def test_signing_in_leads_nowhere_outside(client_of, csrf, html, outside):
    answer = _signed_in_with(client_of("visitor"), csrf, outside)
    if answer.status_code == 200:  # refused: the form is shown again, and has forgotten the address
        assert html(answer).one("form", class_="form")["action"] == "/en/sign-in"
        return
    reached = urlsplit(urljoin("http://localhost/en/sign-in", answer.location))
    assert (answer.status_code, reached.scheme, reached.netloc) == (302, "http", "localhost")
    assert "\\" not in answer.location


def test_signing_out_ends_it(own_app, sign_in, csrf):
    client = sign_in(own_app, "official")
    assert client.get("/fr/shortlists").status_code == 200
    assert client.get("/fr/sign-out").status_code == 405  # a link or an image must not do it
    answer = client.post("/fr/sign-out", data={"csrf_token": csrf(client)})
    assert (answer.status_code, answer.location) == (302, "/fr/")
    assert client.get("/fr/shortlists").status_code == 302
