"""How a voice delivers a translation: in which pieces, and how fast. Pure.

What is said early is said in few words, and what is behind is said fast; both are harder to listen
to. How much of that a listener accepts for an earlier translation is a matter of the occasion.
"""

from dataclasses import dataclass, field, replace

from .chunker import ChunkerOptions
from .pacing import PacingOptions


@dataclass(frozen=True, slots=True)
class Delivery:
    """In which pieces, and how fast."""

    chunker: ChunkerOptions = field(default_factory=ChunkerOptions)
    pacing: PacingOptions = field(default_factory=PacingOptions)

    def at_most(self, speed: float) -> "Delivery":
        """The same, but no faster than so many times the voice's own speed."""
        return replace(self, pacing=replace(self.pacing, hard_cap=speed))


PROMPT = Delivery()
"""As little behind the speaker as can be: two or three words at a time, mostly in a hurry."""

CALM = Delivery(
    ChunkerOptions(
        min_words=4,
        min_characters=22,
        later_words=7,
        later_characters=40,
        last_words=4,
        last_characters=22,
        clause_characters=22,
        dry_characters=70,
        first_characters=50,
    ),
    PacingOptions(
        relaxed_seconds=2.0,
        gain=0.1,
        relaxed_lag=0.5,
        lag_gain=0.1,
        max_speed=1.45,
        urgent_seconds=6.0,
        urgent_lag=6.0,
    ),
)
"""Whole phrases at nearly natural speed, and later by the time that it takes to write them.

A tenth faster for each second of lag, so that a translation that takes longer to say than its
source settles at some distance instead of changing between calm and hurry.
"""
