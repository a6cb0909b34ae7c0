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
