"""Engine lists, fallbacks and what is said when they cannot be used."""

import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import APIConnectOptions, llm, stt, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from agent.config import Settings
from agent.engines import EngineError, Engines, EngineSet, Holder, Wish, import_plugins
from agent.engines.cores import FreeCores
from agent.engines.files import ModelFiles
from agent.engines.plugins import language_model
from agent.engines.voices import Casting
from agent.terms import Terms
from tests.fakes.engines import FakeEngines, FakeLLM, FakeSTT, FakeTTS

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]


class Shared:
    """A loaded engine that knows some languages."""

    def __init__(self, *languages: str) -> None:
        self.languages = languages
        self.closed = False
        self.busy = False

    def warm_up(self) -> None:
        return

    def close(self) -> None:
        self.closed = True

    def _check(self, *languages: str) -> None:
        for language in languages:
            if language not in self.languages:
                raise ValueError(f"no {language}; there are: {', '.join(self.languages)}")


class Recogniser(Shared):
    def __init__(self, *languages: str) -> None:
        super().__init__(*languages)
        self.expected: tuple[str, ...] = ()
        self.told: dict[stt.STT[Any], tuple[str, ...]] = {}

    def create(self, languages: Sequence[str], keyterms: Sequence[str] = ()) -> stt.STT[Any]:
        self._check(*languages)
        self.expected = tuple(keyterms)
        return FakeSTT(languages)

    def expect(self, stt: stt.STT[Any], keyterms: Sequence[str]) -> None:
        self.told[stt] = tuple(keyterms)

    def create_direct(self, language: str) -> stt.STT[Any]:
        self._check(language)
        return FakeSTT([language], writes="en")


class Model(Shared):
    def create(self) -> llm.LLM[Any]:
        return FakeLLM()


class SpokenTTS(FakeTTS):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.speed = 1.0
        self.retries: int | None = None

    def update_options(self, *, speed: float) -> None:
        self.speed = speed

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        self.retries = conn_options.max_retry
        return super().synthesize(text, conn_options=conn_options)


class Voices(Shared):
    def create(self, language: str, wish: Wish, casting: Casting) -> tts.TTS[Any]:
        self._check(language)
        return SpokenTTS(casting.cast(wish, {"anna": "female", "otto": "male"}))


def _engines(*voices: Voices, **changes: Any) -> Engines:
    return Engines(
        Settings(**changes), recognisers=[Recogniser("en")], models=[Model()], voices=voices
    )


def test_translation_leaves_cores_to_engines_that_compute() -> None:
    free, voices = FreeCores(4), Voices("es")
    engines = _engines(voices, tts={"threads": 2})
    engines.share_cores(free)
    assert free() == 4
    voices.busy = True
    assert free() == 2


def test_engines_that_work_on_one_thread_tell_how_long_they_have() -> None:
    class OneThread(Voices):
        busy_seconds = 7.0

    engines = _engines(Voices("es"), OneThread("es"), tts={"engines": ("edge_tts", "kokoro")})
    assert engines.busy_seconds() == {"kokoro": 7.0}
    assert engines.for_room().busy_seconds() == {"kokoro": 7.0}


def test_one_engine_is_used_as_it_is() -> None:
    engines = _engines(Voices("es"))
    assert isinstance(engines.stt(("en",)), FakeSTT)
    assert isinstance(engines.llm(), FakeLLM)
    assert isinstance(engines.tts("es").tts, SpokenTTS)


async def test_several_engines_fall_back_on_each_other() -> None:
    voice = _engines(Voices("es"), Voices("es", "fr")).tts("es")
    assert isinstance(voice.tts, tts.FallbackAdapter)
    assert voice.set_speed is not None
    voice.set_speed(1.2)
    assert [member.speed for member in voice.members if isinstance(member, SpokenTTS)] == [1.2, 1.2]
    await voice.aclose()


async def test_the_next_voice_speaks_as_soon_as_one_fails() -> None:
    voice = _engines(Voices("es"), Voices("es")).tts("es")
    first, second = (member for member in voice.members if isinstance(member, SpokenTTS))
    first.reachable = False
    await voice.tts.synthesize("uno").collect()
    assert (first.retries, second.retries) == (0, 0)
    await voice.aclose()


def test_each_speaker_of_a_room_has_a_voice_of_their_own() -> None:
    engines = _engines(Voices("es"))
    room, other = engines.for_room(), engines.for_room()

    def name(room: Engines, speaker: str, wish: str = "") -> str:
        voice = room.tts("es", Wish(speaker, wish)).tts
        assert isinstance(voice, SpokenTTS)
        return voice.name

    assert [name(room, "ana"), name(room, "ben"), name(room, "ana")] == ["anna", "otto", "anna"]
    assert name(other, "ben") == "anna", "rooms do not know of each other"
    room.forget("ben")
    assert name(room, "carl", "male") == "otto"


def test_an_engine_that_does_not_know_the_language_is_left_out() -> None:
    assert isinstance(_engines(Voices("es"), Voices("es", "fr")).tts("fr").tts, SpokenTTS)


def test_a_language_without_a_voice_names_the_setting_and_the_languages() -> None:
    engines = _engines(Voices("es"), Voices("fr"), target_languages=("es", "sv"))
    with pytest.raises(EngineError, match="INTERPRETER_TARGET_LANGUAGES: sv .*es.*fr"):
        engines.check_languages()


def test_a_language_without_a_recogniser_names_the_setting() -> None:
    engines = _engines(Voices("es", "fr"), source_language=("sv",))
    with pytest.raises(EngineError, match="INTERPRETER_SOURCE_LANGUAGE: sv .*there are: en"):
        engines.check_languages()


def test_a_direct_language_goes_into_english_without_text_in_between() -> None:
    engines = _engines(Voices("en", "es"), direct_languages=("en",))
    direct = engines.direct("en", "en-US")
    assert isinstance(direct, FakeSTT) and direct.writes == "en"
    assert engines.direct("en", "es") is None
    assert engines.direct("fr", "en") is None


def test_a_direct_language_that_nothing_translates_names_the_setting() -> None:
    engines = _engines(Voices("es", "fr"), direct_languages=("ja",))
    with pytest.raises(EngineError, match="INTERPRETER_DIRECT_LANGUAGES: ja .*there are: en"):
        engines.check_languages()


def test_glossary_and_domain_reach_the_translator() -> None:
    settings = {"domain": "medicine", "glossary": {"es": {"stent": "endoprótesis"}}}
    options = _engines(Voices("es"), translation=settings).translation_options("en", "es")
    assert options["domain"] == "medicine"
    assert options["glossary"] == {"stent": "endoprótesis"}
    assert options["extra_kwargs"]["target_language"] == "es"
    assert _engines(Voices("es")).translation_options("en", "fr")["glossary"] == {}


def test_terms_of_a_room_go_before_those_of_the_settings() -> None:
    recogniser = Recogniser("en")

    def expected(engines: Engines) -> tuple[str, ...]:
        engines.stt(("en",))
        return recogniser.expected

    settings = Settings(
        stt={"keyterms": ("LiveKit",)},
        translation={"domain": "medicine", "glossary": {"es": {"stent": "a", "lead": "b"}}},
    )
    engines = Engines(settings, recognisers=[recogniser], models=[], voices=[])
    terms = Terms(keyterms=("Hygieia",), glossary={"es": {"stent": "c"}, "fr": {"node": "d"}})
    in_the_room = engines.for_room()
    in_the_room.use_terms(terms)
    assert expected(in_the_room) == ("Hygieia", "LiveKit", "stent", "lead", "node")
    assert expected(engines) == ("LiveKit", "stent", "lead")
    options = in_the_room.translation_options("en", "es-MX")
    assert options["glossary"] == {"stent": "c", "lead": "b"}
    assert options["domain"] == "medicine"


def test_terms_that_change_reach_what_is_in_use() -> None:
    recogniser = Recogniser("en", "de")
    engines = Engines(Settings(), recognisers=[recogniser], models=[], voices=[])
    one, other = engines.for_room(), engines.for_room()
    english, german, elsewhere = one.stt(("en",)), one.stt(("de",)), other.stt(("en",))
    translator = one.translator(FakeLLM(), "en", "es")
    one.use_terms(Terms(glossary={"es": {"stent": "a"}, "de": {"lead": "b"}}))
    assert recogniser.told == {english: ("lead", "stent"), german: ("stent",)}
    assert elsewhere not in recogniser.told
    assert translator._glossary.told("a stent") == {"stent": "a"}
    one.use_terms(Terms())
    assert recogniser.told == {english: (), german: ()}
    assert not translator._glossary.told("a stent")


def test_engines_on_servers_are_not_told_what_they_do_not_know() -> None:
    settings = {"engines": ("openai",)}
    options = _engines(Voices("es"), translation=settings).translation_options("en", "es")
    assert "extra_kwargs" not in options


def test_the_model_that_stands_in_for_a_server_is_told_the_languages() -> None:
    settings = {"engines": ("openai", "llama_cpp")}
    options = _engines(Voices("es"), translation=settings).translation_options("en", "es")
    assert options["extra_kwargs"]["source_language"] == "en"
    assert options["extra_kwargs"]["target_language"] == "es"


def test_closing_frees_every_model() -> None:
    voices = Voices("es")
    _engines(voices).close()
    assert voices.closed


def test_a_plugin_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "livekit.plugins.kokoro", None)
    with pytest.raises(EngineError, match="kokoro .*`make setup -B`.*INTERPRETER_TTS"):
        import_plugins(Settings(tts={"engines": ("kokoro",)}))


def test_a_server_without_an_address_is_named() -> None:
    settings = Settings(translation={"engines": ("openai",)})
    with pytest.raises(EngineError, match="INTERPRETER_OPENAI__TRANSLATION__BASE_URL is not set"):
        language_model("openai", settings, ModelFiles(settings, print), lambda: 1)


def test_an_unknown_model_is_named() -> None:
    settings = Settings(stt={"model": "whisper-enormous"})
    with pytest.raises(EngineError, match="INTERPRETER_STT__MODEL: whisper-enormous"):
        ModelFiles(settings, print).folder("stt")


def test_a_models_own_file_or_folder(tmp_path: Path) -> None:
    file = tmp_path / "own.gguf"
    with pytest.raises(EngineError, match="no .gguf file in"):
        ModelFiles(Settings(translation={"model": str(tmp_path)}), print).gguf()
    file.touch()
    for given in (tmp_path, file):
        assert ModelFiles(Settings(translation={"model": str(given)}), print).gguf() == file


def test_engines_are_loaded_once_however_many_threads_ask() -> None:
    loads: list[EngineSet] = []
    together = threading.Barrier(8)

    def load() -> EngineSet:
        loads.append(FakeEngines())
        return loads[-1]

    holder = Holder(load)

    def ask() -> None:
        together.wait()
        holder.get()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1


def test_a_failed_load_can_be_tried_again() -> None:
    answers: Iterator[EngineError | FakeEngines] = iter([EngineError("no disk"), FakeEngines()])

    def load() -> EngineSet:
        answer = next(answers)
        if isinstance(answer, EngineError):
            raise answer
        return answer

    holder = Holder(load)
    with pytest.raises(EngineError):
        holder.get()
    assert isinstance(holder.get(), FakeEngines)


def test_what_was_loaded_is_freed_once() -> None:
    loaded: list[FakeEngines] = []

    def load() -> EngineSet:
        loaded.append(FakeEngines())
        return loaded[-1]

    holder = Holder(load)
    holder.close()
    assert not loaded
    holder.get()
    holder.close()
    holder.close()
    assert [engines.closed for engines in loaded] == [True]
