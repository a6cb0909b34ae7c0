"""Languages that Kokoro-82M speaks, and with which voices."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from livekit.agents import LanguageCode

Gender: TypeAlias = Literal["female", "male"]
_GENDERS: dict[str, Gender] = {"f": "female", "m": "male"}


@dataclass(frozen=True, slots=True)
class Language:
    """``espeak`` is the phonemizer's name of the language; the default voice is the first."""

    espeak: str
    voices: tuple[str, ...]

    @property
    def default_voice(self) -> str:
        return self.voices[0]


_SPANISH = ("ef_dora", "em_alex", "em_santa")
# Voices and their grades: the model card of hexgrad/Kokoro-82M (VOICES.md). Women and men by turns
# as far as there are both, of each the better ones first.
LANGUAGES = {
    "en": Language(
        "en-us",
        ("af_heart", "am_michael", "af_bella", "am_fenrir", "af_kore", "am_puck", "af_sarah"),
    ),
    "es": Language("es", _SPANISH),
    # There is one French voice. Half of the other two is hers, and Whisper understands them as it
    # does her; speakers of other languages alone it understands worse.
    "fr": Language("fr-fr", ("ff_siwis", "im_nicola+ff_siwis", "em_alex+ff_siwis")),
    "hi": Language("hi", ("hf_alpha", "hm_omega", "hf_beta", "hm_psi")),
    "it": Language("it", ("if_sara", "im_nicola")),
    "ja": Language("ja", ("jf_alpha", "jm_kumo", "jf_gongitsune", "jf_tebukuro", "jf_nezumi")),
    "pt": Language("pt-br", ("pf_dora", "pm_alex", "pm_santa")),
    "zh": Language(
        "cmn",
        ("zf_xiaoxiao", "zm_yunxi", "zf_xiaoyi", "zm_yunjian", "zf_xiaobei", "zm_yunyang"),
    ),
}
REGIONS = {
    "en-GB": Language("en-gb", ("bf_emma", "bm_george", "bf_isabella", "bm_fable")),
    "es-MX": Language("es-419", _SPANISH),
    "es-US": Language("es-419", _SPANISH),
}


# By how many dB the model makes these voices louder than the others, which are at -20 to -22 dB of
# full scale; some are clipped. tests/models/test_kokoro.py holds them together.
_LOUDER = {
    "af_kore": 4.0,
    "am_fenrir": 3.3,
    "am_puck": 4.0,
    "bf_isabella": 4.3,
    "ff_siwis": 2.6,
    "hf_alpha": 6.5,
    "hf_beta": 4.7,
    "hm_omega": 6.5,
    "hm_psi": 5.1,
    "if_sara": 8.0,
    "im_nicola": 2.9,
    "jf_gongitsune": 2.4,
    "jf_nezumi": 1.9,
    "jf_tebukuro": 1.9,
    "jm_kumo": 3.0,
    "zf_xiaoxiao": 4.6,
}
_AND = "+"


def language_of(language: str) -> Language:
    """How Kokoro speaks ``language`` (BCP-47).

    Raises:
        ValueError: Kokoro has no voice for it; the message lists the languages it has.
    """
    code = LanguageCode(language)
    if str(code) in REGIONS:
        return REGIONS[str(code)]
    if code.language not in LANGUAGES:
        raise ValueError(
            f"Kokoro has no voice for {language!r}; it speaks {', '.join(sorted(LANGUAGES))}. "
            "Choose one of these or another TTS engine, such as edge_tts."
        )
    return LANGUAGES[code.language]


def voices_of(language: str) -> tuple[str, ...]:
    """The voices of ``language`` (BCP-47), the default one first.

    Raises:
        ValueError: as for :func:`language_of`.
    """
    return language_of(language).voices


def gender_of(voice: str) -> Gender | None:
    """Whose voice it is, which its name says, of several the first; None for another kind."""
    return _GENDERS.get(voice[1:2])


def names_in(voice: str) -> list[str]:
    """The voices that one is made of: names with ``+`` between them are the mean of theirs."""
    return voice.split(_AND)


def gain_of(voice: str) -> float:
    """What its samples are multiplied by, so that it is as loud as the others."""
    louder = [_LOUDER.get(name, 0.0) for name in names_in(voice)]
    return float(10 ** (-sum(louder) / len(louder) / 20))
