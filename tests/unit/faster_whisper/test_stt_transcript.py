"""What readers of the stream are told of words."""

import pytest
from livekit.agents import LanguageCode

from livekit.plugins.faster_whisper.agreement import Word
from livekit.plugins.faster_whisper.transcript import speech_data

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "written", "told"),
    [
        ("en", [" one", " two"], ["one", "two"]),
        ("zh", [" 我", "用", " machine"], ["我", "用", " machine"]),
        ("ja", [" Cloud", "を"], [" Cloud", "を"]),
        ("th", [" สวัสดี", "ครับ"], [" สวัสดี", "ครับ"]),
    ],
)
def test_a_word_of_an_unspaced_script_tells_the_space_before_it(
    language: str, written: list[str], told: list[str]
) -> None:
    words = tuple(Word(text, n, n + 1) for n, text in enumerate(written))
    data = speech_data(words, LanguageCode(language))
    assert list(map(str, data.words or ())) == told
    assert data.text == "".join(written).strip()


def test_times_are_those_of_the_speaker_s_audio() -> None:
    words = (Word(" one", 1.0, 1.4, 0.5), Word(" two", 1.5, 1.8, 0.9))
    data = speech_data(words, LanguageCode("en"), offset=100.0)
    assert (data.start_time, data.end_time) == (101.0, 101.8)
    assert data.confidence == pytest.approx(0.7)
    assert [(word.start_time, word.end_time) for word in data.words or ()] == [
        (101.0, 101.4),
        (101.5, 101.8),
    ]


def test_where_nothing_was_said_there_is_nothing_to_be_sure_of() -> None:
    data = speech_data((), LanguageCode("en"), offset=100.0)
    assert (data.text, data.words, data.confidence) == ("", [], 0.0)
