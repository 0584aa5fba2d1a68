"""A result as XLSX: the lines with what is signed with each, and a sheet that says what it is."""

import datetime as dt
import io
from typing import Any

from registry import terms
from registry.i18n import gettext as _
from registry.portfolio.facts import FIGURES
from registry.portfolio.models import PlanResult
from registry.portfolio.story import Story
from registry.portfolio.words import FIGURE_WORDS
from registry.sheets import formats_of, new_workbook, write_cell
from registry.web import share

Cell = str | int | float | dt.date | None


def to_xlsx(result: PlanResult, story: Story, exported_by: str, at: dt.datetime) -> bytes:
    """A workbook of two sheets. A blank cell is not stated, or nothing is signed."""
    out = io.BytesIO()
    with new_workbook(out) as book:
        formats = formats_of(book)
        sheet = book.add_worksheet(_("Lines and contracts"))
        sheet.freeze_panes(1, 2)
        rows = list(_rows(story))
        for column, heading in enumerate(_headings()):
            sheet.write_string(0, column, heading, formats["head"])
            sheet.set_column(column, column, 34 if column < 3 else 14)
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                write_cell(sheet, line, column, value, formats, wrap=True)
        about = book.add_worksheet(_("About"))
        about.set_column(0, 0, 34)
        about.set_column(1, 1, 90)
        for line, (name, value) in enumerate(_about(result, story, exported_by, at)):
            about.write_string(line, 0, name, formats["head"])
            write_cell(about, line, 1, value, formats, wrap=True)
    return out.getvalue()


def _headings() -> list[str]:
    return [
        _("Firm"),
        _("Product"),
        _("Source"),
        _("Source as of"),
        _("Stated on"),
        _("Evidence"),
        _("Firm number"),
        _("Line number"),
        _("Category"),
        _("Unit"),
        *(_(FIGURE_WORDS[name]).capitalize() for name in FIGURES),
        _("Order"),
        _("Quantity"),
        _("Term in months"),
        _("From"),
        _("Price (CAD)"),
        _("Capital borne (CAD)"),
        _("Cost (CAD)"),
        _("Units added by the last date"),
        _("Coverage lost without it (0 to 1)"),
    ]


def _rows(story: Story) -> Any:
    """The lines with contracts first, in the order to sign."""
    signed = {
        one.line["key"]: (one, choice)
        for one, choice in zip(story.contracts, story.answer["choices"], strict=True)
    }
    lines = sorted(
        story.lines.values(),
        key=lambda line: signed[line["key"]][0].order if line["key"] in signed else len(signed) + 1,
    )
    for line in lines:
        row: list[Cell] = [
            line["firm"][story.language],
            line["product"][story.language],
            line["source"][story.language] if line["source"] else None,
            _day(line["source_as_of"]),
            _day(line["stated_on"]),
            terms.said(terms.EVIDENCE, line["evidence"]),
            line["firm_id"],
            int(line["key"]),
            line["category"],
            line["unit"],
            *(_figure(line["figures"].get(name)) for name in FIGURES),
        ]
        if line["key"] in signed:
            one, choice = signed[line["key"]]
            row += [
                one.order, one.quantity, one.term, one.starts, one.price, one.capital, one.cost,
                choice["added"][-1][1], choice["loss"],
            ]  # fmt: skip
        yield row


def _figure(value: Any) -> Cell:
    return _day(value) if isinstance(value, str) else value


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _about(
    result: PlanResult, story: Story, exported_by: str, at: dt.datetime
) -> list[tuple[str, Cell]]:
    needed = [
        (
            _(
                "%(what)s by month %(month)s",
                what=story.need_title(one["need"]),
                month=one["month"],
            ),
            _(
                "needed %(wanted)s, without contracts %(before)s, with them %(after)s, "
                "from %(low)s to %(high)s",
                **{
                    name: round(one[name], 1)
                    for name in ("wanted", "before", "after", "low", "high")
                },
            ),
        )
        for one in story.answer["dates"]
    ]
    signed = result.signed_off_at
    return [
        (_("Plan"), result.plan.name),
        (_("Scenario"), story.inputs["scenario"]["name"]),
        (_("Answer"), story.headline),
        (_("Proof"), story.proof),
        (_("Beyond the orders"), story.beyond),
        (_("Coverage"), share(story.answer["coverage"], 1)),
        *(
            (one.name, _("from %(before)s to %(after)s", before=one.before, after=one.after))
            for one in story.scenarios
        ),
        *needed,
        *story.limits,
        *((_("Source of a need"), need["source"]) for need in story.needs),
        *((_("Rests on"), text) for text in story.assumptions),
        (_("Plan number"), result.plan_id),
        (_("Version"), result.version),
        (_("Result number"), result.id),
        (_("Solved at (UTC)"), result.made_at.strftime("%Y-%m-%d %H:%M")),
        (_("Signed off at (UTC)"), signed.strftime("%Y-%m-%d %H:%M") if signed else _("no")),
        (_("Signed off by"), result.signed_off_by.name if result.signed_off_by else None),
        (_("Why"), result.note),
        (_("Fingerprint of the inputs"), result.fingerprint),
        (_("SHA-256 of the signed-off result"), result.sha256),
        (_("Exported by"), exported_by),
        (_("Exported at (UTC)"), at.strftime("%Y-%m-%d %H:%M")),
        (_("Meaning of a blank cell"), _("not stated")),
    ]
