"""The systems that a replay can run: the cascade, and the ways of working it is compared with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, get_args

from livekit.agents import stt, tts, vad

from livekit.plugins.cascade import (
    Hypothesis,
    OnPartial,
    PolicyOptions,
    TargetOptions,
    TranslationRequest,
    Translator,
)

from .metering import working

SystemName: TypeAlias = Literal["cascade", "sentence-wait", "utterance"]
SYSTEMS: tuple[SystemName, ...] = get_args(SystemName)

# More words than any sentence has: nothing is drafted, so nothing is committed before the end.
_NEVER = 10_000


@dataclass(frozen=True, slots=True)
class VoiceEngine:
    """A voice and, where it has one, the setter of its speed."""

    tts: tts.TTS[Any]
    set_speed: Callable[[float], None] | None


class Engines(Protocol):
    """What :mod:`agent.engines` offers of one process's models."""

    def stt(self, language: str) -> stt.STT[Any]: ...

    def translator(self, source_language: str, target_language: str) -> Translator: ...

    def voice(self, language: str) -> VoiceEngine: ...

    def vad(self) -> vad.VAD: ...


class CountedTranslator:
    """A translator whose model computes on a thread of its own, made known to the replay's loop."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator

    @property
    def source_language(self) -> str:
        return self._translator.source_language

    @property
    def target_language(self) -> str:
        return self._translator.target_language

    async def translate(
        self, request: TranslationRequest, on_partial: OnPartial | None = None
    ) -> Hypothesis:
        """See :class:`Translator`."""
        with working("translation"):
            return await self._translator.translate(request, on_partial)


@dataclass(frozen=True, slots=True)
class System:
    """A way of putting the same engines together.

    * ``cascade``: as the worker does it.
    * ``sentence-wait``: the same, but a sentence is translated when it is complete.
    * ``utterance``: the sequential plan. Nothing is recognised before the speaker pauses (VAD),
      then the utterance is recognised, translated and spoken.
    """

    name: SystemName

    def recogniser(self, engines: Engines, language: str) -> stt.STT[Any]:
        """Streaming recogniser of the system."""
        recogniser = engines.stt(language)
        if self.name != "utterance":
            return recogniser
        return stt.StreamAdapter(stt=recogniser, vad=engines.vad())

    @property
    def target_options(self) -> TargetOptions | None:
        """None for the cascade's defaults."""
        if self.name == "cascade":
            return None
        return TargetOptions(policy=PolicyOptions(min_source_words=_NEVER))
