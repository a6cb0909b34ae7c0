import math

import numpy as np
import pytest

from agent.evaluation.statistics import bootstrap_difference

pytestmark = pytest.mark.unit


def median(values: np.typing.NDArray[np.float64]) -> float:
    return float(np.median(values))


@pytest.mark.parametrize(("first", "second"), [(4, 9), (9, 4), (1, 1), (3, 3)])
def test_few_values_have_a_difference_without_bounds(first: int, second: int) -> None:
    difference = bootstrap_difference(range(first), range(20, 20 + second), median)
    assert difference.estimate > 10
    assert math.isnan(difference.low) and not difference.excludes_zero


def test_few_runs_of_the_same_are_seldom_told_apart() -> None:
    random = np.random.default_rng(0)
    told = 0
    for runs in (3, 4, 5, 6) * 25:
        first, second = (random.normal(size=runs).tolist() for _ in "ab")
        told += bootstrap_difference(first, second, median, samples=200).excludes_zero
    assert told <= 5


def test_what_is_plain_is_told_from_five_values_on() -> None:
    assert bootstrap_difference(range(5), range(10, 15), median).excludes_zero
    assert not bootstrap_difference(range(5), range(1, 6), median).excludes_zero
