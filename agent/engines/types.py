"""What the room asks of engines, whatever they are."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from livekit.agents.llm import LLM
from livekit.agents.stt import STT
from livekit.agents.tts import TTS

from agent.terms import Terms
from livekit.plugins import cascade

from .voices import ANYBODY, Wish


class EngineError(ValueError):
    """An engine that cannot be used as configured; the text names the setting and the fix."""


@dataclass(frozen=True)
class Voice:
    """A voice of one route, and how to change the speed of what it says next."""

    tts: TTS[Any]
    set_speed: Callable[[float], None] | None = None
    members: tuple[TTS[Any], ...] = ()

    async def aclose(self) -> None:
        """Close the voice; models that it shares stay."""
        for engine in (self.tts, *self.members):
            await engine.aclose()


class EngineSet(Protocol):
    """What speakers and routes get their engines from. The caller closes what it got."""

    def for_room(self) -> Self:
        """The same engines with terms of its own.

        Models are shared and stay this one's to free.
        """
        ...

    def use_terms(self, terms: Terms) -> None:
        """Have all that was and will be got from here use these, before those of the settings."""
        ...

    def stt(self, languages: tuple[str, ...]) -> STT[Any]:
        """A recogniser for one speaker.

        Args:
            languages: the one that is spoken; of several, or any if there are none, it is detected.

        Raises:
            ValueError: no engine knows the languages.
        """
        ...

    def direct(self, source_language: str, target_language: str) -> STT[Any] | None:
        """A recogniser for one route that writes the target language; None to go by text.

        Raises:
            ValueError: the settings ask for one and there is none.
        """
        ...

    def llm(self) -> LLM[Any]:
        """A translator's model for one route."""
        ...

    def translator(
        self, model: LLM[Any], source_language: str, target_language: str
    ) -> cascade.LLMTranslator:
        """The translator of one route over ``model``."""
        ...

    def tts(self, language: str, wish: Wish = ANYBODY) -> Voice:
        """A voice for one route, another one for each speaker as far as there are enough.

        Raises:
            ValueError: no engine speaks the language.
        """
        ...

    def forget(self, speaker: str) -> None:
        """Somebody has left the room, and others may have their voices."""
        ...

    def busy_seconds(self) -> Mapping[str, float]:
        """How long each engine whose work waits in one queue has computed so far; any thread.

        Translation is none of them: its requests run together, and for a speaker alone it
        computes all the time where the machine is slow, since it drafts whatever it has the time
        for. What it takes of the processor counts as the process's.
        """
        ...

    def close(self) -> None:
        """Free all models. Blocks."""
        ...


class Holder:
    """Loads engines once in a process, however many threads ask; with THREAD jobs they all do."""

    def __init__(self, load: Callable[[], EngineSet]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._engines: EngineSet | None = None

    def get(self) -> EngineSet:
        """The engines; blocks while another thread loads them.

        Raises:
            EngineError: they cannot be loaded. The next call tries again.
        """
        with self._lock:
            if self._engines is None:
                self._engines = self._load()
            return self._engines

    def close(self) -> None:
        """Free what was loaded, if anything was. Blocks."""
        with self._lock:
            engines, self._engines = self._engines, None
        if engines is not None:
            engines.close()
