"""Settings from the environment and `.env`, and what a wrong one says."""

import re
from pathlib import Path

import pytest

from agent.config import Settings, SettingsError, load_settings, missing_credentials

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]


def _fails(*expected: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings()
    for text in expected:
        assert text in str(raised.value)


def test_engines_and_options_of_a_stage_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERPRETER_TTS", "edge_tts, kokoro")
    monkeypatch.setenv("INTERPRETER_TTS__THREADS", "2")
    monkeypatch.setenv("INTERPRETER_TTS__VOICES__KOKORO__ES", "em_alex")
    monkeypatch.setenv("INTERPRETER_TTS__VOICES__KOKORO__PT_BR", "pf_dora, pm_alex")
    tts = load_settings().tts
    assert tts.engines == ("edge_tts", "kokoro")
    assert tts.threads == 2
    assert tts.voices == {"kokoro": {"es": ("em_alex",), "pt-BR": ("pf_dora", "pm_alex")}}


def test_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("INTERPRETER_TARGET_LANGUAGES=de\nINTERPRETER_TTS=edge_tts\n")
    monkeypatch.setenv("INTERPRETER_TARGET_LANGUAGES", "Spanish,pt_br")
    settings = load_settings()
    assert settings.target_languages == ("es", "pt-BR")
    assert settings.tts.engines == ("edge_tts",)


def test_an_empty_variable_takes_away_what_the_file_says(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("INTERPRETER_AGENT_NAME=voices\nINTERPRETER_ENCRYPTION__KEY=secret\n")
    monkeypatch.setenv("INTERPRETER_AGENT_NAME", "")
    monkeypatch.setenv("INTERPRETER_ENCRYPTION__KEY", "")
    settings = load_settings()
    assert settings.agent_name == ""
    assert settings.encryption.key.get_secret_value() == ""


def test_languages_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERPRETER_TARGET_LANGUAGES", "none")
    monkeypatch.setenv("INTERPRETER_ON_DEMAND_LANGUAGES", "it,German")
    settings = load_settings()
    assert settings.target_languages == ()
    assert settings.languages == ("it", "de")
    monkeypatch.delenv("INTERPRETER_TARGET_LANGUAGES")
    assert load_settings().languages == ("es", "fr", "it", "de")


def test_a_worker_without_a_language_has_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERPRETER_TARGET_LANGUAGES", "none")
    _fails("INTERPRETER_ON_DEMAND_LANGUAGES: name the languages")


def test_structured_values() -> None:
    Path(".env").write_text(
        'INTERPRETER_TRANSLATION__GLOSSARY={"es": {"stack": "pila"}}\n'
        "INTERPRETER_STT__KEYTERMS=Custom Speech, LiveKit\n"
        "INTERPRETER_SOURCE_LANGUAGE=auto\n"
    )
    settings = load_settings()
    assert settings.translation.glossary == {"es": {"stack": "pila"}}
    assert settings.stt.keyterms == ("Custom Speech", "LiveKit")
    assert settings.source_language == ()


def test_several_languages_may_be_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().source_language == ("en",)
    monkeypatch.setenv("INTERPRETER_SOURCE_LANGUAGE", "en, Spanish")
    assert load_settings().source_language == ("en", "es")


def test_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_API_SECRET", "hush")
    monkeypatch.setenv("INTERPRETER_OPENAI__STT__API_KEY", "hush")
    monkeypatch.setenv("INTERPRETER_TTS__EDGE_PROXY", "http://user:hush@proxy:3128")
    settings = load_settings()
    assert "hush" not in repr(settings)
    assert "hush" not in str(settings.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("INTERPRETER_ENCRYPTION", '{"key": "hush",}', "mean INTERPRETER_ENCRYPTION__KEY?"),
        ("INTERPRETER_OPENAI", '{"stt": {"api_key": "hush"}', "no such setting"),
        ("INTERPRETER_OPENAI__STT", '{"api_key": "hush",}', "mean INTERPRETER_OPENAI__STT__"),
        ("INTERPRETER_OPENAI__STT__API_KEY__X", "hush", "INTERPRETER_OPENAI__STT__API_KEY: "),
        ("INTERPRETER_OPENAI__TTS__BASE_URL__X", "u:hush@server", "OPENAI__TTS__BASE_URL: "),
        ("INTERPRETER_TTS", '{"edge_proxy": "hush",}', "nor JSON"),
        ("INTERPRETER_TTS", '{"edge_proxy": ["hush"]}', "INTERPRETER_TTS__EDGE_PROXY: "),
    ],
)
def test_secret_in_what_is_wrong_is_not_shown(
    name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=re.escape(expected)) as raised:
        load_settings()
    assert str(raised.value).startswith("INTERPRETER_")
    assert "hush" not in str(raised.value)
    assert "ENGINES" not in str(raised.value)


def test_a_path_may_begin_with_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("INTERPRETER_EVENTS_FILE", "~/events.jsonl")
    monkeypatch.setenv("INTERPRETER_ENCRYPTION__KEYS_FILE", "~/keys.json")
    settings = load_settings()
    assert settings.events_file == tmp_path / "events.jsonl"
    assert settings.encryption.keys_file == tmp_path / "keys.json"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("LIVEKIT_URL", "localhost:7880", "ws://"),
        ("INTERPRETER_TTS", "cocoro", "'kokoro'"),
        ("INTERPRETER_STT__THREADS", "0", "greater than or equal to 1"),
        ("INTERPRETER_TARGET_LANGUAGES", "es,klingon!", "'klingon!' is not a language"),
        ("INTERPRETER_TRANSLATION__GLOSSARY", "pila", "valid dictionary"),
        ("INTERPRETER_LOG_LEVEL", "chatty", "'DEBUG'"),
    ],
)
def test_wrong_value_names_its_variable(
    name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    _fails(f"{name}: ", expected)


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_URL", "nowhere")
    monkeypatch.setenv("INTERPRETER_MAX_SPEAKERS", "none")
    _fails("LIVEKIT_URL", "INTERPRETER_MAX_SPEAKERS")


def test_typing_error_in_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERPRETER_TARGET_LANGUAGE", "es")
    _fails("INTERPRETER_TARGET_LANGUAGE:", "did you mean INTERPRETER_TARGET_LANGUAGES?")


def test_typing_error_in_the_name_of_a_section() -> None:
    Path(".env").write_text("INTERPRETER_STT__MODLE=small\n")
    _fails("INTERPRETER_STT__MODLE:", "did you mean INTERPRETER_STT__MODEL?")


def test_typing_error_in_the_file() -> None:
    Path(".env").write_text("INTERPRETER_TSS=kokoro\n")
    _fails("INTERPRETER_TSS:", "did you mean INTERPRETER_TTS?")


def test_the_tests_own_variable_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERPRETER_DATA", "somewhere")
    load_settings()


def _service_links(service: str) -> dict[str, str]:
    """What Kubernetes adds for a Service with a port called `http`."""
    link, by_number = "tcp://10.0.0.7:8081", f"{service}_PORT_8081_TCP"
    return {
        f"{service}_SERVICE_HOST": "10.0.0.7",
        f"{service}_SERVICE_PORT": "8081",
        f"{service}_SERVICE_PORT_HTTP": "8081",
        f"{service}_PORT": link,
        by_number: link,
        f"{by_number}_PROTO": "tcp",
        f"{by_number}_PORT": "8081",
        f"{by_number}_ADDR": "10.0.0.7",
    }


@pytest.mark.parametrize(
    "service", ["INTERPRETER", "INTERPRETER_METRICS", "INTERPRETER_WEB", "INTERPRETER_TTS"]
)
def test_a_service_of_kubernetes_is_no_setting(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in _service_links(service).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == Settings()
    assert (load_settings().port, load_settings().metrics_port) == (8081, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INTERPRETER_PORT", "10.0.0.7:8081"),
        ("INTERPRETER_METRIC_PORT", "9090"),
        ("INTERPRETER_PORT_METRICS", "9090"),
        ("INTERPRETER_AGENT", "tcp://10.0.0.7:8081"),
    ],
)
def test_what_only_resembles_a_service_of_kubernetes_is_told(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    _fails(f"{name}: ")


def test_missing_credentials_are_named() -> None:
    missing = missing_credentials("ws://127.0.0.1:7880", "", "")
    assert [line.split(":")[0] for line in missing] == ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"]
