"""Recognised words that follow each other without a pause."""

from livekit.plugins.faster_whisper.agreement import Word, Words


def words(text: str, *, start: float = 0.0, each: float = 0.5) -> Words:
    return tuple(
        Word(f" {word}", start + index * each, start + (index + 1) * each)
        for index, word in enumerate(text.split())
    )


def text(found: Words) -> str:
    return "".join(word.text for word in found).strip()
