"""Is a hypothesis speech that was said, or something Whisper made up? Standard library only."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from .agreement import Words, bare

# OpenAI's own threshold for a failed decode (whisper/transcribe.py).
_COMPRESSION_RATIO_LIMIT = 2.4
_NO_SPEECH_LIMIT = 0.6
_LOG_PROBABILITY_LIMIT = -1.0

_LOOP_REPEATS, _LONGEST_LOOP = 3, 8
_RESTART_WORDS = 3
# Fast read speech has about 20 letters a second in English, Spanish and French.
_MOST_LETTERS_PER_SECOND = 22.0

# What Whisper writes over silence and music: the credits of the subtitles it was trained on.
# A hypothesis is dropped only when it consists of nothing else.
_CREDITS = frozenset(
    bare(text)
    for text in (
        "Thanks for watching!",
        "Thank you for watching.",
        "Please subscribe to my channel.",
        "Subtitles by the Amara.org community",
        "Subtítulos realizados por la comunidad de Amara.org",
        "Subtítulos por la comunidad de Amara.org",
        "¡Suscríbete al canal!",
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Sous-titres réalisés para la communauté d'Amara.org",
        "Merci d'avoir regardé cette vidéo!",
        "Untertitel der Amara.org-Community",
        "Untertitel im Auftrag des ZDF für funk, 2017",
        "Vielen Dank fürs Zuschauen!",
        "Sottotitoli creati dalla comunità Amara.org",
        "Sottotitoli e revisione a cura di QTSS",
        "Legendas pela comunidade Amara.org",
        "ご視聴ありがとうございました",
        "字幕由Amara.org社区提供",
        "시청해주셔서 감사합니다",
        "Продолжение следует...",
        "Субтитры сделал DimaTorzok",
    )
)


@dataclass(frozen=True, slots=True)
class Confidence:
    """What the decoder says about a hypothesis: mean log probability, P(no speech)."""

    log_probability: float = 0.0
    no_speech: float = 0.0


def is_hallucination(words: Words, confidence: Confidence) -> bool:
    """True for text over audio that holds no speech."""
    if confidence.no_speech > _NO_SPEECH_LIMIT and (
        confidence.log_probability < _LOG_PROBABILITY_LIMIT
    ):
        return True
    return bare("".join(word.text for word in words)) in _CREDITS


def is_loop(text: str) -> bool:
    """True when text compresses as only repetition does."""
    data = text.encode()
    return len(data) >= 60 and len(data) / len(zlib.compress(data)) > _COMPRESSION_RATIO_LIMIT


def cut_loop(words: Words) -> Words:
    """Cut at the second occurrence of a run of words said three times in a row.

    A decoder in a loop does not leave it: people do, and say the next words ("no, no, no, no, I do
    not"), unless the run is faster than anyone speaks.
    """
    texts = [bare(word.text) for word in words]
    for start in range(len(texts)):
        for size in range(1, _LONGEST_LOOP + 1):
            count = _repeats(texts, start, size)
            if count < _LOOP_REPEATS + (size == 1):
                continue
            end = start + count * size
            if len(texts) - end < size or _too_fast(words[start:end]):
                return words[: start + size]
    return words


def _repeats(texts: Sequence[str], start: int, size: int) -> int:
    unit = texts[start : start + size]
    if len(unit) < size or not any(unit):
        return 0
    count = 1
    while texts[start + count * size : start + (count + 1) * size] == unit:
        count += 1
    return count


def restarts(words: Words, committed: Words, *, audio_end: float) -> bool:
    """True when a hypothesis says the committed words again instead of going on.

    A speaker may repeat a phrase; then there is audio for it. A restarted hypothesis squeezes at
    least three committed words into what is left of the audio, faster than anyone speaks.
    """
    if len(words) < _RESTART_WORDS or not committed:
        return False
    head = [bare(word.text) for word in words[:_RESTART_WORDS]]
    repeated = _contains([bare(word.text) for word in committed], head)
    return repeated and _too_many(words, max(audio_end - committed[-1].end, 0.0))


def first_repeat(words: Words, said: Sequence[str], *, run: int = 4, squeezed: bool = False) -> int:
    """Index of the first ``run`` words that repeat what was ``said`` or came earlier in ``words``.

    With ``squeezed`` only where the run is faster than anyone speaks. ``len(words)`` for none.
    """
    texts = [bare(word.text) for word in words]
    known = [*said, *texts]
    for index in range(len(words) - run + 1):
        head, before = texts[index : index + run], known[: len(said) + index]
        if not _contains(before, head) or not all(head):
            continue
        if not squeezed or _too_fast(words[index : index + run]):
            return index
    return len(words)


def _contains(texts: Sequence[str], run: Sequence[str]) -> bool:
    size = len(run)
    return any(list(texts[i : i + size]) == run for i in range(len(texts) - size + 1))


def _too_fast(words: Words) -> bool:
    return _too_many(words, words[-1].end - words[0].start)


def _too_many(words: Words, seconds: float) -> bool:
    """Whether nobody says them in so short a time."""
    letters = sum(len(bare(word.text)) for word in words)
    return letters > _MOST_LETTERS_PER_SECOND * seconds
