"""What is prepared before the page is there."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent.provisioning import PlainProgress
from agent.web import command

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]


def test_its_server_on_loopback_is_reached_without_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = SimpleNamespace(ensure=lambda *arguments: tmp_path)
    monkeypatch.setattr(os, "environ", {**os.environ, "HTTPS_PROXY": "http://proxy:3128"})
    monkeypatch.setattr(command, "Store", SimpleNamespace(from_settings=lambda settings: kept))
    monkeypatch.setattr(command, "ensure_models", lambda *arguments: None)
    monkeypatch.setattr(command, "ensure_livekit_server", lambda *arguments: tmp_path)
    command._prepare(("en", "es"), PlainProgress(print))
    assert "HTTPS_PROXY" not in os.environ
    assert os.environ["INTERPRETER_TTS__EDGE_PROXY"] == "http://proxy:3128"
