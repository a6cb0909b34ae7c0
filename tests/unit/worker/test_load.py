"""How busy the process says it is."""

from collections import deque

import pytest

from agent import load as agent_load
from agent.load import Load, LoadMeter, share

pytestmark = pytest.mark.unit


class Machine:
    """A process on a machine with cores and engines, and a clock that somebody turns."""

    def __init__(self, cores: float | None = 16) -> None:
        self.now = self.used = 0.0
        self.engines = {"faster_whisper": 0.0, "kokoro": 0.0}
        self.meter = LoadMeter(
            lambda: self.engines, cores, clock=lambda: self.now, used=lambda: self.used
        )

    def after(self, seconds: int, cores: float, **engines: float) -> Load:
        """The load when so many cores, and such a share of each engine's thread, were at work."""
        load = self.meter()
        for _ in range(seconds):
            self.now += 1.0
            self.used += cores
            for name, busy in engines.items():
                self.engines[name] += busy
            load = self.meter()
        return load


def test_share_of_the_cores_over_the_last_seconds() -> None:
    samples = deque([(0.0, 0.0), (10.0, 10.0), (20.0, 20.0)])
    assert share(samples, cores=2) == 0.5
    assert share(samples, cores=1) == 1.0


def test_what_is_long_past_does_not_count() -> None:
    busy_then_idle = deque([(float(t), float(min(t, 10))) for t in range(40)])
    assert share(busy_then_idle, cores=1) == 0.0
    assert len(busy_then_idle) < 23, "old samples are forgotten"


def test_samples_that_are_far_apart_count_for_all_the_time_between() -> None:
    assert share(deque([(0.0, 0.0), (80.0, 20.0)])) == 0.25


def test_a_single_sample_is_no_load() -> None:
    assert share(deque([(1.0, 5.0)]), cores=1) == 0.0


def test_a_start_is_no_full_machine() -> None:
    assert share(deque([(0.0, 0.0), (0.1, 0.2)]), cores=2) < 0.01


def test_the_meter_measures() -> None:
    meter = LoadMeter(cores=1)
    assert 0.0 <= meter().share <= 1.0


@pytest.mark.parametrize("limit", [0.5, 1.5, 2.5])
def test_a_limit_that_is_all_used_is_a_full_machine(
    limit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_load, "processor_share", lambda: limit)
    assert Machine(cores=None).after(30, limit).share == pytest.approx(1.0)


@pytest.mark.parametrize("engine", ["faster_whisper", "kokoro"])
@pytest.mark.parametrize(("cores", "used"), [(16, 1.5), (64, 12.0), (16, 0.1)])
def test_an_engine_whose_thread_never_rests_is_full_on_any_machine(
    engine: str, cores: int, used: float
) -> None:
    load = Machine(cores).after(30, used, **{engine: 1.0})
    assert load.of == engine and load.share == pytest.approx(1.0)


def test_one_speaker_on_two_cores_is_what_the_processor_says() -> None:
    """Translation takes what the others leave; a recogniser takes no more than its share."""
    load = Machine(2).after(30, 1.7, faster_whisper=0.6, kokoro=0.5)
    assert load.of == "the processor" and load.share == pytest.approx(0.85)


def test_an_engine_that_rests_again_is_full_no_longer() -> None:
    machine = Machine()
    assert machine.after(20, 1.5, kokoro=1.0).share == pytest.approx(1.0)
    assert machine.after(10, 0.5, kokoro=0.1).share == pytest.approx(0.55)
    assert machine.after(10, 0.5, kokoro=0.1).share == pytest.approx(0.1)


def test_a_long_piece_of_work_is_no_full_engine() -> None:
    assert Machine().after(5, 1.0, kokoro=1.0).share == pytest.approx(0.25)
