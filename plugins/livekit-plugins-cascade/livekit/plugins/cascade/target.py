"""One target language of one speaker: policy, translator, voice and captions."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livekit.agents import APIError, tts, utils
from livekit.agents.utils import aio

from .delivery import PROMPT, Delivery
from .draft import Commit, OpenTranslation
from .fillers import is_hesitation, without_fillers
from .hypothesis import Hypothesis, OnPartial, TranslationRequest
from .log import logger
from .policy import PolicyOptions, options_for
from .reader import SegmentReader
from .translator import Translator
from .types import Caption, CascadeEvent, SentencePair, SourceSegment
from .voice import AudioOutput, Voice
from .voice_events import EventEmitter, VoiceEvents

# Between what is committed of a translation that has no end, and the original.
_BROKEN_OFF = " … "


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """Attributes:
    policy: None for the language pair's default.
    context_pairs: finished sentences shown to the translator at least, once there are so many.
    most_context_pairs: at so many, the oldest are left out. A model reads everything again that
        follows what was left out (100 tokens take seconds on a CPU), so it happens seldom.
    draft_seconds: a draft that takes longer is given up; the next one has more words anyway.
    final_seconds: the same of a complete sentence, of which the original is kept.
    silent_seconds: the same once a translator has said nothing of one for so long: sentences come
        faster than they can be waited for. It is asked for no drafts until it answers.
    """

    policy: PolicyOptions | None = None
    delivery: Delivery = PROMPT
    context_pairs: int = 4
    most_context_pairs: int = 12
    draft_seconds: float = 10.0
    final_seconds: float = 30.0
    silent_seconds: float = 5.0


class TargetStream:
    """Translates one speaker into one language while they speak.

    Args:
        source: from ``SourceStream.subscribe()``; closed with this stream.
        tts, output: both or neither; without them there are captions only.
        set_speed: see :class:`Voice`.
        on_event, on_caption: called on the event loop; must not block or raise.
    """

    def __init__(
        self,
        *,
        source: SegmentReader,
        speaker: str,
        translator: Translator,
        tts: tts.TTS[Any] | None = None,
        output: AudioOutput | None = None,
        set_speed: Callable[[float], None] | None = None,
        on_event: Callable[[CascadeEvent], None] | None = None,
        on_caption: Callable[[Caption], None] | None = None,
        options: TargetOptions | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._speaker = speaker
        self._translator = translator
        self._language = translator.target_language
        self._emit = EventEmitter(
            stream=speaker, language=self._language, on_event=on_event, clock=clock
        )
        self._on_caption = on_caption
        self._options = options or TargetOptions()
        self._policy = self._options.policy or options_for(
            translator.source_language, translator.target_language
        )
        self._clock = clock
        self._context: list[SentencePair] = []
        self._open = OpenTranslation("", self._language, self._policy)
        self._caption_ids: dict[str, str] = {}
        self._translator_is_silent = False
        self._task: asyncio.Task[None] | None = None
        self._voice = (
            Voice(
                tts=tts,
                output=output,
                language=self._language,
                listener=VoiceEvents(self._emit),
                set_speed=set_speed,
                delivery=self._options.delivery,
                clock=clock,
            )
            if tts is not None and output is not None
            else None
        )

    def start(self) -> None:
        """Begin to translate. Needs a running event loop."""
        name = f"target:{self._speaker}:{self._language}"
        self._task = asyncio.create_task(self._run(), name=name)

    async def drain(self) -> None:
        """Return when the source has ended and everything is translated and handed out."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def aclose(self) -> None:
        """Stop at once; what is not spoken yet stays unspoken."""
        self._source.close()
        if self._task is not None:
            await aio.cancel_and_wait(self._task)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            if self._voice is not None:
                tasks.create_task(self._voice.run(), name="voice")
            try:
                async for snapshot in self._source:
                    # What follows is translated without it, and would not go on from it.
                    if snapshot.final or not is_hesitation(snapshot):
                        await self._take(without_fillers(snapshot))
            finally:
                if self._voice is not None:
                    self._voice.end()

    async def _take(self, snapshot: SourceSegment) -> None:
        if not snapshot.words:
            self._retract(snapshot)
            return
        if snapshot.segment_id != self._open.segment_id:
            self._open = OpenTranslation(
                snapshot.segment_id, self._language, self._policy, self._context
            )
        if snapshot.final and self._must_skip(snapshot):
            self._skip(snapshot)
            return
        wanted = snapshot.final or not self._translator_is_silent
        if wanted and self._open.needs_hypothesis(snapshot):
            translated = await self._translate_whole(snapshot)
            if snapshot.final and not translated:
                self._keep_original(snapshot)
                return
        self._commit(snapshot)
        if snapshot.paused and self._voice is not None:
            self._voice.pause(snapshot.segment_id)
        tail = "" if snapshot.final else self._open.tail
        self._caption(snapshot, tail=tail, final=snapshot.final)
        if snapshot.final:
            self._finish(snapshot)

    def _must_skip(self, snapshot: SourceSegment) -> bool:
        """Whether a complete sentence, of which nothing is said yet, is too old to be translated
        while a newer one waits: by the time that it took, that would be too old as well."""
        if self._open.committed or not self._source.holds(lambda newer: newer.final):
            return False
        return self._lag(snapshot) > self._options.delivery.pacing.drop_seconds

    def _skip(self, snapshot: SourceSegment) -> None:
        lag = self._lag(snapshot)
        logger.warning("a sentence is not translated: it ended %.1f s ago, another waits", lag)
        data: dict[str, object] = {"text": "", "reason": "translation", "lag_seconds": lag}
        self._emit("dropped", snapshot.segment_id, snapshot.media_time, data)
        self._keep_original(snapshot)

    def _lag(self, snapshot: SourceSegment) -> float:
        """Seconds since the end of its words."""
        wall_offset = snapshot.wall_time - snapshot.media_time
        return self._clock() - (wall_offset + snapshot.words[-1].end)

    async def _translate_whole(self, snapshot: SourceSegment) -> bool:
        """Take the hypothesis for ``snapshot``, if there is one; of a complete sentence that breaks
        off in the middle the rest is asked for once more."""
        before = self._open.committed

        def breaks_off() -> bool:
            return snapshot.final and self._open.committed != before

        translated = await self._translate(snapshot, is_repeated=breaks_off)
        if not translated and breaks_off():
            translated = await self._translate(snapshot, is_repeated=lambda: False)
        return translated

    async def _translate(self, snapshot: SourceSegment, *, is_repeated: Callable[[], bool]) -> bool:
        """Take the hypothesis for ``snapshot``, unless the translator fails, takes too long or says
        something else than what is committed.

        Args:
            is_repeated: whether it is asked for once more if it fails now.
        """
        request = self._open.request(snapshot)
        self._open.begin(snapshot)

        def take_partial(partial: Hypothesis) -> None:
            self._translator_is_silent = False
            self._open.update(snapshot, partial)
            if self._commit(snapshot):
                self._caption(snapshot, tail=self._open.tail, final=False)

        # Of the event loop: wall clocks are set.
        elapsed = asyncio.get_running_loop().time
        started, committed = elapsed(), self._open.committed

        def fail(message: str) -> None:
            recoverable = not snapshot.final or is_repeated()
            self._emit_failure(snapshot, message, recoverable=recoverable)

        try:
            hypothesis = await self._draft(request, take_partial)
        except TimeoutError:
            unanswered = snapshot.final and self._open.committed == committed
            self._translator_is_silent = self._translator_is_silent or unanswered
            fail("it took too long")
            return False
        except APIError as error:
            logger.warning("translation failed", exc_info=error)
            fail(str(error))
            return False
        if hypothesis is None:
            return False
        self._translator_is_silent = False
        if not self._open.update(snapshot, hypothesis):
            fail("it begins with something else than what is committed")
            return False
        data = {"text": hypothesis.text, "seconds": elapsed() - started}
        self._emit("hypothesis", snapshot.segment_id, snapshot.media_time, data)
        return True

    async def _draft(self, request: TranslationRequest, take: OnPartial) -> Hypothesis | None:
        """The translation; None where one that can be spoken whole is due before it is written.

        Raises:
            TimeoutError: it took too long.
            APIError: the translator failed.
        """
        options, silent = self._options, self._translator_is_silent
        if request.final:
            async with asyncio.timeout(options.silent_seconds if silent else options.final_seconds):
                return await self._translator.translate(request, take)
        name = f"{self._speaker}:{self._language}"
        writing = asyncio.create_task(
            self._translator.translate(request, take), name=f"draft:{name}"
        )
        overtaken = asyncio.create_task(
            self._source.pending(self._open.is_overtaken_by), name=f"overtaken:{name}"
        )
        try:
            async with asyncio.timeout(self._options.draft_seconds):
                await asyncio.wait((writing, overtaken), return_when=asyncio.FIRST_COMPLETED)
            return await writing if writing.done() else None
        finally:
            await aio.cancel_and_wait(writing, overtaken)

    def _commit(self, snapshot: SourceSegment) -> bool:
        """Speak what can be spoken now, if anything."""
        commit = self._open.commit(snapshot)
        if commit is not None:
            self._speak(snapshot, commit)
        return commit is not None

    def _speak(self, snapshot: SourceSegment, commit: Commit) -> None:
        if self._voice is not None:
            self._voice.add(
                snapshot.segment_id,
                commit.text,
                source_start=commit.source_start,
                source_end=commit.source_end,
                wall_offset=snapshot.wall_time - snapshot.media_time,
            )
        data: dict[str, object] = {
            "text": commit.text,
            "total": self._open.committed,
            "source_words": commit.source_words,
            "source_end": commit.source_end,
        }
        self._emit("commit", snapshot.segment_id, snapshot.media_time, data)

    def _finish(self, snapshot: SourceSegment) -> None:
        if len(self._context) >= self._options.most_context_pairs:
            del self._context[: max(len(self._context) - self._options.context_pairs, 0)]
        if self._options.most_context_pairs:
            self._context.append(SentencePair(snapshot.text, self._open.committed))
        if self._open.kept_back:
            data: dict[str, object] = {"text": self._open.kept_back}
            self._emit("guarded", snapshot.segment_id, snapshot.media_time, data)
        self._end_segment(snapshot)

    def _retract(self, snapshot: SourceSegment) -> None:
        """The recogniser has taken its words back; nothing has been said of them."""
        if snapshot.segment_id in self._caption_ids:
            self._open = OpenTranslation("", self._language, self._policy)
            self._show(snapshot, "", final=True, start=snapshot.media_time, end=snapshot.media_time)
            del self._caption_ids[snapshot.segment_id]

    def _keep_original(self, snapshot: SourceSegment) -> None:
        """It has no translation: the listener at least reads what was said."""
        tail = f"{_BROKEN_OFF}{snapshot.text}" if self._open.committed else snapshot.text
        self._caption(snapshot, tail=tail, final=True)
        self._end_segment(snapshot)

    def _end_segment(self, snapshot: SourceSegment) -> None:
        if self._voice is not None:
            self._voice.complete(snapshot.segment_id)
        self._caption_ids.pop(snapshot.segment_id, None)
        words = snapshot.committed
        data: dict[str, object] = {
            "source": snapshot.text,
            "target": self._open.committed,
            "media_start": words[0].start if words else snapshot.media_time,
            "media_end": words[-1].end if words else snapshot.media_time,
        }
        self._emit("segment_final", snapshot.segment_id, snapshot.media_time, data)

    def _caption(self, snapshot: SourceSegment, *, tail: str, final: bool) -> None:
        if self._open.committed or tail:
            words = snapshot.words
            self._show(snapshot, tail, final=final, start=words[0].start, end=words[-1].end)

    def _show(
        self, snapshot: SourceSegment, tail: str, *, final: bool, start: float, end: float
    ) -> None:
        if self._on_caption is None:
            return
        caption_id = self._caption_ids.setdefault(snapshot.segment_id, utils.shortuuid("SG_"))
        self._on_caption(
            Caption(
                segment_id=caption_id,
                source_segment_id=snapshot.segment_id,
                language=self._language,
                committed=self._open.committed.strip(),
                tail=tail,
                final=final,
                is_translation=True,
                media_start=start,
                media_end=end,
            )
        )

    def _emit_failure(self, snapshot: SourceSegment, message: str, *, recoverable: bool) -> None:
        data = {"stage": "translation", "message": message, "recoverable": recoverable}
        self._emit("error", snapshot.segment_id, snapshot.media_time, data)
