"""When the demo may stop: nothing said is left unspoken, and then a moment of quiet."""

from typing import Any

import pytest

from agent.demo.progress import RunProgress

pytestmark = pytest.mark.unit


def event(kind: str, language: str, segment: str, **data: Any) -> dict[str, Any]:
    return {"kind": kind, "language": language, "segment_id": segment, "data": data}


def source(segment: str, words: int, *, final: bool, language: str = "en") -> dict[str, Any]:
    committed = [["word", 0.0, 0.1]] * words
    return event("source", language, segment, committed=committed, tail=[], final=final)


def test_ends_when_every_segment_is_spoken_in_every_language_and_it_is_quiet() -> None:
    progress = RunProgress(("es", "fr"))
    progress.take(source("a", 3, final=True), 5.0)
    progress.speech_ended_at = 6.0
    assert not progress.finished(100.0)
    progress.take(event("spoken", "es", "a"), 8.0)
    assert progress.pending() == {"fr": 1}
    progress.take(event("spoken", "fr", "a"), 9.0)
    assert not progress.finished(10.0)
    assert progress.finished(11.5)


def test_a_direct_route_speaks_the_sentences_of_its_own_recogniser() -> None:
    progress = RunProgress(("en-US", "fr"))
    progress.take(source("a", 3, final=True, language="es"), 5.0)
    progress.take(source("b", 2, final=True, language="en"), 5.0)
    progress.take(source("c", 2, final=True, language="en"), 5.0)
    assert progress.pending() == {"en-US": 2, "fr": 1}
    progress.take(event("spoken", "en-US", "b"), 8.0)
    progress.take(event("spoken", "en-US", "c"), 8.0)
    progress.take(event("spoken", "fr", "a"), 8.0)
    assert progress.pending() == {}


def test_does_not_end_while_somebody_hears_sound() -> None:
    progress = RunProgress(("es",))
    progress.take(source("a", 3, final=True), 5.0)
    progress.take(event("spoken", "es", "a"), 6.0)
    progress.speech_ended_at = 6.0
    progress.heard(20.0)
    assert not progress.finished(21.0)
    assert progress.finished(22.5)


def test_does_not_end_while_the_recording_plays() -> None:
    progress = RunProgress(("es",))
    progress.take(source("a", 3, final=True), 5.0)
    progress.take(event("spoken", "es", "a"), 6.0)
    assert not progress.finished(1000.0)


def test_an_open_segment_is_waited_for() -> None:
    progress = RunProgress(("es",))
    progress.speech_ended_at = 6.0
    progress.take(source("a", 0, final=False), 6.0)
    progress.take(source("b", 1, final=True), 6.0)
    progress.take(event("spoken", "es", "b"), 6.0)
    assert not progress.finished(100.0)
    progress.take(source("a", 0, final=True), 7.0)
    assert progress.finished(100.0)


def test_gives_up_when_nothing_was_recognised() -> None:
    progress = RunProgress(("es",))
    progress.speech_ended_at = 6.0
    assert not progress.finished(10.0)
    assert progress.finished(30.0)
    assert not progress.recognised


def test_lag_is_that_of_the_first_chunk_of_a_segment() -> None:
    progress = RunProgress(("es",))
    progress.take(event("played", "es", "a", lag_seconds=2.5), 5.0)
    progress.take(event("played", "es", "a", lag_seconds=3.5), 6.0)
    assert progress.segment_lag("es", "a") == 2.5
    assert progress.lag == {"es": 3.5}
    assert progress.segment_lag("es", "b") is None


def test_only_failures_that_cost_something_are_kept() -> None:
    progress = RunProgress(("es",))
    progress.take(event("error", "es", "a", stage="translation", message="late"), 5.0)
    progress.take(
        event("error", "es", "a", stage="translation", message="no model", recoverable=False), 5.0
    )
    assert progress.failures == ["translation (es): no model"]
