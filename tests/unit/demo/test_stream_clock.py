"""Frames that are looked at late keep the time at which they were heard."""

import pytest

from agent.demo.stream_clock import StreamClock

pytestmark = pytest.mark.unit


def test_frames_on_time_end_when_they_come() -> None:
    clock = StreamClock()
    starts = [clock.start_of(0.05, 100.0 + 0.05 * n) for n in range(3)]
    assert starts == pytest.approx([99.95, 100.0, 100.05])


def test_a_burst_after_a_stall_is_spread_over_the_time_of_the_stall() -> None:
    clock = StreamClock()
    clock.start_of(0.01, 100.0)
    burst = [clock.start_of(0.01, 101.0) for _ in range(100)]
    assert burst == pytest.approx([100.0 + 0.01 * n for n in range(100)])


def test_a_late_beginning_is_corrected_by_the_first_frame_in_time() -> None:
    clock = StreamClock()
    starts = [clock.start_of(0.01, taken) for taken in (100.5, 100.5, 100.5, 100.51)]
    assert starts == pytest.approx([100.49, 100.49, 100.49, 100.5])
