"""The systems that a replay can run: the cascade, and the ways of working it is compared with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, TypeAlias, get_args

from livekit.agents import stt, tts, vad

from livekit.plugins.cascade import (
    CALM,
    DIRECT_POLICY,
    PROMPT,
    ChunkerOptions,
    Delivery,
    DirectTranslator,
    Hypothesis,
    OnPartial,
    PacingOptions,
    SegmenterOptions,
    TargetOptions,
    TranslationRequest,
    Translator,
)
from livekit.plugins.cascade.policy import options_for
from livekit.plugins.cascade.text import base_language

from .metering import working

SystemName: TypeAlias = Literal[
    "cascade", "room", "calm", "sentence-wait", "utterance", "example", "direct"
]
SYSTEMS: tuple[SystemName, ...] = get_args(SystemName)

# More than any sentence has of words, or any speech of seconds: with so many source words to wait
# for nothing is drafted, so nothing is committed before the end.
_NEVER = 10_000
_WHOLE = ChunkerOptions(
    min_words=_NEVER,
    min_characters=_NEVER,
    later_words=_NEVER,
    later_characters=_NEVER,
    max_characters=_NEVER,
    dry_characters=_NEVER,
    first_characters=_NEVER,
    margin_seconds=_NEVER,
    complete_margin_seconds=_NEVER,
)
_UNHURRIED = Delivery(_WHOLE, PacingOptions(max_speed=1.0, hard_cap=1.0, drop_seconds=_NEVER))


@dataclass(frozen=True, slots=True)
class VoiceEngine:
    """A voice, where it has one the setter of its speed, and how it is to speak."""

    tts: tts.TTS[Any]
    set_speed: Callable[[float], None] | None
    delivery: Delivery = PROMPT


class Engines(Protocol):
    """What :mod:`agent.engines` offers of one process's models."""

    def direct(self, language: str) -> stt.STT[Any]: ...

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
    * ``room``: the worker itself, in a room of a real livekit-server with a speaker and listeners.
    * ``calm``: the cascade whose voice waits for phrases, see :data:`CALM`.
    * ``sentence-wait``: the same, but a sentence is translated when it is complete.
    * ``utterance``: the sequential plan. Nothing is recognised before the speaker pauses (VAD),
      then the utterance is recognised, translated and spoken.
    * ``example``: the shape of LiveKit's multi-user-translator. Words as they are recognised, a
      sentence translated without context when it ends or its speaker pauses, spoken whole, at
      natural speed, however long the queue.
    * ``direct``: the recogniser writes English whatever is spoken, and no other model translates.
    """

    name: SystemName

    def recogniser(self, engines: Engines, language: str) -> stt.STT[Any]:
        """Streaming recogniser of the system."""
        if self.name == "direct":
            return engines.direct(language)
        recogniser = engines.stt(language)
        if self.name != "utterance":
            return recogniser
        # Imported here, since scoring needs none of the engines.
        from agent.engines.utterances import UtteranceAdapter

        return UtteranceAdapter(stt=recogniser, vad=engines.vad())

    def translator(self, engines: Engines, source: str, target: str) -> Translator:
        """Between two languages.

        Raises:
            ValueError: the system writes another language than ``target``.
        """
        if self.name != "direct":
            return engines.translator(source, target)
        if base_language(target) != "en":
            raise ValueError(f"direct writes English, not {target}; use --targets en")
        return DirectTranslator(source_language=source, target_language=target)

    def written_language(self, spoken: str) -> str | None:
        """Language of the recognised words; None where the recogniser says it."""
        return None if self.name == "direct" else spoken

    @property
    def segmenter_options(self) -> SegmenterOptions | None:
        """None for the cascade's defaults."""
        if self.name in {"cascade", "room", "calm", "direct"}:
            return None
        if self.name == "sentence-wait":
            # It waits for sentences, so these stay whole unless they are very long.
            return SegmenterOptions()
        if self.name == "utterance":
            # A pause has passed already when an utterance is recognised.
            return SegmenterOptions(pause_seconds=0.0)
        return SegmenterOptions(
            clause_words=_NEVER,
            clause_seconds=_NEVER,
            max_words=_NEVER,
            max_seconds=_NEVER,
            pause_seconds=0.0,
        )

    def target_options(
        self, source_language: str, target_language: str, delivery: Delivery
    ) -> TargetOptions:
        """For one language pair, and voices that speak like this as far as the system lets them."""
        if self.name in {"cascade", "room"}:
            return TargetOptions(delivery=delivery)
        if self.name == "calm":
            return TargetOptions(delivery=CALM.at_most(delivery.pacing.hard_cap))
        if self.name == "direct":
            return TargetOptions(policy=DIRECT_POLICY, delivery=delivery)
        policy = replace(options_for(source_language, target_language), min_source_words=_NEVER)
        if self.name != "example":
            # They are late by design; what they say late is not given up.
            pacing = replace(delivery.pacing, drop_seconds=_NEVER)
            return TargetOptions(policy=policy, delivery=replace(delivery, pacing=pacing))
        return TargetOptions(
            policy=policy,
            delivery=_UNHURRIED,
            context_pairs=0,
            most_context_pairs=0,
        )
