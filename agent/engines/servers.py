"""Engines on OpenAI-compatible servers, the engine ``openai`` of each stage."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from livekit.agents.llm import LLM
from livekit.agents.stt import STT
from livekit.agents.tts import TTS
from livekit.agents.vad import VAD

from agent.config import OpenAIServer, Settings
from agent.routing import only

from .detection import speech_detector
from .discretion import quote_nothing, quote_nothing_in_answers
from .types import EngineError
from .utterances import UtteranceAdapter
from .voices import Casting, Wish, voices_for

if TYPE_CHECKING:
    from openai import AsyncClient

# A detector is sure of speech somewhat after it begins.
_PREFIX_SECONDS = 0.5


class Remote:
    """What computes elsewhere: nothing to load, to wait for or to free."""

    def warm_up(self) -> None:
        return

    @property
    def busy(self) -> bool:
        return False

    def close(self) -> None:
        return


class _Server(Remote):
    """One stage's OpenAI-compatible server."""

    def __init__(self, settings: Settings, stage: str) -> None:
        self._settings = settings
        self._server: OpenAIServer = getattr(settings.openai, stage)
        for name in ("base_url", "model"):
            if not getattr(self._server, name):
                raise EngineError(
                    f"INTERPRETER_OPENAI__{stage.upper()}__{name.upper()} is not set, which the "
                    f"engine openai in INTERPRETER_{stage.upper()} needs"
                )

    @property
    def _access(self) -> dict[str, Any]:
        key = self._server.api_key.get_secret_value()
        return {"base_url": self._server.base_url, "api_key": key, "model": self._server.model}


class ServerRecogniser(_Server):
    """A :class:`.plugins.Recogniser`; the server is sent an utterance when it has ended."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, "stt")
        self._detector = speech_detector(
            settings.stt.end_silence_seconds, prefix_seconds=_PREFIX_SECONDS
        )

    def create(self, languages: Sequence[str], keyterms: Sequence[str] = ()) -> STT[Any]:
        # A server cannot be told what to choose from.
        return _ServerSTT(self._access, self._detector, only(languages), keyterms)

    def expect(self, stt: STT[Any], keyterms: Sequence[str]) -> None:
        assert isinstance(stt, _ServerSTT)
        stt.expect(keyterms)

    def create_direct(self, language: str) -> STT[Any]:
        raise ValueError("openai only writes what is said; faster_whisper translates into English")


class _ServerSTT(UtteranceAdapter):
    """One speaker's way to the server; closes the connections, which neither LiveKit's adapter nor
    its plugin does."""

    def __init__(
        self,
        access: Mapping[str, str],
        detector: VAD,
        language: str | None,
        keyterms: Sequence[str],
    ) -> None:
        import openai as api

        from livekit.plugins import openai

        self._client = api.AsyncClient(
            api_key=access["api_key"],
            base_url=access["base_url"],
            # LiveKit tries again by itself.
            max_retries=0,
        )
        if language is None:
            _ask_for_language(self._client)
        self._server = openai.STT(
            model=access["model"],
            language=language or "en",
            detect_language=language is None,
            client=self._client,
        )
        if keyterms:
            self.expect(keyterms)
        super().__init__(stt=self._server, vad=detector)

    def expect(self, keyterms: Sequence[str]) -> None:
        """Tell the server of these from now on; as text said before, which is all it takes."""
        self._server.update_options(prompt=", ".join(keyterms))

    async def aclose(self) -> None:
        await super().aclose()
        await self._server.aclose()
        await self._client.close()


def _ask_for_language(client: "AsyncClient") -> None:
    """Have the client ask for answers that say which language was spoken.

    LiveKit's plugin does so of a model that is called whisper-1 alone. Servers that have no such
    answers for their model refuse, and are asked as the plugin does from then on.
    """
    from openai import BadRequestError

    transcriptions = client.audio.transcriptions
    create: Callable[..., Awaitable[object]] = transcriptions.create
    refused = False

    async def create_telling(**request: object) -> object:
        nonlocal refused
        if not refused:
            try:
                return await create(**{**request, "response_format": "verbose_json"})
            except BadRequestError:
                refused = True
        return await create(**request)

    transcriptions.create = create_telling  # type: ignore[assignment]


class ServerLanguageModel(_Server):
    """A :class:`.plugins.LanguageModel`."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, "translation")

    def create(self) -> LLM[Any]:
        from .server_translator import ServerLLM

        model = ServerLLM(temperature=0.0, **self._access)
        quote_nothing_in_answers(model._client)
        return model


class ServerVoices(_Server):
    """A :class:`.plugins.Voices`."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, "tts")

    def create(self, language: str, wish: Wish, casting: Casting) -> TTS[Any]:
        from .server_voice import ServerTTS

        configured = voices_for(language, self._settings.tts.voices.get("openai", {}))
        names = configured or (self._settings.openai.tts.voice,)
        voice = casting.cast(wish, dict.fromkeys(names))
        tts = ServerTTS(voice=voice, response_format="wav", **self._access)
        quote_nothing(tts._client)
        return tts
