"""Summaries of samples, and how sure of them one can be."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Distribution:
    """A sample's size, mean, median, 90th and 95th percentiles and maximum, in its unit.

    All figures of an empty sample are NaN, so that none passes for a good result.
    """

    count: int
    avg: float
    median: float
    p90: float
    p95: float
    max: float

    @classmethod
    def of(cls, sample: Sequence[float]) -> "Distribution":
        """Summarise ``sample``; percentiles interpolate linearly."""
        if not sample:
            return cls(0, *[math.nan] * 5)
        values = np.asarray(sample, dtype=np.float64)
        return cls(
            count=len(sample),
            avg=float(values.mean()),
            median=float(np.median(values)),
            p90=float(np.percentile(values, 90)),
            p95=float(np.percentile(values, 95)),
            max=float(values.max()),
        )


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the bounds of its 95 % confidence interval; NaN where there is none."""

    estimate: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """For a difference: whether chance alone hardly explains it."""
        return self.low > 0 or self.high < 0


# No resample reaches beyond its values, so samples that do not overlap always have an interval
# without zero. Of 3 and 3 values of one source every tenth pair does not overlap, of 4 and 4 every
# 35th, of 5 and 5 every 126th; an interval of 95 % may err in every 20th.
_LEAST_VALUES = 5
Statistic = Callable[[NDArray[np.float64]], float]


def bootstrap_difference(
    first: Sequence[float],
    second: Sequence[float],
    statistic: Statistic,
    *,
    samples: int = 2000,
    seed: int = 1,
) -> Interval:
    """Interval of ``statistic(second) - statistic(first)`` by the percentile bootstrap.

    Both samples are resampled apart (Efron 1979), so their values have to be independent of each
    other: those of runs are, those of the words of one run are not. The seed makes a report
    reproducible. No bounds where a sample has fewer than 5 values, no estimate where it has none.
    """
    a, b = (np.asarray(sample, dtype=np.float64) for sample in (first, second))
    if not len(a) or not len(b):
        return Interval(math.nan, math.nan, math.nan)
    estimate = statistic(b) - statistic(a)
    if min(len(a), len(b)) < _LEAST_VALUES:
        return Interval(estimate, math.nan, math.nan)
    random = np.random.default_rng(seed)
    differences = [
        statistic(random.choice(b, len(b))) - statistic(random.choice(a, len(a)))
        for _ in range(samples)
    ]
    low, high = np.percentile(differences, [2.5, 97.5])
    return Interval(estimate, float(low), float(high))
