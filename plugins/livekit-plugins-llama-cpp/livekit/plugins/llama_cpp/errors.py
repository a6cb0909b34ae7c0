"""What a request can fail with. All belong to LiveKit's ``APIError`` family."""

from livekit.agents import APIConnectionError, APIError, APIStatusError


class ModelLoadError(ValueError):
    """The GGUF file cannot be used; the message names it and the fix."""


class PromptError(APIStatusError):
    """The request cannot be put into the model's prompt format."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status_code=400, retryable=False)


class ContextOverflowError(APIStatusError):
    """The prompt does not fit into the model's context.

    Args:
        counted: False where ``prompt_tokens`` is the least that there can be.
    """

    def __init__(self, *, prompt_tokens: int, room: int, n_ctx: int, counted: bool = True) -> None:
        has = "has" if counted else "has at least"
        super().__init__(
            f"the prompt {has} {prompt_tokens} tokens and needs room for {room} more, but the "
            f"context holds {n_ctx}: give fewer finished sentences as context, shorten the "
            "prompt, or load the model with a larger n_ctx",
            status_code=413,
            retryable=False,
        )


class RuntimeClosedError(APIConnectionError):
    """The runtime was closed; a new one has to be loaded."""

    def __init__(self) -> None:
        super().__init__(
            "the llama.cpp runtime is closed: load another with Runtime.load()", retryable=False
        )


class RequestError(APIStatusError):
    """Something about this request made work on it fail; others go on."""

    def __init__(self) -> None:
        super().__init__(
            "llama.cpp could not work on this request: internal error, see the log",
            status_code=400,
            retryable=False,
        )


class DecodeError(APIError):
    """llama.cpp could not evaluate the tokens; a retry starts from an empty sequence."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"llama.cpp could not evaluate the prompt: {reason}", retryable=True)
        self.reason = reason
