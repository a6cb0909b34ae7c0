"""From logits to a token. Pure."""

from dataclasses import dataclass

import numpy as np

from .backend import Logits


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn.

    Attributes:
        temperature: 0 takes the likeliest token; agreement between successive hypotheses needs 0.
        top_k: only the k likeliest; 0 for all.
        top_p: only the likeliest that make up this probability.
        seed: None for a different answer each time.
    """

    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 0.95
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.temperature < 0:
            raise ValueError(f"temperature is {self.temperature}; it has to be 0 or more")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p is {self.top_p}; it has to be above 0 and at most 1")
        if self.top_k < 0:
            raise ValueError(f"top_k is {self.top_k}; it has to be 0 (all) or more")


class Sampler:
    """Draws the tokens of one answer."""

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._random = np.random.default_rng(sampling.seed)

    def draw(self, logits: Logits) -> int:
        if self._sampling.temperature == 0:
            return int(np.argmax(logits))
        candidates = self._likeliest(logits)
        scaled = logits[candidates].astype(np.float64) / self._sampling.temperature
        probabilities = np.exp(scaled - scaled.max())
        probabilities /= probabilities.sum()
        kept = int(np.searchsorted(np.cumsum(probabilities), self._sampling.top_p)) + 1
        nucleus = probabilities[:kept] / probabilities[:kept].sum()
        return int(self._random.choice(candidates[:kept], p=nucleus))

    def _likeliest(self, logits: Logits) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
        k = self._sampling.top_k
        if not 0 < k < logits.size:
            return np.argsort(-logits)
        best = np.argpartition(-logits, k)[:k]
        return best[np.argsort(-logits[best])]
