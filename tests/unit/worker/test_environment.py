"""What the environment and ``.env`` do to a process, apart from the values of settings."""

import os
from pathlib import Path
from typing import Any

import pytest

from agent.config import Settings, SettingsError, load_settings
from agent.environment import leave_http_proxies

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]

PROXY = "http://proxy:3128"
EDGE = "INTERPRETER_TTS__EDGE_PROXY"


def refuse(path: Path, *arguments: Any, **options: Any) -> None:
    raise PermissionError(13, "Permission denied", str(path))


def test_a_settings_file_of_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("INTERPRETER_PORT=1\n")
    monkeypatch.setattr("dotenv.main.open", refuse, raising=False)
    with pytest.raises(SettingsError, match=r"^\.env: cannot be read \(Permission denied\); make"):
        load_settings()


def test_a_settings_file_in_another_encoding() -> None:
    Path(".env").write_bytes("INTERPRETER_TRANSLATION__DOMAIN=Bäckerei\n".encode("cp1252"))
    with pytest.raises(SettingsError, match=r"^\.env: is not in UTF-8; save it"):
        load_settings()


def left(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], **options: bool) -> dict[str, str]:
    """The environment after the proxies were left."""
    monkeypatch.setattr(os, "environ", dict(given))
    leave_http_proxies(**options)
    return dict(os.environ)


@pytest.mark.parametrize("names", [("HTTP_PROXY", "HTTPS_PROXY"), ("http_proxy", "https_proxy")])
def test_a_proxy_is_left_to_the_engines_that_need_it(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    given = {"HOME": "here", **dict.fromkeys(names, PROXY)}
    told = {"HOME": "here", "ALL_PROXY": PROXY}
    assert left(monkeypatch, given, tell_edge=False) == told
    assert left(monkeypatch, given, tell_edge=True) == {**told, EDGE: PROXY}


@pytest.mark.parametrize(
    ("given", "remain"),
    [
        pytest.param({"HOME": "here"}, {"HOME": "here"}, id="none"),
        pytest.param({"HTTP_PROXY": PROXY}, {}, id="none for what is encrypted"),
        pytest.param(
            {"HTTPS_PROXY": PROXY, "ALL_PROXY": "socks5://other"},
            {"ALL_PROXY": "socks5://other", EDGE: PROXY},
            id="another for all",
        ),
    ],
)
def test_no_proxy_is_invented(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], remain: dict[str, str]
) -> None:
    assert left(monkeypatch, given, tell_edge=True) == remain


def test_the_voices_are_told_beside_their_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"https_proxy": PROXY, "INTERPRETER_TTS": "edge_tts,kokoro"}
    left(monkeypatch, given, tell_edge=True)
    voices = Settings().tts
    assert voices.edge_proxy is not None and voices.edge_proxy.get_secret_value() == PROXY
    assert voices.engines == ("edge_tts", "kokoro")
