"""Known models, where they lie on disk, and how to fetch and check them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from .log import logger

DEFAULT_MODEL = "qwen2.5-coder-1.5b-instruct-q4_k_m"
FILE_NAME = "model.gguf"


@dataclass(frozen=True, slots=True)
class HubModel:
    """A GGUF file on the model hub."""

    repository: str
    file: str
    sha256: str


MODELS: Mapping[str, HubModel] = {
    "qwen2.5-coder-1.5b-instruct-q4_k_m": HubModel(
        "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
    "qwen2.5-coder-0.5b-instruct-q4_k_m": HubModel(
        "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
}


def default_folder() -> Path:
    """Where models lie when no path is given."""
    return user_cache_path("livekit-interpreter") / "models"


def locate(model: str | Path | None) -> Path:
    """The GGUF file of ``model``: a file, a folder that holds ``model.gguf``, the name of a model
    in the default folder, or None for the default model.

    Raises:
        FileNotFoundError: there is no such file; says how to get it.
    """
    path = _path_of(model)
    if path.is_dir():
        path /= FILE_NAME
    if not path.is_file():
        raise FileNotFoundError(
            f"language model {str(model or DEFAULT_MODEL)!r} not found: there is no file {path}. "
            f"{remedy(path)}"
        )
    return path


def _path_of(model: str | Path | None) -> Path:
    if model is None:
        return default_folder() / DEFAULT_MODEL / FILE_NAME
    path = Path(model).expanduser()
    is_name = isinstance(model, str) and len(path.parts) == 1 and path.suffix != ".gguf"
    return default_folder() / path / FILE_NAME if is_name and not path.exists() else path


def remedy(path: Path) -> str:
    """What a user can do about a GGUF file that is missing or damaged."""
    return (
        "Get it with `python -m agent.models` (interpreter checkout) or "
        f"`python -m livekit.agents download-files`, or put a GGUF file at {path} by hand, or "
        "pass model= with the path of one."
    )


def download(name: str = DEFAULT_MODEL) -> Path:
    """Make sure the model is in the default folder with the right digest; returns its file.

    Raises:
        FileNotFoundError: it is not there and could not be fetched.
        ValueError: the fetched file has another digest than expected.
    """
    path = default_folder() / name / FILE_NAME
    if _sha256(path) == MODELS[name].sha256:
        return path
    _fetch(MODELS[name], path)
    if _sha256(path) != MODELS[name].sha256:
        raise ValueError(
            f"{path} has the wrong sha256 after the download; delete it and try again. "
            f"{remedy(path)}"
        )
    return path


def _fetch(model: HubModel, path: Path) -> None:
    try:
        from huggingface_hub import hf_hub_download
    except ImportError as error:
        raise FileNotFoundError(
            f"{path} is missing or damaged and huggingface_hub is not installed. {remedy(path)}"
        ) from error
    logger.info("downloading %s", model.file)
    try:
        fetched = hf_hub_download(model.repository, model.file, local_dir=path.parent)
    except (OSError, ValueError) as error:
        raise FileNotFoundError(
            f"could not download {model.file} from the model hub into {path.parent}: {error}. "
            f"{remedy(path)}"
        ) from error
    Path(fetched).replace(path)


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
