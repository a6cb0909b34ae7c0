"""A server that translates beside a model in the process, which has to be told the languages."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit.agents import llm
from livekit.agents.utils import http_context

from agent.engines.server_translator import IN_PROCESS, ServerLLM

pytestmark = pytest.mark.unit

Asked = list[dict[str, Any]]


@pytest.fixture
def asked() -> Asked:
    return []


@pytest.fixture
async def url(asked: Asked) -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        asked.append(await request.json())
        choice = {"index": 0, "delta": {"content": "Hola"}, "finish_reason": "stop"}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "any"}
        line = json.dumps({**chunk, "choices": [choice]})
        text = f"data: {line}\n\ndata: [DONE]\n\n"
        return web.Response(text=text, content_type="text/event-stream")

    application = web.Application()
    application.router.add_post("/chat/completions", answer)
    async with TestServer(application) as server, http_context.open():
        yield str(server.make_url("/"))


async def test_a_server_is_asked_only_what_its_api_knows(url: str, asked: Asked) -> None:
    model = ServerLLM(model="any", base_url=url, api_key="none")
    chat = llm.ChatContext.empty()
    chat.add_message(role="user", content="Hello")
    told: dict[str, Any] = dict.fromkeys(IN_PROCESS, "en")
    try:
        async with model.chat(chat_ctx=chat, extra_kwargs={**told, "top_p": 0.5}) as stream:
            said = [chunk.delta.content async for chunk in stream if chunk.delta]
    finally:
        await model.aclose()
    assert "Hola" in said
    (request,) = asked
    assert request["top_p"] == 0.5
    assert not IN_PROCESS & request.keys()
