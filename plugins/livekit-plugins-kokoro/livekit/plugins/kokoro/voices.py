"""Languages that Kokoro-82M speaks, and the voice each one gets unless told otherwise."""

from dataclasses import dataclass

from livekit.agents import LanguageCode


@dataclass(frozen=True, slots=True)
class Language:
    """``espeak`` is the phonemizer's name of the language."""

    espeak: str
    default_voice: str


# Voices and their grades: the model card of hexgrad/Kokoro-82M (VOICES.md).
LANGUAGES = {
    "en": Language("en-us", "af_heart"),
    "es": Language("es", "ef_dora"),
    "fr": Language("fr-fr", "ff_siwis"),
    "hi": Language("hi", "hf_alpha"),
    "it": Language("it", "if_sara"),
    "ja": Language("ja", "jf_alpha"),
    "pt": Language("pt-br", "pf_dora"),
    "zh": Language("cmn", "zf_xiaoxiao"),
}
_REGIONS = {
    "en-GB": Language("en-gb", "bf_emma"),
    "es-MX": Language("es-419", "ef_dora"),
    "es-US": Language("es-419", "ef_dora"),
}


def language_of(language: str) -> Language:
    """How Kokoro speaks ``language`` (BCP-47).

    Raises:
        ValueError: Kokoro has no voice for it; the message lists the languages it has.
    """
    code = LanguageCode(language)
    if str(code) in _REGIONS:
        return _REGIONS[str(code)]
    if code.language not in LANGUAGES:
        raise ValueError(
            f"Kokoro has no voice for {language!r}; it speaks {', '.join(sorted(LANGUAGES))}. "
            "Choose one of these or another TTS engine, such as edge_tts."
        )
    return LANGUAGES[code.language]
