"""One answer in the making: what to evaluate next, and what the logits mean."""

from collections.abc import Sequence

from .backend import Backend, Logits, Slice
from .drafts import Answer
from .output import OutputText
from .request import FinishReason, Request, Usage
from .sampling import Sampler
from .scripts import is_foreign
from .sequences import Slot


class Generation:
    """Drives one request over one KV sequence; knows nothing of threads and other requests.

    ``slot.tokens`` holds what the sequence holds. ``_planned`` is evaluated next: the rest of the
    prompt, then the draft, later the one token drawn last.

    Args:
        backend: asked for pieces and end tokens, and to take back a wrong draft.
        slot: its tokens are the beginning of the prompt.
        prompt: all tokens of the prompt.
        draft: expected tokens of the answer.
        limit: the answer is cut after as many tokens.
    """

    def __init__(
        self,
        backend: Backend,
        request: Request,
        slot: Slot,
        prompt: Sequence[int],
        draft: Sequence[int],
        limit: int,
    ) -> None:
        self.slot = slot
        self.reason: FinishReason | None = None
        self._backend = backend
        self._request = request
        self._ends = {backend.control_token(marker) for marker in request.end_markers}
        self._sampler = Sampler(
            request.sampling, allows=self._is_native if request.language else None
        )
        self._output = OutputText(request.stop, skip_space=request.skip_space)
        self._prompt_length = len(prompt)
        self._cached = len(slot.tokens)
        self._draft_length = len(draft)
        self._planned = [*prompt[self._cached :], *draft]
        self._limit = limit
        self._limit_reason: FinishReason = "length"
        self._answer: list[int] = []
        self._accepted = 0
        self._passes = 0

    @property
    def done(self) -> bool:
        return self.reason is not None

    def next_slice(self, size: int) -> Slice:
        """What to evaluate next, at most ``size`` tokens."""
        start = len(self.slot.tokens)
        tokens = self._planned[:size]
        return Slice(self.slot.index, start, tokens, max(0, self._prompt_length - 1 - start))

    def advance(self, evaluated: Slice, logits: Sequence[Logits]) -> list[str]:
        """Take in the logits of a slice; returns the text that is certain now, token by token.

        Who has the answer continued later should do so where a token ends.
        """
        self._passes += 1
        self.slot.tokens.extend(evaluated.tokens)
        del self._planned[: len(evaluated.tokens)]
        texts: list[str] = []
        length = evaluated.start + evaluated.logits_from
        for row in logits:
            length += 1
            token = self._sampler.draw(row)
            texts.append(self._take(token))
            if self.done or self._departed(length, token):
                self._rewind(length)
                break
        if self.done:
            texts.append(self._output.finish())
        return [text for text in texts if text]

    def answer(self) -> Answer:
        """What was generated so far."""
        pieces = [self._backend.piece(token) for token in self._answer]
        return Answer(self._request.conversation, tuple(self._answer), pieces)

    def usage(self) -> Usage:
        return Usage(
            prompt_tokens=self._prompt_length,
            cached_tokens=self._cached,
            completion_tokens=len(self._answer),
            draft_tokens=self._draft_length,
            accepted_tokens=self._accepted,
            passes=self._passes,
        )

    def _is_native(self, token: int) -> bool:
        return not is_foreign(self._backend.piece(token), self._request.language)

    def _take(self, token: int) -> str:
        if token in self._ends or self._backend.is_end(token):
            self.reason = "stop"
            return ""
        self._answer.append(token)
        text = self._output.feed(self._backend.piece(token))
        if self._output.stopped:
            self.reason = "stop"
        elif len(self._answer) >= self._limit:
            self.reason = self._limit_reason
        return text

    def _departed(self, length: int, token: int) -> bool:
        """Whether the token drawn after ``length`` tokens is not the one that the draft has there.

        Where it is not, or the draft is at its end, the token is evaluated next.
        """
        expected = self.slot.tokens[length:] or self._planned
        if expected and expected[0] == token:
            self._accepted += 1
            return False
        self._planned = [token]
        if expected:
            self._cap_after_departure()
        return bool(expected)

    def _cap_after_departure(self) -> None:
        cap = self._request.divergence_tokens
        if cap is None or len(self._answer) + cap >= self._limit:
            return
        self._limit, self._limit_reason = len(self._answer) + cap, "divergence"
        if cap == 0:
            self.reason = "divergence"

    def _rewind(self, length: int) -> None:
        if length < len(self.slot.tokens):
            self._backend.truncate(self.slot.index, length)
            del self.slot.tokens[length:]
