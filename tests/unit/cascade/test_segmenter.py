"""Where a source sentence ends."""

from collections.abc import Iterator, Sequence
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
        options=SegmenterOptions(clause_words=5, max_words=8, spared_words=2),
    )


def words(text: str, *, start: float = 0.0, step: float = 0.3) -> list[Word]:
    return [
        Word(word, start + index * step, start + (index + 1) * step)
        for index, word in enumerate(text.split())
    ]


def update(
    segmenter: Segmenter, committed: str = "", tail: str | None = None, language: str = "en"
) -> list[SourceSegment]:
    return segmenter.update(
        committed=words(committed),
        tail=None if tail is None else words(tail),
        language=language,
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


def pause(segmenter: Segmenter, language: str = "en") -> list[SourceSegment]:
    return segmenter.end_of_speech(language=language, media_time=1, wall_time=1)


@pytest.mark.parametrize("mark", ["", ".", "..."])
def test_where_a_sentence_goes_on_its_pause_is_a_comma(segmenter: Segmenter, mark: str) -> None:
    update(segmenter, f"My fellow Americans{mark}")
    (paused,) = pause(segmenter)
    assert (paused.final, paused.paused) == (False, True)
    (gone_on,) = update(segmenter, tail="ask not")
    assert gone_on.text == "My fellow Americans, ask not"
    update(segmenter, "ask not", "")
    (paused_again,) = pause(segmenter)
    # A word that leans on the next one has no comma after it, whatever the pause.
    (gone_on,) = update(segmenter, "what")
    assert gone_on.text == "My fellow Americans, ask not what"
    assert {paused.segment_id, paused_again.segment_id, gone_on.segment_id} == {"s1"}


def test_a_pause_ends_a_sentence_when_a_capital_follows(segmenter: Segmenter) -> None:
    update(segmenter, "My fellow Americans.")
    assert not pause(segmenter)[0].final
    assert [s.text for s in update(segmenter, tail="Ask not")] == [
        "My fellow Americans.",
        "Ask not",
    ]


def test_a_capital_after_an_unmarked_pause_follows_a_comma(segmenter: Segmenter) -> None:
    update(segmenter, "ask not")
    pause(segmenter)
    (open_segment,) = update(segmenter, tail="What your")
    assert list(texts([open_segment])) == [("s1", "ask not,", "What your", False)]


@pytest.mark.parametrize(("word", "language"), [("I", "en"), ("I'm", "en"), ("Haus", "de")])
def test_a_capital_that_a_word_always_has_says_nothing_of_a_pause(
    segmenter: Segmenter, word: str, language: str
) -> None:
    update(segmenter, "and so", language=language)
    pause(segmenter, language)
    assert [s.text for s in update(segmenter, tail=word, language=language)] == [f"and so {word}"]


def test_a_long_sentence_ends_where_a_capital_follows_an_unmarked_pause(
    segmenter: Segmenter,
) -> None:
    update(segmenter, "what your country can do for you")
    pause(segmenter)
    assert list(texts(update(segmenter, tail="Ask what"))) == [
        ("s1", "what your country can do for you,", "", True),
        ("s2", "", "Ask what", False),
    ]


@pytest.mark.parametrize(
    ("word", "begun"), [("ask", "Ask"), ("¿qué", "¿Qué"), ("iPhones", "iPhones"), ("今", "今")]
)
def test_what_follows_a_sentence_begins_with_a_capital(
    segmenter: Segmenter, word: str, begun: str
) -> None:
    update(segmenter, "what can your country do for you today.")
    closed, shown = update(segmenter, tail=word)
    assert (closed.final, shown.text) == (True, begun)
    assert [s.text for s in update(segmenter, word, tail="not")] == [f"{begun} not"]


def test_a_pause_in_one_sentence_makes_no_comma_in_the_next(segmenter: Segmenter) -> None:
    update(segmenter, "That is all.")
    pause(segmenter)
    update(segmenter, "Think again of")
    assert [s.text for s in update(segmenter, "yours")] == ["Think again of yours"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Do you know?", "en"),
        ("It has been said seven times by now.", "en"),
        ("a recogniser without capitals.", "en"),
        ("我知道。", "zh"),
    ],
)
def test_a_mark_that_no_pause_makes_ends_a_sentence_at_once(text: str, language: str) -> None:
    segmenter = Segmenter(new_segment_id=lambda: "s", options=None)
    update(segmenter, text, language=language)
    assert [s.final for s in pause(segmenter, language)] == [True]


def test_a_full_stop_in_a_sentence_that_goes_on_is_a_comma(segmenter: Segmenter) -> None:
    assert [s.text for s in update(segmenter, "My friends. and you")] == ["My friends, and you"]
    assert closed(update(segmenter, "My friends.", "and")) == []


def test_force_closes_any_sentence(segmenter: Segmenter) -> None:
    update(segmenter, "ask not")
    forced = segmenter.end_of_speech(language="en", media_time=1, wall_time=1, force=True)
    assert list(texts(forced)) == [("s1", "ask not", "", True)]
    assert not segmenter.has_open_segment


def test_what_was_shown_may_be_told_as_said_after_the_end_of_speech(segmenter: Segmenter) -> None:
    update(segmenter, tail="well then")
    assert pause(segmenter) == [], "nothing is taken back yet"
    assert list(texts(update(segmenter, "well then", ""))) == [("s1", "well then", "", False)]


def closed(snapshots: list[SourceSegment]) -> list[str]:
    return [join_words(s.committed, s.language) for s in snapshots if s.final]


def test_a_clause_mark_ends_a_long_sentence_once_a_word_follows(segmenter: Segmenter) -> None:
    assert closed(update(segmenter, "one, two three four five,")) == []
    assert closed(update(segmenter, "six")) == ["one, two three four five,"]


def test_a_clause_mark_long_ago_is_no_place_to_cut(segmenter: Segmenter) -> None:
    """What follows it may have been spoken, and would be said twice."""
    text = "Well, three, there four five seven eight nine"
    assert closed(update(segmenter, text, tail="ten")) == [text]


@pytest.mark.parametrize("text", ["word " * 20, "word " * 9 + "comma, word"])
@pytest.mark.parametrize(
    ("language", "pieces"), [("en", 1), ("en-GB", 1), ("es", 0), ("de", 0), ("", 0)]
)
def test_english_is_cut_sooner_unless_told_otherwise(text: str, language: str, pieces: int) -> None:
    options = None if language else SegmenterOptions()
    segmenter = Segmenter(new_segment_id=lambda: "s", options=options)
    assert len(closed(update(segmenter, text, tail="word", language=language or "en"))) == pieces


def test_time_makes_a_sentence_long_too() -> None:
    segmenter = Segmenter(new_segment_id=lambda: "s", options=SegmenterOptions())
    slow = words("Slowly spoken, and very slowly indeed,", step=2.0)
    tail = words("then", start=12.0)
    snapshots = segmenter.update(
        committed=slow, tail=tail, language="en", media_time=1, wall_time=1
    )
    assert closed(snapshots) == ["Slowly spoken, and very slowly indeed,"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("allows inspection without having time while transcribing the", 7),
        ("allows inspection without having time spent of the", 6),
        ("allows inspection without having time for all the", 8),
    ],
)
def test_a_forced_cut_leaves_an_article_to_its_noun(
    segmenter: Segmenter, text: str, first: int
) -> None:
    assert closed(update(segmenter, text, tail="words")) == [" ".join(text.split()[:first])]


def test_a_forced_cut_leaves_a_japanese_word_whole() -> None:
    segmenter = Segmenter(
        new_segment_id=lambda: "s", options=SegmenterOptions(max_words=5, clause_words=5)
    )
    text = "音声 デ ー タ を 比べて モデル の 認 識"
    assert closed(update(segmenter, text, tail="結果", language="ja")) == [
        "音声データを比べてモデルの"
    ]


def test_no_word_is_lost_whatever_the_cuts(segmenter: Segmenter) -> None:
    text = "Well. " + "A b c, d e f g h i j k " * 4 + "the end. And more"
    snapshots = [s for word in text.split() for s in update(segmenter, word)]
    snapshots += segmenter.end_of_speech(language="en", media_time=1, wall_time=1, force=True)
    assert " ".join(closed(snapshots)) == " ".join(text.split())


def hear(
    segmenter: Segmenter, *, committed: Sequence[Word] = (), tail: Sequence[Word] | None = None
) -> list[tuple[str, str, str, bool]]:
    snapshots = segmenter.update(
        committed=committed, tail=tail, language="en", media_time=1.0, wall_time=2.0
    )
    return list(texts(snapshots))


def test_a_mark_that_comes_with_the_next_word_ends_the_sentence_before_it(
    segmenter: Segmenter,
) -> None:
    update(segmenter, "I ask for you")
    following = [Word(". Ask", 2.0, 2.3), Word("what", 2.3, 2.6)]
    assert hear(segmenter, tail=following) == [("s1", "I ask for you", "Ask what", False)]
    assert hear(segmenter, committed=following) == [
        ("s1", "I ask for you.", "", True),
        ("s2", "Ask what", "", False),
    ]


@pytest.mark.parametrize(
    ("before", "after", "written"),
    [("I ask for you,", ". and", "I ask for you, and"), ("it is 3", ".5", "it is 3 .5")],
)
def test_what_is_no_late_mark_stays_as_it_is(
    segmenter: Segmenter, before: str, after: str, written: str
) -> None:
    update(segmenter, before)
    assert hear(segmenter, committed=[Word(after, 2.0, 2.3)]) == [("s1", written, "", False)]


def test_a_forced_cut_spares_function_words(segmenter: Segmenter) -> None:
    text = "a custom model that runs here without having"
    snapshots = update(segmenter, text, tail="to")
    assert [text for _, text, _, _ in texts(snapshots)] == [
        "a custom model that runs here",
        "without having",
    ]


def test_a_forced_cut_waits_for_an_end_in_sight(segmenter: Segmenter) -> None:
    update(segmenter, "comparing audio with what was")
    assert closed(update(segmenter, "heard by model")) == []
    assert closed(update(segmenter, tail="correctly. From")) == []
    snapshots = update(segmenter, "correctly.", tail="From")
    assert closed(snapshots) == ["comparing audio with what was heard by model correctly."]


def test_a_forced_cut_does_not_wait_for_an_end_that_stays_away(segmenter: Segmenter) -> None:
    update(segmenter, "comparing audio with what was", tail="was heard.")
    cuts = [closed(update(segmenter, word, tail="and. So")) for word in "abcdefgh"]
    assert [cut for cut in cuts if cut] == [["comparing audio with what was a b c d e f g"]]


def test_what_was_shown_of_a_sentence_stays_in_it() -> None:
    """It may have been spoken, and the next sentence would say it again."""
    segmenter = Segmenter(new_segment_id=lambda: "s", options=SegmenterOptions(max_words=8))
    update(segmenter, "comparing audio data of one with others in", tail="the.")
    assert closed(update(segmenter, tail="the archive")) == [
        "comparing audio data of one with others in"
    ]


def test_words_that_may_be_cut_are_shown_when_it_is_known_where(segmenter: Segmenter) -> None:
    assert update(segmenter, "comparing audio data of one with others in") == []
    snapshots = update(segmenter, tail="the archive")
    assert [(text, final) for _, text, _, final in texts(snapshots)] == [
        ("comparing audio data of one with others", True),
        ("in", False),
    ]


def test_words_that_may_be_cut_are_shown_when_speech_ends(segmenter: Segmenter) -> None:
    update(segmenter, "comparing audio data of one with others in")
    (snapshot,) = segmenter.end_of_speech(language="en", media_time=1, wall_time=1)
    assert (len(snapshot.words), snapshot.paused) == (8, True)


@pytest.mark.parametrize(
    ("said", "language", "sentences"),
    [
        ("Der 3. Oktober ist frei. Ja", "de", ["Der 3. Oktober ist frei."]),
        ("It grew in the U.S. Economy too. Yes", "en", ["It grew in the U.S. Economy too."]),
        ("Τι κάνεις; Καλά", "el", ["Τι κάνεις;"]),
    ],
)
def test_a_sentence_ends_where_its_language_ends_one(
    said: str, language: str, sentences: list[str]
) -> None:
    segmenter = Segmenter(new_segment_id=lambda: "s")
    assert closed(update(segmenter, said, language=language)) == sentences


def test_a_question_is_no_pause_in_greek_either(segmenter: Segmenter) -> None:
    update(segmenter, "Τι κάνεις;", language="el")
    (snapshot,) = segmenter.end_of_speech(language="el", media_time=1, wall_time=1)
    assert snapshot.final
