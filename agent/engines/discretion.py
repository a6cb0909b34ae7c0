"""Errors of OpenAI-compatible servers without what people said, for the log shows them."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncClient


def quote_nothing(client: "AsyncClient") -> None:
    """Have the client keep of an answer what is wrong, unless it quotes the request.

    Servers made with FastAPI, as most are, send back what they refuse.
    """
    make = client._make_status_error

    def make_discreet(error: str, *, body: object, response: Any) -> "APIStatusError":
        if _quotes(f"{error} {body}", response.request):
            error, body = f"Error code: {response.status_code}", None
        return make(error, body=body, response=response)

    client._make_status_error = make_discreet  # type: ignore[method-assign, assignment]


def _quotes(answer: str, request: Any) -> bool:
    ways = (
        (text, repr(text)[1:-1], json.dumps(text)[1:-1], repr(json.dumps(text)[1:-1])[1:-1])
        for text in _said(request)
    )
    return any(written in answer for text in ways for written in text)


def _said(request: Any) -> Iterator[str]:
    """The texts in a request: what is to be spoken, or the turns of a dialogue."""
    try:
        asked = json.loads(request.content)
    except ValueError:
        # A recording.
        return
    texts = [asked.get("input"), *(turn.get("content") for turn in asked.get("messages", ()))]
    yield from (text for text in texts if isinstance(text, str) and text)
