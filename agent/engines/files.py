"""The model files that the settings name."""

from collections.abc import Callable
from pathlib import Path

from agent.config import STAGES, Settings
from agent.models import MODELS, PROFILES, Store
from agent.provisioning.progress import PlainProgress

from .types import EngineError


class ModelFiles:
    """Finds or fetches the models that the settings name."""

    def __init__(self, settings: Settings, progress: Callable[[str], object]) -> None:
        self._settings = settings
        self._progress = PlainProgress(progress)
        self._store = Store.from_settings(settings)
        self._defaults = dict(zip(STAGES, PROFILES[settings.profile], strict=True))

    def folder(self, stage: str) -> Path:
        """Folder of a stage's model."""
        chosen = getattr(self._settings, stage).model or self._defaults[stage]
        if chosen in MODELS:
            return self._store.ensure(chosen, self._progress)
        path = Path(chosen).expanduser()
        if not path.exists():
            raise EngineError(
                f"INTERPRETER_{stage.upper()}__MODEL: {chosen} is neither a file or folder nor a "
                f"model of the catalogue ({', '.join(sorted(MODELS))})"
            )
        return path

    def gguf(self) -> Path:
        """The language model's file."""
        path = self.folder("translation")
        if path.is_file():
            return path
        found = sorted(path.glob("*.gguf"))
        if not found:
            raise EngineError(f"INTERPRETER_TRANSLATION__MODEL: there is no .gguf file in {path}")
        return found[0]
