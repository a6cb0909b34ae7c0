"""A model that is missing, incomplete or damaged is named, with the way to get it."""

import hashlib
import sys
from pathlib import Path

import pytest
from livekit.agents import Plugin

from livekit.plugins import faster_whisper
from livekit.plugins.faster_whisper import STT, Recognizer, StreamOptions, models
from livekit.plugins.faster_whisper.allocator import keep_memory_mapped
from livekit.plugins.faster_whisper.decoding import AudioContext, most_tokens

pytestmark = pytest.mark.unit

FILES = {
    name: name.encode() for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")
}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty default folder whose one known model consists of ``FILES``."""
    monkeypatch.setattr(models, "default_folder", lambda: tmp_path)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
    known = {"whisper-base": models.ModelFiles("example/whisper-base", digests)}
    monkeypatch.setattr(models, "MODELS", known)
    return tmp_path


def put(folder: Path, *, without: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in FILES.items():
        if name != without:
            (folder / name).write_bytes(data)
    return folder


def test_a_missing_model_names_the_folder_and_the_way_to_get_it(cache: Path) -> None:
    with pytest.raises(FileNotFoundError, match="download-files") as caught:
        STT()
    assert str(cache / "whisper-base") in str(caught.value)


def test_a_missing_file_is_named(cache: Path) -> None:
    folder = put(cache / "mine", without="tokenizer.json")
    with pytest.raises(FileNotFoundError, match="tokenizer.json missing"):
        Recognizer.load(folder)


def test_a_damaged_model_is_named(cache: Path) -> None:
    folder = put(cache / "whisper-base")
    with pytest.raises(ValueError, match="delete the folder and fetch") as caught:
        Recognizer.load()
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("name", ["base", "whisper-base", None])
def test_a_known_name_is_looked_up_in_the_default_folder(cache: Path, name: str | None) -> None:
    folder = put(cache / "whisper-base")
    assert models.locate(name) == folder


def test_a_path_is_taken_as_it_is(cache: Path, tmp_path: Path) -> None:
    folder = put(tmp_path / "elsewhere" / "large")
    assert models.locate(folder) == folder
    assert models.locate(str(folder)) == folder


def test_download_leaves_a_complete_model_alone(cache: Path) -> None:
    folder = put(cache / "whisper-base")
    assert models.download() == folder


def test_download_without_the_hub_client_names_every_way(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(cache / "whisper-base", without="model.bin")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(FileNotFoundError, match=r"model\.bin.*huggingface_hub.*by hand"):
        models.download()


def test_download_fetches_only_what_is_wrong(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(cache / "whisper-base")
    (folder / "model.bin").write_bytes(b"half of it")
    fetched: list[str] = []

    def fetch(repository: str, file: str, **_: object) -> None:
        fetched.append(file)
        (folder / file).write_bytes(FILES[file])

    monkeypatch.setattr("huggingface_hub.hf_hub_download", fetch)
    assert models.download() == folder
    assert fetched == ["model.bin"]


def test_a_download_with_the_wrong_digest_is_refused(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(cache / "whisper-base", without="model.bin")

    def fetch(repository: str, file: str, **_: object) -> None:
        (folder / file).write_bytes(b"something else")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", fetch)
    with pytest.raises(ValueError, match=r"model\.bin.*wrong sha256"):
        models.download()


def test_an_unreachable_hub_is_a_clear_error(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(cache / "whisper-base", without="model.bin")

    def fetch(repository: str, file: str, **_: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", fetch)
    with pytest.raises(FileNotFoundError, match=r"model\.bin.*Network is unreachable"):
        models.download()


def test_the_plugin_is_registered_and_downloads_its_model(cache: Path) -> None:
    put(cache / "whisper-base")
    (plugin,) = [p for p in Plugin.registered_plugins if p.package == faster_whisper.__name__]
    plugin.download_files()


def test_an_unknown_policy_is_refused_before_the_model_is_loaded(cache: Path) -> None:
    with pytest.raises(ValueError, match="'hold_back' or 'local_agreement'"):
        STT(policy="guess")  # type: ignore[arg-type]


def test_bad_options_are_refused_with_their_name() -> None:
    with pytest.raises(ValueError, match="step_seconds"):
        StreamOptions(step_seconds=0)
    with pytest.raises(ValueError, match="hold_seconds"):
        StreamOptions(hold_seconds=-1)
    with pytest.raises(ValueError, match="end_silence_seconds"):
        StreamOptions(end_silence_seconds=0)


def test_audio_context_has_a_floor_a_margin_and_a_ceiling() -> None:
    context = AudioContext(floor=1000, margin=3.0)
    assert context.frames(0.5) == 1000
    assert context.frames(8.0) == 1100
    assert context.frames(28.0) == 3000
    assert AudioContext(adaptive=False).frames(1.0) == 3000


def test_audio_contexts_are_of_few_lengths_even_and_never_short_of_the_margin() -> None:
    context = AudioContext(floor=0, margin=3.0)
    seconds = [2.0 + n / 100 for n in range(300)]
    frames = [context.frames(content) for content in seconds]
    assert len(set(frames)) <= 16
    # The encoder's convolution has stride 2.
    assert all(count % 2 == 0 for count in frames)
    assert all(
        count >= (content + 3.0) * 100 for content, count in zip(seconds, frames, strict=True)
    )


def test_unspaced_languages_may_have_more_tokens_a_second() -> None:
    assert most_tokens(10.0, "ja") > most_tokens(10.0, "en") > most_tokens(1.0, "en")


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt is glibc's")
def test_glibc_takes_the_allocator_settings() -> None:
    assert keep_memory_mapped() is True
