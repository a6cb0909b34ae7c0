"""A language that nothing knows is refused before there is any model."""

import importlib.util
from typing import Any

import pytest

from agent.config import Settings
from agent.engines import EngineError, check_recognisers, check_voices
from livekit.plugins import kokoro

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]


def voices(*engines: str, **section: Any) -> Settings:
    return Settings(tts={"engines": engines, **section})


def test_a_language_that_no_engine_speaks_names_the_setting_and_those_there_are() -> None:
    spoken = ", ".join(sorted(kokoro.LANGUAGES))
    expected = f"INTERPRETER_TARGET_LANGUAGES: de .*speaks {spoken}"
    with pytest.raises(EngineError, match=expected):
        check_voices(voices("kokoro"), ["es", "de"])
    with pytest.raises(EngineError, match=r"TARGETS: qu .*speaks en, es.*there are voices for af"):
        check_voices(voices("kokoro", "edge_tts"), ["qu"], variable="TARGETS")


def test_a_language_that_nothing_recognises_names_the_setting_and_those_there_are() -> None:
    expected = "INTERPRETER_SOURCE_LANGUAGE: tlh cannot .*knows: af, am, .*, yue, zh"
    with pytest.raises(EngineError, match=expected):
        check_recognisers(Settings(), "tlh")
    with pytest.raises(EngineError, match="^SOURCE: tlh"):
        check_recognisers(Settings(), "tlh", variable="SOURCE")


def test_languages_that_are_detected_or_recognised_pass() -> None:
    check_recognisers(Settings())
    check_recognisers(Settings(), "en", "pt-BR", "zh-TW", "fil")
    with pytest.raises(EngineError, match="tlh"):
        check_recognisers(Settings(), "en", "tlh")


def test_a_servers_recogniser_is_taken_to_know_any_language() -> None:
    check_recognisers(Settings(stt={"engines": ("faster_whisper", "openai")}), "tlh")


@pytest.mark.parametrize("engines", [("edge_tts", "kokoro"), ("kokoro", "edge_tts"), ("openai",)])
def test_one_engine_of_the_list_is_enough(engines: tuple[str, ...]) -> None:
    check_voices(voices(*engines), ["de", "es", "pt-BR"])


def test_a_voice_of_the_network_that_is_named_speaks_its_language() -> None:
    check_voices(voices("edge_tts", voices={"edge_tts": {"qu": "qu-PE-AnyNeural"}}), ["qu"])


@pytest.mark.parametrize("language", ["ja", "zh"])
def test_a_missing_phonemizer_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=rf"{language} cannot .*plugins-kokoro\[{language}\]"):
        check_voices(voices("kokoro"), ["es", language])
    check_voices(voices("kokoro", "edge_tts"), ["es", language])
