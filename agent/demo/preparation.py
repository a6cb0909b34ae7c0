"""What has to be there before anybody can speak: settings, models, livekit-server."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from agent.config import Settings, SettingsError, load_settings
from agent.engines import EngineError, check_recognisers, check_voices
from agent.evaluation.recording import Samples
from agent.models import MODELS, PROFILES, ModelError, Store
from agent.provisioning import LiveKitServer, LiveKitServerUnavailable, ensure_livekit_server
from agent.provisioning.progress import Progress

from .errors import DemoError, writing_to
from .options import DemoOptions
from .speech import load_speech

_AUDIO_MODEL = "demo-audio"
REASONS = (
    SettingsError,
    EngineError,
    ModelError,
    LiveKitServerUnavailable,
    OSError,
)
"""Why something cannot be used or got; each says what to do about it, or names the file."""


@dataclass(frozen=True)
class Preparation:
    """Everything that a run needs, checked."""

    settings: Settings
    speech: Samples
    server_binary: Path


def prepare(options: DemoOptions, progress: Progress) -> Preparation:
    """Check everything and get what is missing; minutes on a machine that has nothing.

    Raises:
        DemoError: something cannot be used or cannot be got.
    """
    try:
        settings = load_settings()
        check_recognisers(settings, options.source, variable="SOURCE")
        check_voices(settings, options.targets, variable="TARGETS")
        store = Store.from_settings(settings)
        audio = options.audio or store.ensure(_AUDIO_MODEL, progress) / "jfk.wav"
        speech = load_speech(audio)
        _check_output(options.output)
        ensure_models(store, settings, progress)
        binary = ensure_livekit_server(progress, settings.livekit_server)
    except REASONS as error:
        raise DemoError(str(error)) from None
    return Preparation(settings, speech, binary)


def _check_output(folder: Path) -> None:
    """Before minutes go by that would be in vain."""
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


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


def worker_environment(options: DemoOptions, server: LiveKitServer, events: Path) -> dict[str, str]:
    """Variables of the demo's worker."""
    return {
        **server_environment(server),
        "LIVEKIT_AGENTS_LOOP_BLOCK_WARN_MS": "100",
        "INTERPRETER_SOURCE_LANGUAGE": options.source,
        "INTERPRETER_TARGET_LANGUAGES": ",".join(options.targets),
        "INTERPRETER_EVENTS_FILE": str(events),
        # Who speaks and listens in the demo has no key.
        "INTERPRETER_ENCRYPTION__KEY": "",
        "INTERPRETER_ENCRYPTION__KEYS_FILE": "",
    }
