"""What has to be there before anybody can speak: settings, models, livekit-server."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from agent.config import Settings, load_settings
from agent.engines import check_recognisers, check_voices
from agent.evaluation.recording import Samples
from agent.local.errors import LocalRunError
from agent.local.preparation import REASONS, ensure_models, server_environment
from agent.models import Store
from agent.provisioning import LiveKitServer, ensure_livekit_server
from agent.provisioning.progress import Progress

from .options import DemoOptions
from .output import writing_to
from .speech import load_speech

_AUDIO_MODEL = "demo-audio"


@dataclass(frozen=True)
class Preparation:
    """Everything that a run needs, checked."""

    settings: Settings
    speech: Samples
    server_binary: Path


def prepare(options: DemoOptions, progress: Progress) -> Preparation:
    """Check everything and get what is missing; minutes on a machine that has nothing.

    Raises:
        LocalRunError: something cannot be used or cannot be got.
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
        raise LocalRunError(str(error)) from None
    return Preparation(settings, speech, binary)


def _check_output(folder: Path) -> None:
    """Before minutes go by that would be in vain."""
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


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
