"""A translation is told from what a model says about it."""

import pytest

from livekit.plugins.cascade.announcement import after_announcement, may_announce

pytestmark = pytest.mark.unit

SOURCE = "Cástame speech proporciona herramientas que permiten transcribir."
ANNOUNCED = 'Here is the English translation of the given Spanish sentence:\n"It offers tools."'


def test_what_is_announced_is_found_without_its_quotation_marks() -> None:
    assert after_announcement(ANNOUNCED, source=SOURCE) == "It offers tools."


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Here is the translation:\nIt offers tools.", "It offers tools."),
        ("Voici la traduction :\n« Elle offre des outils. »", " Elle offre des outils. "),
        ("以下是翻译：\n“提供工具。”", "提供工具。"),
        ('Here is the translation:\n"It off', "It off"),
        ("Here is the translation:\n", ""),
    ],
)
def test_other_languages_and_unfinished_answers(answer: str, text: str) -> None:
    assert after_announcement(answer, source=SOURCE) == text


@pytest.mark.parametrize("count", range(1, len(ANNOUNCED.split("\n")[0])))
def test_an_announcement_is_suspected_from_its_first_letter_on(count: int) -> None:
    assert may_announce(ANNOUNCED[:count], source=SOURCE)


@pytest.mark.parametrize(
    "answer",
    ["", "Here is the list of tools", "Here is a speech", "It offers tools:", "Aquí está la lista"],
)
def test_other_answers_are_not_taken_for_one(answer: str) -> None:
    assert not may_announce(answer, source=SOURCE)
    assert after_announcement(f"{answer}\nmore", source=SOURCE) == f"{answer}\nmore"


def test_a_speaker_may_announce_a_translation() -> None:
    source = "Aquí está la traducción:"
    assert not may_announce("Here is the translation:", source=source)
