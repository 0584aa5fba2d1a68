"""An index: firms as arrays, and over them the few that changed since it was built."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.index.kin import Kin
from matching.index.ragged import Ragged
from matching.index.segment import Segment
from matching.index.statistics import Statistics


@dataclass(frozen=True)
class Leaders:
    """For each of K classes the firms that codes and models speak for most: where search begins."""

    places: Ragged  # K rows: places of firms
    points: Ragged  # K rows: the points that these firms get from features of the class alone

    @classmethod
    def none(cls) -> "Leaders":
        """No leaders: a part so small that all of its firms are scored."""
        empty = np.zeros(0, np.int32)
        return cls(Ragged(np.zeros(1, np.int64), empty), Ragged(np.zeros(1, np.int64), empty))


@dataclass(frozen=True)
class Part:
    """A segment of an index, and which of its firms a newer segment replaces."""

    segment: Segment
    statistics: Statistics
    kin: Kin
    leaders: Leaders
    hidden: NDArray[np.bool_]  # N: true where the firm is not to be found here


@dataclass(frozen=True)
class Index:
    """The base part and, once something changed, a small part laid over it."""

    parts: tuple[Part, ...]

    @property
    def base(self) -> Part:
        return self.parts[0]

    @property
    def statistics(self) -> Statistics:
        """Those that needs are compiled with: the newest part's know the most terms."""
        return self.parts[-1].statistics

    def __len__(self) -> int:
        return sum(int((~part.hidden).sum()) for part in self.parts)
