"""Where a text can be cut so that its first audio comes early. Pure."""

import re
from collections.abc import Iterator

# A mark of the Latin script ends a clause only before a space: 3.5, 10:30 and 1,000 stay whole.
_CLAUSE = re.compile(
    r".+?(?:[,;:.!?…]+[\"'»”’)\]]*(?=\s)|[，。；：！？、…।]+[」』”’）]*|$)\s*", re.S
)
_SENTENCE_END = re.compile(r"[.!?…。！？।][\"'»”’)\]」』）\s]*$")
_UNSPACED = re.compile(r"[぀-ヿ一-鿿]")
# Shorter pieces sound clipped and cost the fixed part of a synthesis once more.
_MIN_CHARACTERS, _MIN_UNSPACED = 20, 6
# About 8 s of speech: with audio taking half its duration to compute, first audio after 4 s.
_MAX_CHARACTERS, _MAX_UNSPACED = 120, 40
_PAUSE, _SENTENCE_PAUSE = 0.05, 0.2


def is_speakable(text: str) -> bool:
    """Whether there is anything to say: a letter or a digit of any script."""
    return any(character.isalnum() for character in text)


def clauses(text: str) -> Iterator[str]:
    """Pieces of ``text`` worth a synthesis of their own, in order; each has something to say."""
    piece = ""
    for match in _CLAUSE.finditer(text):
        piece += match.group()
        if len(piece.strip()) >= (_MIN_UNSPACED if _UNSPACED.search(piece) else _MIN_CHARACTERS):
            yield from _fitting(piece)
            piece = ""
    yield from _fitting(piece)


def pause_after(clause: str) -> float:
    """Seconds of silence, at speed 1, between this clause and the next."""
    return _SENTENCE_PAUSE if _SENTENCE_END.search(clause) else _PAUSE


def _fitting(piece: str) -> Iterator[str]:
    limit = _MAX_UNSPACED if _UNSPACED.search(piece) else _MAX_CHARACTERS
    piece = piece.strip()
    while len(piece) > limit:
        cut = piece.rfind(" ", 1, limit) + 1 or limit
        if is_speakable(piece[:cut]):
            yield piece[:cut].strip()
        piece = piece[cut:].strip()
    if is_speakable(piece):
        yield piece
