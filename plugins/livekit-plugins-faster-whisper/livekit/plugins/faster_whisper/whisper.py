"""Whisper through faster-whisper's CTranslate2 model."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from threadpoolctl import ThreadpoolController

from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import Segment, TranscriptionInfo
from faster_whisper.vad import VadOptions, get_speech_timestamps

from . import models
from .agreement import Word, Words
from .allocator import keep_memory_mapped
from .audio_buffer import SAMPLE_RATE, Samples
from .decoding import (
    FULL_CONTEXT_FRAMES,
    UNSPACED_LANGUAGES,
    AudioContext,
    DecodeRequest,
    Hypothesis,
    Task,
)
from .keyterms import as_said, fitting
from .language import among
from .recognizer import Recognizer
from .unheard import Stretch, in_order, unheard
from .whisper_decode import WhisperDecode, as_float32

# A shorter silence does not end a stretch of speech.
_PAUSE_MS = 300


class WhisperRecognizer(Recognizer):
    """See :meth:`Recognizer.load`."""

    def __init__(
        self,
        model: str | Path | None,
        *,
        device: str,
        compute_type: str,
        cpu_threads: int,
        beam_size: int,
        context: AudioContext | None,
        tune_allocator: bool,
    ) -> None:
        folder = models.locate(model)
        if tune_allocator:
            keep_memory_mapped()
        self._model = _load(folder, device, compute_type, cpu_threads)
        self._name = folder.name
        self._beam_size = beam_size
        self._context = context or AudioContext()
        self._tokenizer = lru_cache(maxsize=None)(self._new_tokenizer)
        self._thread_pools = ThreadpoolController()
        super().__init__()

    @property
    def name(self) -> str:
        return self._name

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self._model.supported_languages)

    def decode(self, request: DecodeRequest) -> Hypothesis:
        frames = self._context.frames(len(request.audio) / SAMPLE_RATE)
        hypothesis, looped = self._decode(request, frames)
        if looped and frames < FULL_CONTEXT_FRAMES:
            hypothesis, _ = self._decode(request, FULL_CONTEXT_FRAMES)
        return hypothesis

    def fitting(self, keyterms: Sequence[str]) -> tuple[str, ...]:
        tokenizer = self._model.hf_tokenizer
        return fitting(
            keyterms, lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
        )

    def transcribing(
        self,
        audio: Samples,
        language: str | None,
        *,
        candidates: Sequence[str] = (),
        task: Task = "transcribe",
        keyterms: Sequence[str] = (),
    ) -> Generator[None, None, Hypothesis]:
        voiced = _voiced(audio)
        if not voiced:
            # To look for the language of nothing takes as long as 30 seconds of speech.
            return Hypothesis((), language or "")
        yield
        listen = partial(self._listen, task=task, keyterms=keyterms)
        if language is None and candidates:
            with self._one_thread_for_products():
                language = self._likeliest(audio, candidates)
            yield
        words, info = yield from listen(audio, language)
        gaps = unheard(words, voiced, 0.0, len(audio) / SAMPLE_RATE)
        while gaps:
            start, end = gaps.pop()
            part = audio[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
            heard, _ = yield from listen(part, info.language)
            found = tuple(_later(word, start) for word in heard)
            words = in_order((*words, *found))
            # Where nothing is heard the second time there is nothing to be had.
            gaps += unheard(found, voiced, start, end) if found else []
        return Hypothesis(
            words=words,
            language=info.language,
            language_probabilities=dict(info.all_language_probs or ()),
        )

    def _likeliest(self, audio: Samples, candidates: Sequence[str]) -> str:
        heard = dict(self._model.detect_language(audio, vad_filter=True)[2])
        probabilities = among(heard, candidates)
        return max(probabilities, key=probabilities.__getitem__)

    def _listen(
        self, audio: Samples, language: str | None, *, task: Task, keyterms: Sequence[str]
    ) -> Generator[None, None, tuple[Words, TranscriptionInfo]]:
        with self._one_thread_for_products():
            segments, info = self._model.transcribe(
                audio,
                language=language,
                task=task,
                beam_size=5,
                word_timestamps=True,
                condition_on_previous_text=False,
                vad_filter=True,
                hotwords=as_said(keyterms) if task == "transcribe" else None,
            )
        yield
        words: list[Word] = []
        # The segments are a lazy generator: each window is decoded when its first is asked for.
        while (segment := self._next(segments)) is not None:
            words += (
                Word(word.word, word.start, word.end, word.probability)
                for word in segment.words or ()
            )
            yield
        return tuple(words), info

    def _next(self, segments: Iterator[Segment]) -> Segment | None:
        with self._one_thread_for_products():
            return next(segments, None)

    def _one_thread_for_products(self) -> AbstractContextManager[object]:
        """Keeps numpy's matrix products on the thread that asks for them.

        Features take one small product. OpenBLAS wakes a thread on every core for it, and each then
        spins for a while in case there is more to do: on two cores that took three quarters of the
        computing time of a whole decode again, from whatever else runs there. Where another thread
        has set a limit before, that one stays.
        """
        limits: AbstractContextManager[object] = self._thread_pools.limit(limits=1, user_api="blas")
        return limits

    def _decode(self, request: DecodeRequest, frames: int) -> tuple[Hypothesis, bool]:
        with self._one_thread_for_products():
            features = self._model.feature_extractor(request.audio)
        encoded = self._model.encode(as_float32(features, frames))
        probabilities = {}
        if request.detect or not request.language:
            probabilities = among(self._language_probabilities(encoded), request.candidates)
        language = request.language or max(probabilities, key=probabilities.__getitem__)
        decode = WhisperDecode(
            self._model,
            self._tokenizer(language, request.task),
            request,
            encoded,
            beam_size=self._beam_size,
        )
        hypothesis = decode.run()
        return replace(hypothesis, language_probabilities=probabilities), decode.looped

    def _language_probabilities(self, encoded: Any) -> dict[str, float]:
        if not self._model.model.is_multilingual:
            return {"en": 1.0}
        found = self._model.model.detect_language(encoded)[0]
        return {token[2:-2]: probability for token, probability in found}

    def _new_tokenizer(self, language: str, task: Task) -> Tokenizer:
        return UnspacedTokenizer(
            self._model.hf_tokenizer,
            self._model.model.is_multilingual,
            task=task,
            language=language,
        )


class UnspacedTokenizer(Tokenizer):  # type: ignore[misc]  # faster-whisper has no types
    """Splits every script without spaces into characters; faster-whisper's list lacks Khmer."""

    def split_to_word_tokens(self, tokens: list[int]) -> Any:
        if self.language_code in UNSPACED_LANGUAGES:
            return self.split_tokens_on_unicode(tokens)
        return super().split_to_word_tokens(tokens)


def _voiced(audio: Samples) -> list[Stretch]:
    options = VadOptions(min_silence_duration_ms=_PAUSE_MS, speech_pad_ms=0)
    found = get_speech_timestamps(audio, options)
    return [(part["start"] / SAMPLE_RATE, part["end"] / SAMPLE_RATE) for part in found]


def _later(word: Word, seconds: float) -> Word:
    return replace(word, start=word.start + seconds, end=word.end + seconds)


def _load(folder: Path, device: str, compute_type: str, cpu_threads: int) -> WhisperModel:
    try:
        return WhisperModel(
            str(folder),
            device=device,
            compute_type=compute_type,
            cpu_threads=cpu_threads,
            num_workers=1,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise ValueError(
            f"could not load the Whisper model in {folder} on {device} as {compute_type}: {error}. "
            "If a file is damaged, delete the folder and fetch the model again with "
            "`python -m livekit.agents download-files`; if the device or compute type is the "
            "trouble, use device='cpu', compute_type='int8'."
        ) from error
