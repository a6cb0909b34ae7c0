"""Subtitles of a route: the original as it was said, the translation as it was heard. Pure."""

from collections.abc import Iterator

from .captions import Cue
from .routes import Route, SourceWord, join_text

# Two lines of a subtitle, and how long one may stand (Netflix timed text guide).
_MAX_CHARACTERS = 84
_MAX_SECONDS = 7.0
_SENTENCE_END = ".?!。？！"


def source_cues(route: Route) -> list[Cue]:
    """The original, cut at sentence ends and at two lines; seconds since the speaker's start."""
    return [
        Cue(
            words[0].start, words[-1].end, join_text((w.text for w in words), route.source_language)
        )
        for segment in route.segments
        for words in _cut(segment.words)
    ]


def _cut(words: tuple[SourceWord, ...]) -> Iterator[list[SourceWord]]:
    cue: list[SourceWord] = []
    for word in words:
        length = sum(len(w.text) + 1 for w in cue) + len(word.text)
        if cue and (length > _MAX_CHARACTERS or word.end - cue[0].start > _MAX_SECONDS):
            yield cue
            cue = []
        cue.append(word)
        if word.text.rstrip("\"'»”’)").endswith(tuple(_SENTENCE_END)):
            yield cue
            cue = []
    if cue:
        yield cue


def target_cues(route: Route, *, start: float) -> list[Cue]:
    """The translation, chunk by chunk as spoken; what was dropped shows when it was written.

    Args:
        start: seconds since the speaker's start at which the subtitled recording begins.
    """
    cues = [Cue(chunk.start - start, chunk.end - start, chunk.text) for chunk in route.chunks]
    for segment in route.segments:
        for text in filter(None, segment.dropped):
            written = segment.commits[-1].written if segment.commits else start
            cues.append(Cue(written - start, written - start, text))
    return cues
