"""Speech recognition with Whisper for LiveKit Agents."""

import asyncio
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectOptions,
    LanguageCode,
    NotGivenOr,
    stt,
    utils,
    vad,
)
from livekit.agents.utils import AudioBuffer, is_given

from livekit.plugins import silero

from .audio_buffer import SAMPLE_RATE
from .decoding import Task
from .errors import as_api_error, too_slow
from .frames import samples_of
from .keyterms import merged
from .language import SpokenLanguage, whisper_code
from .log import logger
from .options import PolicyName, StreamOptions, new_policy
from .recognizer import Recognizer
from .stream import SpeechStream
from .transcript import speech_data

# The detector keeps this much of an utterance although nothing here reads it; longer speech would
# make it log a warning.
_DETECTOR_BUFFER_SECONDS = 300.0


class STT(stt.STT[Any]):
    """Streaming and offline recognition with a faster-whisper model.

    Args:
        model: folder of a CTranslate2 Whisper model, or the name of one in the default folder.
        language: BCP-47; None detects it at the beginning of each utterance.
        languages: what is detected is one of these (BCP-47), by default any that the model knows;
            of two or three it is hardly ever mistaken. Ignored with ``language``.
        device, compute_type, cpu_threads, beam_size: as in CTranslate2; ignored with
            ``recognizer``.
        task: "translate" writes English whatever is spoken. Large models do it well, ``base``
            with mistakes, and the turbo models write what was said.
        keyterms: names and terms to expect, written as they are to come out; the first 30 or so
            count. Recognition prefers them to what sounds alike.
        policy: how words are committed, see :mod:`.agreement`.
        options: steps, windows and silences of a stream.
        vad: what gates the streams; Silero with ``end_silence_seconds`` by default.
        recognizer: a model to share with other STTs. It is not closed with this one.

    Raises:
        FileNotFoundError: the model, or one of its files, is missing.
        ValueError: the model cannot be read, does not know the language or cannot translate.
    """

    def __init__(
        self,
        *,
        model: str | Path | None = None,
        language: str | None = None,
        languages: Sequence[str] = (),
        device: str = "cpu",
        compute_type: str = "int8",
        cpu_threads: int = 1,
        beam_size: int = 1,
        task: Task = "transcribe",
        keyterms: Sequence[str] = (),
        policy: PolicyName = "hold_back",
        options: StreamOptions | None = None,
        vad: vad.VAD | None = None,
        recognizer: Recognizer | None = None,
    ) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True,
                interim_results=True,
                aligned_transcript="word",
                offline_recognize=True,
                keyterms=True,
                manual_flush=True,
            )
        )
        self._options = options or StreamOptions()
        new_policy(policy, self._options)
        self._policy: PolicyName = policy
        self._owns_recognizer = recognizer is None
        self._recognizer = recognizer or Recognizer.load(
            model,
            device=device,
            compute_type=compute_type,
            cpu_threads=cpu_threads,
            beam_size=beam_size,
        )
        self._task: Task = task
        if task == "translate" and self._recognizer.languages <= {"en"}:
            raise ValueError(
                f"{self._recognizer.name} knows only English and cannot translate; use a "
                "multilingual model such as small or medium"
            )
        self._language = self._checked(language)
        self._languages = tuple(LanguageCode(each) for each in languages)
        self._tags(None)
        self._vad = vad or _load_detector(self._options)
        self._streams: weakref.WeakSet[SpeechStream] = weakref.WeakSet()
        self._own_keyterms = tuple(keyterms)
        self._session_keyterms: tuple[str, ...] = ()
        self._expect()

    @property
    def model(self) -> str:
        return self._recognizer.name

    @property
    def provider(self) -> str:
        return "faster-whisper"

    def update_options(
        self,
        *,
        language: NotGivenOr[str | None] = NOT_GIVEN,
        keyterms: NotGivenOr[Sequence[str]] = NOT_GIVEN,
    ) -> None:
        """Change the language of streams opened from now on, or what words are expected.

        Args:
            language: BCP-47; None detects it.
            keyterms: instead of the constructor's; open streams expect them as well.

        Raises:
            ValueError: the model does not know the language.
        """
        if is_given(language):
            self._language = self._checked(language)
        if is_given(keyterms):
            self._own_keyterms = tuple(keyterms)
            self._expect()

    def _update_session_keyterms(self, keyterms: list[str]) -> None:
        # LiveKit's hook for the key terms of an AgentSession, which come besides the caller's own.
        self._session_keyterms = tuple(keyterms)
        self._expect()

    def prewarm(self) -> None:
        """Run the model once, so that the first step of the first stream is not the slow one.

        An AgentSession asks for it on its event loop, so it is not waited for.
        """
        self._recognizer.prewarm()

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        wanted = self._checked(language) if is_given(language) else self._language
        audio = samples_of(buffer)
        spoken = SpokenLanguage(self._tags(wanted))
        # The timeout is meant for a network; long audio is allowed to take its time.
        timeout = max(conn_options.timeout, 2 * len(audio) / SAMPLE_RATE)
        try:
            async with asyncio.timeout(timeout):
                found = await self._recognizer.in_turns(
                    self._recognizer.transcribing(
                        audio,
                        spoken.code,
                        candidates=spoken.candidates,
                        task=self._task,
                        keyterms=self._keyterms,
                    )
                )
        except TimeoutError:
            raise too_slow(timeout) from None
        except (RuntimeError, ValueError, MemoryError, OSError) as error:
            raise as_api_error(error) from error
        translates = self._task == "translate"
        written = LanguageCode("en") if translates else spoken.written(found.language)
        return stt.SpeechEvent(
            type=stt.SpeechEventType.FINAL_TRANSCRIPT,
            request_id=utils.shortuuid("STT_"),
            alternatives=[speech_data(found.words, written)],
        )

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> SpeechStream:
        """A stream with its own state over the shared model.

        Raises:
            ValueError: the model does not know the language.
        """
        wanted = self._checked(language) if is_given(language) else self._language
        stream = SpeechStream(
            stt=self,
            recognizer=self._recognizer,
            detector=self._vad,
            language=SpokenLanguage(self._tags(wanted)),
            policy=new_policy(self._policy, self._options),
            options=self._options,
            conn_options=conn_options,
            task=self._task,
            keyterms=self._keyterms,
        )
        self._streams.add(stream)
        return stream

    async def aclose(self) -> None:
        """Close all streams, and the model unless it was given."""
        for stream in tuple(self._streams):
            await stream.aclose()
        if self._owns_recognizer:
            await asyncio.to_thread(self._recognizer.close)

    def _expect(self) -> None:
        terms = merged(self._own_keyterms, self._session_keyterms)
        self._keyterms = self._recognizer.fitting(terms)
        if len(self._keyterms) < len(terms):
            logger.warning(
                "the model has room for the first %d of %d key terms; put the important ones first",
                len(self._keyterms),
                len(terms),
            )
        for stream in tuple(self._streams):
            stream.update_keyterms(self._keyterms)

    def _checked(self, language: str | None) -> LanguageCode | None:
        if not language:
            return None
        normal = LanguageCode(language)
        whisper_code(normal, self._recognizer.languages)
        return normal

    def _tags(self, wanted: LanguageCode | None) -> dict[str, str]:
        """What may be spoken: Whisper's code and BCP-47; none for anything."""
        languages = (wanted,) if wanted else self._languages
        return {whisper_code(each, self._recognizer.languages): each for each in languages}


def _load_detector(options: StreamOptions) -> vad.VAD:
    return silero.VAD.load(
        min_silence_duration=options.end_silence_seconds,
        prefix_padding_duration=0.0,
        max_buffered_speech=_DETECTOR_BUFFER_SECONDS,
    )
