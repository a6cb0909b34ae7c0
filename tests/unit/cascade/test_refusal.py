"""A model's refusal is told from a speaker's."""

import pytest

from livekit.plugins.cascade.refusal import may_refuse, refuses, will_seem_to_refuse

pytestmark = pytest.mark.unit

SOURCE = "Casta més pizza proporciona herramientas"


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't assist with that.",
        "I’m sorry, I can't help with that",
        "As an AI language model, I cannot say.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "Je suis désolé, mais je ne peux pas vous aider.",
        "抱歉，我无法回答。",
    ],
)
def test_a_refusal_is_recognised_and_suspected_from_its_first_word_on(answer: str) -> None:
    assert refuses(answer, source=SOURCE)
    first, *_ = answer.split()
    assert may_refuse(first, source=SOURCE)


@pytest.mark.parametrize(
    ("answer", "certain"),
    [("I'm", False), ("I'm sorr", False), ("I'm sorry", True), ("I'm sorry, but", True)],
)
def test_what_begins_with_a_whole_apology_stays_one_however_it_goes_on(
    answer: str, certain: bool
) -> None:
    assert may_refuse(answer, source=SOURCE)
    assert will_seem_to_refuse(answer, source=SOURCE) == certain
    assert not will_seem_to_refuse(answer, source="Lo siento mucho")


@pytest.mark.parametrize(
    "answer", ["", "Casta més pizza provides tools", "I am glad", "Lo sabemos todos", "Sorry!"]
)
def test_other_answers_are_not_taken_for_one(answer: str) -> None:
    assert not refuses(answer, source=SOURCE)


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("Lo siento, pero no puedo ayudarle.", "I'm sorry, but I can't help you."),
        ("Malheureusement je ne peux pas aider.", "I'm sorry, but I can't help."),
        ("对不起，我不能帮助你。", "I'm sorry, but I can't help you."),
    ],
)
def test_a_speaker_may_decline(source: str, answer: str) -> None:
    assert not may_refuse(answer, source=source)
