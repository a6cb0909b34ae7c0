"""The voice of an OpenAI-compatible server, whose failures do not quote what was to be said."""

from livekit.agents import APIConnectOptions, APIError, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.plugins.openai.tts import ChunkedStream

from livekit.plugins import openai


class ServerTTS(openai.TTS):
    """LiveKit's, but for the log: what people say in a room is not to be found there."""

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> ChunkedStream:
        return _Speech(tts=self, input_text=text, conn_options=conn_options)


class _Speech(ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        await super()._run(output_emitter)
        # The base class would say the same, with the text, and LiveKit logs it.
        output_emitter.end_input()
        await output_emitter.join()
        if output_emitter.pushed_duration() <= 0.0:
            raise APIError("the server's voice gave no audio")
