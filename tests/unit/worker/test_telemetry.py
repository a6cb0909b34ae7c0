"""Metrics and the emissions log, from the cascade's events."""

import errno
import json
import os
import re
import time
from pathlib import Path
from unittest.mock import Mock

import pytest
from prometheus_client import CollectorRegistry

from agent import telemetry
from agent.evaluation.emissions import Header, Played, read_log
from agent.telemetry import EventsFile, Metrics, RoomMetrics, header
from livekit.plugins.cascade import CascadeEvent
from livekit.plugins.cascade.types import EventKind
from tests.logs import told

pytestmark = pytest.mark.unit


def _event(kind: EventKind, **data: object) -> CascadeEvent:
    return CascadeEvent(kind, "ana", "es", "SG_1", media_time=2.0, wall_time=100.0, data=data)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def test_events_become_metrics(registry: CollectorRegistry) -> None:
    metrics = Metrics(registry)
    metrics.on_event(_event("hypothesis", text="hola", seconds=0.4))
    metrics.on_event(
        _event("synthesis", seconds=0.6, first_audio_seconds=0.2, audio_seconds=1.0, speed=1.0)
    )
    metrics.on_event(
        _event("played", wall_start=10.0, wall_end=11.5, lag_seconds=2.2, queue_seconds=0.3)
    )
    metrics.on_event(_event("dropped", text="hola", reason="queue"))
    metrics.on_event(_event("guarded", text="hola hola"))
    metrics.on_event(_event("error", stage="tts", message="down"))
    metrics.on_event(_event("commit", text="hola"))

    spanish = {"language": "es"}
    expected = {
        ("interpreter_ear_voice_span_seconds_sum", "es"): 2.2,
        ("interpreter_speech_queue_seconds", "es"): 0.3,
        ("interpreter_spoken_seconds_total", "es"): 1.5,
        ("interpreter_guarded_translations_total", "es"): 1,
    }
    found = {key: registry.get_sample_value(key[0], spanish) for key in expected}
    assert found == expected
    for stage, seconds in (("translation", 0.4), ("synthesis", 0.6), ("first_audio", 0.2)):
        labels = {"stage": stage, "language": "es"}
        assert registry.get_sample_value("interpreter_stage_seconds_sum", labels) == seconds
    dropped = {"language": "es", "reason": "queue"}
    assert registry.get_sample_value("interpreter_dropped_clauses_total", dropped) == 1
    assert registry.get_sample_value("interpreter_errors_total", {"stage": "tts"}) == 1


def test_the_documentation_lists_every_metric(registry: CollectorRegistry) -> None:
    Metrics(registry)
    page = Path(telemetry.__file__).parents[1] / "docs" / "operations.md"
    listed = re.findall(r"^\| `(interpreter_\w+)`", page.read_text(encoding="utf-8"), re.MULTILINE)
    kept = [(one.name, "_total" if one.type == "counter" else "") for one in registry.collect()]
    assert sorted(listed) == sorted(name + suffix for name, suffix in kept)


def test_routes_are_counted_over_rooms(registry: CollectorRegistry) -> None:
    metrics = Metrics(registry)
    first, second = RoomMetrics(metrics), RoomMetrics(metrics)

    def active(language: str) -> float | None:
        return registry.get_sample_value("interpreter_active_routes", {"language": language})

    first.set_routes(["es", "es", "fr"])
    second.set_routes(["es"])
    assert (active("es"), active("fr")) == (3, 1)
    first.set_routes(["es"])
    assert (active("es"), active("fr")) == (2, 0)
    first.close()
    second.close()
    assert active("es") == 0


def _heard(segment_id: str, *ends: float, at: float, stream: str = "ana") -> CascadeEvent:
    """Words of a sentence that are recognised at a media time, and one that may yet change."""
    data: dict[str, object] = {
        "committed": [["word", end - 0.3, end] for end in ends],
        "tail": [["wor", at - 0.2, at]],
    }
    return CascadeEvent("source", stream, "en", segment_id, at, 100.0, data=data)


def test_a_word_s_delay_is_counted_once(registry: CollectorRegistry) -> None:
    room, other = RoomMetrics(Metrics(registry)), RoomMetrics(Metrics(CollectorRegistry()))
    room.on_event(_heard("SG_1", at=1.0))
    room.on_event(_heard("SG_1", 1.0, at=1.5))
    other.on_event(_heard("SG_9", 1.0, 1.2, at=1.7))
    room.on_event(_heard("SG_1", 1.0, 1.75, at=2.5))
    room.on_event(_heard("SG_7", 2.0, at=3.0, stream="ben"))
    # Its last word may have become the first of the next sentence.
    room.on_event(_heard("SG_2", 3.0, 3.5, at=4.0))

    def found(what: str) -> float | None:
        name = f"interpreter_recognition_delay_seconds_{what}"
        return registry.get_sample_value(name, {"language": "en"})

    assert found("count") == 5
    assert found("sum") == 0.5 + 0.75 + 1.0 + 1.0 + 0.5


def test_events_file_is_read_by_the_evaluation(tmp_path: Path) -> None:
    path = tmp_path / "new" / "events.jsonl"
    log = EventsFile(path, header({"target_languages": ["es"]}))
    log.on_event(_event("played", text="¿qué?", wall_start=1.0, wall_end=2.0, source_end=1.5))
    log.close()
    assert "¿qué?" in path.read_text(encoding="utf-8")
    read = read_log(path)
    (first,) = read.of(Header)
    assert first.settings == {"target_languages": ["es"]}
    assert first.versions["python"] and first.machine["cores"]
    (played,) = read.of(Played)
    assert (played.stream, played.data.text, played.data.source_end) == ("ana", "¿qué?", 1.5)


def test_every_line_stands_alone(tmp_path: Path) -> None:
    log = EventsFile(tmp_path / "events.jsonl", header({}))
    for number in range(100):
        log.on_event(_event("commit", text=f"line\n{number}"))
    log.close()
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["header"] + ["commit"] * 100


def _kinds(path: Path) -> list[str]:
    return [json.loads(line)["kind"] for line in path.read_text().splitlines()]


def test_what_an_earlier_start_wrote_stays(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for target in ("es", "fr"):
        log = EventsFile(path, header({"target_languages": [target]}))
        log.on_event(_event("commit", text=target))
        log.close()
    assert _kinds(path) == ["header", "commit"] * 2
    targets = [
        start.settings["target_languages"]
        for start in map(Header.model_validate_json, path.read_text().splitlines()[::2])
    ]
    assert targets == [["es"], ["fr"]]


def test_a_start_goes_on_behind_a_line_that_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"kind": "header"}\n{"kind": "com')
    EventsFile(path, header({})).close()
    assert path.read_text().startswith('{"kind": "header"}\n{"kind": "com\n{"kind": "header"')


def test_two_workers_on_one_file_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    logs = [EventsFile(path, header({})) for _ in range(2)]
    for number in range(20):
        logs[number % 2].on_event(_event("commit", text="x" * 20_000))
    for log in logs:
        log.close()
    assert sorted(_kinds(path)) == ["commit"] * 20 + ["header"] * 2


def test_only_its_owner_reads_a_new_file(tmp_path: Path) -> None:
    new, old = tmp_path / "new.jsonl", tmp_path / "old.jsonl"
    old.touch(0o640)
    for path in (new, old):
        EventsFile(path, header({})).close()
    assert [path.stat().st_mode & 0o777 for path in (new, old)] == [0o600, 0o640]


def test_what_is_no_file_takes_events_too(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    EventsFile(pipe, header({})).close()
    assert os.read(reading, 2**16).startswith(b'{"kind": "header"')
    os.close(reading)


def _full_disk(log: EventsFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written stays in the buffer, so that closing the file fails as well."""
    log._file.close()
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(
        log, "_file", Mock(write=Mock(side_effect=full), close=Mock(side_effect=full))
    )


@pytest.mark.timeout(20)
def test_a_full_disk_is_told_once_and_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(telemetry, "_MAX_WAITING_EVENTS", 3)
    log = EventsFile(tmp_path / "events.jsonl", header({}))
    _full_disk(log, monkeypatch)
    log.on_event(_event("commit"))
    while not told(caplog):
        time.sleep(0.001)
    for _ in range(10):
        log.on_event(_event("commit"))
    log.close()
    assert [record.message for record in told(caplog)] == [
        "the events file cannot be written any more"
    ]


def test_a_disk_that_is_full_at_the_end_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = EventsFile(tmp_path / "events.jsonl", header({}))
    _full_disk(log, monkeypatch)
    log.close()
    assert len(told(caplog)) == 1
