"""The briefing note: an accessible PDF (PDF/UA-1) set by Typst from data, never from markup.

Everything said in it is worded here, in the language of the moment; the template only lays out.
"""

import json
from importlib.resources import files
from typing import Any

import typst

from registry.coverage.svg import svg_of
from registry.i18n import gettext as _
from registry.portfolio.charts import charts_of
from registry.portfolio.models import PlanResult
from registry.portfolio.story import Story
from registry.web import date, dollars, number, share

FONT = "Libertinus Serif"  # comes with Typst


def note_pdf(result: PlanResult, story: Story, language: str) -> bytes:
    """The note as bytes of a PDF."""
    template = files("registry.portfolio").joinpath("note.typ").read_bytes()
    data = json.dumps(note_data(result, story, language), ensure_ascii=False)
    # The moment of the result, not of the download: the same result gives the same bytes.
    moment = result.signed_off_at or result.made_at
    pdf = typst.compile(
        template,
        format="pdf",
        sys_inputs={"data": data},
        pdf_standards="ua-1",
        ignore_system_fonts=True,
        timestamp=moment.replace(microsecond=0),
    )
    return bytes(pdf)


def note_data(result: PlanResult, story: Story, language: str) -> dict[str, Any]:
    """All that the template lays out, as texts."""
    return {
        "language": language,
        "title": _("Briefing note: %(name)s", name=result.plan.name),
        "footer": _(
            "Cadence, plan %(plan)s, result %(number)s", plan=result.plan_id, number=result.id
        ),
        "page": _("page"),
        "scenario": story.inputs["scenario"]["name"],
        "state": _state(result),
        "why": result.note,
        "answer": story.headline,
        "proof": " ".join(text for text in (story.weighed, story.proof) if text),
        "kept": story.kept,
        "beyond": story.beyond,
        "sections": {
            "contracts": _("Contracts to sign, in order"),
            "scenarios": _("Scenarios side by side"),
            "coverage": _("What comes by when"),
            "held_back": _("What still holds it back"),
            "money": _("What is due in each year"),
            "needs": _("What is needed, and who says so"),
            "limits": _("Limits"),
            "others": _("What else could be signed"),
            "relaxations": _("What would have to give"),
            "assumptions": _("What the figures rest on"),
            "lines": _("Appendix: lines, figures, dates and sources"),
            "trace": _("How to find this result again"),
        },
        "contracts": _contracts(story),
        "scenarios": _scenarios(story),
        "charts": _charts(story),
        "coverage": _coverage(story),
        "money": {
            "head": [_("Year"), _("Due")],
            "rows": [[str(year), due] for year, due in story.yearly],
        },
        "held_back": story.held_back,
        "needs": story.needs_in_words,
        "limits": [
            _("%(name)s: %(value)s", name=title, value=value) for title, value in story.limits
        ]
        or [_("none")],
        "others": {
            "head": [_("What"), _("Coverage"), _("Cost"), _("Contracts")],
            "rows": [
                [one.title, one.coverage, one.cost, "; ".join(one.contracts)]
                for one in story.others
            ],
        },
        "relaxations": [f"{text} {'; '.join(named)}".strip() for text, named in story.relaxations],
        "assumptions": story.assumptions,
        "lines": _lines(story),
        "trace": _trace(result, story),
    }


def _state(result: PlanResult) -> str:
    if result.signed_off_at is None or result.signed_off_by is None:
        return _("Not signed off: a draft for discussion.")
    # A demonstration's names are translated; any other is as it is.
    who = _(result.signed_off_by.name)
    return _("Signed off on %(day)s by %(who)s.", day=date(result.signed_off_at), who=who)


def _contracts(story: Story) -> dict[str, Any]:
    rows = [
        [
            str(one.order),
            f"{one.firm}. {one.product}",
            _(
                "%(quantity)s %(unit)s over %(term)s months",
                quantity=number(one.quantity),
                unit=one.unit,
                term=one.term,
            ),
            date(one.starts),
            _cost(one.cost, one.capital),
            " ".join(one.reasons),
        ]
        for one in story.contracts
    ]
    what, order, start = _("Firm and product"), _("Order of"), _("From")
    return {"head": [_("Order"), what, order, start, _("Cost"), _("Why")], "rows": rows}


def _scenarios(story: Story) -> dict[str, Any]:
    head = [_("Scenario"), _("Weight"), _("Without"), _("With"), _("Low to high")]
    rows = [
        [one.name, str(one.weight), one.before, one.after, one.range] for one in story.scenarios
    ]
    return {"head": head, "rows": rows}


def _charts(story: Story) -> list[dict[str, str]]:
    return [
        {
            "svg": svg_of(one.drawing, FONT),
            "alt": f"{one.title}. {one.about}",
            "caption": f"{one.what}. {one.caption}",
        }
        for one in charts_of(story)
    ]


def _covered(units: float, wanted: float) -> str:
    """Units with the part of what is needed that they are."""
    return f"{number(units)} ({share(min(1.0, units / wanted), 1)})"


def _coverage(story: Story) -> dict[str, Any]:
    rows = [
        [
            story.need_title(one["need"]),
            str(one["month"]),
            number(one["wanted"]),
            _covered(one["before"], one["wanted"]),
            _covered(one["after"], one["wanted"]),
            f"{number(one['low'])} – {number(one['high'])}",
            number(max(0.0, one["wanted"] - one["after"])),
        ]
        for one in story.answer["dates"]
    ]
    head = [_("Need"), _("By month"), _("Needed"), _("Without"), _("With")]
    return {"head": [*head, _("Low to high"), _("Missing")], "rows": rows}


def _lines(story: Story) -> dict[str, Any]:
    rows = [
        [
            f"{one.firm}. {one.product} ({one.category})",
            one.figures or _("not stated"),
            "; ".join(one.inputs) or _("none"),
            one.stated_on,
            one.evidence,
            one.source,
        ]
        for one in story.line_rows
    ]
    head = [_("Firm and product"), _("Figures used"), _("Inputs"), _("Stated on")]
    return {"head": [*head, _("Evidence"), _("Source")], "rows": rows}


def _trace(result: PlanResult, story: Story) -> list[str]:
    found = [
        _(
            "Plan %(plan)s, version %(version)s, result %(number)s, solved on %(day)s by %(who)s.",
            plan=result.plan_id,
            version=result.version,
            number=result.id,
            day=date(result.made_at),
            who=_(result.made_by.name),
        ),
        _(
            "Planner %(planner)s. Fingerprint of the inputs: %(fingerprint)s",
            planner=story.inputs["planner"],
            fingerprint=result.fingerprint,
        ),
    ]
    if result.sha256:
        found.append(
            _(
                "SHA-256 of the signed-off result, kept in the audit trail: %(sha256)s",
                sha256=result.sha256,
            )
        )
    return found


def _cost(cost: float, capital: float) -> str:
    if capital < 1:
        return dollars(round(cost))
    return _(
        "%(cost)s, of which %(capital)s capital",
        cost=dollars(round(cost)),
        capital=dollars(round(capital)),
    )
