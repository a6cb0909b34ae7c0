"""The files that Kokoro needs, and where they are looked for."""

import hashlib
from pathlib import Path

from platformdirs import user_cache_path

MODEL_NAME = "kokoro-82m"
MODEL_FILE = "kokoro-v1.0.int8.onnx"
VOICES_FILE = "voices-v1.0.bin"
# kokoro-onnx, release model-files-v1.0.
SHA256 = {
    MODEL_FILE: "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    VOICES_FILE: "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d",
}


def default_folder() -> Path:
    """Shared with the worker's model store."""
    return user_cache_path("livekit-interpreter") / "models" / MODEL_NAME


def verify(folder: Path) -> None:
    """Check that both files are there and whole.

    Raises:
        FileNotFoundError, ValueError: with the file and what to do.
    """
    for name, expected in SHA256.items():
        path = folder / name
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is missing. Fetch it with `python -m agent.models kokoro-82m`, or put "
                "the file of kokoro-onnx's release model-files-v1.0 there."
            )
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
        if actual != expected:
            raise ValueError(f"{path} is damaged (sha256 {actual}). Delete it and fetch it again.")
