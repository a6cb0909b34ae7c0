"""The previous hypothesis as the draft of the next (self-speculative decoding,
arXiv 2509.21740). Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from .conversation import Conversation


@dataclass(frozen=True, slots=True)
class Answer:
    """What was generated after ``conversation.forced``: tokens and the bytes of each."""

    conversation: Conversation
    tokens: Sequence[int]
    pieces: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Draft:
    """The expected answer: as tokens, or as text where the forced prefix ends inside a token."""

    tokens: Sequence[int] = ()
    text: str = ""


class DraftMemory:
    """Recent answers; the last one on the same source is the draft of the next.

    Args:
        size: how many conversations are remembered.
    """

    def __init__(self, size: int = 32) -> None:
        self._answers: deque[Answer] = deque(maxlen=size)

    def remember(self, answer: Answer) -> None:
        """Keep an answer in the place of the one it follows."""
        for old in self._answers:
            if answer.conversation.follows(old.conversation):
                self._answers.remove(old)
                break
        self._answers.append(answer)

    def draft_for(self, conversation: Conversation) -> Draft:
        """What an earlier answer says after the forced prefix; empty where none matches."""
        related = [a for a in self._answers if conversation.follows(a.conversation)]
        if not related:
            return Draft()
        # The later of two that share equally much.
        best = max(reversed(related), key=lambda a: conversation.shared_source(a.conversation))
        return _rest(best, conversation.forced)


def _rest(answer: Answer, forced: str) -> Draft:
    earlier = answer.conversation.forced
    if not forced.startswith(earlier):
        return Draft()
    said = forced[len(earlier) :].encode()
    generated = b"".join(answer.pieces)
    if not generated.startswith(said):
        return Draft()
    position, token = 0, 0
    while position < len(said):
        position += len(answer.pieces[token])
        token += 1
    if position == len(said):
        return Draft(tokens=answer.tokens[token:])
    return Draft(text=generated[len(said) :].decode(errors="ignore"))
