"""When the next mail may go: in the early morning of eastern Canada, daily or on Mondays."""

import datetime as dt

from registry.alerts.models import DAILY, WEEKLY

HOUR_UTC = 11
MONDAY = 0


def next_due(frequency: str, now: dt.datetime) -> dt.datetime | None:
    """The first moment after `now`; None for what is not on a calendar (instantly, never)."""
    if frequency not in (DAILY, WEEKLY):
        return None
    due = now.replace(hour=HOUR_UTC, minute=0, second=0, microsecond=0)
    while due <= now or (frequency == WEEKLY and due.weekday() != MONDAY):
        due += dt.timedelta(days=1)
    return due
