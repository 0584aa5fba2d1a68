"""The pages of shortlists: one blueprint, whose routes stand by theme in files of their own."""

from typing import Any

from flask import Blueprint

from registry import terms
from registry.accounts.models import ADMINISTRATOR, OFFICIAL
from registry.shortlists import words
from registry.shortlists.models import REASONS, STATUSES

pages = Blueprint("shortlists", __name__)
KEEPERS = (OFFICIAL, ADMINISTRATOR)


@pages.context_processor
def _words() -> dict[str, Any]:
    """The words of stored values, for every page of shortlists."""
    return {
        "status_words": lambda value: terms.said(words.STATUS_WORDS, value),
        "status_chip": lambda value: words.STATUS_CHIPS.get(value, "ask"),
        "reason_words": lambda value: terms.said(words.REASON_WORDS, value),
        "role_words": lambda value: terms.said(words.ROLE_WORDS, value),
        "outcome_words": lambda value: terms.said(words.OUTCOME_WORDS, value),
        "move_words": lambda value: terms.said(words.MOVE_WORDS, value),
        "move_chip": lambda value: words.MOVE_CHIPS[value],
        "statuses": STATUSES,
        "reasons": REASONS,
    }
