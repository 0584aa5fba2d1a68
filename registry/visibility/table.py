"""The one table that says who sees which field. Default deny: what has no row is seen by no one."""

from enum import StrEnum


class Reader(StrEnum):
    """Whom a field is shown to, in relation to the firm that it is about."""

    VISITOR = "visitor"
    OTHER_FIRM = "other firm"
    OWN_FIRM = "own firm"
    OFFICIAL = "official"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Field(StrEnum):
    IDENTITY = "firm.identity"  # names, places, website, profile, industries
    OWNERSHIP = "firm.ownership"
    IDENTIFIER = "firm.identifier"
    CAPABILITY = "firm.capability"
    AWARD = "firm.award"
    CERTIFICATE = "certificate"  # quality schemes, without numbers
    CLEARANCE = "clearance"  # clearances, controlled goods, cyber certification
    CERTIFICATE_NUMBER = "certificate.number"
    CERTIFICATE_EVIDENCE = "certificate.evidence"  # the document that vouches for it
    EXPORT_CONTROL = "firm.export controls"
    CONTACT = "firm.contact"
    LINE = "line"  # that a line exists, its product, place and categories
    LINE_READINESS = "line.readiness"  # readiness levels, qualification, export controls
    LINE_RATES = "line.rates"  # rates, months, people and plant
    LINE_COMMERCIAL = "line.commercial"  # capital, orders, price, commitments, what unlocks it
    LINE_INPUTS = "line.inputs"  # inputs, suppliers and sole sources
    RANKING = "ranking"  # the order of firms for a need, and its reasons
    GATES = "gates"
    FIRM_LOG = "firm.log"  # who changed its record, how and why
    FIRM_VIEWS = "firm.views"  # which offices saw what it told in confidence
    TRAIL = "trail"  # the audit trail of everything


EVERYONE = frozenset(Reader)
STATE = frozenset({Reader.OFFICIAL, Reader.AUDITOR, Reader.ADMINISTRATOR})
OVERSIGHT = frozenset({Reader.AUDITOR, Reader.ADMINISTRATOR})
STATE_AND_OWN = STATE | {Reader.OWN_FIRM}

# Tiers after docs/domain: public, registered official, firm-confidential.
SEEN_BY: dict[Field, frozenset[Reader]] = {
    Field.IDENTITY: EVERYONE,
    Field.OWNERSHIP: EVERYONE,
    Field.IDENTIFIER: STATE_AND_OWN,
    Field.CAPABILITY: EVERYONE,
    Field.AWARD: EVERYONE,
    Field.CERTIFICATE: EVERYONE,
    Field.CLEARANCE: STATE_AND_OWN,
    Field.CERTIFICATE_NUMBER: frozenset({Reader.OWN_FIRM, Reader.ADMINISTRATOR}),
    Field.CERTIFICATE_EVIDENCE: STATE_AND_OWN,
    Field.EXPORT_CONTROL: STATE_AND_OWN,
    Field.CONTACT: STATE_AND_OWN,
    Field.LINE: EVERYONE,
    Field.LINE_READINESS: STATE_AND_OWN,
    Field.LINE_RATES: STATE_AND_OWN,
    Field.LINE_COMMERCIAL: STATE_AND_OWN,
    Field.LINE_INPUTS: STATE_AND_OWN,
    Field.RANKING: EVERYONE,
    Field.GATES: STATE_AND_OWN,
    Field.FIRM_LOG: OVERSIGHT | {Reader.OWN_FIRM},
    Field.FIRM_VIEWS: OVERSIGHT | {Reader.OWN_FIRM},
    Field.TRAIL: OVERSIGHT,
}


def may_see(reader: Reader, field: Field) -> bool:
    """True only if the table has a row that says so."""
    return reader in SEEN_BY.get(field, frozenset())


def in_confidence(field: Field) -> bool:
    """Whether the field is not for everyone; showing it to the state is logged."""
    return SEEN_BY.get(field) != EVERYONE
