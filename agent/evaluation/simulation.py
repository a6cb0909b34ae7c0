"""Translation policies on timed text: one talk through one policy, into an emissions log."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from livekit.agents import APIError
from livekit.agents.utils import aio

from livekit.plugins.cascade import (
    CascadeEvent,
    EventKind,
    Hypothesis,
    PolicyOptions,
    SegmenterOptions,
    SegmentReader,
    SentencePair,
    SourceSegment,
    TargetOptions,
    TargetStream,
    Translator,
)
from livekit.plugins.cascade.fillers import without_fillers
from livekit.plugins.cascade.policy import options_for
from livekit.plugins.cascade.text import is_unspaced, split_units

from .context import Context
from .emissions import EmissionsWriter, End, Header, Material, Speaker
from .material import MaterialError
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
        options = options_for(translator.source_language, translator.target_language)
        options = replace(options, min_source_words=_NEVER)
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
    advantage over any real wait-k, which has to guess. Characters that the model writes as one are
    written together, when the last of them is due.
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
    """Commits as many units of each hypothesis as the words that are committed allow.

    All but how many is as in :class:`TargetStream`.
    """

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
        self._open = self._context.open("", translator)
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
            await self._take(replace(without_fillers(snapshot), tail=()))

    async def _take(self, said: SourceSegment) -> None:
        """Write what is due now that the words of ``said``, all of them committed, are known."""
        if said.segment_id != self._open.segment_id:
            self._open = self._context.open(said.segment_id, self._translator)
        due = self._due(said)
        if not said.words or not (said.final or due > 0):
            return
        hypothesis = await self._translate(said)
        if hypothesis is None:
            return
        self._open.update(said, hypothesis)
        if said.final:
            self._finish(said)
            return
        units = split_units(self._open.tail, self._language)
        text = self._open.whole_tokens("".join(units[:due]))
        self._open.committed += text
        self._written(said, text)

    def _due(self, said: SourceSegment) -> int:
        """How many units may be written now."""
        behind = len(said.words) - self._policy.k
        allowed = int(behind * self._policy.rate) + 1 if behind >= 0 else 0
        return allowed - len(split_units(self._open.committed, self._language))

    async def _translate(self, said: SourceSegment) -> Hypothesis | None:
        """The hypothesis for ``said``; None if the translator failed."""
        # Written to its end: one that only shows what changed may have fewer units than are due.
        request = replace(self._open.request(said), previous="")
        self._open.begin(said)
        started = self._clock()
        try:
            hypothesis = await self._translator.translate(request)
        except APIError as error:
            data = {"stage": "translation", "message": str(error), "recoverable": not said.final}
            self._emit("error", said, data)
            return None
        seconds = self._clock() - started
        self._emit("hypothesis", said, {"text": hypothesis.text, "seconds": seconds})
        return hypothesis

    def _finish(self, said: SourceSegment) -> None:
        commit = self._open.commit(said)
        self._written(said, commit.text if commit else "")
        self._context.add(SentencePair(said.text, self._open.committed))
        if self._open.kept_back:
            self._emit("guarded", said, {"text": self._open.kept_back})

    def _written(self, said: SourceSegment, text: str) -> None:
        if not text:
            return
        data = {
            "text": text,
            "total": self._open.committed,
            "source_words": len(said.words),
            "source_end": said.words[-1].end,
        }
        self._emit("commit", said, data)

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
    """What a log's header needs for scoring the talk.

    Raises:
        MaterialError: a reference segment has no length, by which lags are measured.
    """
    for reference in talk.references:
        if reference.duration <= 0:
            at = f"{reference.offset:.1f} s"
            raise MaterialError(f"{talk.name}: the reference segment at {at} has no length")
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

    Where the translator fails, the log has an ``error`` and no translation.
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
