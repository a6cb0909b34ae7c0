"""Getting the model's files."""

import hashlib
from pathlib import Path

import pytest

from livekit.plugins.kokoro import models

pytestmark = pytest.mark.unit

CONTENTS = {models.MODEL_FILE: b"weights", models.VOICES_FILE: b"styles"}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the place of the release."""
    folder = tmp_path / "release"
    folder.mkdir()
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)
        monkeypatch.setitem(models.SHA256, name, hashlib.sha256(content).hexdigest())
    return folder


def fetch(folder: Path, source: Path) -> None:
    models.download(folder, source=f"{source.as_uri()}/")


def test_missing_and_damaged_files_are_fetched_and_good_ones_kept(
    tmp_path: Path, source: Path
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / models.MODEL_FILE).write_bytes(b"half of the wei")
    (folder / models.VOICES_FILE).write_bytes(CONTENTS[models.VOICES_FILE])
    (source / models.VOICES_FILE).unlink()
    fetch(folder, source)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS


def test_a_source_that_does_not_answer_is_an_error_with_the_ways_out(
    tmp_path: Path, source: Path
) -> None:
    with pytest.raises(FileNotFoundError, match="agent.models.*by hand"):
        fetch(tmp_path / "models", source / "elsewhere")


def test_a_wrong_file_is_not_kept(tmp_path: Path, source: Path) -> None:
    (source / models.MODEL_FILE).write_bytes(b"a login page")
    with pytest.raises(ValueError, match="wrong sha256"):
        fetch(tmp_path / "models", source)
    assert list((tmp_path / "models").iterdir()) == []
