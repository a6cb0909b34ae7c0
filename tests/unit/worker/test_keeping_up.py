"""Who runs a machine that is too slow is told, and told what to do."""

import logging

import pytest

from agent.config import Settings
from agent.keeping_up import REMEDIES, LagWatch
from agent.models.catalogue import PROFILES
from livekit.plugins.cascade import CascadeEvent

pytestmark = pytest.mark.unit


def played(lag: float, *, at: float, language: str = "es") -> CascadeEvent:
    return CascadeEvent(
        kind="played",
        stream="ana",
        language=language,
        segment_id="s",
        media_time=at - lag,
        wall_time=at,
        data={"lag_seconds": lag},
    )


def warnings(watch: LagWatch, events: list[CascadeEvent], log: pytest.LogCaptureFixture) -> int:
    log.clear()
    with log.at_level(logging.WARNING):
        for event in events:
            watch.on_event(event)
    return len(log.records)


def test_a_lag_that_stays_is_told_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    late = [played(9.0, at=float(second)) for second in range(100, 600, 10)]
    assert warnings(LagWatch(), late, caplog) == 2
    assert "into es is 9 s behind" in caplog.text
    assert "INTERPRETER_TARGET_LANGUAGES" in caplog.text


def test_one_slow_sentence_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    lags = [3.0, 3.0, 20.0, 20.0, 3.0, 3.0, 3.0, 3.0]
    events = [played(lag, at=10.0 * index) for index, lag in enumerate(lags)]
    assert warnings(LagWatch(), events, caplog) == 0


def test_languages_are_watched_apart(caplog: pytest.LogCaptureFixture) -> None:
    events = [
        played(lag, at=10.0 * index, language=language)
        for index in range(8)
        for language, lag in (("es", 2.0), ("fr", 12.0))
    ]
    assert warnings(LagWatch(), events, caplog) == 1
    assert "into fr" in caplog.text


def test_a_route_that_has_long_been_silent_is_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    watch = LagWatch()
    late = [played(9.0, at=10.0 * index) for index in range(5)]
    resumed = played(9.0, at=340.0)
    assert warnings(watch, [*late, resumed], caplog) == 0, "not the sixth of the same stretch"
    for index in range(100):
        watch.on_event(played(1.0, at=1000.0 + 10.0 * index, language=f"l{index}"))
    assert len(watch._routes) == 30


def test_the_remedies_exist() -> None:
    assert "INTERPRETER_PROFILE=fast" in REMEDIES
    assert "fast" in PROFILES
    assert Settings.model_validate({"profile": "fast"}).profile == "fast"
