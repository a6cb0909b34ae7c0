"""A recogniser on an OpenAI-compatible server: what the server is told to expect."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit.agents.utils import http_context

from agent.config import Settings
from agent.engines import import_plugins
from agent.engines.files import ModelFiles
from agent.engines.plugins import Recogniser, recogniser
from agent.engines.utterances import UtteranceAdapter
from tests.unit.cascade.scripted import silence

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]


class Server(TestServer):
    """Hears nothing, and keeps what it was told to expect."""

    def __init__(self) -> None:
        app = web.Application()
        app.router.add_post("/v1/audio/transcriptions", self._transcribe)
        super().__init__(app)
        self.prompts: list[object] = []
        self.formats: list[object] = []
        self.plain_only = False

    async def _transcribe(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.prompts.append(form.get("prompt"))
        self.formats.append(form.get("response_format"))
        if self.plain_only and self.formats[-1] != "json":
            return web.json_response({"error": {"message": "json only"}}, status=400)
        return web.json_response({"text": "hola", "language": "spanish", "duration": 1.0})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    running = Server()
    async with running, http_context.open():
        yield running


def _recogniser(server: Server, model: str) -> Recogniser:
    access = {"base_url": str(server.make_url("/v1")), "model": model, "api_key": "none"}
    settings = Settings(stt={"engines": ("openai",)}, openai={"stt": access})
    import_plugins(settings)
    return recogniser("openai", settings, ModelFiles(settings, print))


async def test_it_is_told_the_terms_and_told_others_when_they_change(server: Server) -> None:
    engine = _recogniser(server, "whisper-1")
    stt = engine.create(("en",), ("Hygieia", "stent"))
    assert isinstance(stt, UtteranceAdapter)
    await stt.recognize(silence(1.0))
    engine.expect(stt, ("Asclepius",))
    await stt.recognize(silence(1.0))
    engine.expect(stt, ())
    await stt.recognize(silence(1.0))
    await stt.aclose()
    assert server.prompts[:2] == ["Hygieia, stent", "Asclepius"]
    assert not server.prompts[2]


@pytest.mark.parametrize(
    ("languages", "language"), [(("en", "es"), "es"), ((), "es"), (("en",), "en")]
)
async def test_a_model_of_any_name_says_which_language_was_spoken(
    server: Server, languages: tuple[str, ...], language: str
) -> None:
    stt = _recogniser(server, "Systran/faster-whisper-large-v3").create(languages)
    event = await stt.recognize(silence(1.0))
    await stt.aclose()
    assert event.alternatives[0].language == language
    assert server.formats == ["json" if len(languages) == 1 else "verbose_json"]


async def test_a_server_that_cannot_say_the_language_still_says_the_words(server: Server) -> None:
    server.plain_only = True
    stt = _recogniser(server, "gpt-transcribe").create(("en", "es"))
    events = [await stt.recognize(silence(1.0)) for _ in range(2)]
    await stt.aclose()
    assert [event.alternatives[0].text for event in events] == ["hola", "hola"]
    assert server.formats == ["verbose_json", "json", "json"]
