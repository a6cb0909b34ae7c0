"""Which voice a language gets."""

import re

import pytest

from livekit.plugins.edge_tts import VOICES
from livekit.plugins.edge_tts.voices import gender_of, voice_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("es", "es-ES-ElviraNeural"),
        ("es-MX", "es-MX-DaliaNeural"),
        ("es-BO", "es-ES-ElviraNeural"),
        ("en_gb", "en-GB-SoniaNeural"),
        ("german", "de-DE-KatjaNeural"),
        ("no", "nb-NO-PernilleNeural"),
        ("tagalog", "fil-PH-BlessicaNeural"),
        ("zh-Hant-TW", "zh-TW-HsiaoChenNeural"),
        ("zh-Hans", "zh-CN-XiaoxiaoNeural"),
        ("yue", "zh-HK-HiuMaanNeural"),
    ],
)
def test_a_language_gets_its_regions_voice_else_the_languages(language: str, voice: str) -> None:
    assert voice_of(language) == voice


def test_a_language_without_a_voice_is_an_error_that_lists_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'tlh'.*es-MX.*zu.*voice="):
        voice_of("tlh")


def test_every_voice_speaks_the_language_it_stands_for() -> None:
    for tag, voices in VOICES.items():
        assert [gender_of(voice) for voice in voices[:2]] == ["female", "male"]
        for voice in voices:
            assert re.fullmatch(r"[a-z]{2,3}-[A-Z]{2}-[A-Za-z]+Neural", voice), voice
            assert voice.startswith(tag), (tag, voice)
            assert voice.startswith(voices[0][:5]), "of one region"
    names = [voice for voices in VOICES.values() for voice in voices]
    assert len(names) == len(set(names))
    assert gender_of("xx-XX-NobodyNeural") is None
    assert len({tag.split("-")[0] for tag in VOICES}) >= 40
