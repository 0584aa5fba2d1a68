"""What a saved search asks, as structure: a document with a version, equal for equal questions.

An address would change with the pages; a document is read by its version for ever. What it may hold
is said here: a key that this version does not know is refused when a search is saved, so that no
filter is ever dropped in silence.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import RAISE, ValidationError, fields, validate, validates_schema
from sqlalchemy.orm import Session

from matching import Need
from registry import terms
from registry.errors import NotFound, RuleBroken
from registry.finding.columns import UNSTATED
from registry.finding.filters import FACETS, MOST_CHOSEN, Facet, words_of
from registry.i18n import gettext as _
from registry.matches.needs import LONGEST_TEXT, REFERENCES, need_from_reference, need_sentence
from registry.validation import Schema

VERSION = 1
PROVINCE = "province"  # the facet that the document calls `provinces`
BY_NAME = {facet.name: facet for facet in FACETS}


class NeedShape(Schema):
    """What is needed: exactly one of the ways in which pages refer to a need."""

    class Meta:
        unknown = RAISE

    category = fields.String(validate=validate.Length(1, 20))
    class_ = fields.String(validate=validate.Length(1, 20), data_key="class", attribute="class")
    text = fields.String(validate=validate.Length(1, LONGEST_TEXT))
    tender = fields.String(validate=validate.Regexp("[0-9]{1,9}$"))

    @validates_schema
    def _one(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if len([name for name in REFERENCES if data.get(name)]) != 1:
            raise ValidationError(_("Say one thing that is needed."))


class CriteriaShape(Schema):
    """The document. `provinces` are codes of which a firm has a site in one; none means all.

    `facets` narrow as on a page: any choice within one, all of them met. `strict` asks for all
    words of a search as typed.
    """

    class Meta:
        unknown = RAISE

    version = fields.Integer(required=True, strict=True, validate=validate.OneOf((VERSION,)))
    need = fields.Nested(NeedShape, required=True)
    provinces = fields.List(
        fields.String(validate=validate.OneOf((*terms.PROVINCES, UNSTATED))), load_default=list
    )
    facets = fields.Dict(
        keys=fields.String(validate=validate.OneOf(set(BY_NAME) - {PROVINCE})),
        values=fields.List(
            fields.String(validate=validate.Length(1, 60)),
            validate=validate.Length(1, MOST_CHOSEN),
        ),
        load_default=dict,
    )
    strict = fields.Boolean(load_default=False)

    @validates_schema
    def _of_words(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data.get("strict") and not data.get("need", {}).get("text"):
            raise ValidationError(_("Only words can be asked for as typed."), "strict")


def canonical(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document in the one form that equal questions share. Raises RuleBroken for any other."""
    try:
        loaded = CriteriaShape().load(document)
    except ValidationError as error:
        raise RuleBroken(
            _("This search cannot be saved: %(why)s", why=_sentence(error.messages))
        ) from error
    name, value = next(item for item in loaded["need"].items() if item[1])
    # Case and spaces of words change no ranking; codes are written in capitals everywhere.
    value = " ".join(value.split())
    loaded["need"] = {name: value.casefold() if name == "text" else value.upper()}
    loaded["provinces"] = sorted(set(loaded["provinces"]))
    loaded["facets"] = {name: sorted(set(some)) for name, some in sorted(loaded["facets"].items())}
    return {key: value for key, value in loaded.items() if value or key == "version"}


def narrowing(criteria: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The choices of each facet, as the filters of a page hold them."""
    provinces = {PROVINCE: criteria["provinces"]} if criteria.get("provinces") else {}
    return {name: tuple(some) for name, some in {**provinces, **criteria.get("facets", {})}.items()}


def _sentence(messages: Any) -> str:
    """The first of marshmallow's messages, with the key that it is about."""
    if isinstance(messages, Mapping):
        key, inner = next(iter(messages.items()))
        told = _sentence(inner)
        return told if key == "_schema" else f"{key}: {told}"
    return _sentence(messages[0]) if isinstance(messages, list) else str(messages)


def digest_of(criteria: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical document, in hexadecimal: what equal searches are known by."""
    plain = json.dumps(criteria, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def need_of(session: Session, criteria: Mapping[str, Any]) -> Need | None:
    """The need to rank; None if what is asked for is no longer in the registry."""
    try:
        return need_from_reference(session, criteria["need"])
    except NotFound:
        return None


def sentence(session: Session, criteria: Mapping[str, Any]) -> str:
    """What is asked, in the reader's words."""
    said = need_sentence(session, criteria["need"])
    chosen = narrowing(criteria)
    if PROVINCE in chosen and UNSTATED not in chosen[PROVINCE]:
        names = ", ".join(terms.province_name(code) for code in chosen.pop(PROVINCE))
        said = _("%(need)s, with a site in %(provinces)s", need=said, provinces=names)
    limits = [_limit(BY_NAME[name], some) for name, some in chosen.items()]
    if criteria.get("strict"):
        limits.append(_("all the words as typed"))
    return "; ".join((said, *limits))


def _limit(facet: Facet, choices: Iterable[str]) -> str:
    words = ", ".join(words_of(facet, choice) for choice in choices)
    return _("%(name)s: %(value)s", name=_(facet.title), value=words)
