"""What the demo tells its worker, and which models it sees to."""

from pathlib import Path

import pytest

from agent.config import PREFIX, EncryptionSettings, Settings, unknown_variables
from agent.demo.options import DemoOptions
from agent.demo.preparation import worker_environment
from agent.local.preparation import needed_models, server_environment
from agent.models import PROFILES
from agent.provisioning import LiveKitServer

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]


def environment(tmp_path: Path) -> dict[str, str]:
    options = DemoOptions(None, "en", ("es", "it"), tmp_path)
    server = LiveKitServer(tmp_path / "livekit-server", tmp_path)
    return worker_environment(options, server, tmp_path / "events.jsonl")


def test_the_worker_knows_every_variable_that_it_is_given(tmp_path: Path) -> None:
    given = environment(tmp_path)
    assert any(name.startswith(PREFIX) for name in given)
    assert list(unknown_variables(given)) == []


def test_the_worker_gets_the_languages_and_writes_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.source_language, settings.target_languages) == (("en",), ("es", "it"))
    assert settings.events_file == tmp_path / "events.jsonl"
    assert len(settings.livekit_api_secret.get_secret_value()) >= 32


def test_the_worker_serves_the_demos_room_whatever_the_settings_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".env").write_text("INTERPRETER_AGENT_NAME=voices\nINTERPRETER_ENCRYPTION__KEY=secret\n")
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.agent_name == ""
    assert settings.encryption == EncryptionSettings()


def test_a_worker_to_try_things_with_leaves_files_and_ports_of_another_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".env").write_text(
        "INTERPRETER_EVENTS_FILE=/var/log/interpreter.jsonl\n"
        "INTERPRETER_METRICS_PORT=9090\nINTERPRETER_PORT=8081\n"
    )
    server = LiveKitServer(tmp_path / "livekit-server", tmp_path)
    for name, value in server_environment(server).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.events_file, settings.metrics_port, settings.port) == (None, None, 0)


def test_a_profile_names_its_models() -> None:
    assert needed_models(Settings()) == list(PROFILES["small"])


def test_what_the_settings_replace_is_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERPRETER_TTS", "edge_tts")
    monkeypatch.setenv("INTERPRETER_STT__MODEL", "my/whisper")
    monkeypatch.setenv("INTERPRETER_TRANSLATION__MODEL", "qwen2.5-coder-0.5b-instruct-q4_k_m")
    assert needed_models(Settings()) == ["qwen2.5-coder-0.5b-instruct-q4_k_m"]
