"""Filling a batch up where more rows take less time."""

import pytest

from livekit.plugins.llama_cpp.rows import RowCosts

pytestmark = pytest.mark.unit

# A 1.5B model on one thread. Single rows are slow on the first machine, quick on the second; the
# third has no kernel for sixteen rows.
SLOW_SINGLES = RowCosts({1: 0.12, 2: 0.21, 4: 0.15, 8: 0.27, 16: 0.34})
QUICK_SINGLES = RowCosts({1: 0.044, 2: 0.079, 4: 0.150, 8: 0.257, 16: 0.325})
NO_BLOCKS = RowCosts({1: 0.12, 2: 0.21, 4: 0.15, 8: 0.29, 16: 0.58})


@pytest.mark.parametrize(
    ("costs", "rows", "filled"),
    [
        *((SLOW_SINGLES, rows, 4) for rows in (2, 3, 4)),
        *((QUICK_SINGLES, rows, rows) for rows in (1, 2, 3, 4, 5)),
        *((SLOW_SINGLES, rows, 16) for rows in (12, 16)),
        *((QUICK_SINGLES, rows, 16) for rows in (12, 15)),
        *((NO_BLOCKS, rows, rows) for rows in (1, 12, 16, 28)),
        (NO_BLOCKS, 3, 4),
        (QUICK_SINGLES, 17, 17),
        (QUICK_SINGLES, 18, 18),
        (SLOW_SINGLES, 18, 20),
        (QUICK_SINGLES, 29, 32),
    ],
)
def test_a_batch_is_filled_up_where_that_takes_less_time(
    costs: RowCosts, rows: int, filled: int
) -> None:
    assert rows + costs.padding(rows) == filled


def test_a_batch_costs_its_full_blocks_and_the_rest() -> None:
    assert QUICK_SINGLES.of(32) == pytest.approx(2 * 0.325)
    assert QUICK_SINGLES.of(18) == pytest.approx(0.325 + 0.079)
    assert QUICK_SINGLES.of(6) == pytest.approx((0.150 + 0.257) / 2)
    # Measured: .37 s.
    assert QUICK_SINGLES.of(12) == pytest.approx(0.257 + 0.107)
