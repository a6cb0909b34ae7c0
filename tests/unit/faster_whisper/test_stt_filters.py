"""What Whisper makes up is told from what was said."""

from functools import partial

import pytest

from livekit.plugins.faster_whisper.filters import (
    Confidence,
    cut_loop,
    first_repeat,
    is_hallucination,
    is_loop,
    restarts,
)
from tests.fakes import timed_words
from tests.fakes.timed_words import text

pytestmark = pytest.mark.unit


words = partial(timed_words.words, each=0.4)


@pytest.mark.parametrize(
    "said",
    [
        "Thanks for watching!",
        "Sous-titres réalisés par la communauté d'Amara.org",
        "THANK YOU FOR WATCHING",
    ],
)
def test_subtitle_credits_alone_are_a_hallucination(said: str) -> None:
    assert is_hallucination(words(said), Confidence())


def test_credits_inside_a_sentence_are_speech() -> None:
    assert not is_hallucination(words("He said thanks for watching"), Confidence())


@pytest.mark.parametrize(
    ("log_probability", "no_speech", "expected"),
    [(-1.2, 0.7, True), (-0.4, 0.9, False), (-1.5, 0.2, False)],
)
def test_no_speech_needs_both_signs(
    log_probability: float, no_speech: float, expected: bool
) -> None:
    confidence = Confidence(log_probability, no_speech)
    assert is_hallucination(words("you know"), confidence) is expected


def test_what_is_said_after_a_repetition_is_not_lost() -> None:
    said = "no no no no no I do not want to pay"
    assert text(cut_loop(words(said))) == said


def test_a_repetition_faster_than_anyone_speaks_is_cut_whatever_follows() -> None:
    said = "no to the end to the end to the end and so on"
    assert text(cut_loop(words(said, each=0.02))) == "no to the end"


def test_repetition_is_a_loop_and_prose_is_not() -> None:
    assert is_loop("and the data and the data " * 12)
    assert not is_loop(
        "Custom Speech provides tools that allow you to inspect the recognition quality of a model"
    )
    assert not is_loop("no no no")


def test_a_loop_is_cut_after_its_first_turn() -> None:
    assert (
        text(cut_loop(words("we go on to the end to the end to the end"))) == "we go on to the end"
    )


def test_a_phrase_that_comes_back_after_another_is_no_loop() -> None:
    said = "let us go and let us"
    assert text(cut_loop(words(said))) == said


def test_a_word_said_three_times_stays() -> None:
    assert text(cut_loop(words("no no no that is wrong"))) == "no no no that is wrong"


def test_a_word_looped_many_times_is_cut() -> None:
    assert text(cut_loop(words("the the the the the"))) == "the"


def test_a_restarted_hypothesis_has_no_audio_for_its_words() -> None:
    committed = words("ask not what your country can do for you")
    again = words("ask not what your country can do", start=3.6, each=0.05)
    assert restarts(again, committed, audio_end=4.0)


def test_a_phrase_said_again_is_no_restart() -> None:
    committed = words("ask not what your country can do for you ask what")
    again = words("your country can do", start=4.4)
    assert not restarts(again, committed, audio_end=6.5)


def test_new_words_are_no_restart_however_fast() -> None:
    assert not restarts(words("one two three", each=0.01), words("ask not what"), audio_end=1.2)
    assert not restarts(words("ask not", each=0.01), words("ask not what"), audio_end=1.2)
    assert not restarts(words("ask not what"), (), audio_end=1.2)


SAID = "ask not what your country can do for you".split()


def test_a_clause_said_before_is_found_where_it_begins_again() -> None:
    again = words("so ask not what your country can do")
    assert first_repeat(again, SAID) == 1
    assert first_repeat(again, SAID, run=8) == len(again)
    assert first_repeat(again, ()) == len(again)


def test_a_clause_that_repeats_inside_a_hypothesis_is_found() -> None:
    twice = words("can do for you ask not what can do for you")
    assert first_repeat(twice, ()) == 7


def test_a_phrase_of_three_words_may_come_again() -> None:
    assert first_repeat(words("what can do for"), SAID) == 4


def test_a_clause_said_again_at_the_pace_of_speech_is_not_squeezed() -> None:
    again = words("ask not what your country")
    assert first_repeat(again, SAID, squeezed=True) == len(again)
    fast = words("ask not what your country", each=0.1)
    assert first_repeat(fast, SAID, squeezed=True) == 0
