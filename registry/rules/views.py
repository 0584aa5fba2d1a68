"""Pages of rules: read by those who defend a figure, changed by administrators after a preview."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from registry import terms
from registry.accounts.auth import actor_id, open_to
from registry.accounts.models import ADMINISTRATOR, AUDITOR, OFFICIAL
from registry.db import db, today
from registry.errors import RuleBroken
from registry.i18n import gettext as _
from registry.jobs.models import Job
from registry.jobs.views import RESULT_PAGES
from registry.rules import service, words, work
from registry.rules.content import (
    AGREEMENTS,
    BUYER,
    CATEGORY,
    COMMODITIES,
    ENTITIES,
    GATE,
    GATES,
    KIND_WORDS,
    KINDS,
    NONE,
    THRESHOLD,
)
from registry.rules.forms import WrongRule, read_rule, type_rule
from registry.rules.models import Rule, RuleChange
from registry.rules.service import Proposed
from registry.rules.sheet import MOST_BYTES, read_sheet, rows_of
from registry.sheets import csv_chunks
from registry.taxonomy.service import list_categories
from registry.web import LANGUAGE_PREFIX, current_language, row_id

pages = Blueprint("rules", __name__)
READERS = (OFFICIAL, AUDITOR, ADMINISTRATOR)


def _titles() -> dict[str, str]:
    language = current_language()
    return {one.code: one.title_in(language) for one in list_categories(db.session)}


def _said() -> dict[str, Any]:
    """What templates say rules with."""
    titles = _titles()
    return {
        "leads_to": lambda rule: words.leads_to(rule, titles),
        "target_words": lambda kind, target: words.target_words(kind, target, titles),
        "looks_for": words.looks_for,
        "validity": words.validity,
        "told": words.told,
        "kind_words": lambda kind: _(KIND_WORDS[kind]),
        "today": today(),
        "administers": current_user.has_role(ADMINISTRATOR),
    }


@pages.get(f"{LANGUAGE_PREFIX}/rules")
@open_to(*READERS)
def rules() -> str:
    """The rules of one kind: those in force today, or all that were not replaced."""
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else CATEGORY
    everything = request.args.get("all") == "1"
    found = service.list_rules(db.session, kind)
    in_force = [rule for rule in found if rule.content.in_force(today())]
    shown = found if everything else in_force
    return render_template(
        "rules/rules.html",
        kind=kind,
        kinds=KINDS,
        rules=shown,
        everything=everything,
        others=len(found) - len(in_force),
        notices=service.count_notices(db.session, [rule.id for rule in shown]),
        **_said(),
    )


@pages.get(f"{LANGUAGE_PREFIX}/rules.csv")
@open_to(*READERS)
def export() -> Response:
    """All rules as CSV, to be changed and brought back."""
    rows = rows_of(service.list_rules(db.session))
    named = {"Content-Disposition": "attachment; filename=rules.csv"}
    return Response(csv_chunks(rows), mimetype="text/csv", headers=named)


@pages.get(f"{LANGUAGE_PREFIX}/rules/<int:rule_id>")
@open_to(*READERS)
def rule(rule_id: int) -> str:
    """One version of a rule with those before and after it."""
    found = service.get_rule(db.session, rule_id)
    versions = service.versions_of(db.session, found.key)
    return render_template(
        "rules/rule.html",
        rule=found,
        versions=versions,
        current=versions[0],
        notices=service.count_notices(db.session, [found.id]).get(found.id, 0),
        latest=service.latest_notices(db.session, found.id),
        **_said(),
    )


@pages.get(f"{LANGUAGE_PREFIX}/rules/new")
@open_to(ADMINISTRATOR)
def new() -> str:
    """The form of a new rule of a kind."""
    kind = request.args.get("kind", "")
    return _form({"kind": kind if kind in KINDS else CATEGORY, "weight": "1"}, None, {})


@pages.get(f"{LANGUAGE_PREFIX}/rules/<int:rule_id>/edit")
@open_to(ADMINISTRATOR)
def edit(rule_id: int) -> str:
    """The form of a rule as it is now, also for its end."""
    found = service.versions_of(db.session, service.get_rule(db.session, rule_id).key)[0]
    return _form(type_rule(found.content), found, {})


def _form(typed: Mapping[str, str], rule: Rule | None, faults: Mapping[str, str]) -> str:
    kind = typed.get("kind", CATEGORY)
    kind = kind if kind in KINDS else CATEGORY
    titles = _titles()
    targets: Iterable[str] = AGREEMENTS
    if kind == CATEGORY:
        targets = [NONE, *titles]
    elif kind in (GATE, BUYER):
        targets = GATES if kind == GATE else ENTITIES
    return render_template(
        "rules/edit.html",
        kind=kind,
        typed=typed,
        rule=rule,
        faults=faults,
        targets=[(one, words.target_words(kind, one, titles)) for one in targets],
        level_choices=[
            (level, terms.said(terms.LEVELS, level))
            for _schemes, levels in GATES.values()
            for level in levels
        ],
        entity_choices=[(one, _(said)) for one, said in ENTITIES.items()],
        commodity_choices=[(one, _(said)) for one, said in COMMODITIES.items()],
        of_category=kind == CATEGORY,
        of_threshold=kind == THRESHOLD,
        of_gate=kind == GATE,
        **_said(),
    )


@pages.post(f"{LANGUAGE_PREFIX}/rules/preview")
@open_to(ADMINISTRATOR)
def preview() -> Any:
    """Keep what was typed as a change that is not saved yet, and look at what it would do."""
    typed = request.form
    number = typed.get("rule", type=row_id)
    before = service.get_rule(db.session, number) if number else None
    try:
        content = read_rule(typed, _titles())
        if before and content.kind != before.kind:
            raise WrongRule({"target": _("A rule cannot become one of another kind.")})
        proposed = Proposed(before.key if before else None, content)
        return _look([proposed])
    except WrongRule as wrong:
        return _form(typed, before, wrong.faults), wrong.status
    except RuleBroken as wrong:
        db.session.rollback()
        return _form(typed, before, {"": wrong.message}), wrong.status


@pages.post(f"{LANGUAGE_PREFIX}/rules/import")
@open_to(ADMINISTRATOR)
def bring_back() -> Any:
    """Look at what the rules of a file would change."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise RuleBroken(_("Choose a file first."))
        content = file.stream.read(MOST_BYTES + 1)
        rules = service.list_rules(db.session)
        # A rule may still lead to a category that was retired since.
        targets = {*_titles(), *(rule.target for rule in rules)}
        return _look(read_sheet(content, rules, targets))
    except RuleBroken as wrong:
        db.session.rollback()
        flash(wrong.message, "error")
        return redirect(url_for("rules.rules"), HTTPStatus.SEE_OTHER)


def _look(proposed: list[Proposed]) -> BaseResponse:
    change = service.propose(db.session, actor_id(), proposed)
    return _look_at(change)


def _look_at(change: RuleChange) -> BaseResponse:
    job = work.preview(db.session, actor_id(), change)
    db.session.commit()
    if job:
        return redirect(url_for("jobs.job", job_id=job.id))
    return redirect(url_for("rules.change", change_id=change.id))


def _change_of_job(job: Job) -> str:
    return url_for("rules.change", change_id=job.arguments["change"])


RESULT_PAGES[work.LOOK] = _change_of_job


@pages.get(f"{LANGUAGE_PREFIX}/rules/changes/<int:change_id>")
@open_to(ADMINISTRATOR)
def change(change_id: int) -> str:
    """What a change would do to the notices, and the form that saves it."""
    return _change_page(service.get_change(db.session, change_id))


def _change_page(found: RuleChange, error: str | None = None) -> str:
    current = {rule.key: rule for rule in service.list_rules(db.session)}
    stale = found.rules_version != service.rules_version(db.session)
    return render_template(
        "rules/change.html",
        change=found,
        rules=[(current.get(one.key or ""), one.content) for one in service.proposed_of(found)],
        preview=found.preview,
        stale=stale and found.state == "draft",
        error=error,
        **_said(),
    )


@pages.post(f"{LANGUAGE_PREFIX}/rules/changes/<int:change_id>/save")
@open_to(ADMINISTRATOR)
def save(change_id: int) -> Any:
    """Make the change, with its reason; a worker reads the notices again."""
    found = service.get_change(db.session, change_id)
    try:
        saved = service.save_change(db.session, actor_id(), found, request.form.get("why", ""))
    except RuleBroken as wrong:
        db.session.rollback()
        return _change_page(service.get_change(db.session, change_id), wrong.message), wrong.status
    db.session.commit()
    flash(_("Saved. A worker reads the notices again by the new rules."), "success")
    if len(saved) == 1:
        return redirect(url_for("rules.rule", rule_id=saved[0].id))
    return redirect(url_for("rules.rules"))


@pages.post(f"{LANGUAGE_PREFIX}/rules/changes/<int:change_id>/again")
@open_to(ADMINISTRATOR)
def again(change_id: int) -> BaseResponse:
    """Look again at what the change would do, with the rules and notices of now."""
    return _look_at(service.get_change(db.session, change_id))


@pages.post(f"{LANGUAGE_PREFIX}/rules/changes/<int:change_id>/discard")
@open_to(ADMINISTRATOR)
def discard(change_id: int) -> BaseResponse:
    """Leave the rules as they are."""
    service.discard_change(db.session, service.get_change(db.session, change_id))
    db.session.commit()
    flash(_("Discarded. The rules are as they were."), "success")
    return redirect(url_for("rules.rules"))
