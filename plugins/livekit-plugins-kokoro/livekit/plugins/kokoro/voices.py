"""Languages that Kokoro-82M speaks, and the voice each one gets unless told otherwise."""

from dataclasses import dataclass

from livekit.agents import LanguageCode


@dataclass(frozen=True, slots=True)
class Language:
    """``espeak`` is the phonemizer's name of the language, ``voices`` prefixes of its voices."""

    espeak: str
    default_voice: str
    prefixes: str


# Voices and their grades: the model card of hexgrad/Kokoro-82M (VOICES.md).
LANGUAGES = {
    "en": Language("en-us", "af_heart", "ab"),
    "es": Language("es", "ef_dora", "e"),
    "fr": Language("fr-fr", "ff_siwis", "f"),
    "hi": Language("hi", "hf_alpha", "h"),
    "it": Language("it", "if_sara", "i"),
    "ja": Language("ja", "jf_alpha", "j"),
    "pt": Language("pt-br", "pf_dora", "p"),
    "zh": Language("cmn", "zf_xiaoxiao", "z"),
}


def language_of(language: str) -> Language:
    """How Kokoro speaks ``language`` (BCP-47).

    Raises:
        ValueError: Kokoro has no voice for it; the message lists the languages it has.
    """
    base = LanguageCode(language).language
    if base not in LANGUAGES:
        raise ValueError(
            f"Kokoro has no voice for {language!r}; it speaks {', '.join(sorted(LANGUAGES))}. "
            "Choose one of these or another TTS engine, such as edge_tts."
        )
    if LanguageCode(language).region == "GB":
        return Language("en-gb", "bf_emma", "ab")
    return LANGUAGES[base]
