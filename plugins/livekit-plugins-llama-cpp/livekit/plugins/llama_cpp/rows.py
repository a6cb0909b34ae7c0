"""How many rows a batch should have, which is not always the fewest. Pure.

llama.cpp's CPU kernels multiply four rows at a time and what is left over one by one, and on x86
the first of them sixteen at a time (ggml-cpu/arch/x86/repack.cpp). What a single row costs beside
four differs by a factor of two between machines, so it is measured: of a 1.5B model on one thread
3 rows took .29 s and 4 rows .15 s on one, .12 s and .15 s on another; 12 rows .39 s, 16 rows .34 s
on both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

_GROUP, BLOCK = 4, 16
MEASURED = (1, 2, 4, 8, 16)
# Costs that are nearer to each other than this are the same.
_WORTH_PADDING = 0.97


@dataclass(frozen=True, slots=True)
class RowCosts:
    """Seconds that a batch of so many rows takes, for each size in :data:`MEASURED`."""

    seconds: Mapping[int, float]

    def padding(self, rows: int) -> int:
        """How many rows to add to a batch so that it takes less time."""
        sizes = (rows + -rows % _GROUP, rows + -rows % BLOCK)
        best = min(sizes, key=self.of)
        return best - rows if self.of(best) < _WORTH_PADDING * self.of(rows) else 0

    def of(self, rows: int) -> float:
        """Expected seconds of a batch: full blocks, and the rest of one."""
        blocks, rest = divmod(rows, BLOCK)
        return blocks * self.seconds[BLOCK] + self._of_part(rest)

    def _of_part(self, rows: int) -> float:
        """Between two sizes in proportion, and beyond the last of a part as up to there."""
        sizes = (0, *MEASURED[:-1])
        left, right = next((pair for pair in pairwise(sizes) if rows <= pair[1]), sizes[-2:])
        least, most = self.seconds.get(left, 0.0), self.seconds[right]
        return least + (most - least) * (rows - left) / (right - left)
