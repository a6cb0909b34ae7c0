"""What is prepared before the page is there, and what its worker is told."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from agent.config import Settings
from agent.provisioning import LiveKitServer, PlainProgress
from agent.web import command, page_only

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]


def test_everything_is_there_before_the_page_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = SimpleNamespace(ensure=lambda *arguments: tmp_path)
    monkeypatch.setattr(command, "Store", SimpleNamespace(from_settings=lambda settings: kept))
    monkeypatch.setattr(command, "ensure_models", lambda *arguments: None)
    monkeypatch.setattr(command, "ensure_livekit_server", lambda *arguments: tmp_path)
    parts = command._prepare(("en", "es"), PlainProgress(print))
    assert parts == command._Parts(tmp_path, tmp_path, has_key=False)


def test_its_worker_leaves_files_and_ports_of_another_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".env").write_text("INTERPRETER_EVENTS_FILE=events\nINTERPRETER_METRICS_PORT=9090\n")
    server = LiveKitServer(tmp_path / "livekit-server", tmp_path)
    for name, value in command._environment(server, ("en", "es")).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.events_file, settings.metrics_port) == (None, None)
    assert settings.on_demand_languages == ("en", "es")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ([], []),
        (["--host-name", ""], []),
        (["--host-name", "a.example, b", "--host-name", "c"], ["a.example", "b", "c"]),
    ],
)
def test_names_of_the_page(given: list[str], names: list[str]) -> None:
    assert command.parser().parse_args(given).host_name == names


@pytest.mark.parametrize("wrong", ["https://a.example", "a.example:443", "*.example", "a,b c"])
def test_what_is_no_name_of_the_page(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.parser().parse_args(["--host-name", wrong])
    assert "is no host name; write it as rooms.example" in capsys.readouterr().err


def test_names_of_the_page_alone_reach_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = SimpleNamespace(ensure=lambda *arguments: tmp_path)
    monkeypatch.setattr(page_only, "Store", SimpleNamespace(from_settings=lambda settings: kept))
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        monkeypatch.setenv(name, "ws://127.0.0.1")
    site = page_only.site_of((), ["rooms.example"], PlainProgress(print))
    assert site.host_names == ("rooms.example",)
