"""Translation takes the cores that are free, and a container's limit counts."""

import os
from pathlib import Path

import pytest

from agent.engines.cores import FreeCores, OtherProcesses
from agent.load import available_cores, processor_share

pytestmark = pytest.mark.unit


def test_translation_takes_what_the_others_leave() -> None:
    busy = {"stt": False, "tts": False}
    free = FreeCores(2)
    free.share_with(lambda: busy["stt"], 1)
    free.share_with(lambda: busy["tts"], 1)
    assert free() == 2
    busy["stt"] = True
    assert free() == 1
    busy["tts"] = True
    assert free() == 1, "never less than one"


def test_an_engine_with_more_threads_takes_more_cores() -> None:
    free = FreeCores(8)
    free.share_with(lambda: True, 3)
    assert free() == 5


def test_a_big_machine_gives_no_more_than_helps() -> None:
    assert FreeCores(64)() == 8


@pytest.mark.parametrize(("others", "threads"), [(0.2, 2), (0.5, 1), (1.0, 1), (3.0, 1)])
def test_translation_takes_no_core_that_other_processes_use(others: float, threads: int) -> None:
    assert FreeCores(2, others=lambda: others)() == threads


@pytest.mark.parametrize(("others", "threads"), [(30.0, 2), (62.5, 1)])
def test_neighbours_on_other_cores_of_a_big_machine_are_no_matter(
    others: float, threads: int
) -> None:
    assert FreeCores(2, others=lambda: others, machine=64)() == threads


def test_what_others_use_is_all_but_what_this_process_does() -> None:
    now, busy, own = 100.0, 50.0, 5.0
    others = OtherProcesses(clock=lambda: now, busy=lambda: busy, own=lambda: own)
    assert others() == 0.0, "nothing is known yet"
    now, busy, own = 101.0, 51.7, 6.2
    assert others() == pytest.approx(0.5)
    now, busy = 101.1, 52.0
    assert others() == pytest.approx(0.5), "too little has passed to be measured"
    now, own = 102.0, 7.2
    assert others() == 0.0, "ticks are coarse; less than nothing is nothing"


def test_other_processes_are_measured_on_this_machine() -> None:
    now = 0.0
    others = OtherProcesses(clock=lambda: now)
    now = 1.0
    assert 0.0 <= others() < 1000.0


@pytest.mark.parametrize(
    ("limit", "cores"),
    [("max 100000", available_cores(Path("/none"))), ("50000 100000", 1), ("garbage", None)],
)
def test_a_container_has_the_cores_of_its_limit(
    limit: str, cores: int | None, tmp_path: Path
) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text(limit)
    assert available_cores(quota) == (cores or available_cores(Path("/none")))


@pytest.mark.parametrize(
    ("limit", "threads", "share"), [("50000 100000", 1, 0.5), ("350000 100000", 4, 3.5)]
)
def test_a_fraction_of_a_core_is_a_thread_and_no_core(
    limit: str, threads: int, share: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(16)), raising=False)
    quota = tmp_path / "cpu.max"
    quota.write_text(limit)
    assert (available_cores(quota), processor_share(quota)) == (threads, share)


def test_the_limit_rounds_up_and_the_machine_bounds_it(tmp_path: Path) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text("99900000 100000")
    assert available_cores(quota) == available_cores(Path("/none"))
