"""What of a source is to be translated."""

import pytest

from livekit.plugins.cascade.fillers import without_fillers
from livekit.plugins.cascade.text import is_unspaced
from livekit.plugins.cascade.types import SourceSegment, Word

pytestmark = pytest.mark.unit


def _said(language: str, committed: str, tail: str = "") -> SourceSegment:
    separator = None if not is_unspaced(language) else "|"
    words = [Word(text, float(n), n + 1.0) for n, text in enumerate(committed.split(separator))]
    ahead = [Word(text, float(n), n + 1.0) for n, text in enumerate(tail.split(separator), 90)]
    return SourceSegment(
        "s1", language, tuple(words), tuple(ahead), final=False, media_time=0.0, wall_time=0.0
    )


@pytest.mark.parametrize(
    ("language", "said", "fluent"),
    [
        ("en", "So we, um, think uh so.", "So we, think so."),
        ("en", "Uh, so we think.", "So we think."),
        ("en", "That is it, hmm. And then", "That is it. And then"),
        ("en", "That is it um. And then", "That is it. And then"),
        ("fr-FR", "Euh, je pense.", "Je pense."),
        ("zh", "就是|，呃，|然后", "就是然后"),
    ],
)
def test_hesitation_is_left_out(language: str, said: str, fluent: str) -> None:
    assert without_fillers(_said(language, said)).text == fluent


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Er kam um neun."),
        ("en", "She is in the ER."),
        ("en", "A stent of 5 mm."),
        ("ru", "стент 5 мм"),
        ("es", "Es bueno, ¿eh?"),
        ("ko", "um uh"),
    ],
)
def test_a_word_is_no_hesitation(language: str, said: str) -> None:
    assert without_fillers(_said(language, said)).text == said


def test_nothing_but_hesitation_is_translated_as_it_is() -> None:
    assert without_fillers(_said("en", "Um.", "uh")).text == "Um. uh"


def test_the_tail_has_none_either_and_begins_the_sentence_if_nothing_else_does() -> None:
    fluent = without_fillers(_said("en", "Uh,", "um so we"))
    assert [word.text for word in fluent.tail] == ["So", "we"]
    fluent = without_fillers(_said("en", "We", "um so"))
    assert [word.text for word in fluent.tail] == ["so"]
