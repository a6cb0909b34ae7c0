"""Whether the configured engines know the languages that are wanted, before a model is there."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from agent.config import Settings, SttEngineName, TtsEngineName

from .plugins import import_plugin
from .types import EngineError
from .voices import voices_for

T = TypeVar("T")
E = TypeVar("E")

SOURCE = "INTERPRETER_SOURCE_LANGUAGE"
DIRECT = "INTERPRETER_DIRECT_LANGUAGES"
TARGETS = "INTERPRETER_TARGET_LANGUAGES"
ON_DEMAND = "INTERPRETER_ON_DEMAND_LANGUAGES"


def check_recognisers(settings: Settings, *languages: str, variable: str = SOURCE) -> None:
    """Make sure that for each language there is an engine in the list that recognises it.

    Needs no model file; imports the recognisers' plugins, on the main thread. A model that knows
    fewer languages than its kind is found out when it is loaded.

    Args:
        languages: none where any may be spoken.
        variable: what the user has set the languages with.

    Raises:
        EngineError: naming the variable, and the languages there are.
    """
    for name in settings.stt.engines:
        import_plugin(name, settings)
    for language in languages:
        check = partial(_check_recogniser, language)
        require(variable, language, partial(any_of, settings.stt.engines, check))


def check_voices(settings: Settings, languages: Iterable[str], *, variable: str = TARGETS) -> None:
    """Make sure that for each language there is an engine in the list that speaks it.

    Needs no model file; imports the voices' plugins, on the main thread, where they can register.

    Args:
        variable: what the user has set the languages with.

    Raises:
        EngineError: naming the variable, and the languages there are or what is to be installed.
    """
    for name in settings.tts.engines:
        import_plugin(name, settings)
    for language in languages:
        check = partial(_check_voice, settings, language)
        require(variable, language, partial(any_of, settings.tts.engines, check))


def require(variable: str, language: str, use: Callable[[], object]) -> None:
    """Try to use a language, or several at a time.

    Raises:
        EngineError: it cannot be; with the reason of the ValueError that ``use`` has raised.
    """
    try:
        use()
    except ValueError as error:
        raise EngineError(f"{variable}: {language} cannot be used: {error}") from None


def any_of(engines: Sequence[E], use: Callable[[E], T]) -> list[T]:
    """What the engines that know the language give.

    Raises:
        ValueError: none does; with what each of them says.
    """
    found, reasons = [], []
    for engine in engines:
        try:
            found.append(use(engine))
        except ValueError as error:
            reasons.append(str(error))
    if not found:
        raise ValueError("; ".join(reasons))
    return found


def _check_recogniser(language: str, engine: SttEngineName) -> None:
    """Raise a ValueError if the engine does not know the language; a server's are not known."""
    if engine == "faster_whisper":
        from livekit.plugins import faster_whisper

        faster_whisper.check_language(language)


def _check_voice(settings: Settings, language: str, engine: TtsEngineName) -> None:
    """Raise a ValueError if the engine does not speak the language.

    A server's languages are not known; a voice of the network that is named speaks its own.
    """
    if engine == "kokoro":
        from livekit.plugins import kokoro

        kokoro.check_language(language)
    elif engine == "edge_tts" and not voices_for(language, settings.tts.voices.get(engine, {})):
        from livekit.plugins import edge_tts

        edge_tts.voice_of(language)
