"""How busy the process says it is."""

from collections import deque

import pytest

from agent.load import LoadMeter, share

pytestmark = pytest.mark.unit


def test_share_of_the_cores_over_the_last_seconds() -> None:
    samples = deque([(0.0, 0.0), (10.0, 10.0), (20.0, 20.0)])
    assert share(samples, cores=2) == 0.5
    assert share(samples, cores=1) == 1.0


def test_what_is_long_past_does_not_count() -> None:
    busy_then_idle = deque([(float(t), float(min(t, 10))) for t in range(40)])
    assert share(busy_then_idle, cores=1) == 0.0
    assert len(busy_then_idle) < 23, "old samples are forgotten"


def test_a_single_sample_is_no_load() -> None:
    assert share(deque([(1.0, 5.0)]), cores=1) == 0.0


def test_a_start_is_no_full_machine() -> None:
    assert share(deque([(0.0, 0.0), (0.1, 0.2)]), cores=2) < 0.01


def test_the_meter_measures() -> None:
    meter = LoadMeter(cores=1)
    assert 0.0 <= meter() <= 1.0
