"""Model files: found, or a message that says how to get them."""

import hashlib
import logging
import sys
import types
from pathlib import Path
from typing import Any

import llama_cpp as library
import pytest

from livekit.plugins import llama_cpp
from livekit.plugins.llama_cpp import ModelLoadError, models, requantize
from livekit.plugins.llama_cpp.native_log import NativeLog
from tests.logs import told

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(models, "default_folder", lambda: tmp_path / "models")
    return tmp_path / "models"


def put(path: Path, data: bytes = b"GGUF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_model_is_a_name_a_folder_or_a_file(folder: Path, tmp_path: Path) -> None:
    default = put(folder / models.DEFAULT_MODEL / "model.gguf")
    named = put(folder / "hy-mt2" / "model.gguf")
    elsewhere = put(tmp_path / "other.gguf")
    assert models.locate(None) == default
    assert models.locate("hy-mt2") == named
    assert models.locate(named.parent) == named
    assert models.locate(elsewhere) == models.locate(str(elsewhere)) == elsewhere


@pytest.mark.parametrize("model", [None, "hy-mt2", "nowhere/model.gguf", Path("x.gguf")])
def test_a_missing_model_names_the_file_and_the_ways_to_get_it(model: str | Path | None) -> None:
    with pytest.raises(FileNotFoundError, match=r"\.gguf") as raised:
        llama_cpp.LLM(model=model)
    for way in ("python -m agent.models", "download-files", "by hand", "model="):
        assert way in str(raised.value)


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    page = put(tmp_path / "page.gguf", b"<html>not found</html>")
    with pytest.raises(ModelLoadError, match=r"page\.gguf is not a GGUF file.*get it again"):
        llama_cpp.LLM(model=page)


def test_a_truncated_file_is_named_with_llama_cpps_reason(tmp_path: Path) -> None:
    cut = put(tmp_path / "cut.gguf", b"GGUF\x03\0\0\0" + b"\0" * 7)
    with pytest.raises(ModelLoadError, match=r"cut\.gguf cannot be loaded: it is damaged.*\("):
        llama_cpp.Runtime.load(cut)


def test_layers_for_a_gpu_need_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "llama_supports_gpu_offload", lambda: False)
    model = put(tmp_path / "model.gguf", b"GGUF")
    with pytest.raises(ModelLoadError, match=r"n_gpu_layers is -1.*built for it.*or give 0"):
        llama_cpp.Runtime.load(model, n_gpu_layers=-1)


def test_downloading_keeps_a_right_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(folder / "m" / "model.gguf", b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    monkeypatch.setattr(models, "MODELS", {"m": models.HubModel("r", "f.gguf", digest)})
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert models.download("m") == path


def test_downloading_without_the_hubs_client_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(FileNotFoundError, match="huggingface_hub is not installed.*by hand"):
        llama_cpp.LlamaCppPlugin().download_files()


class Hub(types.ModuleType):
    """huggingface_hub with one file, written where it is asked for."""

    def __init__(self, data: bytes | OSError) -> None:
        super().__init__("huggingface_hub")
        self._data = data

    def hf_hub_download(self, repository: str, file: str, *, local_dir: Path) -> str:
        if isinstance(self._data, OSError):
            raise self._data
        return str(put(local_dir / file, self._data))


def test_a_download_is_verified(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(b"weights").hexdigest()
    monkeypatch.setattr(models, "MODELS", {"m": models.HubModel("r", "f.gguf", digest)})
    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub(b"wrong"))
    with pytest.raises(ValueError, match="wrong sha256"):
        models.download("m")
    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub(b"weights"))
    assert models.download("m").read_bytes() == b"weights"


def test_a_hub_out_of_reach_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub(OSError("no route")))
    with pytest.raises(FileNotFoundError, match="no route.*python -m agent.models"):
        models.download()


def test_requantising_what_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no model"):
        requantize(tmp_path / "none.gguf", tmp_path / "out.gguf")
    broken = put(tmp_path / "broken.gguf", b"GGUF\x03\0\0\0" + b"\0" * 7)
    with pytest.raises(ValueError, match="Q9_9"):
        requantize(broken, tmp_path / "out.gguf", "Q9_9")
    with pytest.raises(ModelLoadError, match=r"broken\.gguf could not be requantised"):
        requantize(broken, tmp_path / "out.gguf")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.gguf"]


def test_requantising_can_be_given_up(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    original = put(tmp_path / "model.gguf")
    with pytest.raises(KeyboardInterrupt):
        requantize(original, tmp_path / "out.gguf", on_poll=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["model.gguf"]


def test_llama_cpps_messages_become_log_lines(caplog: pytest.LogCaptureFixture) -> None:
    log = NativeLog()
    with caplog.at_level(logging.DEBUG, "livekit.plugins.llama_cpp"):
        log.write(2, "loading ")
        log.write(5, "model\n")
        log.write(3, "an odd token\n")
        log.write(5, "....")
        log.write(5, "\n")
        log.write(4, "it failed\n")
    assert [(r.levelno, r.getMessage()) for r in told(caplog)] == [
        (logging.DEBUG, "llama.cpp: loading model"),
        (logging.DEBUG, "llama.cpp: an odd token"),
        (logging.WARNING, "llama.cpp: it failed"),
    ]
    assert log.take_errors() == "it failed" and log.take_errors() == ""


@pytest.mark.parametrize(
    ("name", "number"),
    [("n_ctx", 0), ("n_ctx", 15), ("n_sequences", 0), ("n_threads", 0), ("n_threads_batch", -1)],
)
def test_a_number_with_which_llama_cpp_ends_the_process_is_refused(name: str, number: int) -> None:
    wrong: dict[str, Any] = {name: number}
    with pytest.raises(ValueError, match=f"{name} is {number}"):
        llama_cpp.Runtime.load(**wrong)
