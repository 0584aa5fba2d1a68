"""The ranked firms of a need as a file, as their page shows them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from registry import terms
from registry.audit.service import record
from registry.i18n import gettext as _
from registry.matches.needs import need_sentence
from registry.matches.service import Ranking, Row, freeze, mask
from registry.shortlists.export import Column, match_gates, match_reasons
from registry.spreadsheets import Cell
from registry.visibility.table import Purpose


def columns() -> list[Column]:
    """Name, heading and width; the values come from `rows`."""
    named: tuple[tuple[str, str, int], ...] = (
        ("rank", _("Rank"), 8),
        ("firm_id", _("Firm number"), 9),
        ("firm", _("Firm"), 36),
        ("city", _("City"), 18),
        ("province", _("Province"), 18),
        ("fit", _("Fit (0 to 100)"), 10),
        ("reasons", _("Reasons"), 60),
        ("gates", _("Requirements"), 40),
        ("lines", _("Production lines"), 10),
    )
    return [Column(key, heading, _none, width) for key, heading, width in named]


def _none(*_anything: Any) -> Cell:
    return None


def rows(ranking: Ranking, language: str) -> Iterator[list[Cell]]:
    """The firms in their order; requirements where their reader may take them out."""
    for row in ranking.rows:
        yield row_of(row, language)


def row_of(row: Row, language: str) -> list[Cell]:
    """One firm, with nothing that its reader may not take out."""
    match = mask(freeze(row.match), row.reader, Purpose.EXPORT)
    site = row.firm.main_site
    return [
        row.match.rank,
        row.firm.id,
        row.firm.name_in(language),
        site.city if site else None,
        terms.province_name(site.province) if site and site.province else None,
        round(row.match.score, 1),
        match_reasons(match),
        match_gates(match),
        len(row.lines),
    ]


def about(ranking: Ranking, need: str, by: str, firms: int | None = None) -> list[tuple[str, Cell]]:
    """What the rows are, of which versions, and who took them out; `firms` None: those ranked."""
    return [
        (_("Need"), need),
        (_("Exported by"), by),
        (_("Exported at (UTC)"), ranking.asked_at.strftime("%Y-%m-%d %H:%M")),
        (_("Registry version"), ranking.version.name),
        (_("Engine"), ranking.version.engine),
        (_("Weights"), ranking.profile),
        (_("Firms that fit"), ranking.fitting),
        (_("Firms"), len(ranking.rows) if firms is None else firms),
        (_("Meaning of a blank cell"), _("not stated")),
    ]


def note_ranking_export(
    session: Session, actor_id: int | None, reference: Mapping[str, Any], form: str
) -> None:
    """Leave a trace of the download before it is handed out."""
    said = need_sentence(session, reference)
    record(session, actor_id, "ranking.export", "ranking", None, form=form, need=said)
