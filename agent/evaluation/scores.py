"""All scores of a run, from its log alone."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omnisteval import Instance
from pydantic import TypeAdapter

from livekit.plugins.cascade.text import base_language, is_unspaced

from .alignment import carried_words
from .clauses import ClauseCheck, check_clauses, repeated_clauses
from .emissions import EmissionsLog, Header, Memory, Offline, Recognised, Resources, read_log
from .lagging import (
    EmittedWord,
    LaggingScores,
    Recording,
    ReferenceSegment,
    align,
    score_lagging,
)
from .latency import LatencyScores, score_latency
from .quality import (
    ErrorRate,
    TranslationQuality,
    chrf,
    error_rate,
    normalise,
    translation_quality,
)
from .routes import Route, SourceWord, recognised_of, routes_of
from .statistics import Distribution

# Word times are good to some tenths of a second; further in, a word has no excuse.
_QUIET_MARGIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class RouteText:
    """What was recognised, committed, and recognised again in what was heard."""

    source: str
    target: str
    heard: str = ""


@dataclass(frozen=True, slots=True)
class RouteQuality:
    """None where the log lacks the reference or the recognised output that it takes.

    ``translation``: of the whole text as one; ``by_segment``: of the output cut to the reference's
    segments, where these are known. The whole hides what stands in a wrong place.
    ``offline_chrf``: of the same model's translation of the true transcript, sentence by sentence.
    ``offline_interpreted_chrf``: of what the same models make of the recording, with all the time
    in the world.
    ``heard_chrf``: of the recognised output audio against the captions, 0 to 100; 0 where captions
    were written and nothing was spoken. None, like ``heard``, where what was heard is not known.
    ``repeated``: clauses that the captions have twice though the source has not.
    """

    recognition: ErrorRate | None = None
    translation: TranslationQuality | None = None
    offline_chrf: float | None = None
    offline_interpreted_chrf: float | None = None
    heard_chrf: float | None = None
    heard: ClauseCheck | None = None
    repeated: tuple[str, ...] = ()
    # Older reports have none.
    by_segment: TranslationQuality | None = None

    @property
    def best_known(self) -> TranslationQuality | None:
        """By segment where there are reference segments, else of the whole text."""
        return self.by_segment or self.translation

    @property
    def relative_chrf(self) -> float | None:
        """Per cent of the offline translation's chrF that interpreting kept."""
        if self.translation is None or not self.offline_chrf:
            return None
        return 100 * self.translation.chrf.score / self.offline_chrf


@dataclass(frozen=True, slots=True)
class RouteScores:
    """One speaker in one language.

    ``delays`` are the time at which each word was heard and its ear-voice span; the timelines hold
    start, end and text of the spoken chunks and of the source words. All in seconds since the
    speaker's start.
    """

    stream: str
    source_language: str
    language: str
    seconds: float
    clock_sent: bool
    latency: LatencyScores
    lagging: LaggingScores | None
    quality: RouteQuality
    text: RouteText
    timeline: tuple[tuple[float, float, str], ...] = ()
    source_timeline: tuple[tuple[float, float, str], ...] = ()
    delays: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class RecognitionScores:
    """One speaker's recognition. ``words`` is None without a transcript.

    ``offline``: the same model given the whole recording at once.

    ``delay``: from the end of a word to its commitment, in seconds of wall time;
    ``delay_cu``: in seconds of audio that had been received, so without the time of decoding if
    work was free. ``invented``: words recognised while nobody spoke.
    """

    stream: str
    language: str
    words: ErrorRate | None
    offline: ErrorRate | None
    delay: Distribution
    delay_cu: Distribution
    invented: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class RunScores:
    """A run: its header, speakers and routes.

    ``resources`` is None if they were not measured; ``memory_growth_bytes`` is from the first to
    the last quarter of the run, by the median of each. ``starts`` are the worker's that wrote the
    log; of several, this is the last.
    """

    name: str
    header: Header
    recognition: tuple[RecognitionScores, ...]
    routes: tuple[RouteScores, ...]
    resources: Resources | None = None
    memory_growth_bytes: float | None = None
    unknown_events: Mapping[str, int] = field(default_factory=dict)
    # Older reports have none.
    starts: int = 1


_RUN = TypeAdapter(RunScores)


def score_run(path: Path) -> RunScores:
    """Score a run's folder or log file.

    Raises:
        EmissionsError, OSError: the log cannot be read.
        ValueError: nothing in it to score.
    """
    log = read_log(path)
    routes = routes_of(log)
    recognition = tuple(_score_recognition(log, speaker) for speaker in recognised_of(log))
    if not recognition and not routes:
        raise ValueError(f"{log.path}: nothing was recognised in this run, so nothing to score")
    resources = log.of(Resources)
    return RunScores(
        name=path.name if path.is_dir() else path.parent.name,
        header=log.header,
        recognition=recognition,
        routes=tuple(_score_route(log, route) for route in routes),
        resources=resources[-1] if resources else None,
        memory_growth_bytes=_growth([line.rss_bytes for line in log.of(Memory)]),
        unknown_events=log.unknown,
        starts=log.starts,
    )


def _growth(samples: Sequence[int]) -> float | None:
    quarter = len(samples) // 4
    if not quarter:
        return None
    return statistics.median(samples[-quarter:]) - statistics.median(samples[:quarter])


def _score_recognition(log: EmissionsLog, speaker: Route) -> RecognitionScores:
    """How well and how soon one speaker was recognised."""
    words, language = speaker.words, speaker.source_language
    transcript = _transcript(log)
    offline = _offline(log, "recognition", language)
    return RecognitionScores(
        stream=speaker.stream,
        language=language,
        words=_error_rate(transcript, speaker.source_text, language),
        offline=_error_rate(transcript, offline, language) if offline else None,
        delay=Distribution.of([word.recognised - word.end for word in words]),
        delay_cu=Distribution.of([word.read - word.end for word in words]),
        invented=_invented(words, log.header.material.quiet),
        text=speaker.source_text,
    )


def _transcript(log: EmissionsLog) -> str:
    """What was said; none where the recogniser was to write another language."""
    direct = log.header.settings.get("system") == "direct"
    return "" if direct else log.header.material.source_text


def _invented(words: Sequence[SourceWord], quiet: Sequence[tuple[float, float]]) -> tuple[str, ...]:
    """Words whose middle lies in a quiet stretch, its first and last second left out."""
    inner = [(start + _QUIET_MARGIN_SECONDS, end - _QUIET_MARGIN_SECONDS) for start, end in quiet]
    return tuple(
        word.text
        for word in words
        if any(start <= (word.start + word.end) / 2 <= end for start, end in inner)
    )


def _error_rate(transcript: str, recognised: str, language: str) -> ErrorRate | None:
    if not normalise(transcript, language):
        return None
    return error_rate(transcript, recognised, language)


def _offline(log: EmissionsLog, stage: str, language: str) -> str:
    lines = (line for line in log.of(Offline) if line.stage == stage and line.language == language)
    return next((line.text for line in lines), "")


def _offline_chrf(log: EmissionsLog, stage: str, language: str, reference: str) -> float | None:
    text = _offline(log, stage, language)
    return chrf(text, reference) if text and reference else None


def _score_route(log: EmissionsLog, route: Route) -> RouteScores:
    """All scores of one route of ``log``."""
    reference = _reference(log.header, route.language)
    aligned = _aligned(log, route, reference)
    return RouteScores(
        stream=route.stream,
        source_language=route.spoken_language,
        language=route.language,
        seconds=route.seconds,
        clock_sent=route.clock.sent,
        latency=score_latency(route),
        lagging=score_lagging(aligned) if aligned else None,
        quality=_quality(log, route, reference, aligned),
        text=RouteText(route.source_text, route.target_text, _heard(log, route) or ""),
        timeline=tuple((c.start, c.end, c.text) for c in route.chunks),
        source_timeline=tuple((w.start, w.end, w.text) for w in route.words),
        delays=_delays(route),
    )


def _reference(header: Header, language: str) -> str:
    references = header.material.references
    base = base_language(language)
    matching = (text for key, text in references.items() if base_language(key) == base)
    return references.get(language) or next(matching, "")


def _heard(log: EmissionsLog, route: Route) -> str | None:
    """What was recognised in what was heard; None where that is not known, or no caption to hear.

    Where nothing was spoken there is nothing to recognise, and nothing was heard.
    """
    lines = [line for line in log.of(Recognised) if line.language == route.language]
    texts = [line.text for line in lines if line.stream in ("", route.stream)]
    if not route.target_text:
        return None
    return texts[0] if texts else ("" if log.checked and not route.chunks else None)


def _emitted_words(route: Route) -> list[EmittedWord]:
    """Committed units with their delays: source audio read, and wall time passed, in seconds."""
    words: list[EmittedWord] = []
    for commit in route.commits:
        unspaced = is_unspaced(route.language)
        units = commit.text.replace(" ", "") if unspaced else commit.text.split()
        words += [EmittedWord(unit, commit.read, commit.written) for unit in units]
    return words


def _aligned(log: EmissionsLog, route: Route, reference: str) -> list[Instance]:
    """The output cut to timed reference segments; without any, the recording is one segment.

    Without a reference at all the output stands in for it, which scores its length as right.
    """
    words = _emitted_words(route)
    if not words or not route.seconds:
        return []
    segments = _reference_segments(log.header, route.language)
    whole = ReferenceSegment(reference or route.target_text, 0.0, route.seconds)
    return align([Recording(words, segments or [whole])], route.language)


def _reference_segments(header: Header, language: str) -> list[ReferenceSegment]:
    """None where not one of them has any text."""
    timed = header.material.reference_segments.get(language, ())
    segments = [ReferenceSegment(*segment) for segment in timed]
    return segments if any(segment.text.strip() for segment in segments) else []


def _by_segment(
    log: EmissionsLog, route: Route, aligned: Sequence[Instance]
) -> TranslationQuality | None:
    if not aligned or not _reference_segments(log.header, route.language):
        return None
    hypotheses, references = zip(*((i.prediction, i.reference) for i in aligned), strict=True)
    return translation_quality(hypotheses, references, route.language)


def _quality(
    log: EmissionsLog, route: Route, reference: str, aligned: Sequence[Instance]
) -> RouteQuality:
    source = "" if route.direct else _transcript(log)
    heard = _heard(log, route)
    target = route.target_text
    return RouteQuality(
        recognition=_error_rate(source, route.source_text, route.source_language),
        translation=(
            translation_quality([target], [reference], route.language) if reference else None
        ),
        by_segment=_by_segment(log, route, aligned),
        offline_chrf=_offline_chrf(log, "translation", route.language, reference),
        offline_interpreted_chrf=_offline_chrf(log, "interpretation", route.language, reference),
        heard_chrf=None if heard is None else chrf(heard, target),
        heard=None if heard is None else check_clauses(target, heard, route.language),
        repeated=(
            ()
            if repeated_clauses(source or route.source_text, route.source_language)
            else repeated_clauses(target, route.language)
        ),
    )


def _delays(route: Route) -> tuple[tuple[float, float], ...]:
    """For each word that was heard: when, and its ear-voice span."""
    heard = (carried for segment in route.segments for carried in carried_words(segment))
    return tuple(sorted((carried.start, carried.span) for carried in heard))


def to_json(runs: tuple[RunScores, ...]) -> list[Any]:
    """Plain JSON values. JSON has no NaN, so what could not be measured is the string "NaN"."""
    return [_without_nan(_RUN.dump_python(run, mode="json")) for run in runs]


def from_json(values: list[Any]) -> tuple[RunScores, ...]:
    """What :func:`to_json` gave. Raises pydantic's ValidationError for anything else."""
    return tuple(_RUN.validate_python(value) for value in values)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return "NaN" if isinstance(value, float) and math.isnan(value) else value
