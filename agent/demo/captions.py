"""Captions as the demo's listeners receive them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from livekit.agents.types import (
    ATTRIBUTE_TRANSCRIPTION_FINAL,
    ATTRIBUTE_TRANSCRIPTION_SEGMENT_ID,
)

from agent.publication import SOURCE_SEGMENT_ID
from livekit.plugins.cascade.text import base_language


@dataclass(frozen=True)
class CaptionUpdate:
    """The whole text of one segment in one language; a later update replaces it."""

    segment_id: str
    source_segment_id: str
    language: str
    text: str
    final: bool


def update_of(attributes: Mapping[str, str], text: str) -> CaptionUpdate:
    """An update from a text stream's attributes and its text."""
    segment_id = attributes.get(ATTRIBUTE_TRANSCRIPTION_SEGMENT_ID, "")
    return CaptionUpdate(
        segment_id=segment_id,
        source_segment_id=attributes.get(SOURCE_SEGMENT_ID, segment_id),
        language=attributes.get("language", ""),
        text=text.strip(),
        final=attributes.get(ATTRIBUTE_TRANSCRIPTION_FINAL) == "true",
    )


class CaptionBoard:
    """What has been said in each language: one open text, and the finished ones.

    Every listener gets every caption, so the same update may come several times.
    """

    def __init__(self) -> None:
        self._segments: dict[tuple[str, str], CaptionUpdate] = {}

    def add(self, update: CaptionUpdate) -> bool:
        """Take an update in; False if it says nothing new.

        An update that was overtaken by its segment's final text is old.
        """
        key = (update.language, update.segment_id)
        known = self._segments.get(key)
        if known == update or (known is not None and known.final):
            return False
        self._segments[key] = update
        return True

    def open_text(self, language: str) -> str:
        """What is not final yet."""
        return " ".join(u.text for u in self._of(language) if not u.final and u.text)

    def unfinished(self, source: str, targets: tuple[str, ...]) -> dict[str, int]:
        """How many segments still lack a final text, by language; empty when all is said."""
        begun = {language: self._sentences(language) for language in (source, *targets)}
        said = begun[source]
        # A direct route has sentences of its own.
        direct = {t for t in targets if said and begun[t] and not begun[t] & said}
        everything = {u.source_segment_id for u in self._segments.values() if u.text}
        shared = everything - {sentence for t in direct for sentence in begun[t]}
        missing = {
            language: len(
                (begun[language] if language in direct else shared)
                - self._sentences(language, final=True)
            )
            for language in begun
        }
        return {language: count for language, count in missing.items() if count}

    def _sentences(self, language: str, *, final: bool = False) -> set[str]:
        """Source segments with a text in the language; with ``final``, with a finished one."""
        return {
            u.source_segment_id for u in self._of(language) if u.text and (u.final or not final)
        }

    def _of(self, language: str) -> list[CaptionUpdate]:
        base = base_language(language)
        return [u for u in self._segments.values() if base_language(u.language) == base]
