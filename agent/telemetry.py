"""What is measured: Prometheus metrics and the emissions log, from the cascade's events."""

import json
import logging
import os
import platform
import queue
import threading
from collections import Counter as Count
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from livekit.plugins.cascade import CascadeEvent

logger = logging.getLogger("interpreter.telemetry")

_SPAN_BUCKETS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0)
_RECOGNITION_BUCKETS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 8.0)
_STAGE_BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)
_MAX_WAITING_EVENTS = 20_000
_PACKAGES = (
    "livekit-interpreter",
    "livekit",
    "livekit-agents",
    "livekit-plugins-cascade",
    "livekit-plugins-edge-tts",
    "livekit-plugins-faster-whisper",
    "livekit-plugins-kokoro",
    "livekit-plugins-llama-cpp",
    "ctranslate2",
    "edge-tts",
    "faster-whisper",
    "kokoro-onnx",
    "llama-cpp-python",
    "onnxruntime",
)


class Metrics:
    """The worker's Prometheus metrics.

    Args:
        registry: where they are registered; LiveKit's ``/metrics`` serves the default one.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._span = Histogram(
            "interpreter_ear_voice_span_seconds",
            "From the end of a source word to the start of the audio that carries it.",
            ["language"],
            buckets=_SPAN_BUCKETS,
            registry=registry,
        )
        self._recognition = Histogram(
            "interpreter_recognition_delay_seconds",
            "From the end of a source word until it is recognised for good.",
            ["language"],
            buckets=_RECOGNITION_BUCKETS,
            registry=registry,
        )
        self._stage = Histogram(
            "interpreter_stage_seconds",
            "Time that one step of a stage took.",
            ["stage", "language"],
            buckets=_STAGE_BUCKETS,
            registry=registry,
        )
        self._queue = Gauge(
            "interpreter_speech_queue_seconds",
            "Speech still to be heard when the latest clause had been played.",
            ["language"],
            registry=registry,
        )
        self._dropped = Counter(
            "interpreter_dropped_clauses",
            "Clauses not spoken, and sentences not translated, to keep up.",
            ["language", "reason"],
            registry=registry,
        )
        self._guarded = Counter(
            "interpreter_guarded_translations",
            "Translations of a sentence that a guard against a model's mistakes took words from.",
            ["language"],
            registry=registry,
        )
        self._errors = Counter(
            "interpreter_errors", "Steps that failed.", ["stage"], registry=registry
        )
        self._spoken = Counter(
            "interpreter_spoken_seconds",
            "Translated speech handed to listeners.",
            ["language"],
            registry=registry,
        )
        self._routes = Gauge(
            "interpreter_active_routes",
            "Speakers that are interpreted into a language.",
            ["language"],
            registry=registry,
        )

    def on_event(self, event: CascadeEvent) -> None:
        """Take one event of the cascade."""
        data, language = event.data, event.language
        match event.kind:
            case "hypothesis":
                self._stage.labels("translation", language).observe(_number(data, "seconds"))
            case "synthesis":
                first = _number(data, "first_audio_seconds")
                self._stage.labels("first_audio", language).observe(first)
                self._stage.labels("synthesis", language).observe(_number(data, "seconds"))
            case "played":
                self._span.labels(language).observe(max(_number(data, "lag_seconds"), 0.0))
                self._queue.labels(language).set(_number(data, "queue_seconds"))
                seconds = _number(data, "wall_end") - _number(data, "wall_start")
                self._spoken.labels(language).inc(max(seconds, 0.0))
            case "dropped":
                self._dropped.labels(language, str(data.get("reason", ""))).inc()
            case "guarded":
                self._guarded.labels(language).inc()
            case "error":
                self._errors.labels(str(data.get("stage", ""))).inc()
            case _:
                return

    def add_word(self, language: str, delay_seconds: float) -> None:
        """A source word in ``language`` was recognised so long after its end."""
        self._recognition.labels(language).observe(max(delay_seconds, 0.0))

    def add_routes(self, language: str, count: int) -> None:
        """Change the number of routes into ``language`` by ``count``."""
        self._routes.labels(language).inc(count)


class RoomMetrics:
    """One room's share of the metrics: what can be told only by who knows the room."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._routes: Count[str] = Count()
        # Of the sentence that each speaker is at: its id, and the words recognised for good.
        self._recognised: dict[str, tuple[str, int]] = {}

    def on_event(self, event: CascadeEvent) -> None:
        """Take one event of the room's cascade."""
        self._metrics.on_event(event)
        if event.kind == "source":
            self._add_words(event)

    def _add_words(self, event: CascadeEvent) -> None:
        """Each snapshot of a sentence tells all of its words again."""
        segment_id, known = self._recognised.get(event.stream, ("", 0))
        committed = event.data["committed"]
        assert isinstance(committed, list)
        for _, _, end in committed[known if segment_id == event.segment_id else 0 :]:
            self._metrics.add_word(event.language, event.media_time - end)
        self._recognised[event.stream] = (event.segment_id, len(committed))

    def set_routes(self, target_languages: Iterable[str]) -> None:
        """Tell the target language of every route that now runs in the room."""
        now = Count(target_languages)
        for language in now | self._routes:
            if change := now[language] - self._routes[language]:
                self._metrics.add_routes(language, change)
        self._routes = now

    def close(self) -> None:
        """The room is over."""
        self.set_routes(())


@cache
def process_metrics() -> Metrics:
    """The metrics of this process; names can be registered only once."""
    return Metrics()


class EventsFile:
    """Writes the emissions log, ``events.jsonl``, from a thread of its own.

    It goes on behind what an earlier start has written, with a header of its own.

    Overflow rule: when the disk falls behind by 20 000 events, further ones are dropped and
    counted in the log. Once it cannot be written, all are dropped, which the log says once.

    Args:
        path: its folder is made when missing; a new file can be read by its owner alone.
        header: settings to record; secrets have to be masked already.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "a", encoding="utf-8", buffering=1, opener=_for_owner)
        self._queue: queue.Queue[CascadeEvent | None] = queue.Queue(_MAX_WAITING_EVENTS)
        self._failed = False
        if _breaks_off(path):
            self._file.write("\n")
        self._write({"kind": "header", **header})
        self._thread = threading.Thread(target=self._run, name="events-file", daemon=True)
        self._thread.start()

    def on_event(self, event: CascadeEvent) -> None:
        """Take one event of the cascade. Never blocks; any thread."""
        if self._failed:
            return
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            logger.warning("the disk is too slow, an event is missing in the events file")

    def close(self) -> None:
        """Write what is queued. Blocks."""
        self._queue.put(None)
        self._thread.join()
        # What could not be written before is tried once more here.
        with self._giving_up():
            self._file.close()

    def _run(self) -> None:
        while (event := self._queue.get()) is not None:
            # What comes after a failure is taken all the same, so that nobody waits for room.
            if not self._failed:
                with self._giving_up():
                    self._write(asdict(event))

    @contextmanager
    def _giving_up(self) -> Iterator[None]:
        """For good, when the disk does not take it; the log tells once."""
        try:
            yield
        except OSError:
            is_known, self._failed = self._failed, True
            if not is_known:
                logger.exception("the events file cannot be written any more")

    def _write(self, record: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _for_owner(path: str, flags: int) -> int:
    # It holds what people said.
    return os.open(path, flags, 0o600)


def _breaks_off(path: Path) -> bool:
    """Whether the last line of a file is not complete, as a killed process or a full disk may
    leave it. A pipe or a terminal has none."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def header(settings: Mapping[str, Any]) -> dict[str, Any]:
    """First line of each start: what ran, with which settings, on which machine."""
    return {
        "versions": {"python": platform.python_version(), **dict(_versions())},
        "settings": dict(settings),
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        },
    }


def _versions() -> Iterator[tuple[str, str]]:
    for package in _PACKAGES:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            continue


def _number(data: Mapping[str, object], key: str) -> float:
    value = data.get(key, 0.0)
    return float(value) if isinstance(value, int | float) else 0.0


class Observers:
    """Hands every event of the cascade to all that want it."""

    def __init__(self, *observers: Callable[[CascadeEvent], None]) -> None:
        self._observers = observers

    def __call__(self, event: CascadeEvent) -> None:
        for observer in self._observers:
            observer(event)
