"""Errors of OpenAI-compatible servers without what people said, for the log shows them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncClient

T = TypeVar("T")
# No such key, permission or model, or too many requests: nothing of what was to be said or
# translated. What servers say of other failures often quotes it (FastAPI sends back what it
# refuses), whole or in part and in whatever spelling.
_TOLD = frozenset({401, 403, 404, 429})
_UNTOLD = "its own log says why"


def quote_nothing(client: "AsyncClient") -> None:
    """Have the client pass on a server's own words only where they are about the access to it."""
    make = client._make_status_error

    def make_discreet(error: str, *, body: object, response: Any) -> "APIStatusError":
        if response.status_code not in _TOLD:
            error, body = f"the server answered {response.status_code}; {_UNTOLD}", None
        return make(error, body=body, response=response)

    client._make_status_error = make_discreet  # type: ignore[method-assign, assignment]


def quote_nothing_in_answers(client: "AsyncClient") -> None:
    """The same of a client that chats, whose answers may break off with an error inside them."""
    quote_nothing(client)
    completions = client.chat.completions
    create: Callable[..., Awaitable[Any]] = completions.create

    async def create_discreetly(**request: object) -> object:
        stream = await create(**request)
        stream._iterator = _without_reasons(stream._iterator)
        return stream

    completions.create = create_discreetly  # type: ignore[method-assign, assignment]


async def _without_reasons(chunks: AsyncIterator[T]) -> AsyncIterator[T]:
    """What is streamed; an error inside it has no status, and its text is the server's."""
    from openai import APIError

    try:
        async for chunk in chunks:
            yield chunk
        return
    except APIError as error:
        request = error.request
    # Not inside the handler: what it is caused by is shown as well.
    raise APIError(f"the server broke off its answer; {_UNTOLD}", request, body=None)
