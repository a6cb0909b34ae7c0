"""A billion is not the same everywhere."""

import itertools

import pytest

from livekit.plugins.cascade.large_numbers import rename_large_numbers

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("source", "language", "text", "expected"),
    [
        (
            "It grew to $4.3 billion.",
            "es",
            "Creció a $4.3 billones.",
            "Creció a $4.3 mil millones.",
        ),
        ("a billion euros", "es-MX", "un billón de euros", "mil millones de euros"),
        ("A billion is a lot.", "es", "Un billón es mucho.", "Mil millones es mucho."),
        ("two trillion", "es", "dos trillones", "dos billones"),
        ("4 Billion people", "fr", "4 billions de gens", "4 milliards de gens"),
        ("four billion", "de", "vier Billionen", "vier Milliarden"),
        ("three trillion", "it", "tre trilioni", "tre bilioni"),
        ("four billion", "it", "quattro billion", "quattro miliardi"),
    ],
)
def test_english_numbers_get_the_name_they_have(
    source: str, language: str, text: str, expected: str
) -> None:
    assert renamed(text, source, language) == expected


@pytest.mark.parametrize(
    ("source", "language", "text"),
    [
        ("two trillion", "es", "dos billones"),
        ("a billion of a trillion", "es", "billones"),
        ("four million", "es", "cuatro millones, billones"),
        ("four billion", "pt", "quatro bilhões"),
        ("four billion", "es", "tabillones"),
    ],
)
def test_everything_else_stays(source: str, language: str, text: str) -> None:
    assert renamed(text, source, language) == text


def test_other_languages_have_names_of_their_own() -> None:
    text = "4 billones"
    assert (
        rename_large_numbers(text, source="4 billion", source_language="pt", language="es") == text
    )


def renamed(text: str, source: str, language: str) -> str:
    return rename_large_numbers(text, source=source, source_language="en", language=language)


@pytest.mark.parametrize("text", ["cuesta un billón de euros", "son 1 billón", "dos billones."])
def test_a_translation_that_is_being_written_takes_no_word_back(text: str) -> None:
    source = "a billion euros"
    written = [growing(text[:length], source, "es") for length in range(len(text) + 1)]
    for earlier, later in itertools.pairwise([*written, renamed(text, source, "es")]):
        assert later.startswith(earlier), (earlier, later)


@pytest.mark.parametrize("language", ["es", "de", "fr", "it"])
def test_only_what_may_become_the_name_is_left_out_of_what_is_being_written(language: str) -> None:
    assert growing("cuesta un bi", "a billion euros", language).startswith("cuesta")
    assert growing("cuesta un euro y medio", "a billion euros", language).endswith("medio")
    assert growing("cuesta un", "a million euros", language) == "cuesta un"


def growing(text: str, source: str, language: str) -> str:
    return rename_large_numbers(
        text, source=source, source_language="en", language=language, is_growing=True
    )
