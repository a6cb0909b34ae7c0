"""How far behind the speaker the listener is. Everything in seconds unless its name says else."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from livekit.plugins.cascade.text import split_units, units_per_word

from .alignment import carried_words
from .routes import CommittedText, Route, SpokenChunk
from .statistics import Distribution

# Length of a speech token in the average token delay (Kano et al. 2023; SimulEval).
_ATD_TOKEN_SECONDS = 0.3
# Shorter silences are heard as part of speech, not as gaps (a plosive's closure is 0.1 s).
_GAP_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class StageLag:
    """Where the ear-voice span comes from; each is behind the end of the source word it concerns,
    so a row includes those above it.

    ``recognised`` source word committed; ``translated`` target text committed after the last
    source word it rests on; ``spoken`` its chunk begins to play after the last source word in it;
    ``heard`` the ear-voice span, word by word.
    """

    recognised: Distribution
    translated: Distribution
    spoken: Distribution
    heard: Distribution


@dataclass(frozen=True, slots=True)
class StageCost:
    """Time a stage takes per call, and in all per second of source audio (real-time factor).

    NaN where it was never called.
    """

    seconds: Distribution
    rtf: float


@dataclass(frozen=True, slots=True)
class LatencyScores:
    """Attributes:
    start_offset: first audio, after the start of the speaker's audio.
    first_audio: first audio, after the start of the first word.
    end_offset: last audio, after the end of the last word (not of the recording, in which
        silence may follow).
    gaps: silences of 0.2 s and more between the first and the last audio; ``gap_seconds`` is NaN
        without any audio, which is no speech without a gap.
    queue: speech still to be heard when each chunk had been handed over.
    speed: at which it was heard, 1.0 = the voice's own.
    normalized_erasure: committed characters taken back, per final character.
    average_token_delay: ATD, computation-aware, 0.3 s tokens.
    chunk_words: how many are said at once; where words are not spaced, as many characters count as
        one as a word has on average.
    failures: errors of the route's engines and of its speaker's recogniser.
    """

    lag: StageLag
    start_offset: float
    first_audio: float
    end_offset: float
    gaps: Distribution
    gap_seconds: float
    queue: Distribution
    speed: Distribution
    normalized_erasure: float
    average_token_delay: float
    translation: StageCost
    synthesis: StageCost
    first_synthesis: Distribution
    dropped: int
    failures: int
    # Older reports have none of these.
    guarded: int = 0
    chunk_words: Distribution = Distribution.of([])

    @property
    def ear_voice_span(self) -> Distribution:
        return self.lag.heard


def _ear_voice_spans(route: Route) -> list[float]:
    """One span for each source word that some audio carries."""
    return [carried.span for segment in route.segments for carried in carried_words(segment)]


def score_latency(route: Route) -> LatencyScores:
    """All latency figures of one route."""
    chunks = route.chunks
    gaps = output_gaps(chunks)
    onset = min((word.start for word in route.words), default=math.nan)
    last_word = max((word.end for word in route.words), default=math.nan)
    start = chunks[0].start if chunks else math.nan
    return LatencyScores(
        lag=_stage_lag(route),
        start_offset=start,
        first_audio=start - onset,
        end_offset=max((chunk.end for chunk in chunks), default=math.nan) - last_word,
        gaps=Distribution.of(gaps),
        gap_seconds=sum(gaps) if chunks else math.nan,
        queue=Distribution.of([chunk.queue for chunk in chunks]),
        speed=Distribution.of([chunk.speed for chunk in chunks]),
        normalized_erasure=normalized_erasure(route),
        average_token_delay=average_token_delay(chunks),
        translation=_cost([event.data.seconds for event in route.hypotheses], route.seconds),
        synthesis=_cost([event.data.seconds for event in route.synthesis], route.seconds),
        first_synthesis=Distribution.of([e.data.first_audio_seconds for e in route.synthesis]),
        dropped=sum(len(segment.dropped) for segment in route.segments),
        guarded=len(route.guarded),
        chunk_words=Distribution.of([_words(chunk.text, route.language) for chunk in chunks]),
        failures=len(route.failures),
    )


def _words(text: str, language: str) -> float:
    return len(split_units(text, language)) / units_per_word(language)


def _stage_lag(route: Route) -> StageLag:
    return StageLag(
        recognised=Distribution.of([word.recognised - word.end for word in route.words]),
        translated=Distribution.of([c.written - c.source_end for c in route.commits]),
        spoken=Distribution.of([chunk.start - chunk.source_end for chunk in route.chunks]),
        heard=Distribution.of(_ear_voice_spans(route)),
    )


def _cost(seconds: Sequence[float], source_seconds: float) -> StageCost:
    rtf = sum(seconds) / source_seconds if seconds and source_seconds else math.nan
    return StageCost(Distribution.of(seconds), rtf)


def output_gaps(chunks: Sequence[SpokenChunk]) -> list[float]:
    """Silences between chunks in the order played, then those inside one, added up for each."""
    silences = [after.start - before.end for before, after in pairwise(chunks)]
    silences += [chunk.stalled for chunk in chunks]
    return [silence for silence in silences if silence >= _GAP_SECONDS]


def normalized_erasure(route: Route) -> float:
    """Characters that a later commit of the same segment took back, per final character.

    0 for an append-only system (Arivazhagan et al. 2020, by characters).
    """
    final = sum(len(segment.target) for segment in route.segments)
    erased = sum(_erased(segment.commits) for segment in route.segments)
    return erased / final if final else math.nan


def _erased(commits: Sequence[CommittedText]) -> int:
    erased = 0
    for before, after in pairwise(commit.total for commit in commits):
        kept = next(
            (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None
        )
        erased += len(before) - (min(len(before), len(after)) if kept is None else kept)
    return erased


def average_token_delay(chunks: Sequence[SpokenChunk]) -> float:
    """ATD of speech output (Kano, Sudoh and Nakamura 2023, eq. 4-7).

    Source and output are cut into tokens of 0.3 s. Output token t corresponds to source token
    ``min(t - surplus, tokens read by its chunk)``, where surplus is how many more tokens had been
    produced than read before the chunk; its delay runs from the end of that source token to its
    own end. Chunks read the source up to their ``source_end``.
    """
    delays: list[float] = []
    read_before = produced = 0
    for chunk in chunks:
        read = max(_tokens(chunk.source_end), read_before)
        surplus = max(0, produced - read_before)
        for index in range(1, _tokens(chunk.end - chunk.start) + 1):
            source = min(produced + index - surplus, read)
            ends = min(chunk.start + index * _ATD_TOKEN_SECONDS, chunk.end)
            delays.append(ends - source * _ATD_TOKEN_SECONDS)
        produced += _tokens(chunk.end - chunk.start)
        read_before = read
    return sum(delays) / len(delays) if delays else math.nan


def _tokens(seconds: float) -> int:
    return math.ceil(seconds / _ATD_TOKEN_SECONDS - 1e-9)
