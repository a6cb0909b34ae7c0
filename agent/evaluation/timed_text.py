"""Talks as timed clauses (RealSI): translation alone, with real timing and without audio."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from livekit.plugins.cascade import SegmenterOptions, SourceSegment, Word
from livekit.plugins.cascade.segmenter import Segmenter
from livekit.plugins.cascade.text import is_unspaced, split_units

from .lagging import ReferenceSegment
from .material import MaterialError

_MILLISECONDS = 1000.0


class _Clause(BaseModel):
    sub_start_time: float
    sub_end_time: float
    sub_src_text: str


class _Segment(BaseModel):
    start_time: float
    end_time: float
    src_text: str
    trg_text: str
    utterance: list[_Clause]


class _Talk(BaseModel):
    model_config = ConfigDict(extra="ignore")
    vid: str
    duration: float
    segment: list[_Segment]


@dataclass(frozen=True, slots=True)
class TimedTalk:
    """Words with times spread inside each clause, and the reference by segment; seconds."""

    name: str
    source_language: str
    target_language: str
    seconds: float
    words: tuple[Word, ...]
    references: tuple[ReferenceSegment, ...]
    source_text: str

    @property
    def reference_text(self) -> str:
        return " ".join(reference.text for reference in self.references)

    def first(self, seconds: float) -> "TimedTalk":
        """The talk up to the last reference segment that ends within ``seconds``."""
        kept = tuple(r for r in self.references if r.offset + r.duration <= seconds)
        end = kept[-1].offset + kept[-1].duration if kept else 0.0
        words = tuple(word for word in self.words if word.end <= end + 1e-6)
        return TimedTalk(
            self.name,
            self.source_language,
            self.target_language,
            end,
            words,
            kept,
            " ".join(word.text for word in words),
        )


def load_talk(path: Path) -> TimedTalk:
    """Read one talk; its languages are in its name (``en2zh-01-tech``).

    Raises:
        MaterialError: not such a file.
    """
    try:
        talk = _Talk.model_validate_json(path.read_bytes())
        source, target = talk.vid.split("-")[0].split("2")
    except (OSError, ValidationError, ValueError) as error:
        raise MaterialError(f"{path} is not a timed talk: {error}") from error
    return TimedTalk(
        name=talk.vid,
        source_language=source,
        target_language=target,
        seconds=talk.duration / _MILLISECONDS,
        words=tuple(word for segment in talk.segment for word in _words(segment, source)),
        references=tuple(
            ReferenceSegment(
                segment.trg_text,
                segment.start_time / _MILLISECONDS,
                (segment.end_time - segment.start_time) / _MILLISECONDS,
            )
            for segment in talk.segment
        ),
        source_text=" ".join(segment.src_text for segment in talk.segment),
    )


def _words(segment: _Segment, language: str) -> Iterator[Word]:
    """Each clause's units, each as long as its share of the clause's characters."""
    for clause in segment.utterance:
        units = _attached(split_units(clause.sub_src_text.strip(), language))
        total = max(sum(map(len, units)), 1)
        start = clause.sub_start_time / _MILLISECONDS
        length = clause.sub_end_time / _MILLISECONDS - start
        position = 0
        for unit in units:
            begin, position = position, position + len(unit)
            text = unit if is_unspaced(language) else unit.strip()
            yield Word(text, start + length * begin / total, start + length * position / total)


def _attached(units: Sequence[str]) -> list[str]:
    """Units with punctuation joined to the one before, as a recogniser writes it."""
    joined: list[str] = []
    for unit in units:
        if joined and not any(c.isalnum() for c in unit):
            joined[-1] += unit.strip()
        else:
            joined.append(unit)
    return joined


@dataclass(frozen=True, slots=True)
class Recogniser:
    """A recogniser that makes no mistakes: its step, and how long after its end a word is sure.

    Defaults are the cascade's own with Whisper base: a step of 0.5 s, a delay of 0.7 s.
    """

    step: float = 0.5
    delay: float = 0.7


def snapshots(
    talk: TimedTalk,
    recogniser: Recogniser | None = None,
    options: SegmenterOptions | None = None,
) -> Iterator[SourceSegment]:
    """What :class:`SourceStream` would publish, in order of ``media_time``.

    Wall time equals media time.

    Args:
        options: how the talk is cut; None for the cascade's defaults.
    """
    recogniser = recogniser or Recogniser()
    numbers = iter(range(1, 1_000_000))
    segmenter = Segmenter(new_segment_id=lambda: f"{talk.name}-{next(numbers)}", options=options)
    committed = heard = 0
    step = 0
    while committed < len(talk.words):
        step += 1
        time = step * recogniser.step
        sure = _ended(talk.words, committed, time - recogniser.delay)
        heard = _ended(talk.words, max(heard, sure), time)
        yield from segmenter.update(
            committed=talk.words[committed:sure],
            tail=talk.words[sure:heard],
            language=talk.source_language,
            media_time=time,
            wall_time=time,
        )
        committed = sure
    yield from segmenter.end_of_speech(
        language=talk.source_language,
        media_time=step * recogniser.step,
        wall_time=step * recogniser.step,
        force=True,
    )


def _ended(words: Sequence[Word], index: int, time: float) -> int:
    while index < len(words) and words[index].end <= time:
        index += 1
    return index
