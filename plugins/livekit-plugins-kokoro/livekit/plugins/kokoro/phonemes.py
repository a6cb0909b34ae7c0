"""Text to the phonemes that Kokoro was trained on.

espeak-ng (through phonemizer) for most languages. It reads no kanji and gives Mandarin no tones,
so Japanese and Mandarin use misaki, the phonemizer that Kokoro's authors trained with.
"""

import importlib
import importlib.util
import logging
import re
import threading
from collections.abc import Callable
from typing import Any

import phonemizer
from kokoro_onnx.chunker import split_phonemes
from kokoro_onnx.tokenizer import Tokenizer
from phonemizer.backend.espeak.wrapper import EspeakWrapper
from phonemizer.phonemize import clear_backends_cache

from .readings import read

# Distribution extra and the modules it brings, by espeak's name of the language.
_EXTRAS = {
    "ja": ("ja", ("misaki", "fugashi", "unidic_lite", "jaconv", "mojimoji")),
    "cmn": ("zh", ("misaki", "jieba", "pypinyin", "cn2an", "ordered_set")),
}
# The model sees 512 tokens, two of them padding.
_MAX_PHONEMES = 510
# espeak-ng's state is the process's, and another engine may be at work in another thread.
_espeak = threading.Lock()
# It would warn of every foreign word.
_silent = logging.getLogger("livekit.plugins.kokoro.espeak")
_silent.setLevel(logging.ERROR)
# Marks that the model knows how to say. Between digits some belong to a number or a time.
_MARKS = re.compile(r"""(\s*(?:[;!?¡¿—…"«»“”(){}\[\]]|(?<!\d)[.,:]|[.,:](?!\d))+\s*)""")
_ENGLISH = "en-us"
_LATIN = re.compile(r"([A-Za-z][A-Za-z' -]*)")


def require(espeak_language: str) -> None:
    """See that the phonemizer of a language is installed.

    Raises:
        ValueError: it is not; says what to install.
    """
    extra, modules = _EXTRAS.get(espeak_language, ("", ()))
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(
            f"Kokoro needs {', '.join(missing)} to speak {extra!r}: "
            f"pip install 'livekit-plugins-kokoro[{extra}]'"
        )


class Phonemizer:
    """Not thread-safe: belongs to the engine's thread."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._own: dict[str, Callable[[str], str]] = {}

    def tokens(self, text: str, espeak_language: str) -> list[list[int]]:
        """Token numbers of ``text`` in batches that fit the model; empty if nothing is spoken.

        The text is as :func:`.readings.read` leaves it.

        The first call for Japanese or Mandarin loads a dictionary and takes a second.
        """
        batches = split_phonemes(self._phonemes(text, espeak_language), _MAX_PHONEMES)
        tokens = [self._tokenizer.tokenize(batch) for batch in batches]
        return [batch for batch in tokens if batch]

    def _phonemes(self, text: str, espeak_language: str) -> str:
        text = text.strip()
        if espeak_language not in _EXTRAS:
            return self._espeak(text, espeak_language)
        if espeak_language not in self._own:
            load = _load_japanese if espeak_language == "ja" else _load_mandarin
            self._own[espeak_language] = load()
        return self._with_english(text, self._own[espeak_language])

    def _with_english(self, text: str, own: Callable[[str], str]) -> str:
        """misaki spells out Latin letters as if they were phonemes."""
        return "".join(
            f" {self._espeak(read(piece, _ENGLISH), _ENGLISH)} " if index % 2 else own(piece)
            for index, piece in enumerate(_LATIN.split(text))
            if piece.strip()
        )

    def _espeak(self, text: str, language: str) -> str:
        # phonemizer can keep the marks, but looks for "." where it first stands: it cut "1.200."
        pieces = _MARKS.split(text.strip())
        words = [piece for piece in pieces[::2] if piece.strip()]
        spoken = iter(_spoken(words, language) if words else ())
        known: str = self._tokenizer.known(
            "".join(
                mark if index % 2 else next(spoken) if mark.strip() else ""
                for index, mark in enumerate(pieces)
            )
        )
        return known.strip()


def free_pronunciations() -> None:
    """Remove phonemizer's copies of espeak-ng, one for each language in a temporary folder.

    A process that ends without Python's finalisation would leave them behind. An engine that is
    still at work makes new ones.
    """
    with _espeak:
        clear_backends_cache()
        # It remembers what it has told, and with it who asked.
        EspeakWrapper.available_voices.cache_clear()


def _load_japanese() -> Callable[[str], str]:
    cutlet: Any = importlib.import_module("misaki.cutlet").Cutlet()
    return lambda text: str(cutlet(text)[0])


def _load_mandarin() -> Callable[[str], str]:
    importlib.import_module("jieba").setLogLevel(logging.WARNING)
    mandarin: Any = importlib.import_module("misaki.zh").ZHG2P()
    return lambda text: str(mandarin(text)[0])


def _spoken(texts: list[str], language: str) -> list[str]:
    """Phonemes of texts without punctuation."""
    with _espeak:
        # Around a foreign word espeak writes "(en)" and "(fr)", which would be spoken.
        found: list[str] = phonemizer.phonemize(
            texts, language, with_stress=True, language_switch="remove-flags", logger=_silent
        )
    return [phonemes.strip() for phonemes in found]
