"""The one table: who sees which field, for what. Default deny: what has no row is seen by no one.

Pages, answers of the API, the index, exports, e-mails, logs and error texts all ask it.
docs/visibility.md is drawn from it by `python docs/write_visibility.py`.
"""

from collections.abc import Mapping
from enum import StrEnum


class Reader(StrEnum):
    """Whom a field is shown to, in relation to the firm that it is about."""

    VISITOR = "visitor"
    OTHER_FIRM = "other firm"
    OWN_FIRM = "own firm"
    OFFICIAL = "official"
    NAMED_OFFICIAL = "named official"  # one with need to know, granted for this firm or category
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Purpose(StrEnum):
    """What a field is used for. What may be read on a page may not always leave it."""

    PAGE = "page"  # shown on a page or in an answer of the API
    MATCH = "match"  # may feed the ranking, filters, order and counts that the reader sees
    EXPORT = "export"
    AGGREGATE = "aggregate"  # may enter a sum, under the rules of `aggregates`
    MAIL = "mail"  # leaves the house: it says that there is something to see, and where
    LOG = "log"  # logs and error texts


class Field(StrEnum):
    IDENTITY = "firm.identity"  # names, places, website, profile, industries
    OWNERSHIP = "firm.ownership"
    IDENTIFIER = "firm.identifier"
    CONTACT = "firm.contact"
    CAPABILITY = "firm.capability"
    AWARD = "firm.award"
    CERTIFICATE = "certificate"  # quality schemes, without numbers
    CERTIFICATE_EVIDENCE = "certificate.evidence"  # the files
    CERTIFICATE_NUMBER = "certificate.number"
    EXPORT_CONTROL = "firm.export controls"
    CLEARANCE = "clearance"  # clearances, controlled goods, cyber certification
    LINE = "line"  # that a line exists, its product, place and evidence level
    LINE_READINESS = "line.readiness"  # TRL and MRL, qualification, export controls
    LINE_BANDS = "line.bands"  # a rate as a band, such as 100 to 499
    LINE_RATES = "line.rates"  # exact rates, lead times, people and plant
    LINE_COMMERCIAL = "line.commercial"  # capital, price, committed share, smallest orders
    LINE_INPUTS = "line.inputs"  # inputs, suppliers, sole sources, stocks
    DISCLOSURE_BASIS = "disclosure.basis"  # supplied in confidence: on which basis, and when
    RANKING = "ranking"  # the order of firms for a need, and its reasons
    GATES = "gates"
    FIRM_LOG = "firm.log"  # who changed its record, how and why
    FIRM_VIEWS = "firm.views"  # which offices saw what it told in confidence
    TRAIL = "trail"  # the audit trail of everything


Readers = frozenset[Reader]
Row = Mapping[Purpose, Readers]

NO_ONE: Readers = frozenset()
EVERYONE: Readers = frozenset(Reader)
OVERSIGHT: Readers = frozenset({Reader.AUDITOR, Reader.ADMINISTRATOR})
NAMED = OVERSIGHT | {Reader.NAMED_OFFICIAL}
STATE = NAMED | {Reader.OFFICIAL}
NAMED_AND_OWN = NAMED | {Reader.OWN_FIRM}
STATE_AND_OWN = STATE | {Reader.OWN_FIRM}

# The tiers of docs/visibility.md. A purpose that a row leaves out is open to no one.
PUBLIC: Row = dict.fromkeys(Purpose, EVERYONE)
OFFICIAL: Row = {
    Purpose.PAGE: STATE_AND_OWN,
    Purpose.MATCH: STATE_AND_OWN,
    Purpose.EXPORT: STATE_AND_OWN,
    Purpose.AGGREGATE: EVERYONE,
}
FIRM_CONFIDENTIAL: Row = {
    Purpose.PAGE: NAMED_AND_OWN,
    Purpose.MATCH: NAMED_AND_OWN,
    Purpose.EXPORT: NAMED_AND_OWN,
    Purpose.AGGREGATE: EVERYONE,
}
# Read where it stands and nowhere else: neither searched nor counted.
CONSULTED: Row = {Purpose.PAGE: STATE_AND_OWN, Purpose.EXPORT: STATE_AND_OWN}
# Of a firm's record, for the firm and for those who oversee.
OVERSEEN: Row = dict.fromkeys((Purpose.PAGE, Purpose.EXPORT), OVERSIGHT | {Reader.OWN_FIRM})
NEVER_PUBLISHED: Row = {Purpose.PAGE: frozenset({Reader.OWN_FIRM, Reader.ADMINISTRATOR})}

TABLE: dict[Field, Row] = {
    Field.IDENTITY: PUBLIC,
    Field.OWNERSHIP: PUBLIC,
    Field.CAPABILITY: PUBLIC,
    Field.AWARD: PUBLIC,
    Field.CERTIFICATE: PUBLIC,
    Field.LINE: PUBLIC,
    Field.RANKING: PUBLIC,
    Field.LINE_READINESS: OFFICIAL,
    Field.LINE_BANDS: OFFICIAL,
    Field.CLEARANCE: OFFICIAL,
    Field.GATES: OFFICIAL,
    Field.IDENTIFIER: CONSULTED,
    Field.CONTACT: CONSULTED,
    Field.EXPORT_CONTROL: CONSULTED,
    Field.CERTIFICATE_EVIDENCE: CONSULTED,
    Field.DISCLOSURE_BASIS: CONSULTED,
    Field.LINE_RATES: FIRM_CONFIDENTIAL,
    Field.LINE_COMMERCIAL: FIRM_CONFIDENTIAL,
    # Many sole sources together say more than each does (mosaic effect): never outside the state.
    Field.LINE_INPUTS: {**FIRM_CONFIDENTIAL, Purpose.AGGREGATE: STATE},
    Field.CERTIFICATE_NUMBER: NEVER_PUBLISHED,
    Field.FIRM_LOG: OVERSEEN,
    Field.FIRM_VIEWS: OVERSEEN,
    Field.TRAIL: {Purpose.PAGE: OVERSIGHT, Purpose.EXPORT: OVERSIGHT},
}


def may_see(reader: Reader, field: Field, purpose: Purpose = Purpose.PAGE) -> bool:
    """True only if the table has a row that says so."""
    return reader in TABLE.get(field, {}).get(purpose, NO_ONE)


def in_confidence(field: Field) -> bool:
    """Whether the field is not for everyone; showing it to the state is logged."""
    return TABLE.get(field, {}).get(Purpose.PAGE) != EVERYONE
