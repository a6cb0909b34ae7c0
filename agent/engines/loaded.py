"""The engines that the settings name, over models that are loaded once."""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, Self, TypeVar
from weakref import WeakKeyDictionary, WeakSet

from livekit.agents import APIError
from livekit.agents.llm import LLM
from livekit.agents.stt import STT

from agent.config import Settings
from agent.load import available_cores
from agent.models import ModelError
from agent.provisioning.progress import PlainProgress
from agent.routing import only, same_language
from agent.terms import Terms, terms_of
from livekit.plugins import cascade

from .cores import FreeCores, OtherProcesses
from .fallbacks import LlmFallback, SttFallback, TtsFallback
from .files import ModelFiles
from .languages import DIRECT, ON_DEMAND, SOURCE, TARGETS, any_of, require
from .plugins import (
    LanguageModel,
    OneAtATime,
    Recogniser,
    Shared,
    Voices,
    import_plugins,
    language_model,
    recogniser,
    voices,
)
from .priority import at_niceness
from .types import EngineError, Voice
from .voices import ANYBODY, Casting, Wish

logger = logging.getLogger("interpreter.engines")

S = TypeVar("S", bound=Shared)


class Engines:
    """One process's engines; an :class:`.types.EngineSet`. Use :meth:`load`."""

    def __init__(
        self,
        settings: Settings,
        *,
        recognisers: Sequence[Recogniser],
        models: Sequence[LanguageModel],
        voices: Sequence[Voices],
    ) -> None:
        self._settings = settings
        self._recognisers = recognisers
        self._models = models
        self._voices = voices
        self._terms = terms_of(settings)
        self._casting = Casting()
        # What is in use somewhere and has to be told when the terms change.
        self._expecting = WeakKeyDictionary[STT[Any], tuple[Recogniser, str | None]]()
        self._translators = WeakSet[cascade.LLMTranslator]()

    @classmethod
    def load(cls, settings: Settings, progress: Callable[[str], object] = logger.info) -> Self:
        """Load every model once; blocks for seconds, or for a download.

        Outside the main thread :func:`.plugins.import_plugins` has to have run on it before.

        Args:
            progress: told each step.

        Raises:
            EngineError: a setting, a model file or a language that the engines cannot work with.
        """
        import_plugins(settings)
        files = ModelFiles(settings, progress)
        free_cores = FreeCores(available_cores(), others=OtherProcesses(), machine=os.cpu_count())
        model = partial(language_model, free_cores=free_cores)
        with ExitStack() as undo:

            def load(
                name: str, create: Callable[[str, Settings, ModelFiles], S], niceness: int = 0
            ) -> S:
                load_it = partial(_load, name, lambda: create(name, settings, files), progress)
                engine = at_niceness(niceness, load_it)
                undo.callback(engine.close)
                return engine

            engines = cls(
                settings,
                recognisers=[
                    load(name, recogniser, settings.stt.niceness) for name in settings.stt.engines
                ],
                models=[load(name, model) for name in settings.translation.engines],
                voices=[load(name, voices, settings.tts.niceness) for name in settings.tts.engines],
            )
            engines.check_languages()
            engines.share_cores(free_cores)
            undo.pop_all()
        return engines

    def for_room(self) -> Self:
        """See :class:`EngineSet`."""
        return type(self)(
            self._settings,
            recognisers=self._recognisers,
            models=self._models,
            voices=self._voices,
        )

    def use_terms(self, terms: Terms) -> None:
        """See :class:`EngineSet`."""
        self._terms = terms.over(terms_of(self._settings))
        for stt, (engine, language) in tuple(self._expecting.items()):
            engine.expect(stt, self._terms.expected(language))
        for translator in tuple(self._translators):
            translator.update_options(
                **self.translation_options(translator.source_language, translator.target_language)
            )

    def stt(self, languages: tuple[str, ...]) -> STT[Any]:
        """See :class:`EngineSet`."""
        found = any_of(self._recognisers, lambda engine: self._expectant(engine, languages))
        return found[0] if len(found) == 1 else SttFallback(found)

    def _expectant(self, engine: Recogniser, languages: tuple[str, ...]) -> STT[Any]:
        spoken = only(languages)
        stt = engine.create(languages, self._terms.expected(spoken))
        self._expecting[stt] = engine, spoken
        return stt

    def direct(self, source_language: str, target_language: str) -> STT[Any] | None:
        """See :class:`EngineSet`."""
        wanted = any(same_language(source_language, d) for d in self._settings.direct_languages)
        if not wanted or not same_language(target_language, "en"):
            return None
        return self.translating(source_language)

    def translating(self, language: str) -> STT[Any]:
        """A recogniser that writes English while ``language`` is spoken.

        Raises:
            ValueError: no engine does.
        """
        found = any_of(self._recognisers, lambda engine: engine.create_direct(language))
        return found[0] if len(found) == 1 else SttFallback(found)

    def llm(self) -> LLM[Any]:
        """See :class:`EngineSet`."""
        found = [engine.create() for engine in self._models]
        return found[0] if len(found) == 1 else LlmFallback(found)

    def translator(
        self, model: LLM[Any], source_language: str, target_language: str
    ) -> cascade.LLMTranslator:
        """See :class:`EngineSet`."""
        translator = cascade.LLMTranslator(
            model,
            source_language=source_language,
            target_language=target_language,
            **self.translation_options(source_language, target_language),
        )
        self._translators.add(translator)
        return translator

    def translation_options(self, source_language: str, target_language: str) -> dict[str, Any]:
        """Keywords for :class:`livekit.plugins.cascade.LLMTranslator`."""
        domain, glossary = self._terms.domain, self._terms.glossary_into(target_language)
        keywords: dict[str, Any] = {"domain": domain, "glossary": glossary}
        if "llama_cpp" in self._settings.translation.engines:
            # For models that take no instructions; a server's leaves it out.
            keywords["extra_kwargs"] = {
                "source_language": source_language,
                "target_language": target_language,
                "glossary": glossary,
                "background": domain,
            }
        return keywords

    def tts(self, language: str, wish: Wish = ANYBODY) -> Voice:
        """See :class:`EngineSet`."""
        found = any_of(self._voices, lambda engine: engine.create(language, wish, self._casting))
        if len(found) == 1:
            return Voice(found[0], _speed_setter(found))
        return Voice(TtsFallback(found), _speed_setter(found), tuple(found))

    def forget(self, speaker: str) -> None:
        """See :class:`EngineSet`."""
        self._casting.forget(speaker)

    def check_languages(self) -> None:
        """Make sure that every configured language has a recogniser and a voice.

        Raises:
            EngineError: naming the setting, and the languages there are.
        """
        spoken = self._settings.source_language
        require(SOURCE, ", ".join(spoken), partial(self.stt, spoken))
        for language in self._settings.direct_languages:
            require(DIRECT, language, partial(self.translating, language))
        for variable, languages in (
            (TARGETS, self._settings.target_languages),
            (ON_DEMAND, self._settings.on_demand_languages),
        ):
            for language in languages:
                require(variable, language, partial(self.tts, language))

    def share_cores(self, free: FreeCores) -> None:
        """Tell ``free`` when recognition and voices need cores."""
        for engines, threads in (
            (self._recognisers, self._settings.stt.threads),
            (self._voices, self._settings.tts.threads),
        ):
            for engine in engines:
                free.share_with(partial(getattr, engine, "busy"), threads)

    def busy_seconds(self) -> dict[str, float]:
        """See :class:`EngineSet`."""
        stt, tts = self._settings.stt.engines, self._settings.tts.engines
        named = (*zip(stt, self._recognisers, strict=False), *zip(tts, self._voices, strict=False))
        return {name: e.busy_seconds for name, e in named if isinstance(e, OneAtATime)}

    def close(self) -> None:
        """Free all models. Blocks."""
        for engine in (*self._recognisers, *self._models, *self._voices):
            engine.close()


def _load(name: str, create: Callable[[], S], progress: Callable[[str], object]) -> S:
    """Create an engine and run it once, telling what happens."""
    with PlainProgress(progress).task(f"loading {name}", None):
        try:
            engine = create()
            engine.warm_up()
        except EngineError:
            raise
        except (ModelError, OSError, ValueError, RuntimeError, APIError) as error:
            raise EngineError(f"{name} cannot be loaded: {error}") from error
    return engine


def _speed_setter(members: Iterable[Any]) -> Callable[[float], None]:
    engines = tuple(members)

    def set_speed(speed: float) -> None:
        for engine in engines:
            engine.update_options(speed=speed)

    return set_speed
