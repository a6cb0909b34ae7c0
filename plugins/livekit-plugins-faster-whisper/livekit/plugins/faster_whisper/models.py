"""Known models, where they lie on disk, and how to fetch and check them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from .log import logger

DEFAULT_MODEL = "whisper-base"
_REQUIRED = ("model.bin", "config.json", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on the hub. ``sha256`` maps file names to digests."""

    repository: str
    sha256: Mapping[str, str]


MODELS: Mapping[str, ModelFiles] = {
    "whisper-base": ModelFiles(
        "Systran/faster-whisper-base",
        {
            "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        },
    ),
}


def default_folder() -> Path:
    """Where models lie when no path is given."""
    return user_cache_path("livekit-interpreter") / "models"


def locate(model: str | Path | None) -> Path:
    """The folder of ``model``: a path, a name in the default folder, or None for the default.

    Raises:
        FileNotFoundError: no such folder, or a file is missing in it; says how to get it.
    """
    folder = _folder_of(model)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"Whisper model {str(model or DEFAULT_MODEL)!r} not found: {folder} is not a folder. "
            f"{_remedy(folder)}"
        )
    missing = [name for name in _REQUIRED if not (folder / name).is_file()]
    if not (folder / "vocabulary.txt").is_file() and not (folder / "vocabulary.json").is_file():
        missing.append("vocabulary.txt")
    if missing:
        raise FileNotFoundError(
            f"Whisper model {folder} is incomplete: {', '.join(missing)} missing. {_remedy(folder)}"
        )
    return folder


def _folder_of(model: str | Path | None) -> Path:
    if model is None:
        return default_folder() / DEFAULT_MODEL
    path = Path(model).expanduser()
    if isinstance(model, Path) or path.is_dir() or len(path.parts) > 1:
        return path
    return default_folder() / (model if model.startswith("whisper-") else f"whisper-{model}")


def _remedy(folder: Path) -> str:
    return (
        "Get it with `python -m agent.models` (interpreter checkout) or "
        "`python -m livekit.agents download-files`, or put the files of a CTranslate2 Whisper "
        f"model into {folder} by hand, or pass model= with the folder that holds them."
    )


def download(name: str = DEFAULT_MODEL) -> Path:
    """Make sure the model is in the default folder with the right digests; returns its folder.

    Raises:
        FileNotFoundError: it is not there and could not be fetched.
        ValueError: a fetched file has another digest than expected.
    """
    folder = default_folder() / name
    wrong = _wrong_files(folder, MODELS[name].sha256)
    if not wrong:
        return folder
    _fetch(name, folder, wrong)
    if still := _wrong_files(folder, MODELS[name].sha256):
        raise ValueError(
            f"{', '.join(still)} in {folder} have the wrong sha256 after the download; "
            f"delete them and try again. {_remedy(folder)}"
        )
    return folder


def _fetch(name: str, folder: Path, files: list[str]) -> None:
    try:
        from huggingface_hub import hf_hub_download
    except ImportError as error:
        raise FileNotFoundError(
            f"{', '.join(files)} of {name} missing or damaged in {folder}, and huggingface_hub is "
            f"not installed. {_remedy(folder)}"
        ) from error
    for file in files:
        logger.info("downloading %s of %s", file, name)
        try:
            hf_hub_download(MODELS[name].repository, file, local_dir=folder, force_download=True)
        except (OSError, ValueError) as error:
            raise FileNotFoundError(
                f"could not download {file} of {name} from the model hub into {folder}: {error}. "
                f"{_remedy(folder)}"
            ) from error


def _wrong_files(folder: Path, sha256: Mapping[str, str]) -> list[str]:
    return [name for name, digest in sha256.items() if _sha256(folder / name) != digest]


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
