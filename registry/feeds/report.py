"""The report of an import: a CSV file that says what was refused or looks odd, line by line."""

import csv
from pathlib import Path
from types import TracebackType

from registry.feeds.problems import Fault, FileRefused, RowRefused
from registry.feeds.told import Told as _
from registry.sheets import harmless

SHOWN = 80  # characters of a value
MOST_LINES = 100_000  # nobody reads more, and a small file must not fill the disk


class Report:
    """Written as the import goes; counts refused rows and warnings.

    A context manager. Raises FileRefused if the path cannot be written.
    """

    def __init__(self, path: Path):
        self.path = path
        self.refused = self.warned = self._lines = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # The mark makes Excel read the accents.
            self._file = path.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise FileRefused(
                _(
                    "The report cannot be written to %(file)s (%(why)s). "
                    "Name another place with --report.",
                    file=path,
                    why=error.strerror or error,
                )
            ) from error
        self._rows = csv.writer(self._file)
        self._rows.writerow(
            (_("Line"), _("Severity"), _("Column"), _("Value"), _("Reason"), _("What to do"))
        )

    def __enter__(self) -> "Report":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def refuse(self, line: int, refusal: RowRefused) -> None:
        """Count one refused row, and write a line for each of its faults."""
        self.refused += 1
        for fault in refusal.faults:
            self._write(line, _("refused"), fault)

    def warn(self, line: int, fault: Fault) -> None:
        """Count and write one warning."""
        self.warned += 1
        self._write(line, _("warning"), fault)

    def _write(self, line: int, severity: str, fault: Fault) -> None:
        self._lines += 1
        if self._lines > MOST_LINES:
            return
        if self._lines == MOST_LINES:
            fault = Fault(
                "", "", _("There are more lines than this report holds."), _("Correct these first.")
            )
        cells = (fault.column, shorten(fault.value), fault.reason, fault.advice)
        self._rows.writerow((line, severity, *map(harmless, cells)))


def shorten(value: object) -> str:
    """A value as it is shown to people: one line of at most `SHOWN` characters."""
    text = value if isinstance(value, str) else str(value)
    text = " ".join(text[: SHOWN * 4].split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
