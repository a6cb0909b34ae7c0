"""Engines that hear, translate and speak the language of tones (:mod:`tests.fakes.tones`).

Real subclasses of LiveKit's, so that everything between a microphone and a listener's loudspeaker
is the real thing except for the models.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, Self

import numpy as np
from livekit.agents import (
    APIConnectionError,
    APIConnectOptions,
    LanguageCode,
    llm,
    stt,
    tts,
    utils,
)
from livekit.agents.llm import LLM
from livekit.agents.stt import STT
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr, TimedString
from livekit.agents.utils import AudioBuffer

from agent.engines import ANYBODY, Voice, Wish
from agent.engines.voices import Casting
from agent.terms import Terms
from livekit import rtc
from livekit.plugins import cascade
from tests.fakes import tones

_STT_RATE, _TTS_RATE = 16_000, 24_000
_END_SILENCE_SECONDS = 0.4


class FakeSTT(stt.STT[Any]):
    """Recognises tones. ``poison`` is a word that its stream fails at, in a way of no return.

    Where not just one language may be spoken it tells by the words which one is. With ``writes`` it
    translates them into that language.
    """

    def __init__(self, languages: Sequence[str], *, poison: str = "", writes: str = "") -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True, interim_results=False, aligned_transcript="word"
            )
        )
        self.languages = tuple(languages)
        self.poison = poison
        self.writes = writes

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        raise NotImplementedError

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _ToneRecognition(stt=self, conn_options=conn_options, sample_rate=_STT_RATE)


class _ToneRecognition(stt.RecognizeStream):
    async def _run(self) -> None:
        assert isinstance(self._stt, FakeSTT)
        listener, speaking = tones.Listener(_STT_RATE), False
        async for frame in self._input_ch:
            if not isinstance(frame, rtc.AudioFrame):
                continue
            for word in listener.hear(np.frombuffer(frame.data, dtype=np.int16)):
                if word == self._stt.poison:
                    raise RuntimeError("the scripted recogniser breaks")
                if not speaking:
                    self._send(stt.SpeechEventType.START_OF_SPEECH)
                speaking = True
                self._send(stt.SpeechEventType.FINAL_TRANSCRIPT, word, listener.seconds)
            if speaking and listener.quiet_seconds >= _END_SILENCE_SECONDS:
                speaking = False
                self._send(stt.SpeechEventType.END_OF_SPEECH)

    def _send(self, kind: stt.SpeechEventType, word: str = "", end: float = 0.0) -> None:
        assert isinstance(self._stt, FakeSTT)
        end -= tones.HOLE_SECONDS
        start = max(end - tones.WORD_SECONDS, 0.0)
        if self._stt.writes:
            word = tones.translate(word, self._stt.writes)
        timed = [TimedString(word, start_time=start, end_time=end)]
        spoken = self._stt.languages if len(self._stt.languages) == 1 else ()
        language = LanguageCode(self._stt.writes or next(iter(spoken), tones.language_of(word)))
        data = stt.SpeechData(
            language=language, text=word, start_time=start, end_time=end, words=timed
        )
        self._event_ch.send_nowait(stt.SpeechEvent(type=kind, alternatives=[data] if word else []))


class FakeLLM(llm.LLM[Any]):
    """Translates tones word by word, going on from a final assistant message."""

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: Sequence[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> llm.LLMStream:
        assert utils.is_given(extra_kwargs)
        return _WordByWord(
            self,
            chat_ctx=chat_ctx,
            tools=list(tools or ()),
            conn_options=conn_options,
            language=extra_kwargs["target_language"],
            glossary=extra_kwargs["glossary"],
        )


class _WordByWord(llm.LLMStream):
    def __init__(
        self, owner: FakeLLM, *, language: str, glossary: Mapping[str, str], **options: Any
    ) -> None:
        super().__init__(owner, **options)
        self._language = language
        self._glossary = glossary

    async def _run(self) -> None:
        messages = self._chat_ctx.messages()
        committed = messages.pop().text_content if messages[-1].role == "assistant" else ""
        source = (messages[-1].text_content or "").split()
        whole = [self._glossary.get(w) or tones.translate(w, self._language) for w in source]
        rest = whole[len((committed or "").split()) :]
        for word in rest:
            await asyncio.sleep(0)
            content = f" {word}" if committed or word is not rest[0] else word
            delta = llm.ChoiceDelta(role="assistant", content=content)
            self._event_ch.send_nowait(llm.ChatChunk(id="tones", delta=delta))


class FakeTTS(tts.TTS[Any]):
    """Speaks tones, or is unreachable."""

    def __init__(self, *, reachable: bool = True) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False),
            sample_rate=_TTS_RATE,
            num_channels=1,
        )
        self.reachable = reachable
        self.asked = 0

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        self.asked += 1
        return _ToneSpeech(tts=self, input_text=text, conn_options=conn_options)


class _ToneSpeech(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        assert isinstance(self._tts, FakeTTS)
        if not self._tts.reachable:
            raise APIConnectionError("the scripted voice is unreachable", retryable=False)
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=_TTS_RATE,
            num_channels=1,
            mime_type="audio/pcm",
        )
        output_emitter.push(tones.speak(self.input_text, _TTS_RATE).tobytes())
        output_emitter.flush()


VOICES = {"anna": "female", "otto": "male", "maria": "female"}


class FakeEngines:
    """An ``agent.engines.EngineSet`` of the above.

    Attributes:
        cast: for each route so far, its speaker, language and one of :data:`VOICES`.
        closed: whether the models were freed.

    Args:
        voice: makes the voice of each route.
        poison: see :class:`FakeSTT`.
        direct: target languages that a recogniser writes by itself.
    """

    def __init__(
        self,
        voice: Callable[[], tts.TTS[Any]] = FakeTTS,
        *,
        poison: str = "",
        direct: Sequence[str] = (),
    ) -> None:
        self._voice = voice
        self._poison = poison
        self._direct = direct
        self._terms = Terms()
        self._translators: list[cascade.LLMTranslator] = []
        self._casting = Casting()
        self.cast: list[tuple[str, str, str]] = []
        self.closed = False

    def for_room(self) -> Self:
        engines = copy(self)
        engines._translators = []
        return engines

    def use_terms(self, terms: Terms) -> None:
        self._terms = terms
        for translator in self._translators:
            translator.update_options(extra_kwargs=self._told(translator.target_language))

    def stt(self, languages: tuple[str, ...]) -> STT[Any]:
        return FakeSTT(languages, poison=self._poison)

    def direct(self, source_language: str, target_language: str) -> STT[Any] | None:
        if target_language not in self._direct:
            return None
        return FakeSTT((source_language,), writes=target_language)

    def llm(self) -> LLM[Any]:
        return FakeLLM()

    def busy_seconds(self) -> dict[str, float]:
        return {}

    def translator(
        self, model: LLM[Any], source_language: str, target_language: str
    ) -> cascade.LLMTranslator:
        translator = cascade.LLMTranslator(
            model,
            source_language=source_language,
            target_language=target_language,
            extra_kwargs=self._told(target_language),
        )
        self._translators.append(translator)
        return translator

    def _told(self, target_language: str) -> dict[str, object]:
        glossary = self._terms.glossary_into(target_language)
        return {"target_language": target_language, "glossary": glossary}

    def tts(self, language: str, wish: Wish = ANYBODY) -> Voice:
        name = self._casting.cast(wish, VOICES)
        self.cast.append((wish.speaker, language, name))
        return Voice(self._voice())

    def forget(self, speaker: str) -> None:
        self._casting.forget(speaker)

    def close(self) -> None:
        self.closed = True
