"""Cutting a text so that its first audio comes early."""

import pytest

from livekit.plugins.kokoro.clauses import clauses, is_speakable, pause_after

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (
            "Y así, compatriotas: no pregunten qué puede hacer su país; pregunten más.",
            ["Y así, compatriotas:", "no pregunten qué puede hacer su país;", "pregunten más."],
        ),
        ("Bonjour.", ["Bonjour."]),
        (
            "At 10:30 it costs 1,000.50 euros, he said.",
            ["At 10:30 it costs 1,000.50 euros,", "he said."],
        ),
        ('"Are you coming with us?" she asked.', ['"Are you coming with us?"', "she asked."]),
        ("大家早上好，会议三点钟开始。请坐。", ["大家早上好，", "会议三点钟开始。", "请坐。"]),
        ("आज मौसम बहुत अच्छा है। चलो चलें।", ["आज मौसम बहुत अच्छा है।", "चलो चलें।"]),
        ("Wait… what on earth? Well…", ["Wait… what on earth?", "Well…"]),
        ("…", []),
        ("?! 🎉", []),
        ("", []),
        ("\n Hello \n", ["Hello"]),
    ],
)
def test_a_text_is_cut_after_the_marks_of_its_script(text: str, pieces: list[str]) -> None:
    assert list(clauses(text)) == pieces


def test_a_long_run_without_marks_is_cut_between_words_and_nothing_is_lost() -> None:
    text = " ".join(f"palabra{index}" for index in range(60))
    pieces = list(clauses(text))
    assert " ".join(pieces) == text
    assert max(map(len, pieces)) <= 120


def test_a_long_run_of_an_unspaced_script_is_cut_and_nothing_is_lost() -> None:
    text = "今天天气很好我们去公园散步然后回家" * 6
    assert "".join(clauses(text)) == text
    assert max(map(len, clauses(text))) <= 40


def test_a_sentence_is_followed_by_a_longer_pause_than_a_clause() -> None:
    assert pause_after('she asked: "why?"') > pause_after("she asked,") > 0
    assert pause_after("好。") == pause_after("Well…")


@pytest.mark.parametrize(
    ("text", "speakable"), [("é", True), ("7", True), ("…", False), ("🎉", False)]
)
def test_only_letters_and_digits_can_be_spoken(text: str, speakable: bool) -> None:
    assert is_speakable(text) is speakable
