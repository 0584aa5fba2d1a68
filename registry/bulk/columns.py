"""The columns of the template: those of a line, and those of one of its inputs.

A line takes one row for each of its inputs; its own columns are read from its first row, which its
reference finds. A heading is understood in either language.
"""

from functools import cache

from flask_babel import force_locale

from registry.capabilities.lines import FIELDS, INPUT_FIELDS, LineField
from registry.feeds.columns import Columns
from registry.feeds.text import fold_heading
from registry.i18n import gettext as _
from registry.web import LOCALES

REFERENCE = "reference"
INPUT = "input_"  # before the name of an input's field

LINE_COLUMNS: dict[str, LineField] = {field.name: field for field in FIELDS}
INPUT_COLUMNS: dict[str, LineField] = {INPUT + field.name: field for field in INPUT_FIELDS}
ALL_COLUMNS = {**LINE_COLUMNS, **INPUT_COLUMNS}


@cache
def template_columns() -> Columns:
    """The columns with their headings in both languages."""
    spellings: dict[str, list[str]] = {name: [] for name in ALL_COLUMNS}
    for locale in LOCALES.values():
        with force_locale(locale):
            for name, field in ALL_COLUMNS.items():
                spellings[name].append(fold_heading(_(field.label)))
    return Columns(spellings, required=(REFERENCE,))
