"""The worker that ``python -m livekit.agents start agent/worker.py`` runs."""

import logging

from agent.config import Settings, SettingsError, load_settings
from agent.engines import (
    ON_DEMAND,
    EngineError,
    Engines,
    check_recognisers,
    check_voices,
    import_plugins,
)
from agent.server import InterpreterServer

logger = logging.getLogger("interpreter.worker")


def create_server() -> InterpreterServer:
    """The worker as the environment configures it.

    Raises:
        SystemExit: it configures something that cannot be.
    """
    try:
        settings = load_settings()
        # Plugins register on the main thread, before models are loaded on another.
        import_plugins(settings)
        check_recognisers(settings, *settings.source_language)
        check_voices(settings, settings.target_languages)
        check_voices(settings, settings.on_demand_languages, variable=ON_DEMAND)
    except (SettingsError, EngineError) as error:
        raise SystemExit(f"error: {error}") from None
    return InterpreterServer(settings, lambda: _load(settings))


def _load(settings: Settings) -> Engines:
    return Engines.load(settings, logger.info)


server = create_server()
