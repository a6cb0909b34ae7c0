"""Translation policies on timed text: one talk through one policy, into an emissions log."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from livekit.agents.utils import aio

from livekit.plugins.cascade import (
    CascadeEvent,
    EventKind,
    PolicyOptions,
    SegmenterOptions,
    SegmentReader,
    SentencePair,
    SourceSegment,
    TargetOptions,
    TargetStream,
    TranslationRequest,
    Translator,
    join_words,
)
from livekit.plugins.cascade.fillers import without_fillers
from livekit.plugins.cascade.policy import options_for
from livekit.plugins.cascade.text import is_unspaced, split_units

from .context import Context
from .emissions import EmissionsWriter, End, Header, Material, Speaker
from .timed_text import Recogniser, TimedTalk, snapshots
from .virtual_time import wall_clock

STREAM = "speaker"
_NEVER = 10_000
# For those that wait for sentences.
_WHOLE_SENTENCES = SegmenterOptions()
_HOLDS = (1, 2, 3, 5)
# Of the hypothesis that no earlier one confirms, so many times as much waits.
_SOLO = 4
_LAGS = (1, 3, 5, 7, 9)

OnEvent = Callable[[CascadeEvent], None]
Clock = Callable[[], float]


class Target(Protocol):
    """One target language of a talk; :class:`TargetStream` is one."""

    def start(self) -> None: ...

    async def drain(self) -> None: ...

    async def aclose(self) -> None: ...


class Policy(Protocol):
    """Makes the target of a talk.

    Attributes:
        name: a family, with its setting in brackets.
        segmenter_options: how its source is cut; None for the cascade's defaults.
    """

    @property
    def name(self) -> str: ...

    @property
    def segmenter_options(self) -> SegmenterOptions | None: ...

    def target(
        self, source: SegmentReader, translator: Translator, on_event: OnEvent, clock: Clock
    ) -> Target: ...


@dataclass(frozen=True, slots=True)
class Agreement:
    """The cascade's own policy.

    ``hold`` words, in unspaced scripts twice as many characters, wait where two hypotheses agree,
    and four times as many where there is but one; None for the language pair's own.
    """

    hold: int | None = None
    segmenter_options: SegmenterOptions | None = None

    @property
    def name(self) -> str:
        return "cascade" if self.hold is None else f"cascade (hold {self.hold})"

    def target(
        self, source: SegmentReader, translator: Translator, on_event: OnEvent, clock: Clock
    ) -> Target:
        options = options_for(translator.source_language, translator.target_language)
        if self.hold is not None:
            hold = self.hold * (2 if is_unspaced(translator.target_language) else 1)
            options = replace(options, hold=hold, solo_hold=_SOLO * hold)
        return _stream(source, translator, on_event, clock, options)


@dataclass(frozen=True, slots=True)
class SentenceWait:
    """Translates a sentence when it is complete."""

    name: str = "sentence-wait"
    segmenter_options: SegmenterOptions | None = _WHOLE_SENTENCES

    def target(
        self, source: SegmentReader, translator: Translator, on_event: OnEvent, clock: Clock
    ) -> Target:
        options = PolicyOptions(min_source_words=_NEVER)
        return _stream(source, translator, on_event, clock, options)


def _stream(
    source: SegmentReader,
    translator: Translator,
    on_event: OnEvent,
    clock: Clock,
    policy: PolicyOptions,
) -> TargetStream:
    return TargetStream(
        source=source,
        speaker=STREAM,
        translator=translator,
        on_event=on_event,
        options=TargetOptions(policy=policy),
        clock=clock,
    )


@dataclass(frozen=True, slots=True)
class WaitK:
    """Wait-k (Ma et al. 2019): one target unit after ``k`` source words, then ``rate`` a word.

    ``rate`` is the reference's length in target units per source word: knowing it is an
    advantage over any real wait-k, which has to guess.
    """

    k: int
    rate: float
    segmenter_options: SegmenterOptions | None = _WHOLE_SENTENCES

    @property
    def name(self) -> str:
        return f"wait-k ({self.k})"

    def target(
        self, source: SegmentReader, translator: Translator, on_event: OnEvent, clock: Clock
    ) -> Target:
        return _WaitKTarget(self, source, translator, on_event, clock)


class _WaitKTarget:
    """Commits as many units of each hypothesis as the words that are committed allow."""

    def __init__(
        self,
        policy: WaitK,
        source: SegmentReader,
        translator: Translator,
        on_event: OnEvent,
        clock: Clock,
    ) -> None:
        self._policy = policy
        self._source = source
        self._translator = translator
        self._language = translator.target_language
        self._on_event = on_event
        self._clock = clock
        self._context = Context()
        self._segment_id = self._committed = ""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="wait-k")

    async def drain(self) -> None:
        if self._task is not None:
            await asyncio.shield(self._task)

    async def aclose(self) -> None:
        self._source.close()
        if self._task is not None:
            await aio.cancel_and_wait(self._task)

    async def _run(self) -> None:
        async for snapshot in self._source:
            if snapshot.segment_id != self._segment_id:
                self._segment_id, self._committed = snapshot.segment_id, ""
            await self._take(without_fillers(snapshot))

    async def _take(self, snapshot: SourceSegment) -> None:
        behind = len(snapshot.committed) - self._policy.k
        allowed = int(behind * self._policy.rate) + 1 if behind >= 0 else 0
        done = len(split_units(self._committed, self._language))
        if snapshot.final or allowed > done:
            source = join_words(snapshot.committed, snapshot.language)
            text = await self._translate(source, snapshot)
            units = split_units(text[len(self._committed) :], self._language)
            self._commit(snapshot, units if snapshot.final else units[: allowed - done])
        if snapshot.final:
            source = join_words(snapshot.committed, snapshot.language)
            self._context.add(SentencePair(source, self._committed))

    async def _translate(self, source: str, snapshot: SourceSegment) -> str:
        started = self._clock()
        hypothesis = await self._translator.translate(
            TranslationRequest(
                source=source,
                committed=self._committed,
                context=self._context.pairs,
                final=snapshot.final,
            )
        )
        seconds = self._clock() - started
        self._emit("hypothesis", snapshot, {"text": hypothesis.text, "seconds": seconds})
        return hypothesis.text

    def _commit(self, snapshot: SourceSegment, units: list[str]) -> None:
        if not units:
            return
        self._committed += "".join(units)
        data = {
            "text": "".join(units),
            "total": self._committed,
            "source_words": len(snapshot.committed),
            "source_end": snapshot.committed[-1].end,
        }
        self._emit("commit", snapshot, data)

    def _emit(self, kind: EventKind, snapshot: SourceSegment, data: dict[str, object]) -> None:
        self._on_event(_event(kind, snapshot, self._language, self._clock(), data))


def policies_for(talk: TimedTalk) -> list[Policy]:
    """The cascade's policy at several holds, wait-k at several lags, and sentence-wait."""
    rate = len(split_units(talk.reference_text, talk.target_language)) / max(len(talk.words), 1)
    return [
        Agreement(),
        *(Agreement(hold) for hold in _HOLDS),
        *(WaitK(k, rate) for k in _LAGS),
        SentenceWait(),
    ]


def _event(
    kind: EventKind,
    snapshot: SourceSegment,
    language: str,
    wall_time: float,
    data: dict[str, object],
) -> CascadeEvent:
    return CascadeEvent(
        kind=kind,
        stream=STREAM,
        language=language,
        segment_id=snapshot.segment_id,
        media_time=snapshot.media_time,
        wall_time=wall_time,
        data=data,
    )


def material_of(talk: TimedTalk) -> Material:
    """What a log's header needs for scoring the talk."""
    segments = tuple((r.text, r.offset, r.duration) for r in talk.references)
    return Material(
        name=talk.name,
        source_text=talk.source_text,
        references={talk.target_language: talk.reference_text},
        reference_segments={talk.target_language: segments},
    )


async def simulate(
    talk: TimedTalk,
    policy: Policy,
    translator: Translator,
    log: EmissionsWriter,
    *,
    header: Header,
    recogniser: Recogniser | None = None,
    progress: Callable[[float], None] = lambda seconds: None,
) -> None:
    """Run one policy over one talk; ``progress`` is told the seconds of the talk that have passed.

    Raises:
        APIError: the translator cannot be used at all.
    """
    clock = wall_clock()
    origin = clock()
    log.line(header)
    log.line(Speaker(stream=STREAM, wall_time=origin, seconds=talk.seconds))
    reader = SegmentReader()
    target = policy.target(reader, translator, log.event, clock)
    target.start()
    try:
        for snapshot in snapshots(talk, recogniser, policy.segmenter_options):
            await asyncio.sleep(max(origin + snapshot.media_time - clock(), 0.0))
            now = replace(snapshot, wall_time=clock())
            log.event(_event("source", now, talk.source_language, now.wall_time, _words(now)))
            reader.put(now)
            progress(snapshot.media_time)
        reader.end()
        await target.drain()
    finally:
        await target.aclose()
    log.line(End())


def _words(snapshot: SourceSegment) -> dict[str, object]:
    return {
        "committed": [[word.text, word.start, word.end] for word in snapshot.committed],
        "tail": [[word.text, word.start, word.end] for word in snapshot.tail],
        "final": snapshot.final,
    }
