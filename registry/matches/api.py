"""JSON routes of needs: the categories, and a ranking."""

from collections.abc import Collection
from typing import Any

from flask_smorest import Blueprint, abort

from matching import Need
from registry import web
from registry.accounts.auth import ANYONE, open_to
from registry.db import db
from registry.grants.auth import my_standing
from registry.i18n import gettext as _
from registry.matches.schemas import CategorySchema, MatchAnswerSchema, MatchRequestSchema
from registry.matches.service import category_counts, freeze, mask, rank_need
from registry.taxonomy.service import class_titles, list_categories

blueprint = Blueprint(
    "api-needs", __name__, url_prefix="/api", description="Needs and the firms that fit them"
)


@blueprint.get("/categories")
@open_to(ANYONE)
@blueprint.response(200, CategorySchema(many=True))
def categories() -> list[dict[str, Any]]:
    """The shortfall categories, each with how many firms fit."""
    counts = category_counts(db.session)
    shown = ("code", "domain", "title_en", "title_fr", "class_codes", "unit")
    return [
        {**{name: getattr(entry, name) for name in shown}, "firms": counts[entry.code]}
        for entry in list_categories(db.session)
    ]


@blueprint.post("/matches")
@open_to(ANYONE)
@blueprint.arguments(MatchRequestSchema)
@blueprint.response(200, MatchAnswerSchema)
def matches(asked: dict[str, Any]) -> dict[str, Any]:
    """Rank the registry for a need."""
    need = need_from_json(asked)
    _refuse_unknown(need.class_codes)
    ranking = rank_need(db.session, need, my_standing(), limit=asked["limit"])
    language = web.current_language()
    return {
        "fitting": ranking.fitting,
        "least": ranking.least,
        "registry_version": ranking.version.name,
        "matches": [
            {
                "firm_id": row.firm.id,
                "name": row.firm.name_in(language),
                **_translated(mask(freeze(row.match), row.reader)),
            }
            for row in ranking.rows
        ],
    }


def _refuse_unknown(codes: Collection[str]) -> None:
    known = class_titles(db.session, codes)
    if unknown := [code for code in codes if code not in known]:
        reasons = [_("There is no supply class “%(code)s”.", code=code) for code in unknown]
        abort(422, errors={"json": {"nsc": reasons}})


def need_from_json(values: dict[str, Any]) -> Need:
    """A need from what NeedSchema loaded."""
    return Need(
        key=values["id"],
        title_en=values["title_en"],
        title_fr=values["title_fr"],
        description_en=values["description_en"],
        description_fr=values["description_fr"],
        synonyms_en=tuple(values["synonyms_en"]),
        synonyms_fr=tuple(values["synonyms_fr"]),
        class_codes=tuple(values["nsc"]),
    )


def _translated(match: dict[str, Any]) -> dict[str, Any]:
    parts = []
    for part in match["parts"]:
        title = part["title"]
        parts.append({**part, "title": _(title)})
    return {**match, "parts": parts}
