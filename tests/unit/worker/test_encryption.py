"""Which key a room has."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from agent.config import EncryptionSettings
from agent.encryption import KeysError, encryption_of, read_keys

pytestmark = pytest.mark.unit


def keys_file(folder: Path, text: str) -> Path:
    path = folder / "keys.json"
    path.write_text(text)
    return path


def key_of(settings: EncryptionSettings, room: str) -> bytes | None:
    encryption = encryption_of(settings, room)
    return encryption.key_provider_options.shared_key if encryption else None


def test_rooms_are_not_encrypted_unless_there_is_a_key() -> None:
    assert encryption_of(EncryptionSettings(), "ward") is None


def test_one_key_for_every_room() -> None:
    assert key_of(EncryptionSettings(key=SecretStr("schlüssel")), "ward") == "schlüssel".encode()


def test_a_rooms_own_key_goes_before_and_an_empty_one_is_none(tmp_path: Path) -> None:
    path = keys_file(tmp_path, '{"ward": "its own", "lobby": ""}')
    settings = EncryptionSettings(key=SecretStr("general"), keys_file=path)
    assert key_of(settings, "ward") == b"its own"
    assert key_of(settings, "lobby") is None
    assert key_of(settings, "another") == b"general"


def test_keys_that_are_added_are_found(tmp_path: Path) -> None:
    settings = EncryptionSettings(keys_file=keys_file(tmp_path, "{}"))
    assert key_of(settings, "ward") is None
    keys_file(tmp_path, '{"ward": "new"}')
    assert key_of(settings, "ward") == b"new"


@pytest.mark.parametrize("text", ['{"ward": secret}', '["secret"]', '{"ward": {"key": "secret"}}'])
def test_a_wrong_file_is_named_and_not_quoted(tmp_path: Path, text: str) -> None:
    path = keys_file(tmp_path, text)
    with pytest.raises(KeysError, match="INTERPRETER_ENCRYPTION__KEYS_FILE") as raised:
        read_keys(path)
    assert str(path) in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="cannot be read"):
        read_keys(tmp_path / "none.json")
