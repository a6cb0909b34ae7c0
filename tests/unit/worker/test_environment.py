"""What the environment and ``.env`` do to a process, apart from the values of settings."""

from pathlib import Path
from typing import Any

import certifi
import pytest

from agent.config import SettingsError, load_settings
from agent.environment import check_certificates

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]


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


@pytest.mark.parametrize("contents", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_named(
    contents: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "corporate.pem"
    if contents is not None:
        path.write_text(contents)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(SettingsError, match=rf"^SSL_CERT_FILE: {path} .*\(.+\); correct"):
        check_certificates()


@pytest.mark.parametrize("file", [certifi.where(), ""])
def test_certificates_that_are_there(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", file)
    check_certificates()
