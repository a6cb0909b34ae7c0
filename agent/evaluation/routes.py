"""One route of a run: what one speaker said and what was spoken in one language, on one clock.

All times here are seconds since the first sample of the speaker's audio.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from livekit.agents import LanguageCode

from agent.routing import same_language, source_languages
from livekit.plugins.cascade.text import is_unspaced

from .emissions import (
    Commit,
    Dropped,
    EmissionsLog,
    Failure,
    Guarded,
    Hypothesis,
    Played,
    Source,
    Speaker,
    Synthesis,
)
from .event_data import PlayedData, SynthesisData

_EventT = TypeVar("_EventT", Hypothesis, Synthesis, Guarded)
# A recogniser that starts later than this after the speaker has missed audio: its clock is then
# the only one its word times can be read by.
_LATE_START_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class SourceClock:
    """Where media time 0 of a speaker lies in wall time.

    ``sent`` when taken from the speaker's own record, else estimated from the earliest event
    (latest by the shortest delay that any event had).
    """

    origin: float
    sent: bool

    def since_start(self, wall_time: float) -> float:
        """Seconds from the first sample of the speaker's audio to ``wall_time``."""
        return wall_time - self.origin


@dataclass(frozen=True, slots=True)
class SourceWord:
    """A recognised word: when it was said, and when it was committed.

    ``read`` is the source audio that had been received by then.
    """

    text: str
    start: float
    end: float
    recognised: float
    read: float


@dataclass(frozen=True, slots=True)
class CommittedText:
    """Target text that became final: when, and after how much source audio.

    ``read`` is the source audio received when the source words it rests on were published;
    ``source_end`` the end of the last of those words.
    """

    text: str
    total: str
    written: float
    read: float
    source_end: float


@dataclass(frozen=True, slots=True)
class SpokenChunk:
    """Target text and when its audio played; ``stalled`` are the seconds of silence in between."""

    text: str
    start: float
    end: float
    source_end: float
    queue: float
    speed: float
    stalled: float = 0.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One source sentence, its committed translation, and what of it was spoken."""

    segment_id: str
    words: tuple[SourceWord, ...]
    commits: tuple[CommittedText, ...]
    chunks: tuple[SpokenChunk, ...]
    dropped: tuple[str, ...]

    @property
    def target(self) -> str:
        """The whole committed translation."""
        return self.commits[-1].total if self.commits else ""


@dataclass(frozen=True, slots=True)
class Route:
    """A speaker and a target language.

    Attributes:
        spoken_language: of the speaker.
        source_language: of the recognised words; on a direct route the target's.
        seconds: length of the speaker's audio.
    """

    stream: str
    spoken_language: str
    source_language: str
    language: str
    clock: SourceClock
    seconds: float
    segments: tuple[Segment, ...]
    hypotheses: tuple[Hypothesis, ...]
    synthesis: tuple[Synthesis, ...]
    guarded: tuple[Guarded, ...]
    failures: tuple[Failure, ...]

    @property
    def direct(self) -> bool:
        """Whether the recogniser wrote another language than was spoken."""
        return not same_language(self.spoken_language, self.source_language)

    @property
    def words(self) -> tuple[SourceWord, ...]:
        """Everything recognised, in order."""
        return tuple(word for segment in self.segments for word in segment.words)

    @property
    def commits(self) -> tuple[CommittedText, ...]:
        return tuple(commit for segment in self.segments for commit in segment.commits)

    @property
    def chunks(self) -> tuple[SpokenChunk, ...]:
        """In the order in which they were played."""
        chunks = (chunk for segment in self.segments for chunk in segment.chunks)
        return tuple(sorted(chunks, key=lambda chunk: chunk.start))

    @property
    def source_text(self) -> str:
        """Everything recognised."""
        return join_text((word.text for word in self.words), self.source_language)

    @property
    def target_text(self) -> str:
        """Everything committed."""
        return join_text((segment.target for segment in self.segments), self.language)


def join_text(parts: Iterable[str], language: str) -> str:
    """Parts of a text put together as ``language`` is written."""
    separator = "" if is_unspaced(language) else " "
    return separator.join(part.strip() for part in parts if part.strip())


def routes_of(log: EmissionsLog) -> tuple[Route, ...]:
    """Every (speaker, target language) of a run that was interpreted, or was to be.

    A language in which nothing came out is not one that nobody wanted: its drafts and failures tell
    of it, or the header.
    """
    kinds = (Commit, Played, Hypothesis, Failure)
    lines = (line for kind in kinds for line in log.of(kind) if not _is_recogniser_s(line))
    keys = dict.fromkeys((line.stream, line.language) for line in lines)
    found = {(stream, LanguageCode(language)) for stream, language in keys}
    for stream in _streams(log):
        for language in log.header.target_languages:
            if (stream, LanguageCode(language)) not in found:
                keys[stream, language] = None
    return tuple(_route(log, stream, language) for stream, language in keys)


def recognised_of(log: EmissionsLog) -> tuple[Route, ...]:
    """Every speaker of a run as a route to nowhere: what was recognised, and when."""
    return tuple(_route(log, stream, "") for stream in _streams(log))


def _is_recogniser_s(line: object) -> bool:
    return isinstance(line, Failure) and line.data.stage == "stt"


def _streams(log: EmissionsLog) -> tuple[str, ...]:
    """Speakers, also those of whom nothing was recognised; one without a name may be any."""
    streams = dict.fromkeys(line.stream for line in log.of(Source))
    unheard = (line.stream for line in log.of(Speaker) if line.stream or not streams)
    return tuple(streams | dict.fromkeys(unheard))


def source_clock(log: EmissionsLog, stream: str) -> SourceClock:
    """When media time 0 of ``stream`` was. Raises ValueError for a log with nothing of it."""
    delays = [e.wall_time - e.media_time for e in log.of(Source) if e.stream == stream]
    sent = _speaker(log, stream)
    if sent is not None and (not delays or min(delays) - sent.wall_time < _LATE_START_SECONDS):
        return SourceClock(sent.wall_time, sent=True)
    if not delays:
        raise ValueError(f"{log.path}: no source events of {stream!r}, so it has no clock")
    return SourceClock(min(delays), sent=False)


def _speaker(log: EmissionsLog, stream: str) -> Speaker | None:
    matching = [line for line in log.of(Speaker) if line.stream in ("", stream)]
    return matching[0] if matching else None


def _route(log: EmissionsLog, stream: str, language: str) -> Route:
    header, clock = log.header, source_clock(log, stream)
    source = _source_of(log, stream, language)
    commits = [e for e in log.of(Commit) if (e.stream, e.language) == (stream, language)]
    played = [e for e in log.of(Played) if (e.stream, e.language) == (stream, language)]
    synthesis = _of_route(log.of(Synthesis), stream, language)
    dropped = [e for e in log.of(Dropped) if (e.stream, e.language) == (stream, language)]
    ids = dict.fromkeys(e.segment_id for e in (*source, *commits, *played) if e.segment_id)
    segments = tuple(
        Segment(
            segment_id=segment_id,
            words=_words([e for e in source if e.segment_id == segment_id], clock),
            commits=_commits([e for e in commits if e.segment_id == segment_id], clock),
            chunks=_chunks(
                [e for e in played if e.segment_id == segment_id],
                [e.data for e in synthesis if e.segment_id == segment_id],
                clock,
            ),
            dropped=tuple(e.data.text for e in dropped if e.segment_id == segment_id),
        )
        for segment_id in ids
    )
    return Route(
        stream=stream,
        spoken_language=header.source_language or _language(_source_of(log, stream, "")),
        source_language=_language(source) or header.source_language,
        language=language,
        clock=clock,
        seconds=_seconds(log, stream, source),
        segments=segments,
        hypotheses=_of_route(log.of(Hypothesis), stream, language),
        synthesis=synthesis,
        guarded=_of_route(log.of(Guarded), stream, language),
        failures=tuple(e for e in log.of(Failure) if _concerns(e, stream, language)),
    )


def _concerns(failure: Failure, stream: str, language: str) -> bool:
    """Whether a route is the worse for it: it is its own, or that of its speaker's recogniser."""
    own = failure.language == language or _is_recogniser_s(failure)
    return failure.stream == stream and own


def _source_of(log: EmissionsLog, stream: str, language: str) -> list[Source]:
    """The source words of a route: those written in its own language where a recogniser does that
    (a direct route), else the original's."""
    every = [e for e in log.of(Source) if e.stream == stream]
    targets = {e.language for e in log.of(Commit) if e.stream == stream}
    targets |= set(log.header.target_languages)
    languages = source_languages({e.language for e in every}, language, targets)
    return [e for e in every if e.language in languages] or every


def _language(source: Sequence[Source]) -> str:
    return next((event.language for event in source if event.language), "")


def _of_route(events: Sequence[_EventT], stream: str, language: str) -> tuple[_EventT, ...]:
    return tuple(event for event in events if (event.stream, event.language) == (stream, language))


def _words(snapshots: Sequence[Source], clock: SourceClock) -> tuple[SourceWord, ...]:
    """Committed words, each with the time of the first snapshot that had it committed."""
    words: list[SourceWord] = []
    for snapshot in snapshots:
        recognised = clock.since_start(snapshot.wall_time)
        for text, start, end in snapshot.data.committed[len(words) :]:
            words.append(SourceWord(text, start, end, recognised, snapshot.media_time))
    return tuple(words)


def _commits(events: Sequence[Commit], clock: SourceClock) -> tuple[CommittedText, ...]:
    return tuple(
        CommittedText(
            text=event.data.text,
            total=event.data.total,
            written=clock.since_start(event.wall_time),
            read=event.media_time,
            source_end=event.data.source_end,
        )
        for event in events
    )


def _chunks(
    events: Sequence[Played], synthesis: Sequence[SynthesisData], clock: SourceClock
) -> tuple[SpokenChunk, ...]:
    return tuple(
        SpokenChunk(
            text=event.data.text,
            start=clock.since_start(event.data.wall_start),
            end=clock.since_start(event.data.wall_end),
            source_end=event.data.source_end,
            queue=event.data.queue_seconds,
            speed=event.data.speed,
            stalled=_stalled(event.data, synthesis),
        )
        for event in events
    )


def _stalled(played: PlayedData, synthesis: Sequence[SynthesisData]) -> float:
    """How much longer a chunk took to hear than its audio lasts at the speed it was heard at."""
    lasted = played.wall_end - played.wall_start
    audio = (
        made.audio_seconds * made.speed / played.speed
        for made in synthesis
        if made.text == played.text
    )
    return max(lasted - next(audio, lasted), 0.0)


def _seconds(log: EmissionsLog, stream: str, source: Sequence[Source]) -> float:
    speaker = _speaker(log, stream)
    if speaker is not None and speaker.seconds is not None:
        return speaker.seconds
    ends = (word[2] for event in source for word in event.data.committed)
    return max(ends, default=0.0)
