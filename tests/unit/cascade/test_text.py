"""Where words and sentences of many languages begin and end."""

import pytest
from livekit.agents import LanguageCode, stt
from livekit.agents.types import TimedString

from livekit.plugins.cascade.source import words_of
from livekit.plugins.cascade.text import (
    ends_sentence,
    glues_words,
    leans_on_next,
    split_units,
    with_capital,
)
from livekit.plugins.cascade.types import join_words

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It grew by 3.5.", "en"),
        ("In 2019.", "de"),
        ("See example.com.", "en"),
        ("Wir treffen uns im Haus.", "de"),
        ("We were five. There were 3.", "en"),
        ("Τι κάνεις;", "el"),
        ("什么？", "zh"),
        ('He said "yes."', "en"),
    ],
)
def test_a_sentence_ends(text: str, language: str) -> None:
    assert ends_sentence(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("in the U.S.", "en"),
        ("at 5 p.m.", "en"),
        ("(e.g.", "en"),
        ("She has a Ph.D.", "en"),
        ("los EE. UU.", "es"),
        ("am 3.", "de"),
        ("spät im 19.", "de-AT"),
        ("Sejdeme se 5.", "cs"),
        ("Bugün 3.", "tr"),
        ("Mr.", "en"),
        ("Τι κάνεις;", "en"),
        ("well,", "en"),
    ],
)
def test_a_full_stop_that_ends_no_sentence(text: str, language: str) -> None:
    assert not ends_sentence(text, language)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("达到了3.5亿美元。", ["达", "到", "了", "3.5", "亿", "美", "元", "。"]),
        ("1,250名", ["1,250", "名"]),
        ("用 Node.js写", ["用", " Node.js", "写"]),
        ("9:30，AI,好", ["9:30", "，", "AI", ",", "好"]),
    ],
)
def test_numbers_and_names_stay_whole_in_an_unspaced_script(text: str, units: list[str]) -> None:
    assert split_units(text, "zh") == units


@pytest.mark.parametrize(
    ("text", "words", "language"),
    [
        ("训练 Llama 3 70B。", ["训", "练", "Llama", "3", "70B", "。"], "zh"),
        ("สวัสดีครับ ผมชื่อสมชาย", ["สวัสดี", "ครับ", "ผม", "ชื่อ", "สมชาย"], "th"),
        ("uno dos", ["uno", "dos"], "es"),
        # Words that are not in the text stand as they are.
        ("人人", ["人", "X", "人"], "zh"),
    ],
)
@pytest.mark.parametrize("timed", [True, False])
def test_the_text_of_words_is_spaced_as_it_was_recognised(
    text: str, words: list[str], language: str, timed: bool
) -> None:
    spoken = [TimedString(word, start_time=0.0, end_time=1.0) for word in words] if timed else None
    data = stt.SpeechData(language=LanguageCode(language), text=text, words=spoken)
    expected = "人X人" if timed and "X" in words else text
    assert join_words(words_of(data, language, 1.0), language) == expected


def test_vowel_signs_count_as_letters() -> None:
    words = "किताब करेंगे क्योंकि और".split()
    assert [leans_on_next(word, "hi") for word in words] == [False, False, False, True]


@pytest.mark.parametrize(
    ("word", "begun"), [("well", "Well"), ("გამარჯობა", "გამარჯობა"), ("ästhetik", "Ästhetik")]
)
def test_a_sentence_begins_with_the_capital_that_its_language_begins_one_with(
    word: str, begun: str
) -> None:
    assert with_capital(word) == begun


def test_words_of_two_events_are_spaced_as_well() -> None:
    first, second = ["我", "们", "用", " machine"], [" learning", "来", "做"]
    events = [
        stt.SpeechData(
            language=LanguageCode("zh"),
            text="".join(words).strip(),
            words=[TimedString(word, start_time=0.0, end_time=1.0) for word in words],
        )
        for words in (first, second)
    ]
    said = tuple(word for data in events for word in words_of(data, "zh", 1.0))
    assert join_words(said, "zh") == "我们用 machine learning来做"


@pytest.mark.parametrize(
    ("before", "after", "language"),
    [
        ("Hola a todos", "gracias", "es"),
        ("Hola a todos,", "gracias", "es"),
        ("Hola a todos", "¿cómo están?", "es"),
        ("Hola.", "¿Cómo están?", "es"),
        ("Son 3.", "Luego", "es"),
        ("(sí)", "claro", "es"),
        ("Er sagte", "„ja“", "de"),
        ("Er sagte „ja“", "und ging", "de"),
        ("यह बहुत अच्छा है", "और हम", "hi"),
        ("நான் வீட்டிற்கு", "செல்கிறேன்", "ta"),
        ("আমি বাড়ি", "যাচ্ছি", "bn"),
        ("안녕하세요,", "여러분", "ko"),
    ],
)
def test_a_space_is_missing_between_words(before: str, after: str, language: str) -> None:
    assert glues_words(before, after, language)


@pytest.mark.parametrize(
    ("before", "after", "language"),
    [
        ("", "Hola", "es"),
        ("Hola", "", "es"),
        ("Hola", ", amigos", "es"),
        ("Hola", ".", "es"),
        ("Son 3.", "5 millones", "es"),
        ("Son 10,", "000", "es"),
        ("l'", "homme", "fr"),
        ("don", "'t", "en"),
        ("dijo «sí", "» y", "es"),
        ("sagte „ja", "“ und", "de"),
        ("Hola ", "amigos", "es"),
        ("अच्छ", "ा", "hi"),
        ("회의", "에서", "ko"),
    ],
)
def test_no_space_is_missing(before: str, after: str, language: str) -> None:
    assert not glues_words(before, after, language)
