"""Fields of a record: each knows its label, its hint, who sees it, and what is wrong in words."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import ValidationError, fields

from registry.i18n import gettext as _
from registry.i18n import mark
from registry.visibility.table import Field

Check = Callable[[Any], None]
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _metadata(label: str, sees: Field, hint: str, **more: Any) -> dict[str, Any]:
    return {
        "load_default": None,
        "allow_none": True,
        "metadata": {"label": label, "hint": hint, "sees": sees, **more},
    }


class Text(fields.String):
    """Words of at most `most` characters; what cannot be typed is taken out."""

    def __init__(
        self, label: str, sees: Field, most: int, hint: str = "", area: bool = False, **more: Any
    ):
        kind = "area" if area else "text"
        super().__init__(
            validate=_at_most(most), **_metadata(label, sees, hint, kind=kind, most=most, **more)
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return _CONTROL.sub("", super()._deserialize(value, *args, **kwargs)).strip() or None


class Whole(fields.Integer):
    """A whole number between two bounds."""

    default_error_messages = {  # noqa: RUF012
        "invalid": mark("Write a whole number in digits, such as 120."),
        "too_large": mark("This number is too large."),
    }

    def __init__(self, label: str, sees: Field, least: int, most: int, hint: str = ""):
        super().__init__(
            strict=False,
            validate=_between(least, most),
            **_metadata(label, sees, hint, kind="number"),
        )


class Decimal(fields.Float):
    """A number with decimals between two bounds."""

    default_error_messages = {  # noqa: RUF012
        "invalid": mark("Write a number in digits, such as 45.4."),
        "special": mark("Write a number in digits, such as 45.4."),
    }

    def __init__(self, label: str, sees: Field, least: float, most: float, hint: str = ""):
        super().__init__(
            validate=_between(least, most), **_metadata(label, sees, hint, kind="decimal")
        )


class Day(fields.Date):
    """A date, as browsers send it: 2027-05-31."""

    default_error_messages = {  # noqa: RUF012
        "invalid": mark("Write the date as year-month-day, such as 2027-05-31."),
    }

    def __init__(self, label: str, sees: Field, hint: str = ""):
        super().__init__(validate=_plausible, **_metadata(label, sees, hint, kind="date"))


class YesNo(fields.Boolean):
    """Yes, no, or not stated."""

    default_error_messages = {"invalid": mark("Choose one of the list.")}  # noqa: RUF012

    def __init__(self, label: str, sees: Field, hint: str = ""):
        super().__init__(
            truthy={"yes", True}, falsy={"no", False}, **_metadata(label, sees, hint, kind="yesno")
        )


class Choice(fields.String):
    """One of a few stored words, each with what it is called; or of a list of the record."""

    def __init__(
        self,
        label: str,
        sees: Field,
        words: Mapping[str, str],
        hint: str = "",
        required: bool = False,
        **more: Any,
    ):
        more = {"kind": "choice", "words": words, "required": required, **more}
        super().__init__(validate=_one_of(words), **_metadata(label, sees, hint, **more))


class Place(fields.String):
    """One of the record's own sites, by its key."""

    def __init__(self, label: str, sees: Field, hint: str = ""):
        super().__init__(validate=_at_most(12), **_metadata(label, sees, hint, kind="site"))


class Email(Text):
    def _validate(self, value: Any) -> None:
        super()._validate(value)
        if value and not _EMAIL.fullmatch(value):
            raise ValidationError(_("Write an e-mail address, such as sales@firm.example."))


def _at_most(most: int) -> Check:
    def check(value: str | None) -> None:
        if value and len(value) > most:
            raise ValidationError(
                _(
                    "At most %(most)s characters fit here; this has %(count)s.",
                    most=most,
                    count=len(value),
                )
            )

    return check


def _between(least: float, most: float) -> Check:
    def check(value: float | None) -> None:
        if value is not None and not least <= value <= most:
            raise ValidationError(
                _("Write a number from %(least)s to %(most)s.", least=least, most=most)
            )

    return check


def _one_of(words: Mapping[str, str]) -> Check:
    def check(value: str | None) -> None:
        if value is not None and value not in words:
            raise ValidationError(_("Choose one of the list."))

    return check


def _plausible(value: dt.date | None) -> None:
    if value is not None and not 1900 <= value.year <= 2200:
        raise ValidationError(_("Check the year: it is far from ours."))
