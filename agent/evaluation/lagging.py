"""Published latency scores of simultaneous translation, computed by omnisteval.

The output of a recording is cut to the reference's segments (SoftSegmenter), then scored by
segment. *Computation-unaware* (CU) delays count source audio, *computation-aware* (CA) ones wall
time; both in seconds here and in milliseconds inside omnisteval.
"""

import importlib
import math
import shutil
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool

import omnisteval.alignment
from omnisteval import Instance, Word, evaluate_instances, resegment
from omnisteval.scoring import ShortformDegeneracyScorer

from livekit.plugins.cascade.text import base_language, is_unspaced

from .routes import join_text

_MILLISECONDS = 1000.0

# omnisteval aligns recordings in a `multiprocessing.Pool`, which forks. A process with threads
# (models, WebRTC, progress bars) can stand still for ever after a fork, so threads align instead.
omnisteval.alignment.Pool = ThreadPool


@dataclass(frozen=True, slots=True)
class EmittedWord:
    """A unit of output (word, or character in an unspaced script) and its delays in seconds."""

    text: str
    delay_cu: float
    delay_ca: float


@dataclass(frozen=True, slots=True)
class ReferenceSegment:
    """Reference translation of one stretch of the source."""

    text: str
    offset: float
    duration: float


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording's output and reference segments, in order."""

    words: Sequence[EmittedWord]
    segments: Sequence[ReferenceSegment]


@dataclass(frozen=True, slots=True)
class Lagging:
    """Average lags in seconds.

    ``laal``: StreamLAAL where the reference has several segments, plain LAAL where it has one.
    ``long_yaal``: also what is emitted after a segment's end counts (IWSLT 2026).
    ``average_proportion`` has no unit.
    """

    laal: float
    long_yaal: float
    average_lagging: float
    differentiable: float
    average_proportion: float


@dataclass(frozen=True, slots=True)
class LaggingScores:
    """Lags by both clocks, and the degeneracy test of the computation-unaware delays.

    ``simultaneous_words``: per cent of words emitted before their segment's end (SWF);
    ``expected_words``: per cent expected from the lag (EFSW); further than 20 points apart, the
    system looks simultaneous without being it.
    """

    cu: Lagging
    ca: Lagging
    simultaneous_words: float
    expected_words: float


def align(recordings: Sequence[Recording], language: str) -> list[Instance]:
    """The output of recordings of one target language, cut to their reference segments.

    Returns:
        An instance for each reference segment, in order: its ``reference``, and the ``prediction``
        that falls to it, with delays.

    Raises:
        ValueError: no reference segment at all.
    """
    if not any(recording.segments for recording in recordings):
        raise ValueError("lagging needs at least one reference segment")
    if all(len(recording.segments) == 1 for recording in recordings):
        return [_whole(recording, language, index) for index, recording in enumerate(recordings)]
    return _resegmented(recordings, language)


def score_lagging(instances: Sequence[Instance]) -> LaggingScores:
    """Score what :func:`align` has cut."""
    instances = list(instances)
    scores, _, _ = evaluate_instances(instances, compute_quality=False, fix_emission_ca_flag=True)
    degeneracy = ShortformDegeneracyScorer()(instances)
    return LaggingScores(
        cu=_lagging(scores, ""),
        ca=_lagging(scores, "ca_"),
        simultaneous_words=degeneracy["swf"],
        expected_words=degeneracy["efsw"],
    )


def _lagging(scores: dict[str, float], prefix: str) -> Lagging:
    def seconds(name: str) -> float:
        return scores.get(f"{prefix}long_{name}", math.nan) / _MILLISECONDS

    return Lagging(
        laal=seconds("laal"),
        long_yaal=seconds("yaal"),
        average_lagging=seconds("al"),
        differentiable=seconds("dal"),
        average_proportion=scores.get(f"{prefix}long_ap", math.nan),
    )


def _whole(recording: Recording, language: str, index: int) -> Instance:
    """A recording with one reference segment: nothing to cut."""
    (segment,) = recording.segments
    return Instance(
        index=index,
        prediction=join_text((word.text for word in recording.words), language),
        reference=_reference_text(segment.text, language),
        latency_unit="char" if is_unspaced(language) else "word",
        source_length=segment.duration * _MILLISECONDS,
        emission_cu=[(w.delay_cu - segment.offset) * _MILLISECONDS for w in recording.words],
        emission_ca=[(w.delay_ca - segment.offset) * _MILLISECONDS for w in recording.words],
        time_to_recording_end=segment.duration * _MILLISECONDS,
    )


def _reference_text(text: str, language: str) -> str:
    return text.replace(" ", "").strip() if is_unspaced(language) else text.strip()


def _resegmented(recordings: Sequence[Recording], language: str) -> list[Instance]:
    spaced = not is_unspaced(language)
    if spaced:
        _check_tokeniser()
    references: list[list[Word]] = []
    segmentation: list[dict[str, float]] = []
    sentences: list[str] = []
    for document, recording in enumerate(recordings):
        references.append([])
        end = max((s.offset + s.duration for s in recording.segments), default=0.0)
        for segment in recording.segments:
            text = _reference_text(segment.text, language)
            units = text.lower().split() if spaced else list(text.lower())
            offset, index = segment.offset * _MILLISECONDS, len(sentences)
            references[-1] += [Word(unit, emission_cu=offset, seq_id=index) for unit in units]
            segmentation.append(_segmentation(segment, document, index, end))
            sentences.append(text)
    instances, _ = resegment(
        references,
        [[_hypothesis_word(word) for word in recording.words] for recording in recordings],
        segmentation,
        sentences,
        char_level=not spaced,
        lang=base_language(language) if spaced else None,
    )
    return list(instances)


def _segmentation(
    segment: ReferenceSegment, document: int, index: int, recording_end: float
) -> dict[str, float]:
    return {
        "doc_id": document,
        "seg_id": index,
        "offset": segment.offset * _MILLISECONDS,
        "duration": segment.duration * _MILLISECONDS,
        "time_to_recording_end": (recording_end - segment.offset) * _MILLISECONDS,
    }


def _check_tokeniser() -> None:
    """The Moses tokeniser that omnisteval cuts words with is a Perl script.

    Raises:
        ValueError: there is no perl.
    """
    if shutil.which("perl") is None:
        raise ValueError(
            "scoring against several reference segments needs perl for the Moses tokeniser: "
            "install the package `perl`"
        )
    with warnings.catch_warnings():
        # Its dependency docopt has an invalid escape, reported when it is first compiled.
        warnings.simplefilter("ignore")
        importlib.import_module("mosestokenizer")


def _hypothesis_word(word: EmittedWord) -> Word:
    return Word(
        word.text,
        emission_cu=word.delay_cu * _MILLISECONDS,
        emission_ca=word.delay_ca * _MILLISECONDS,
    )
