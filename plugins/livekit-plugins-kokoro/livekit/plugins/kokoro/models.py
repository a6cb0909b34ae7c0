"""The files that Kokoro needs, where they are looked for, and how to fetch and check them."""

import hashlib
import shutil
import urllib.request
from pathlib import Path

from platformdirs import user_cache_path

from .log import logger

_MODEL_NAME = "kokoro-82m"
MODEL_FILE = "kokoro-v1.0.int8.onnx"
VOICES_FILE = "voices-v1.0.bin"
# The model is not on the hub in this form: its home is kokoro-onnx's release.
_RELEASE = "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0/"
SHA256 = {
    MODEL_FILE: "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    VOICES_FILE: "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d",
}
_TIMEOUT = 30.0


def default_folder() -> Path:
    """Where the files lie when no path is given; shared with the worker's model store."""
    return user_cache_path("livekit-interpreter") / "models" / _MODEL_NAME


def remedy(path: Path) -> str:
    """What a user can do about a file that is missing or damaged."""
    return (
        "Get it with `python -m agent.models kokoro-82m` (interpreter checkout) or "
        "`python -m livekit.agents download-files`, or put the file of kokoro-onnx's release "
        f"model-files-v1.0 into {path.parent} by hand, or pass model= and voices= with paths."
    )


def download(folder: Path | None = None, *, source: str = _RELEASE) -> Path:
    """Make sure that both files are there with the right digests; returns their folder.

    Args:
        source: URL of the folder to fetch from, ending in a slash.

    Raises:
        FileNotFoundError: a file is not there and could not be fetched.
        ValueError: a fetched file has another digest than expected; it is not kept.
    """
    folder = folder or default_folder()
    for name, expected in SHA256.items():
        if not (folder / name).is_file() or sha256_of(folder / name) != expected:
            _fetch(source + name, folder / name, expected)
    return folder


def _fetch(url: str, path: Path, expected: str) -> None:
    logger.info("downloading %s", path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer, partial.open("wb") as file:
            shutil.copyfileobj(answer, file)
    except OSError as error:
        raise FileNotFoundError(
            f"{path} is missing or damaged and could not be fetched from {url} ({error}). "
            f"{remedy(path)}"
        ) from error
    if sha256_of(partial) != expected:
        partial.unlink()
        raise ValueError(f"what {url} sent is not {path.name}: wrong sha256. {remedy(path)}")
    partial.replace(path)


def sha256_of(path: Path) -> str:
    """Raises an OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
