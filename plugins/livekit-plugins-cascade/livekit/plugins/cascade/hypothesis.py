"""What a translator is asked for one step, and what it answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from .types import SentencePair


@dataclass(frozen=True, slots=True)
class TranslationRequest:
    """One step of an incremental translation.

    Attributes:
        source: the sentence so far.
        committed: target text that the answer has to begin with.
        previous: the hypothesis before this one, empty for the first.
        departure_units: how many units past its departure from ``previous`` a draft goes on: those
            that the policy holds back there, and those that new source words may have added.
        context: finished sentence pairs before this one.
        final: the source sentence is complete; the whole translation is wanted.
        longest: units, ``committed`` included, beyond which the answer is of no use.
    """

    source: str
    committed: str = ""
    previous: str = ""
    departure_units: int = 4
    context: Sequence[SentencePair] = field(default_factory=tuple)
    final: bool = False
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A translation of the source so far.

    Attributes:
        complete: False where the draft was cut short.
        token_ends: lengths of the text at which a piece that the model wrote ends; empty where
            nothing is known of them.
    """

    text: str
    complete: bool
    token_ends: tuple[int, ...] = ()


OnPartial: TypeAlias = Callable[[Hypothesis], None]
