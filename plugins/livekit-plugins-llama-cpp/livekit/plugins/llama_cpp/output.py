"""From token pieces to text that can be shown. Pure."""

import codecs
from collections.abc import Sequence


class OutputText:
    """Joins pieces into text, holding back what is not certain yet.

    Held back are the bytes of an unfinished character (a token can end inside one, mostly in
    Chinese and Japanese) and text that may turn out to be the beginning of a stop string.

    Args:
        stop: strings that end the answer; they are not part of it.
        skip_space: drop white space at the beginning, because what the answer continues ends
            with it.
    """

    def __init__(self, stop: Sequence[str] = (), *, skip_space: bool = False) -> None:
        self._stop = tuple(filter(None, stop))
        self._skip_space = skip_space
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
        self._held = ""
        self.stopped = False

    def feed(self, piece: bytes) -> str:
        """The text that is certain after one more piece."""
        if self.stopped:
            return ""
        text = self._held + self._visible(self._decoder.decode(piece))
        ends = [found for stop in self._stop if (found := text.find(stop)) >= 0]
        if ends:
            self.stopped = True
            self._held = ""
            return text[: min(ends)]
        certain = len(text) - max((_overlap(text, stop) for stop in self._stop), default=0)
        self._held = text[certain:]
        return text[:certain]

    def finish(self) -> str:
        """What was held back and turned out to be text; an unfinished character is dropped."""
        held, self._held = self._held, ""
        return held

    def _visible(self, text: str) -> str:
        if self._skip_space:
            text = text.lstrip()
            self._skip_space = not text
        return text


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of ``text`` that begins ``stop``."""
    longest = min(len(text), len(stop) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(stop[:n])), 0)
