"""Pieces of a sentence are said at the pace of the sentence."""

import pytest

from livekit.plugins.kokoro.pace import asked_speed

pytestmark = pytest.mark.unit


def test_the_shorter_a_piece_the_faster_the_model_is_asked_to_say_it() -> None:
    asked = [asked_speed(1.0, sounds=count, espeak_language="es") for count in (10, 20, 40, 130)]
    assert asked == sorted(asked, reverse=True)
    assert asked[1] == pytest.approx(1.125)
    assert asked[-1] < 1.02


def test_it_is_in_proportion_to_the_speed_that_is_wanted() -> None:
    once = asked_speed(1.0, sounds=25, espeak_language="it")
    assert asked_speed(1.3, sounds=25, espeak_language="it") == pytest.approx(1.3 * once)


@pytest.mark.parametrize(("language", "sounds"), [("es", 9), ("en-us", 20), ("fr-fr", 20)])
def test_a_word_by_itself_and_languages_that_hurry_pieces_anyway_stay(
    language: str, sounds: int
) -> None:
    assert asked_speed(1.15, sounds=sounds, espeak_language=language) == 1.15
