"""OpenAI-compatible servers that fail: what people said is not to be found in the log."""

import json
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
from agent.engines.server_voice import ServerTTS
from agent.engines.servers import ServerVoices
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


async def _broken_off(request: web.Request) -> web.Response:
    said = (await request.json())["messages"][-1]["content"]
    error = {"error": {"message": f"cannot go on after {said}", "code": 500}}
    return web.Response(text=f"data: {json.dumps(error)}\n\n", content_type="text/event-stream")


@pytest.fixture
async def url() -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/silent/audio/speech", _no_audio)
    application.router.add_post("/v1/audio/speech", _refused)
    application.router.add_post("/v1/chat/completions", _refused)
    application.router.add_post("/broken/chat/completions", _broken_off)
    async with TestServer(application) as server, http_context.open():
        yield str(server.make_url("/"))


def _settings(url: str, model: str = "any") -> Settings:
    access = {"base_url": url, "model": model}
    named: dict[str, Any] = {stage: {"engines": ("openai",)} for stage in ("tts", "translation")}
    settings = Settings(**named, openai={"tts": access, "translation": access})
    import_plugins(settings)
    return settings


async def _translate(settings: Settings) -> None:
    engine = language_model("openai", settings, ModelFiles(settings, print), lambda: 1)
    only = engine.create()
    model = llm.FallbackAdapter([only], max_retry_per_llm=0)
    chat = llm.ChatContext.empty()
    chat.add_message(role="user", content=SECRET)
    try:
        async with model.chat(chat_ctx=chat, conn_options=ONCE_MORE) as stream:
            _ = [chunk async for chunk in stream]
    finally:
        await model.aclose()
        await only.aclose()


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


@pytest.mark.parametrize("path", ["v1", "broken"], ids=["refused", "broken off"])
async def test_a_translation_that_fails(
    url: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(APIError) as raised:
        await _translate(_settings(f"{url}{path}"))
    assert "switching to next LLM" in caplog.text
    assert "secreto" not in f"{caplog.text} {raised.value}"


async def test_a_voice_that_is_refused(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(APIStatusError, match="422; its own log says why") as raised:
        await _speak(_settings(f"{url}v1"))
    assert "secreto" not in f"{caplog.text} {raised.value}"


async def test_another_refusal_is_told(url: str) -> None:
    with pytest.raises(APIStatusError, match="there is no such model"):
        await _speak(_settings(f"{url}v1", "absent"))


async def test_a_voice_prepares_no_chat(url: str) -> None:
    tts = ServerVoices(_settings(url)).create("es", ANYBODY, Casting())
    assert isinstance(tts, ServerTTS)
    assert "chat" not in vars(tts._client)
    await tts.aclose()
