"""How a translation goes on from what is committed of it."""

import pytest

from livekit.plugins.cascade.continuation import going_on

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "committed", "text", "expected"),
    [
        ("es", "Hola", "Hola, amigos", "Hola, amigos"),
        ("es", "hola amigos", "Hola, amigos míos.", "hola amigos míos."),
        ("es", "Hola, amigos míos", "hola amigos", "Hola, amigos míos"),
        ("es", "Hola amigos", "Hola — amigos míos", "Hola amigos míos"),
        ("fr", "Bonjour", "bonjour : oui", "Bonjour : oui"),
        ("zh", "你好大家", "你好，大家晚上好。", "你好大家晚上好。"),
        ("zh", "你好，大家", "你好大家，晚上好", "你好，大家，晚上好"),
        ("zh", "你好大家，", "你好，大家，晚上好", "你好大家，晚上好"),
        ("zh", "你好，大家", "你好，", "你好，大家"),
    ],
)
def test_other_marks_and_capitals_are_no_other_words(
    language: str, committed: str, text: str, expected: str
) -> None:
    assert going_on(text, committed, language) == expected


@pytest.mark.parametrize(
    ("language", "committed", "text"),
    [("es", "Hola amigos", "Adiós amigos"), ("zh", "你好大家", "大家好")],
)
def test_other_words_do_not_go_on(language: str, committed: str, text: str) -> None:
    assert going_on(text, committed, language) is None
