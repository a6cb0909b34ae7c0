"""Which voice speaks a language."""

from collections.abc import Mapping


def voice_for(language: str, voices: Mapping[str, str]) -> str | None:
    """The configured voice: for exactly this language, else for the language of any region."""
    return voices.get(language) or voices.get(language.split("-")[0])
