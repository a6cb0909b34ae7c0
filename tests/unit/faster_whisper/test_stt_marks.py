"""Marks that the decoder nearly wrote are set where they are probable."""

from dataclasses import replace

import numpy as np
import pytest

from livekit.plugins.faster_whisper.agreement import Word, Words
from livekit.plugins.faster_whisper.marks import MarkChance, MarkRestorer, mark_chance

pytestmark = pytest.mark.unit

FULL_STOP, COMMA = 1, 2
MARKS = {FULL_STOP: ".", COMMA: ","}


def word(text: str, start: float, *tokens: int) -> Word:
    return Word(f" {text}", start, start + 0.4, tokens=tokens or (10 + len(text),))


def capitalised(found: Word) -> Word:
    return replace(found, text=found.text.title(), tokens=(99,))


def restored(
    words: Words,
    *chances: float,
    before: Word | None = None,
    pause: tuple[float, float] | None = None,
    mark: int = FULL_STOP,
) -> Words:
    return MarkRestorer(MARKS, capitalised).restore(
        words,
        before,
        [MarkChance(mark, probability) for probability in chances],
        [pause] if pause else [],
    )


def text(words: Words) -> str:
    return "".join(found.text for found in words)


def test_a_mark_nearly_written_is_set_and_the_next_word_begins_a_sentence() -> None:
    found = restored((word("end", 1.0), word("now", 1.4), word("go", 1.8)), 0.0, 0.5, 0.0)
    assert text(found) == " end. Now go"
    assert [item.tokens for item in found] == [(13, FULL_STOP), (99,), (12,)]


def test_before_the_last_word_heard_a_mark_needs_a_pause() -> None:
    words = (word("end", 1.0), word("now", 1.8))
    assert restored(words, 0.0, 0.5) == words
    assert text(restored(words, 0.0, 0.5, pause=(1.45, 1.75))) == " end. Now"


def test_no_mark_is_set_inside_a_word() -> None:
    parts = (word("end", 1.0), replace(word("ed", 1.4), text="ed"), word("go", 1.8))
    assert restored(parts, 0.0, 0.9, 0.0) == parts


def test_an_unlikely_mark_is_set_after_a_pause_only() -> None:
    words = (word("end", 1.0), word("now", 1.8), word("go", 2.2))
    assert text(restored(words, 0.0, 0.25, 0.25)) == " end now go"
    assert text(restored(words, 0.0, 0.25, 0.25, pause=(1.45, 1.75))) == " end. Now go"


def test_a_pause_counts_where_alignment_gives_it_to_the_word_after() -> None:
    words = (word("end", 1.0), replace(word("now", 1.4), end=2.2))
    assert text(restored(words, 0.0, 0.25, pause=(1.5, 1.8))) == " end. Now"


def test_a_pause_before_both_words_is_not_between_them() -> None:
    words = (word("end", 1.0), word("now", 1.4))
    assert text(restored(words, 0.0, 0.25, pause=(0.5, 0.9))) == " end now"


def test_a_comma_is_set_after_a_pause_only_and_begins_no_sentence() -> None:
    words = (word("end", 1.0), word("now", 1.8))
    assert restored(words, 0.0, 0.5, mark=COMMA) == words
    found = restored(words, 0.0, 0.5, mark=COMMA, pause=(1.45, 1.75))
    assert text(found) == " end, now"
    assert found[1].tokens == (13,)


def test_a_word_already_out_gets_its_mark_before_the_next_one() -> None:
    found = restored((word("now", 1.4), word("go", 1.8)), 0.5, 0.0, before=word("end", 1.0))
    assert text(found) == ". Now go"
    assert found[0].tokens == (FULL_STOP, 99)


def test_a_mark_that_was_shown_is_told_to_the_decoder_but_not_shown_again() -> None:
    found = restored((word("now", 1.4), word("go", 1.8)), 0.5, 0.0, before=word("end.", 1.0))
    assert text(found) == " Now go"
    assert found[0].tokens == (FULL_STOP, 99)


def test_nothing_is_known_before_the_first_word() -> None:
    assert text(restored((word("now", 1.4), word("go", 1.8)), 0.9, 0.0)) == " now go"


def test_a_mark_that_was_written_is_enough() -> None:
    ended = (word("end.", 1.0, 13, FULL_STOP), word("now", 1.4), word("go", 1.8))
    assert restored(ended, 0.0, 0.9, 0.0) == ended
    late = (word("end", 1.0), replace(word("now", 1.4, FULL_STOP, 13), text=". now"), ended[2])
    assert restored(late, 0.0, 0.9, 0.0) == late


def test_the_chance_is_that_of_all_marks_and_the_token_the_likeliest() -> None:
    probabilities = np.array([0.5, 0.2, 0.3], dtype=np.float32)
    chance = mark_chance(np.log(probabilities) + 7.0, MARKS)
    assert chance.token == COMMA
    assert chance.probability == pytest.approx(0.5)
