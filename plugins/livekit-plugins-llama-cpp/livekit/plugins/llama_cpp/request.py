"""What is asked of the runtime and what it answers with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from livekit.agents import APIError

from .conversation import Conversation
from .sampling import Sampling


@dataclass(frozen=True, slots=True)
class Request:
    """One answer to generate.

    Attributes:
        prompt: the rendered prompt, ending with the forced beginning of the answer.
        conversation: what to compare with earlier requests.
        max_tokens: the answer is cut after as many.
        stop: strings that end the answer; they are not part of it.
        end_markers: control tokens that end it, besides those the model file declares.
        skip_space: the forced beginning ended with white space, which was taken off the prompt.
        use_draft: verify the rest of the previous answer instead of generating it anew. Never
            changes what is drawn, apart from rounding.
        divergence_tokens: stop so many tokens after the answer departs from its draft; None to go
            on. Words after the departure cannot be agreed on yet, and each costs a pass.
        language: no token of a script that this language (BCP-47) is never written with is drawn;
            empty for any script.
    """

    prompt: str
    conversation: Conversation = field(default_factory=Conversation)
    max_tokens: int = 512
    sampling: Sampling = field(default_factory=Sampling)
    stop: tuple[str, ...] = ()
    end_markers: tuple[str, ...] = ()
    skip_space: bool = False
    use_draft: bool = True
    divergence_tokens: int | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost.

    Attributes:
        prompt_tokens: length of the prompt.
        cached_tokens: of these, how many were in a KV sequence already.
        completion_tokens: generated tokens, without the one that ended the answer.
        draft_tokens: how many tokens of an earlier answer were verified.
        accepted_tokens: how many of these were right.
        passes: forward passes the request took part in.
    """

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    draft_tokens: int
    accepted_tokens: int
    passes: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Part of a long prompt has been evaluated."""


@dataclass(frozen=True, slots=True)
class Text:
    """More of the answer."""

    text: str


FinishReason = Literal["stop", "length", "divergence"]
"""Complete; cut at ``max_tokens`` or the context's end; cut after departing from the draft."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is complete or was cut."""

    usage: Usage
    reason: FinishReason


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no more."""

    error: APIError


Event = Progress | Text | Finished | Failed

Sink = Callable[[Event], None]
"""Called on the runtime's thread; must not block."""
