"""The stream's promises: events in order, nothing lost or said twice, one decode at a time."""

import asyncio
import threading

import numpy as np
import pytest
from livekit.agents import (
    APIConnectOptions,
    APIError,
    vad,
)

from livekit import rtc
from livekit.plugins.faster_whisper import (
    STT,
)
from tests.fakes.whisper_stream import (
    NO_RETRY,
    RATE,
    RETRY,
    Bench,
    Kind,
    LoudnessStream,
    LoudnessVAD,
    ScriptedRecognizer,
    audio,
    bench,
    spoken,
    wait_for,
)

pytestmark = pytest.mark.unit

TALK = "and so my fellow americans ask not what your country can do for you"


class SlowToHear(LoudnessVAD):
    """Its first stream has judged 1.6 seconds by the time that it has been given three."""

    def __init__(self) -> None:
        super().__init__()
        self.has_three = threading.Event()

    def stream(self) -> vad.VADStream:
        return super().stream() if self.has_three.is_set() else _BehindStream(self)


class _BehindStream(LoudnessStream):
    _pushed = 0.0

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        if self._pushed < 1.6:
            super().push_frame(frame)
        self._pushed += frame.duration
        assert isinstance(self._vad, SlowToHear)
        if self._pushed >= 3.0:
            self._vad.has_three.set()


async def test_one_utterance_is_started_committed_and_ended_in_order() -> None:
    async with bench(spoken(TALK)) as run:
        run.push(5.6, loud=True)
        run.push(1.0, loud=False)
        await run.finish()
        assert run.kinds[0] == Kind.START_OF_SPEECH
        assert run.kinds[-2:] == [Kind.END_OF_SPEECH, Kind.RECOGNITION_USAGE]
        assert run.kinds.count(Kind.START_OF_SPEECH) == 1
        assert run.final_words == TALK.split()


async def test_words_are_final_while_the_speaker_is_still_speaking() -> None:
    async with bench(spoken(TALK)) as run:
        run.push(3.0, loud=True)
        event = await run.until(Kind.FINAL_TRANSCRIPT)
        assert event.alternatives[0].text.startswith("and")
        interim = await run.until(Kind.INTERIM_TRANSCRIPT)
        committed = run.final_words
        tail = interim.alternatives[0].text.split()
        assert TALK.split()[: len(committed) + len(tail)] == committed + tail


async def test_word_times_are_media_time_and_never_run_backwards() -> None:
    async with bench(spoken("one two", start=2.0) + spoken("three", start=4.5)) as run:
        run.stream.start_time_offset = 100.0
        run.push(2.0, loud=False)
        run.push(0.8, loud=True)
        run.push(1.7, loud=False)
        run.push(0.4, loud=True)
        run.push(1.0, loud=False)
        await run.finish()
        words = [word for data in run.data(Kind.FINAL_TRANSCRIPT) for word in data.words or []]
        times = [time for word in words for time in (word.start_time, word.end_time)]
        assert times == pytest.approx([102.0, 102.4, 102.4, 102.8, 104.5, 104.9])


async def test_utterances_alternate_start_and_end() -> None:
    script = spoken("one two", start=0.5) + spoken("three four", start=3.0)
    async with bench(script) as run:
        for seconds, loud in ((0.5, False), (0.8, True), (1.7, False), (0.8, True), (1.0, False)):
            run.push(seconds, loud=loud)
        await run.finish()
        marks = [kind for kind in run.kinds if "of_speech" in kind.value]
        assert marks == [Kind.START_OF_SPEECH, Kind.END_OF_SPEECH] * 2
        assert run.final_words == ["one", "two", "three", "four"]


async def test_silence_costs_no_decode_and_gives_no_event() -> None:
    async with bench(spoken(TALK)) as run:
        run.push(60.0, loud=False)
        assert await run.finish() == []
        assert run.recognizer.requests == []


async def test_speech_after_a_long_silence_is_recognised() -> None:
    async with bench(spoken("one two") + spoken("three", start=61.0)) as run:
        for seconds, loud in ((0.8, True), (60.2, False), (0.4, True), (1.0, False)):
            run.push(seconds, loud=loud)
        await run.finish()
        assert run.final_words == ["one", "two", "three"]
        assert all(len(request.audio) < 5 * RATE for request in run.recognizer.requests)


@pytest.mark.parametrize("pause", [2.2, 2.6, 3.0])
async def test_words_given_to_the_decoder_as_said_are_in_its_audio(pause: float) -> None:
    script = spoken("a b c d e f g h i j") + spoken("k l m", start=4.0 + pause)
    async with bench(script) as run:
        for seconds, loud in ((4.0, True), (pause, False), (1.2, True), (1.0, False)):
            run.push(seconds, loud=loud)
        await run.finish()
        assert run.final_words == "a b c d e f g h i j k l m".split()
        for request in run.recognizer.requests:
            assert all(word.end > request.offset for word in request.committed)


async def test_audio_taken_before_a_failure_is_recognised_by_the_retry() -> None:
    async with bench(spoken(TALK), conn_options=RETRY) as run:
        run.recognizer.failures = [RuntimeError("CUDA error"), RuntimeError("CUDA error")]
        run.push(5.6, loud=True)
        run.push(1.0, loud=False)
        await run.finish()
        assert run.final_words == TALK.split()
        assert run.kinds.count(Kind.START_OF_SPEECH) == 1
        assert run.kinds.count(Kind.END_OF_SPEECH) == 1


async def test_audio_that_a_detector_had_not_judged_is_judged_by_the_next() -> None:
    detector, failed = SlowToHear(), asyncio.Event()
    recognizer = ScriptedRecognizer(spoken("one two") + spoken("three", start=2.0))
    recognizer.failures = [RuntimeError("CUDA error")]
    recognizer.before_decode = lambda: wait_for(detector.has_three)
    engine = STT(recognizer=recognizer, vad=detector, language="en")
    engine.on("error", lambda _: failed.set())
    run = Bench(engine, recognizer, engine.stream(conn_options=RETRY))
    for seconds, loud in ((0.8, True), (1.2, False), (0.4, True), (1.0, False)):
        run.push(seconds, loud=loud)
    await failed.wait()
    await run.finish()
    assert run.final_words == ["one", "two", "three"]
    assert run.kinds.count(Kind.END_OF_SPEECH) == 2, "in the silence between them, too"
    await engine.aclose()
    recognizer.close()


async def test_times_do_not_shift_after_a_retry() -> None:
    options = APIConnectOptions(max_retry=3, retry_interval=0.3, timeout=5.0)
    async with bench(spoken("one two"), conn_options=options) as run:
        run.recognizer.failures = [RuntimeError("CUDA error")]
        run.push(0.8, loud=True)
        run.push(1.0, loud=False)
        await run.finish()
        finals = run.data(Kind.FINAL_TRANSCRIPT)
        assert finals[0].start_time == pytest.approx(0.0)
        assert finals[-1].end_time == pytest.approx(0.8)


async def test_a_failure_without_retries_reaches_the_reader_as_an_api_error() -> None:
    async with bench(spoken(TALK)) as run:
        run.recognizer.failures = [RuntimeError("CUDA error")]
        run.push(2.0, loud=True)
        with pytest.raises(APIError, match="CUDA error"):
            await run.finish()


async def test_out_of_memory_is_not_retried_and_says_what_to_do() -> None:
    async with bench(spoken(TALK), conn_options=RETRY) as run:
        run.recognizer.failures = [RuntimeError("CUDA failed with error out of memory")]
        run.push(2.0, loud=True)
        with pytest.raises(APIError, match="smaller model") as caught:
            await run.finish()
        assert not caught.value.retryable
        assert len(run.recognizer.requests) == 1


async def test_flush_ends_the_segment_in_the_middle_of_speech() -> None:
    async with bench(spoken(TALK)) as run:
        run.push(2.0, loud=True)
        run.stream.flush()
        await run.until(Kind.END_OF_SPEECH)
        assert run.final_words == TALK.split()[:5]
        run.push(3.6, loud=True)
        run.push(1.0, loud=False)
        await run.finish()
        assert run.final_words == TALK.split()
        marks = [kind for kind in run.kinds if "of_speech" in kind.value]
        assert marks == [Kind.START_OF_SPEECH, Kind.END_OF_SPEECH] * 2


async def test_flush_in_silence_gives_nothing() -> None:
    async with bench(()) as run:
        run.push(1.0, loud=False)
        run.stream.flush()
        run.push(1.0, loud=False)
        assert await run.finish() == []


async def test_end_of_input_commits_the_tail() -> None:
    async with bench(spoken("one two three")) as run:
        run.push(1.2, loud=True)
        await run.finish()
        assert run.final_words == ["one", "two", "three"]
        assert Kind.END_OF_SPEECH in run.kinds


async def test_usage_adds_up_to_the_speech() -> None:
    async with bench(spoken("one two", start=1.0)) as run:
        run.push(1.0, loud=False)
        run.push(12.0, loud=True)
        run.push(1.0, loud=False)
        await run.finish()
        usages = [e.recognition_usage for e in run.events if e.type == Kind.RECOGNITION_USAGE]
        total = sum(usage.audio_duration for usage in usages if usage)
        assert len(usages) >= 1
        assert total == pytest.approx(13.0, abs=0.5)


async def test_usage_becomes_streamed_metrics() -> None:
    async with bench(spoken("one two")) as run:
        seen: list[float] = []
        run.stt.on("metrics_collected", lambda metrics: seen.append(metrics.audio_duration))
        run.push(0.8, loud=True)
        run.push(1.0, loud=False)
        await run.finish()
        assert len(seen) == 1 and seen[0] > 0.8


@pytest.mark.parametrize("rate", [8_000, 24_000, 48_000])
async def test_any_sample_rate_is_resampled(rate: int) -> None:
    async with bench(spoken("one two three", start=0.1)) as run:
        run.push(1.5, loud=True, rate=rate)
        run.push(1.0, loud=False, rate=rate)
        await run.finish()
        assert run.final_words == ["one", "two", "three"]


async def test_stereo_is_mixed_to_mono() -> None:
    async with bench(spoken("one two")) as run:
        for frame in audio(0.8, loud=True):
            both = np.repeat(np.frombuffer(frame.data, dtype=np.int16), 2).tobytes()
            run.stream.push_frame(rtc.AudioFrame(both, RATE, 2, frame.samples_per_channel))
        await run.finish()
        assert run.final_words == ["one", "two"]


async def test_each_utterance_comes_in_the_language_that_it_is_in() -> None:
    async with bench(spoken("uno dos tres") + spoken("four five", start=4.0), language=None) as run:
        run.recognizer.language = "es"
        run.push(1.6, loud=True)
        run.push(2.4, loud=False)
        await run.until(Kind.END_OF_SPEECH)
        run.recognizer.language = "en"
        run.push(0.8, loud=True)
        await run.finish()
        found = run.data(Kind.FINAL_TRANSCRIPT)
        assert [data.language for data in found] == ["es"] * (len(found) - 1) + ["en"]
        languages = [request.language for request in run.recognizer.requests]
        assert (languages[0], languages[-1]) == (None, "en")
        assert run.final_words == ["uno", "dos", "tres", "four", "five"]


async def test_what_nobody_has_said_after_all_is_taken_back() -> None:
    async with bench(spoken("you", each=0.8)) as run:
        run.push(1.2, loud=True)
        await run.until(Kind.INTERIM_TRANSCRIPT)
        run.recognizer.script = ()
        run.push(1.0, loud=False)
        await run.finish()
        assert [data.text for data in run.data(Kind.INTERIM_TRANSCRIPT)] == ["you", ""]
        assert not run.data(Kind.FINAL_TRANSCRIPT)


async def test_no_text_comes_before_its_language_is_known() -> None:
    async with bench(spoken("uno dos tres"), language=None) as run:
        run.recognizer.certainty = 0.6
        run.recognizer.language = "es"
        run.push(1.6, loud=True)
        await run.finish()
        assert not run.data(Kind.INTERIM_TRANSCRIPT)
        assert run.final_words == ["uno", "dos", "tres"]


async def test_a_given_language_is_passed_on_and_reported_as_given() -> None:
    async with bench(spoken("one two"), language="es-MX") as run:
        run.push(0.8, loud=True)
        await run.finish()
        assert {data.language for data in run.data(Kind.FINAL_TRANSCRIPT)} == {"es-MX"}
        assert {request.language for request in run.recognizer.requests} == {"es"}


async def test_a_translation_is_english_whatever_is_spoken() -> None:
    async with bench(spoken("one two"), language="es", task="translate") as run:
        run.push(0.8, loud=True)
        await run.finish()
        assert {data.language for data in run.data(Kind.FINAL_TRANSCRIPT)} == {"en"}
        assert {(r.language, r.task) for r in run.recognizer.requests} == {("es", "translate")}


async def test_an_english_only_model_cannot_translate() -> None:
    class EnglishOnly(ScriptedRecognizer):
        @property
        def languages(self) -> frozenset[str]:
            return frozenset({"en"})

    with pytest.raises(ValueError, match="scripted knows only English"):
        STT(recognizer=EnglishOnly(()), vad=LoudnessVAD(), task="translate")


async def test_local_agreement_says_every_word_once() -> None:
    recognizer = ScriptedRecognizer(spoken(TALK))
    engine = STT(recognizer=recognizer, vad=LoudnessVAD(), language="en", policy="local_agreement")
    run = Bench(engine, recognizer, engine.stream(conn_options=NO_RETRY))
    run.push(5.6, loud=True)
    run.push(1.0, loud=False)
    await run.finish()
    assert run.final_words == TALK.split()
    await engine.aclose()
    recognizer.close()


async def test_two_streams_share_a_model_and_keep_their_words_apart() -> None:
    async with bench(spoken(TALK)) as run:
        other = Bench(run.stt, run.recognizer, run.stt.stream(conn_options=NO_RETRY))
        run.push(5.6, loud=True)
        other.push(2.0, loud=True)
        await asyncio.gather(run.finish(), other.finish())
        assert run.final_words == TALK.split()
        assert other.final_words == TALK.split()[:5]
        assert run.recognizer.most_running == 1


async def test_closing_in_the_middle_leaves_no_task() -> None:
    async with bench(spoken(TALK)) as run:
        run.push(3.0, loud=True)
        await run.until(Kind.INTERIM_TRANSCRIPT)
        await run.stream.aclose()


async def test_recognize_returns_words_with_times() -> None:
    async with bench(spoken("one two three")) as run:
        event = await run.stt.recognize(audio(1.2, loud=True))
        assert event.type == Kind.FINAL_TRANSCRIPT
        assert event.alternatives[0].text == "one two three"
        assert [word.end_time for word in event.alternatives[0].words or []] == pytest.approx(
            [0.4, 0.8, 1.2]
        )


async def test_recognize_maps_a_failure_to_an_api_error() -> None:
    async with bench(()) as run:
        run.recognizer.failures = [RuntimeError("CUDA error")]
        with pytest.raises(APIError, match="CUDA error"):
            await run.stt.recognize(audio(1.0, loud=True), conn_options=NO_RETRY)


async def test_an_unknown_language_is_refused_before_any_audio() -> None:
    async with bench(()) as run:
        with pytest.raises(ValueError, match="'tlh'.*It knows: en, es"):
            run.stt.stream(language="tlh")
        with pytest.raises(ValueError, match="'tlh'"):
            run.stt.update_options(language="tlh")
