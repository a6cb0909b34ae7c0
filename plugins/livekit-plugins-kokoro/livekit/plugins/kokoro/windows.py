"""In which pieces the audio of a text is computed. Pure."""

from dataclasses import dataclass
from itertools import accumulate, pairwise

FRAME_SECONDS = 0.025
# A window's convolutions reach so many frames into its neighbours: with one less than that the
# borders are heard, and with more of them nothing is gained.
REACH = 2
# What is computed beyond the borders is worth it for so many frames.
_FRAMES_EACH = 36
# Less than a third of a second is out before anybody notices that it is there.
_LEAST = 12
# The machine may be busier than it was, and the voice in a hurry.
_MARGIN = 1.3


@dataclass(frozen=True, slots=True)
class Window:
    """Frames from ``begin`` to ``end``, of which those from ``first`` to ``last`` are heard."""

    begin: int
    first: int
    last: int
    end: int


def windows(frames: int, share: float) -> list[Window]:
    """Windows over so many frames, each of them ready when the one before has been heard.

    Args:
        share: seconds that a second of audio takes to compute.
    """
    borders = accumulate(_lengths(frames, share * _MARGIN), initial=0)
    return [
        Window(max(first - REACH, 0), first, last, min(last + REACH, frames))
        for first, last in pairwise(borders)
    ]


def _lengths(frames: int, share: float) -> list[int]:
    """As many frames as are computed while the window before is heard, and none too short."""
    count = 1 + frames // _FRAMES_EACH
    weights = [share**-number for number in range(count)]
    lengths = [max(round(frames * weight / sum(weights)), _LEAST) for weight in weights[:-1]]
    while lengths and frames - sum(lengths) < _LEAST:
        lengths.pop()
    return [*lengths, frames - sum(lengths)]
