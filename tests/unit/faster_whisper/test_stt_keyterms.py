"""Words to expect: which ones, how Whisper is told, and when a stream knows of them."""

import logging

import pytest
from livekit.agents import stt

from livekit.plugins.faster_whisper import STT
from livekit.plugins.faster_whisper.keyterms import MOST_TOKENS, as_said, fitting, merged
from tests.fakes.whisper_stream import LoudnessVAD, ScriptedRecognizer, audio, bench, spoken

pytestmark = pytest.mark.unit


def test_each_term_counts_once_however_it_is_written() -> None:
    assert merged(["Custom  Speech", "", "LiveKit"], ["livekit", "Opus"]) == (
        "Custom Speech",
        "LiveKit",
        "Opus",
    )


def test_terms_are_a_sentence_of_their_own() -> None:
    assert as_said(["Custom Speech", "LiveKit"]) == " Custom Speech, LiveKit."
    assert as_said([]) == ""


def test_the_first_terms_are_those_there_is_room_for() -> None:
    terms = [f"term{number}" for number in range(200)]
    found = fitting(terms, lambda text: len(text.split()))
    assert found == tuple(terms[:MOST_TOKENS])
    assert fitting(terms[:5], lambda text: len(text.split())) == tuple(terms[:5])
    assert fitting(["endless"], lambda text: MOST_TOKENS + 1) == ()


async def test_every_decode_of_a_stream_expects_the_terms() -> None:
    async with bench(spoken("one two three"), keyterms=["LiveKit", "livekit"]) as run:
        run.push(1.6, loud=True)
        await run.finish()
        assert {request.keyterms for request in run.recognizer.requests} == {("LiveKit",)}


async def test_an_open_stream_expects_terms_that_come_later() -> None:
    async with bench(spoken("one two three four"), keyterms=["LiveKit"]) as run:
        assert run.stt.capabilities.keyterms
        # What an AgentSession does with the key terms it was given or has found.
        run.stt._update_session_keyterms(["Custom Speech"])
        run.push(1.2, loud=True)
        await run.until(stt.SpeechEventType.FINAL_TRANSCRIPT)
        run.stt.update_options(keyterms=["Opus"])
        known = len(run.recognizer.requests)
        run.push(2.0, loud=True)
        await run.finish()
        found = [request.keyterms for request in run.recognizer.requests]
        assert found[0] == ("LiveKit", "Custom Speech")
        assert found[known:] == [("Opus", "Custom Speech")] * len(found[known:]) != []


async def test_finished_audio_is_recognised_with_the_terms() -> None:
    recognizer = ScriptedRecognizer(spoken("one"))
    engine = STT(recognizer=recognizer, vad=LoudnessVAD(), language="en", keyterms=["LiveKit"])
    await engine.recognize(audio(1.0, loud=True))
    await engine.aclose()
    recognizer.close()
    assert recognizer.keyterms == ("LiveKit",)


def test_terms_without_room_are_told_of_and_not_named(caplog: pytest.LogCaptureFixture) -> None:
    recognizer = ScriptedRecognizer(())
    recognizer.most_keyterms = 1
    with caplog.at_level(logging.WARNING):
        STT(recognizer=recognizer, vad=LoudnessVAD(), keyterms=["Asclepius", "Hygieia"])
    recognizer.close()
    assert "first 1 of 2 key terms" in caplog.text
    assert "Asclepius" not in caplog.text
