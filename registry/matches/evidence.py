"""What a list of matches rested on, as one document that can be checked without the registry."""

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

import matching
from matching import Gate, Holding, Match, Need, Offer, Part, Requirement, Supplier, Win
from registry.db import today
from registry.feeds.models import Source
from registry.firms.models import Firm
from registry.matches.candidates import suppliers_of
from registry.matches.needs import need_from_reference
from registry.matches.publication import live_index

FORMAT = 1
Document = dict[str, Any]


def plain(value: Any) -> Any:
    """The value as JSON holds it: tuples as lists, days as ISO 8601."""
    if isinstance(value, Mapping):
        return {name: plain(held) for name, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(held) for held in value]
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else value


def canonical(value: Any) -> bytes:
    """JSON in one way only: names in order, UTF-8, one line end."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return f"{text}\n".encode()


def sha256(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def gather_evidence(
    session: Session,
    reference: Mapping[str, Any],
    firm_ids: Collection[int] | None,
    limit: int = 50,
) -> Document:
    """Need, weights, versions, and each firm's facts, parts and gates, as of today.

    `firm_ids` None takes the best `limit` firms. All are measured at once on one state of the
    index; a firm that is no longer listed stands there without facts. A need that says nothing to
    go by gives no matches.
    """
    live = live_index(session)
    need = need_from_reference(session, reference)
    day = today()
    matches: list[Match] = []
    if need is not None and not need.is_empty and (firm_ids is None or firm_ids):
        count = limit if firm_ids is None else len(firm_ids)
        ranked = matching.rank(live.index, need, today=day, limit=count, pool=firm_ids)
        matches = list(ranked.matches)
    chosen = [match.supplier for match in matches] if firm_ids is None else list(firm_ids)
    suppliers = {one.key: one for one in suppliers_of(session, chosen)}
    matches = [match for match in matches if match.supplier in suppliers]
    measured = {match.supplier: match for match in matching.ordered(matches)}
    return {
        "format": FORMAT,
        "as_of": day.isoformat(),
        "need": {"reference": dict(reference), "facts": plain(asdict(need)) if need else None},
        "engine": matching.ENGINE,
        "profile": {
            "name": matching.PROFILE.name,
            "weights": matching.PROFILE.weights,
            "fits_at": matching.PROFILE.fits_at,
        },
        "index": {**live.version.as_json(), "seen_change": live.seen_seq},
        "sources": [
            {"code": code, "as_of": plain(as_of)}
            for code, as_of in session.execute(
                select(Source.code, Source.as_of).order_by(Source.code)
            )
        ],
        "firms": _firms(session, chosen, suppliers, measured),
    }


def _firms(
    session: Session,
    firm_ids: Collection[int],
    suppliers: Mapping[int, Supplier],
    measured: Mapping[int, Match],
) -> list[Document]:
    query = select(Firm).where(Firm.id.in_(firm_ids))
    query = query.options(selectinload(Firm.names), selectinload(Firm.sites))
    firms = {firm.id: firm for firm in session.scalars(query)}
    documents = []
    for number in firm_ids:
        facts = plain(asdict(suppliers[number])) if number in suppliers else None
        firm, match = firms[number], measured.get(number)
        site = firm.main_site
        documents.append(
            {
                "firm_id": number,
                "name": {language: firm.name_in(language) for language in ("en", "fr")},
                "city": site.city if site else None,
                "province": site.province if site else None,
                "record_changed_at": firm.updated_at.isoformat(),
                "facts": facts,
                "facts_sha256": sha256(facts),
                "match": _match(match) if match else None,
            }
        )
    return documents


def _match(match: Match) -> Document:
    return {
        "rank": match.rank,
        "score": match.score,
        "parts": [
            {
                "feature": part.feature,
                "title": matching.FEATURES[part.feature].title,
                "about": matching.FEATURES[part.feature].about,
                "kind": matching.FEATURES[part.feature].kind.value,
                "weight": part.weight,
                "value": part.value,
                "points": part.points,
                "evidence": list(part.evidence),
            }
            for part in match.parts
        ],
        "gates": [_gate(gate) for gate in match.gates],
        "missing": list(match.missing),
    }


def _gate(gate: Gate) -> Document:
    return {
        "name": gate.name,
        "state": gate.state.value,
        "scheme": gate.scheme,
        "expires_on": gate.expires_on.isoformat() if gate.expires_on else None,
        "activity": gate.activity,
        **({"level": gate.level} if gate.level else {}),
    }


def replayed(document: Document) -> dict[int, Document]:
    """Rank, score, points and gates of each measured firm, made again from frozen inputs alone."""
    if document["need"]["facts"] is None:
        return {}
    need, day = _need(document["need"]["facts"]), dt.date.fromisoformat(document["as_of"])
    weights = document["profile"]["weights"]
    matches = [
        matching.replay(need, _supplier(firm["facts"]), _parts(firm["match"], weights), day)
        for firm in document["firms"]
        if firm["match"] and firm["facts"]
    ]
    return {
        match.supplier: {
            "rank": match.rank,
            "score": match.score,
            "points": {part.feature: part.points for part in match.parts},
            "gates": [_gate(gate) for gate in match.gates],
        }
        for match in matching.ordered(matches)
    }


def _parts(match: Document, weights: Mapping[str, float]) -> list[Part]:
    """The parts at the weights of the frozen profile, whatever each part says of its own."""
    return [
        Part(one["feature"], weights[one["feature"]], one["value"], tuple(one["evidence"]))
        for one in match["parts"]
    ]


def _need(facts: Document) -> Need:
    requirements = tuple(
        Requirement(
            one["name"],
            tuple(one["any_of"]),
            tuple(one["activities"]),
            tuple(one.get("levels", ())),
        )
        for one in facts["requirements"]
    )
    return Need(**{**_tuples(facts), "requirements": requirements})


def _supplier(facts: Document) -> Supplier:
    held = [Holding(**{**one, "expires_on": _day(one["expires_on"])}) for one in facts["holdings"]]
    won = [Win(**{**one, "latest": _day(one["latest"])}) for one in facts["wins"]]
    return Supplier(
        **{
            **_tuples(facts),
            "offers": tuple(Offer(**one) for one in facts["offers"]),
            "industries": tuple((code, title) for code, title in facts["industries"]),
            "wins": tuple(won),
            "holdings": tuple(held),
        }
    )


def _tuples(facts: Document) -> Document:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in facts.items()}


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
