"""What the runtime needs from a model: tokens in, logits out, one KV sequence per conversation."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Logits = npt.NDArray[np.float32]

# Most tokens of one sequence in a pass: so long a request takes to stop, and so long others wait,
# while a prompt is read. Larger batches gain little on a CPU (.012 s a token at 16 and at 32,
# .010 s at 48; 1.5B Q4_K_M).
SLICE_TOKENS = 32


@dataclass(frozen=True, slots=True)
class Slice:
    """Tokens to evaluate next on one sequence.

    Attributes:
        sequence: index of the KV sequence.
        start: position of the first token, which is the number of tokens the sequence holds.
        tokens: at least one.
        logits_from: logits are wanted for ``tokens[logits_from:]``; each costs a product with the
            whole vocabulary.
    """

    sequence: int
    start: int
    tokens: Sequence[int]
    logits_from: int


class Backend(ABC):
    """A loaded model with a KV cache that several sequences share.

    Only the runtime's worker thread calls it.
    """

    n_ctx: int
    """Tokens that all sequences together can hold."""
    n_sequences: int
    can_rewind: bool
    """Whether a sequence can be shortened; recurrent models cannot."""
    can_cut: bool
    """Whether tokens can be taken out of a sequence's middle."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The model's name, for metrics."""

    @property
    @abstractmethod
    def metadata(self) -> Mapping[str, str]:
        """The GGUF file's key-value pairs as text; ``tokenizer.begin`` and ``tokenizer.end`` are
        the begin and end tokens as they are written."""

    @abstractmethod
    def tokenize(self, text: str) -> list[int]:
        """A whole prompt; markers become control tokens, a begin token is added if due."""

    @abstractmethod
    def least_tokens(self, text: str) -> int:
        """How many tokens a prompt has at least; known at once, however long it is."""

    @abstractmethod
    def tokenize_plain(self, text: str) -> list[int]:
        """A piece of text from the middle; no control tokens."""

    @abstractmethod
    def control_token(self, marker: str) -> int | None:
        """The control token that is written so; None if there is none."""

    @abstractmethod
    def piece(self, token: int) -> bytes:
        """The bytes of a token; part of a UTF-8 character in some cases."""

    @abstractmethod
    def is_end(self, token: int) -> bool:
        """Whether the token ends an answer."""

    @abstractmethod
    def use_threads(self, count: int) -> None:
        """Compute the passes from now on with so many threads."""

    @abstractmethod
    def evaluate(self, slices: Sequence[Slice]) -> Sequence[Sequence[Logits]]:
        """One forward pass over all slices.

        Returns:
            For each slice the logits asked for, each of the size of the vocabulary; valid until
            the next call.

        Raises:
            DecodeError: the pass failed; the sequences concerned have to be cleared.
        """

    @abstractmethod
    def copy(self, source: int, destination: int, length: int) -> None:
        """Let the empty sequence ``destination`` begin with ``length`` tokens of ``source``."""

    @abstractmethod
    def cut(self, sequence: int, start: int, length: int) -> None:
        """Take ``length`` tokens out of a sequence; those behind them move up.

        These have seen what was taken out, and keep what they know of it. No other sequence may
        hold any of them.
        """

    @abstractmethod
    def truncate(self, sequence: int, length: int) -> None:
        """Shorten a sequence; to nothing always works."""

    @abstractmethod
    def close(self) -> None:
        """Free the model. Nothing may be called afterwards."""
