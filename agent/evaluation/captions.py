"""Captions as WebVTT and SRT. Pure."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

# Reading speed and lengths that subtitle guidelines agree on (BBC, Netflix).
_LINE_CHARACTERS = 42
_MIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Cue:
    """Text shown from ``start`` to ``end``, seconds from the start of the recording."""

    start: float
    end: float
    text: str


def tidy(cues: Sequence[Cue]) -> list[Cue]:
    """Cues in order, none empty, each at least a second long, none overlapping the next.

    What starts at the same time is one cue.
    """
    tidied = _by_start(cues)
    for index, (cue, after) in enumerate(pairwise(tidied)):
        tidied[index] = replace(cue, end=min(cue.end, after.start))
    return tidied


def _by_start(cues: Sequence[Cue]) -> list[Cue]:
    starting: dict[float, Cue] = {}
    for cue in sorted((cue for cue in cues if cue.text.strip()), key=lambda cue: cue.start):
        # To the millisecond, as files have it.
        start = round(max(cue.start, 0.0), 3)
        end = max(cue.end, start + _MIN_SECONDS)
        before = starting.get(start, Cue(start, end, ""))
        text = f"{before.text} {cue.text.strip()}".strip()
        starting[start] = Cue(start, max(before.end, end), text)
    return list(starting.values())


def webvtt(cues: Sequence[Cue], *, language: str) -> str:
    """A WebVTT file (W3C, 2019). Characters with a meaning in it are escaped."""
    blocks = [f"WEBVTT\nLanguage: {language}"]
    for cue in tidy(cues):
        times = f"{_timestamp(cue.start, '.')} --> {_timestamp(cue.end, '.')}"
        blocks.append(f"{times}\n{html.escape(wrap(cue.text), quote=False)}")
    return "\n\n".join(blocks) + "\n"


def srt(cues: Sequence[Cue]) -> str:
    """A SubRip file: numbered cues, comma before the milliseconds."""
    blocks = [
        f"{number}\n{_timestamp(cue.start, ',')} --> {_timestamp(cue.end, ',')}\n{wrap(cue.text)}"
        for number, cue in enumerate(tidy(cues), start=1)
    ]
    return "\n\n".join(blocks) + "\n"


def wrap(text: str) -> str:
    """``text`` on lines of at most 42 characters where it has spaces to break at."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) > _LINE_CHARACTERS and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _timestamp(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, milliseconds = divmod(milliseconds, 1000)
    return f"{hours:02}:{minutes:02}:{whole:02}{point}{milliseconds:03}"
