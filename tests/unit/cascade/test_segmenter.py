"""Where a source sentence ends."""

from collections.abc import Iterator
from itertools import count

import pytest

from livekit.plugins.cascade.segmenter import Segmenter, SegmenterOptions
from livekit.plugins.cascade.types import SourceSegment, Word, join_words

pytestmark = pytest.mark.unit


@pytest.fixture
def segmenter() -> Segmenter:
    ids = count(1)
    return Segmenter(
        new_segment_id=lambda: f"s{next(ids)}",
        options=SegmenterOptions(max_words=8, min_clause_words=3),
    )


def words(text: str, *, start: float = 0.0, step: float = 0.3) -> list[Word]:
    return [
        Word(word, start + index * step, start + (index + 1) * step)
        for index, word in enumerate(text.split())
    ]


def update(
    segmenter: Segmenter, committed: str = "", tail: str | None = None
) -> list[SourceSegment]:
    return segmenter.update(
        committed=words(committed),
        tail=None if tail is None else words(tail),
        language="en",
        media_time=1.0,
        wall_time=2.0,
    )


def texts(snapshots: list[SourceSegment]) -> Iterator[tuple[str, str, str, bool]]:
    for s in snapshots:
        yield s.segment_id, join_words(s.committed, "en"), join_words(s.tail, "en"), s.final


def test_snapshots_are_cumulative_and_keep_their_id(segmenter: Segmenter) -> None:
    assert list(texts(update(segmenter, "And so", "my fellow"))) == [
        ("s1", "And so", "my fellow", False)
    ]
    assert list(texts(update(segmenter, "my fellow", "Americans"))) == [
        ("s1", "And so my fellow", "Americans", False)
    ]


def test_committed_words_leave_the_tail(segmenter: Segmenter) -> None:
    update(segmenter, tail="And so my")
    assert list(texts(update(segmenter, "And so"))) == [("s1", "And so", "my", False)]


def test_punctuation_ends_a_sentence_only_when_a_word_follows(segmenter: Segmenter) -> None:
    assert list(texts(update(segmenter, "That is all."))) == [("s1", "That is all.", "", False)]
    assert list(texts(update(segmenter, "Thank"))) == [
        ("s1", "That is all.", "", True),
        ("s2", "Thank", "", False),
    ]


def test_a_word_in_the_tail_confirms_punctuation_too(segmenter: Segmenter) -> None:
    assert list(texts(update(segmenter, "That is all.", "Thank"))) == [
        ("s1", "That is all.", "", True),
        ("s2", "", "Thank", False),
    ]


def test_abbreviations_and_initials_do_not_end_a_sentence(segmenter: Segmenter) -> None:
    snapshots = update(segmenter, "Mr. J. Smith vs. Dr. Jones")
    assert [s.final for s in snapshots] == [False]


def test_a_short_word_that_could_be_an_abbreviation_ends_one(segmenter: Segmenter) -> None:
    snapshots = update(segmenter, "They said no. And")
    assert [s.final for s in snapshots] == [True, False]


def test_end_of_speech_closes_a_punctuated_sentence_and_only_pauses_others(
    segmenter: Segmenter,
) -> None:
    assert segmenter.end_of_speech(language="en", media_time=1, wall_time=1) == []
    update(segmenter, "ask", "not")
    update(segmenter, "not", "")
    (paused,) = segmenter.end_of_speech(language="en", media_time=1, wall_time=1)
    assert (list(texts([paused])), paused.paused) == ([("s1", "ask not", "", False)], True)
    assert segmenter.has_open_segment
    update(segmenter, "what your country can do.")
    closed = segmenter.end_of_speech(language="en", media_time=1, wall_time=1)
    assert list(texts(closed)) == [("s1", "ask not what your country can do.", "", True)]
    assert not closed[0].paused


def test_force_closes_any_sentence(segmenter: Segmenter) -> None:
    update(segmenter, "ask not")
    closed = segmenter.end_of_speech(language="en", media_time=1, wall_time=1, force=True)
    assert list(texts(closed)) == [("s1", "ask not", "", True)]
    assert not segmenter.has_open_segment


def test_a_long_sentence_is_cut_at_its_last_clause_mark(segmenter: Segmenter) -> None:
    snapshots = update(segmenter, "one two three four, five six seven eight")
    assert list(texts(snapshots)) == [
        ("s1", "one two three four,", "", True),
        ("s2", "five six seven eight", "", False),
    ]


def test_no_word_is_lost_whatever_the_cuts(segmenter: Segmenter) -> None:
    text = "Well. " + "a b c, d e f g h i j k " * 4 + "the end. And more"
    snapshots = [s for word in text.split() for s in update(segmenter, word)]
    snapshots += segmenter.end_of_speech(language="en", media_time=1, wall_time=1, force=True)
    closed = [join_words(s.committed, "en") for s in snapshots if s.final]
    assert " ".join(closed) == " ".join(text.split())
