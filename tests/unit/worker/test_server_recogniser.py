"""A recogniser on an OpenAI-compatible server: what the server is told to expect."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit.agents.utils import http_context

from agent.config import Settings
from agent.engines import import_plugins
from agent.engines.files import ModelFiles
from agent.engines.plugins import recogniser
from tests.unit.cascade.scripted import silence

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]


class Server(TestServer):
    """Hears nothing, and keeps what it was told to expect."""

    def __init__(self) -> None:
        app = web.Application()
        app.router.add_post("/v1/audio/transcriptions", self._transcribe)
        super().__init__(app)
        self.prompts: list[object] = []

    async def _transcribe(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.prompts.append(form.get("prompt"))
        return web.json_response({"text": "", "language": "en", "duration": 1.0})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    running = Server()
    async with running, http_context.open():
        yield running


async def test_it_is_told_the_terms_and_told_others_when_they_change(server: Server) -> None:
    access = {"base_url": str(server.make_url("/v1")), "model": "whisper-1", "api_key": "none"}
    settings = Settings(stt={"engines": ("openai",)}, openai={"stt": access})
    import_plugins(settings)
    engine = recogniser("openai", settings, ModelFiles(settings, print))
    stt = engine.create("en", ("Hygieia", "stent"))
    await stt.recognize(silence(1.0))
    engine.expect(stt, ("Asclepius",))
    await stt.recognize(silence(1.0))
    engine.expect(stt, ())
    await stt.recognize(silence(1.0))
    await stt.aclose()
    assert server.prompts[:2] == ["Hygieia, stent", "Asclepius"]
    assert not server.prompts[2]
