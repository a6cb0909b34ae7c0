"""What has to be there before server and worker can start: models, and what the worker is told."""

from __future__ import annotations

from agent.config import Settings, SettingsError
from agent.engines import EngineError
from agent.models import MODELS, PROFILES, ModelError, Store
from agent.provisioning import LiveKitServer, LiveKitServerUnavailable
from agent.provisioning.progress import Progress

REASONS = (
    SettingsError,
    EngineError,
    ModelError,
    LiveKitServerUnavailable,
    OSError,
)
"""Why something cannot be used or got; each says what to do about it, or names the file."""


def ensure_models(store: Store, settings: Settings, progress: Progress) -> None:
    """Get the models that the settings name, where they are missing.

    Raises:
        ModelError: one cannot be got.
    """
    for model in needed_models(settings):
        store.ensure(model, progress)


def needed_models(settings: Settings) -> list[str]:
    """Models of the store that the settings name, in the order in which they work.

    A model that is given as a path is the user's own and is not fetched.
    """
    recognition, translation, voice = PROFILES[settings.profile]
    models = [
        (settings.stt.model or recognition) if "faster_whisper" in settings.stt.engines else "",
        (settings.translation.model or translation)
        if "llama_cpp" in settings.translation.engines
        else "",
        (settings.tts.model or voice) if "kokoro" in settings.tts.engines else "",
    ]
    return [model for model in models if model in MODELS]


def server_environment(server: LiveKitServer) -> dict[str, str]:
    """Variables that tie a worker to a server of its own and to nothing else; engines stay as the
    user has set them."""
    return {
        "LIVEKIT_URL": server.url,
        "LIVEKIT_API_KEY": server.api_key,
        "LIVEKIT_API_SECRET": server.api_secret,
        "LIVEKIT_AGENT_NAME": "",
        "INTERPRETER_AGENT_NAME": "",
        "INTERPRETER_LOG_LEVEL": "INFO",
        "INTERPRETER_HOST": "127.0.0.1",
        "INTERPRETER_PORT": "0",
        # Those of .env are for the worker that it is written for.
        "INTERPRETER_METRICS_PORT": "",
        "INTERPRETER_EVENTS_FILE": "",
        "PYTHONUNBUFFERED": "1",
    }
