"""One speaker: audio in, source sentences out to every language that somebody hears."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from livekit.agents import APIConnectionError, APIError, stt, utils
from livekit.agents.types import NOT_GIVEN, TimedString
from livekit.agents.utils import aio, is_given

from livekit import rtc

from .log import logger
from .reader import SegmentReader
from .segmenter import Segmenter, SegmenterOptions
from .text import base_language, is_unspaced, split_units
from .types import Caption, CascadeEvent, EventKind, SourceSegment, Word, join_words

_OPEN_MARKS = ".…,"
_RESTART_SECONDS = (0.1, 0.5, 2.0, 5.0)


class SourceStream:
    """Runs one streaming recogniser for one speaker and fans its sentences out.

    Args:
        stt: a streaming recogniser; shared, not closed with the stream.
        speaker: identity used in events.
        language: BCP-47, or None to take what the recogniser detects, which may change.
        on_event, on_caption: called on the event loop; must not block or raise.
        on_language: told what the recogniser detects, when it is another language than before and
            ahead of the first sentence in it; what was open before is complete by then.
    """

    _recognition: stt.RecognizeStream | None

    def __init__(
        self,
        *,
        stt: stt.STT[Any],
        speaker: str,
        language: str | None = None,
        on_event: Callable[[CascadeEvent], None] | None = None,
        on_caption: Callable[[Caption], None] | None = None,
        on_speech: Callable[[bool], None] | None = None,
        on_language: Callable[[str], None] | None = None,
        segmenter_options: SegmenterOptions | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._stt = stt
        self._speaker = speaker
        self._given = language
        self._language = language
        self._on_language = on_language
        self._on_event = on_event
        self._on_caption = on_caption
        self._on_speech = on_speech
        self._clock = clock
        self._pause_seconds = (segmenter_options or SegmenterOptions()).pause_seconds
        self._segmenter = Segmenter(new_segment_id=_segment_id, options=segmenter_options)
        self._readers: set[SegmentReader] = set()
        self._recognition = None
        # What was pushed while there was no recogniser: as long as the longest wait for one.
        self._unheard: list[rtc.AudioFrame] = []
        self._failures = 0
        self._media_time = 0.0
        self._input_ended = False
        self._speech_is_over = False
        self._pause: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def media_time(self) -> float:
        """Media time up to which audio was received."""
        return self._media_time

    @property
    def language(self) -> str | None:
        """Given, or detected last; None until something was recognised."""
        return self._language

    def subscribe(self) -> SegmentReader:
        """A reader that sees every sentence from now on."""
        reader = SegmentReader(on_close=self._readers.discard)
        if self._task is not None and self._task.done():
            reader.end()
        self._readers.add(reader)
        return reader

    def start(self, *, media_time: float = 0.0) -> None:
        """Begin to recognise. Needs a running event loop.

        Args:
            media_time: of the first audio, for a stream that joins another one's speaker.
        """
        self._media_time = media_time
        self._renew()
        self._task = asyncio.create_task(self._run(), name=f"source:{self._speaker}")

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        """Take audio of any rate; mono or interleaved channels. Never blocks."""
        if self._input_ended or self._task is None:
            return
        self._media_time += frame.duration
        if self._recognition is None or not _takes(self._recognition, frame):
            self._unheard.append(frame)

    def end_input(self) -> None:
        """The speaker has gone: recognise what is left, then end all readers."""
        if self._input_ended:
            return
        self._input_ended = True
        if self._recognition is not None:
            # One that has failed is replaced, and the next one told.
            with suppress(RuntimeError):
                self._recognition.end_input()

    async def wait(self) -> None:
        """Return when everything pushed before :meth:`end_input` has been recognised."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def aclose(self) -> None:
        """Stop at once. Open sentences are not finished; use end_input and wait for that."""
        self._input_ended = True
        if self._task is not None:
            await aio.cancel_and_wait(self._task)
        self._end_readers()

    def _renew(self) -> None:
        """A recogniser for what comes, and for what came since the last one failed."""
        stream = self._stt.stream(language=self._given or NOT_GIVEN)
        unheard, self._unheard = self._unheard, []
        # Word times go on from where the audio is, also after the recogniser was restarted.
        seconds = sum(frame.duration for frame in unheard)
        stream.start_time_offset = max(self._media_time - seconds, 0.0)
        for frame in unheard:
            stream.push_frame(frame)
        if self._input_ended:
            stream.end_input()
        self._recognition = stream

    async def _run(self) -> None:
        try:
            while not await self._recognise() and (self._unheard or not self._input_ended):
                await asyncio.sleep(
                    _RESTART_SECONDS[min(self._failures, len(_RESTART_SECONDS) - 1)]
                )
                self._failures += 1
                self._renew()
            self._publish(self._close_segment(force=True))
        finally:
            self._cancel_pause()
            self._end_readers()

    async def _recognise(self) -> bool:
        """Consume one recognition to its end; False when it failed and has to be replaced."""
        recognition = self._recognition
        assert recognition is not None
        try:
            async with recognition:
                try:
                    async for event in recognition:
                        self._handle(event)
                finally:
                    # Audio goes on coming while this one is closed.
                    self._recognition = None
            if not self._input_ended:
                raise APIConnectionError("the recogniser stopped before the audio did")
            return True
        except APIError as error:
            logger.warning("recogniser failed, starting a new one", exc_info=error)
            self._emit("error", "", {"stage": "stt", "message": str(error), "recoverable": True})
            self._publish(self._close_segment(force=True))
            return False

    def _handle(self, event: stt.SpeechEvent) -> None:
        match event.type:
            case stt.SpeechEventType.START_OF_SPEECH:
                self._cancel_pause()
                self._speech_is_over = False
                self._report_speech(True)
            case stt.SpeechEventType.FINAL_TRANSCRIPT if event.alternatives:
                self._failures = 0
                self._update(event.alternatives[0], is_final=True)
            case stt.SpeechEventType.INTERIM_TRANSCRIPT if event.alternatives:
                self._update(event.alternatives[0], is_final=False)
            case stt.SpeechEventType.END_OF_SPEECH:
                self._speech_is_over = True
                self._report_speech(False)
                self._end_utterance()
            case _:
                return

    def _end_utterance(self) -> None:
        self._publish(self._close_segment(force=False))
        self._await_pause()

    def _update(self, data: stt.SpeechData, *, is_final: bool) -> None:
        if self._given is None and data.language:
            self._follow(data.language)
        words = words_of(data, self._language or "", self._media_time)
        self._publish(
            self._segmenter.update(
                committed=words if is_final else (),
                tail=None if is_final else words,
                language=self._language or "",
                media_time=self._media_time,
                wall_time=self._clock(),
            )
        )
        if is_final and self._speech_is_over:
            # Recognisers that take whole utterances (LiveKit's StreamAdapter) tell their words
            # after their end.
            self._end_utterance()

    def _follow(self, language: str) -> None:
        """What comes next is in this language."""
        if self._language and base_language(self._language) == base_language(language):
            return
        if self._language:
            self._publish(self._close_segment(force=True))
        self._language = language
        if self._on_language is not None:
            self._on_language(language)

    def _close_segment(self, *, force: bool) -> list[SourceSegment]:
        return self._segmenter.end_of_speech(
            language=self._language or "",
            media_time=self._media_time,
            wall_time=self._clock(),
            force=force,
        )

    def _await_pause(self) -> None:
        self._cancel_pause()
        if self._segmenter.has_open_segment:
            loop = asyncio.get_running_loop()
            self._pause = loop.call_later(self._pause_seconds, self._pause_over)

    def _pause_over(self) -> None:
        self._publish(self._close_segment(force=True))

    def _cancel_pause(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _publish(self, snapshots: Sequence[SourceSegment]) -> None:
        for snapshot in snapshots:
            for reader in tuple(self._readers):
                reader.put(snapshot)
            if snapshot.words:
                self._emit("source", snapshot.segment_id, _event_data(snapshot))
            if self._on_caption is not None:
                self._on_caption(_caption_of(snapshot))

    def _report_speech(self, speaking: bool) -> None:
        if self._on_speech is not None:
            self._on_speech(speaking)

    def _emit(self, kind: EventKind, segment_id: str, data: dict[str, object]) -> None:
        if self._on_event is not None:
            self._on_event(
                CascadeEvent(
                    kind=kind,
                    stream=self._speaker,
                    language=self._language or "",
                    segment_id=segment_id,
                    media_time=self._media_time,
                    wall_time=self._clock(),
                    data=data,
                )
            )

    def _end_readers(self) -> None:
        for reader in tuple(self._readers):
            reader.end()


def _takes(recognition: stt.RecognizeStream, frame: rtc.AudioFrame) -> bool:
    try:
        recognition.push_frame(frame)
    except RuntimeError:
        # It has ended, which whoever reads it is about to see.
        return False
    return True


def words_of(data: stt.SpeechData, language: str, media_time: float) -> tuple[Word, ...]:
    """Timed words of a transcript; spread evenly where the recogniser gives no word times."""
    if data.words:
        said = [word for word in data.words if word.strip()]
        written = _as_written(said, data.text, language)
        return tuple(
            _timed_word(word, text, media_time) for word, text in zip(said, written, strict=True)
        )
    units = split_units(data.text, language)
    units = units if is_unspaced(language) else [unit.strip() for unit in units]
    end = data.end_time or media_time
    start = data.start_time if data.end_time else end
    step = (end - start) / len(units) if units else 0.0
    return tuple(
        Word(unit, start + index * step, start + (index + 1) * step)
        for index, unit in enumerate(units)
    )


def _as_written(words: Sequence[str], text: str, language: str) -> list[str]:
    """``words``, in an unspaced script with the spaces that ``text`` has before them.

    They stand around what is written in another script, and in Thai between sentences.
    """
    if not is_unspaced(language):
        return [word.strip() for word in words]
    written, position = [], 0
    for word in words:
        bare = word.strip()
        found = text.find(bare, position)
        spaced = word[:1].isspace() or (found > 0 and text[found - 1].isspace())
        written.append(f" {bare}" if spaced else bare)
        position = max(found, position) + len(bare) * (found >= 0)
    return written


def _timed_word(word: TimedString, text: str, media_time: float) -> Word:
    end = word.end_time if is_given(word.end_time) else media_time
    start = word.start_time if is_given(word.start_time) else end
    return Word(text, start, end)


def _caption_of(snapshot: SourceSegment) -> Caption:
    """The caption of the original for one snapshot."""
    words = snapshot.words
    committed = join_words(snapshot.committed, snapshot.language)
    if not snapshot.final:
        # What follows may yet make a full stop a comma, or a comma nothing.
        committed = committed.rstrip(_OPEN_MARKS)
    return Caption(
        segment_id=snapshot.segment_id,
        source_segment_id=snapshot.segment_id,
        language=snapshot.language,
        committed=committed,
        tail=snapshot.text[len(committed) :],
        final=snapshot.final,
        is_translation=False,
        media_start=words[0].start if words else snapshot.media_time,
        media_end=words[-1].end if words else snapshot.media_time,
    )


def _event_data(snapshot: SourceSegment) -> dict[str, object]:
    return {
        "committed": [[word.text, word.start, word.end] for word in snapshot.committed],
        "tail": [[word.text, word.start, word.end] for word in snapshot.tail],
        "final": snapshot.final,
        "paused": snapshot.paused,
    }


def _segment_id() -> str:
    return utils.shortuuid("SG_")
