"""What is spoken of a text; espeak-ng is in a package."""

import tempfile
from pathlib import Path

import pytest
from kokoro_onnx.tokenizer import Tokenizer

from livekit.plugins.kokoro.phonemes import Phonemizer, free_pronunciations
from tests.logs import told

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
    assert not told(caplog)


def test_what_stands_between_brackets_is_spoken() -> None:
    assert phonemes("voy (en tren)", "es") == "bˈoɪ (en tɾˈen)"


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("es", "de 1.200 personas.", "de mˈil dosθjˈentos peɾsˈonas."),
        ("en-us", "It is 3.50, or 2,000.", "ɪɾ ɪz θɹˈiː pɔɪnt fˈaɪv zˈiəɹoʊ, ɔːɹ tˈuː θˈaʊzənd."),
        ("it", "3,5, poi 2.", "trˈe vˈirɡola tʃˈinkwe, pˈɔi dˈue."),
        ("en-us", "at 14:30: now", "æt fˈɔːɹtiːn θˈɜːɾi: nˈaʊ"),
    ],
)
def test_a_mark_in_a_number_is_no_pause(language: str, text: str, expected: str) -> None:
    assert phonemes(text, language) == expected


@pytest.mark.parametrize(
    "text", ["Hola!, dijo.", "(en casa)… y tú?", "“sí” ; no : ya", "uno, dos... tres"]
)
def test_marks_are_kept(text: str) -> None:
    marks = [mark for mark in text if not mark.isalnum() and mark != " "]
    assert [mark for mark in phonemes(text, "es") if mark in set(marks)] == marks


def test_no_copy_of_espeak_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free_pronunciations()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert phonemes("hola", "es") and phonemes("hello", "en-us")
    assert list(tmp_path.iterdir())
    free_pronunciations()
    assert not list(tmp_path.iterdir())
    assert phonemes("hola", "es")
