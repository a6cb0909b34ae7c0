"""The concrete plugins: how each is imported, loaded once, and made into engines of a stream."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from livekit.agents.llm import LLM
from livekit.agents.stt import STT
from livekit.agents.tts import TTS

from agent.config import STAGES, Settings

from .detection import speech_detector
from .files import ModelFiles
from .servers import Remote, ServerLanguageModel, ServerRecogniser, ServerVoices
from .types import EngineError
from .voices import Casting, Wish, voices_for

if TYPE_CHECKING:
    from livekit.plugins.faster_whisper import Task


class Shared(Protocol):
    """A model, or the way to a server, that all streams of the process share."""

    def warm_up(self) -> None:
        """Run it once, so that the first use is not slow. Blocks."""
        ...

    def close(self) -> None:
        """Free it. Blocks."""
        ...

    @property
    def busy(self) -> bool:
        """Whether it computes on this machine's processor now; any thread."""
        ...


@runtime_checkable
class OneAtATime(Protocol):
    """An engine on a single thread, behind which all work waits its turn."""

    @property
    def busy_seconds(self) -> float:
        """How long it has computed so far, on whichever device; any thread."""
        ...


class Recogniser(Shared, Protocol):
    def create(self, languages: Sequence[str], keyterms: Sequence[str] = ()) -> STT[Any]:
        """One for a speaker.

        Args:
            languages: the one that is spoken; of several, or any if there are none, it is detected.
            keyterms: names and terms to expect.

        Raises:
            ValueError: it does not know the languages.
        """
        ...

    def expect(self, stt: STT[Any], keyterms: Sequence[str]) -> None:
        """Have one that :meth:`create` gave expect other terms from now on."""
        ...

    def create_direct(self, language: str) -> STT[Any]:
        """One that writes English while ``language`` is spoken.

        Raises:
            ValueError: it cannot.
        """
        ...


class LanguageModel(Shared, Protocol):
    def create(self) -> LLM[Any]: ...


class Voices(Shared, Protocol):
    def create(self, language: str, wish: Wish, casting: Casting) -> TTS[Any]:
        """A voice of the language, for a speaker of a room.

        Raises:
            ValueError: there is none, or one that is configured does not exist.
        """
        ...


class _Whisper:
    def __init__(self, settings: Settings, folder: Path) -> None:
        from livekit.plugins import faster_whisper

        options = settings.stt
        self._policy = options.policy
        self._options = faster_whisper.StreamOptions(
            step_seconds=options.step_seconds,
            hold_seconds=options.hold_seconds,
            end_silence_seconds=options.end_silence_seconds,
        )
        self._recognizer = faster_whisper.Recognizer.load(
            folder,
            device=options.device,
            compute_type=options.compute_type,
            cpu_threads=options.threads,
            beam_size=options.beam_size,
            tune_allocator=True,
        )
        self._on_processor = options.device == "cpu"
        self._detector = speech_detector(options.end_silence_seconds)

    def create(self, languages: Sequence[str], keyterms: Sequence[str] = ()) -> STT[Any]:
        return self._create(languages, "transcribe", keyterms)

    def expect(self, stt: STT[Any], keyterms: Sequence[str]) -> None:
        from livekit.plugins import faster_whisper

        assert isinstance(stt, faster_whisper.STT)
        stt.update_options(keyterms=keyterms)

    def create_direct(self, language: str) -> STT[Any]:
        return self._create([language], "translate")

    def _create(
        self, languages: Sequence[str], task: "Task", keyterms: Sequence[str] = ()
    ) -> STT[Any]:
        from livekit.plugins import faster_whisper

        return faster_whisper.STT(
            languages=languages,
            task=task,
            keyterms=keyterms,
            policy=self._policy,
            options=self._options,
            vad=self._detector,
            recognizer=self._recognizer,
        )

    def warm_up(self) -> None:
        self._recognizer.warm_up()

    @property
    def busy(self) -> bool:
        return self._on_processor and self._recognizer.busy

    @property
    def busy_seconds(self) -> float:
        return self._recognizer.busy_seconds

    def close(self) -> None:
        self._recognizer.close()


class _LlamaCpp:
    def __init__(self, settings: Settings, file: Path, free_cores: Callable[[], int]) -> None:
        from livekit.plugins import llama_cpp

        options = settings.translation
        self._prompt_format = options.prompt_format or None
        self._runtime = llama_cpp.Runtime.load(
            file,
            n_ctx=options.context_tokens,
            n_threads=options.threads or 1,
            n_threads_batch=options.threads_batch,
            n_gpu_layers=options.gpu_layers,
            threads=None if options.threads else free_cores,
        )

    def create(self) -> LLM[Any]:
        from livekit.plugins import llama_cpp

        return llama_cpp.LLM(runtime=self._runtime, prompt_format=self._prompt_format)

    def warm_up(self) -> None:
        self._runtime.warm_up()

    @property
    def busy(self) -> bool:
        return self._runtime.load_count > 0

    def close(self) -> None:
        self._runtime.close()


class _Kokoro:
    def __init__(self, settings: Settings, folder: Path) -> None:
        from livekit.plugins import kokoro

        model = next(iter(sorted(folder.glob("*.onnx"))), folder / "kokoro-v1.0.int8.onnx")
        self._engine = kokoro.Engine.load(
            model=model, voices=folder / "voices-v1.0.bin", threads=settings.tts.threads
        )
        self._voices = settings.tts.voices.get("kokoro", {})

    def create(self, language: str, wish: Wish, casting: Casting) -> TTS[Any]:
        from livekit.plugins import kokoro

        names = voices_for(language, self._voices) or kokoro.voices_of(language)
        for name in names:
            self._engine.check_voice(name)
        voice = casting.cast(wish, {name: kokoro.gender_of(name) for name in names})
        return kokoro.TTS(language=language, voice=voice, engine=self._engine)

    def warm_up(self) -> None:
        # The first synthesis allocates the model's memory and loads the phonemizer.
        voice = self._engine.voice_names[0]
        self._engine.synthesize("One, two, three.", voice=voice, espeak_language="en-us", speed=1.0)

    @property
    def busy(self) -> bool:
        return self._engine.busy

    @property
    def busy_seconds(self) -> float:
        return self._engine.busy_seconds

    def close(self) -> None:
        self._engine.close()


class _EdgeTTS(Remote):
    def __init__(self, settings: Settings) -> None:
        proxy = settings.tts.edge_proxy
        self._proxy = proxy.get_secret_value() if proxy else None
        self._voices = settings.tts.voices.get("edge_tts", {})

    def create(self, language: str, wish: Wish, casting: Casting) -> TTS[Any]:
        from livekit.plugins import edge_tts

        names = voices_for(language, self._voices) or edge_tts.voices_of(language)
        voice = casting.cast(wish, {name: edge_tts.gender_of(name) for name in names})
        return edge_tts.TTS(language=language, voice=voice, proxy=self._proxy)


def import_plugins(settings: Settings) -> None:
    """Import the plugins that the settings name. On the main thread, where they can register.

    Raises:
        EngineError: one is not installed.
    """
    named = (*settings.stt.engines, *settings.translation.engines, *settings.tts.engines)
    for name in dict.fromkeys(named):
        import_plugin(name, settings)


def import_plugin(name: str, settings: Settings) -> None:
    """Import one of the plugins that the settings name. On the main thread.

    Raises:
        EngineError: it is not installed.
    """
    try:
        import_module(f"livekit.plugins.{name}")
    except ImportError as error:
        raise EngineError(
            f"{name} is configured and cannot be imported ({error}). `make setup -B` installs "
            f"every plugin; or take it out of {_lists(name, settings)}"
        ) from error


def _lists(name: str, settings: Settings) -> str:
    return ", ".join(
        f"INTERPRETER_{stage.upper()}"
        for stage in STAGES
        if name in getattr(settings, stage).engines
    )


def recogniser(name: str, settings: Settings, files: ModelFiles) -> Recogniser:
    """Load an engine of ``INTERPRETER_STT``."""
    if name == "faster_whisper":
        return _Whisper(settings, files.folder("stt"))
    return ServerRecogniser(settings)


def language_model(
    name: str, settings: Settings, files: ModelFiles, free_cores: Callable[[], int]
) -> LanguageModel:
    """Load an engine of ``INTERPRETER_TRANSLATION``.

    Args:
        free_cores: asked again and again how many threads it may take.
    """
    if name == "llama_cpp":
        return _LlamaCpp(settings, files.gguf(), free_cores)
    return ServerLanguageModel(settings)


def voices(name: str, settings: Settings, files: ModelFiles) -> Voices:
    """Load an engine of ``INTERPRETER_TTS``."""
    if name == "kokoro":
        return _Kokoro(settings, files.folder("tts"))
    if name == "edge_tts":
        return _EdgeTTS(settings)
    return ServerVoices(settings)
