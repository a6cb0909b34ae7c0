"""From logits to a token. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from .backend import Logits

# Of a language model's vocabulary so many are likely enough to be looked at one by one.
_CONSIDERED = 512
_ANY_SEED = -1


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn.

    Attributes:
        temperature: 0 takes the likeliest token; agreement between successive hypotheses needs 0.
        top_k: only the k likeliest; 0 for all.
        top_p: only the likeliest that make up this probability.
        seed: None, or -1 as in llama.cpp, for a different answer each time.
    """

    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 0.95
    seed: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < math.inf:
            raise ValueError(
                f"temperature is {self.temperature}; it has to be 0 or more, not infinite"
            )
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p is {self.top_p}; it has to be above 0 and at most 1")
        if self.top_k < 0:
            raise ValueError(f"top_k is {self.top_k}; it has to be 0 (all) or more")
        if self.seed is not None and self.seed < _ANY_SEED:
            raise ValueError(f"seed is {self.seed}; it has to be 0 or more, or -1 for any")


Candidates: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.intp]]"


class Sampler:
    """Draws the tokens of one answer.

    Args:
        allows: tells of a token whether it may be drawn; where none of the likeliest may, all may.
    """

    def __init__(self, sampling: Sampling, *, allows: Callable[[int], bool] | None = None) -> None:
        self._sampling = sampling
        self._allows = allows
        self._random = np.random.default_rng(None if sampling.seed == _ANY_SEED else sampling.seed)

    def draw(self, logits: Logits) -> int:
        if self._sampling.temperature == 0:
            return self._best(logits)
        candidates = self._allowed(self._likeliest(logits, self._sampling.top_k))
        scaled = logits[candidates].astype(np.float64) / self._sampling.temperature
        probabilities = np.exp(scaled - scaled.max())
        probabilities /= probabilities.sum()
        kept = int(np.searchsorted(np.cumsum(probabilities), self._sampling.top_p)) + 1
        nucleus = probabilities[:kept] / probabilities[:kept].sum()
        return int(self._random.choice(candidates[:kept], p=nucleus))

    def _best(self, logits: Logits) -> int:
        best = int(np.argmax(logits))
        if self._allows is None or self._allows(best):
            return best
        return int(self._allowed(self._likeliest(logits, _CONSIDERED))[0])

    def _allowed(self, candidates: Candidates) -> Candidates:
        if self._allows is None:
            return candidates
        considered = candidates[:_CONSIDERED]
        allowed = considered[[self._allows(int(token)) for token in considered]]
        return allowed if allowed.size else candidates

    @staticmethod
    def _likeliest(logits: Logits, k: int) -> Candidates:
        """The ``k`` likeliest tokens, or all, the likeliest first."""
        if not 0 < k < logits.size:
            return np.argsort(-logits)
        best = np.argpartition(-logits, k)[:k]
        return best[np.argsort(-logits[best])]
