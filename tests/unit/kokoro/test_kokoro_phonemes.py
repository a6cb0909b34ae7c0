"""What is spoken of a text; espeak-ng is in a package."""

import pytest
from kokoro_onnx.tokenizer import Tokenizer

from livekit.plugins.kokoro.phonemes import Phonemizer

pytestmark = pytest.mark.unit


def phonemes(text: str, language: str) -> str:
    tokenizer = Tokenizer()
    letters = {number: letter for letter, number in tokenizer.vocab.items()}
    batches = Phonemizer(tokenizer).tokens(text, language)
    return "".join(letters[number] for batch in batches for number in batch)


def test_a_foreign_word_is_spoken_without_the_names_of_languages(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert phonemes("Bon weekend, Luc.", "fr-fr") == "bˈɔ̃ wiːkˈɛnd, lˈyk."
    assert not caplog.records


def test_what_stands_between_brackets_is_spoken() -> None:
    assert phonemes("voy (en tren)", "es") == "bˈoɪ (en tɾˈen)"
