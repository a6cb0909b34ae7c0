"""OpenAI-compatible servers that fail: what people said is not to be found in the log."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit.agents import APIConnectOptions, APIError, APIStatusError, llm
from livekit.agents.utils import http_context

from agent.config import Settings
from agent.engines.files import ModelFiles
from agent.engines.plugins import import_plugins, language_model, voices
from agent.engines.voices import ANYBODY, Casting

pytestmark = pytest.mark.unit

ONCE_MORE = APIConnectOptions(max_retry=1, retry_interval=0.0)
SECRET = "un secreto 'más'"


async def _no_audio(request: web.Request) -> web.Response:
    return web.Response(body=b"", content_type="audio/wav")


async def _refused(request: web.Request) -> web.Response:
    asked = await request.json()
    if asked["model"] == "absent":
        return web.json_response({"error": {"message": "there is no such model"}}, status=404)
    return web.json_response({"detail": [{"msg": "Field required", "input": asked}]}, status=422)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/silent/audio/speech", _no_audio)
    application.router.add_post("/v1/audio/speech", _refused)
    application.router.add_post("/v1/chat/completions", _refused)
    async with TestServer(application) as server, http_context.open():
        yield str(server.make_url("/"))


def _settings(url: str, model: str = "any") -> Settings:
    access = {"base_url": url, "model": model}
    named: dict[str, Any] = {stage: {"engines": ("openai",)} for stage in ("tts", "translation")}
    settings = Settings(**named, openai={"tts": access, "translation": access})
    import_plugins(settings)
    return settings


async def _speak(settings: Settings) -> None:
    engine = voices("openai", settings, ModelFiles(settings, print))
    tts = engine.create("es", ANYBODY, Casting())
    try:
        async with tts.synthesize(SECRET, conn_options=ONCE_MORE) as stream:
            _ = [frame async for frame in stream]
    finally:
        await tts.aclose()


async def test_no_audio(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(APIError, match="gave no audio") as raised:
        await _speak(_settings(f"{url}silent"))
    assert "failed to synthesize speech" in caplog.text
    assert "secreto" not in caplog.text + str(raised.value)


async def test_a_refusal_that_quotes(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    settings = _settings(f"{url}v1")
    with pytest.raises(APIStatusError, match="422") as of_voice:
        await _speak(settings)
    chat = llm.ChatContext.empty()
    chat.add_message(role="user", content=SECRET)
    engine = language_model("openai", settings, ModelFiles(settings, print), lambda: 1)
    model = engine.create()
    with pytest.raises(APIStatusError, match="422") as of_model:
        async with model.chat(chat_ctx=chat, conn_options=ONCE_MORE) as stream:
            _ = [chunk async for chunk in stream]
    await model.aclose()
    assert "secreto" not in f"{caplog.text} {of_voice.value} {of_model.value}"


async def test_another_refusal_is_told(url: str) -> None:
    with pytest.raises(APIStatusError, match="there is no such model"):
        await _speak(_settings(f"{url}v1", "absent"))
