"""What is made of a model file, once."""

from pathlib import Path

import onnx
import onnxruntime
import pytest

from livekit.plugins.kokoro import preparation
from tests.unit.kokoro.test_kokoro_convolutions import matrix_product
from tests.unit.kokoro.test_kokoro_generator import speech

pytestmark = pytest.mark.unit


@pytest.fixture
def products(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model in one part, of which something is to be made, whatever the processor."""
    monkeypatch.setattr(preparation, "signed_products_are_exact", lambda: True)
    onnx.save(matrix_product(), tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    onnx.save(speech(), tmp_path / "voice.onnx")
    return tmp_path / "voice.onnx"


def made_of(model: Path) -> list[Path]:
    parts = preparation.prepared(model).parts
    assert all(isinstance(part, Path) for part in parts)
    return [part for part in parts if isinstance(part, Path)]


def test_where_nothing_is_to_be_made_it_is_the_file_itself(
    products: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "signed_products_are_exact", lambda: False)
    assert made_of(products) == [products]


def test_the_model_is_prepared_once_and_again_when_it_changes(products: Path) -> None:
    (first,) = made_of(products)
    assert first != products and first.parent == products.parent
    written = first.stat().st_mtime_ns
    assert made_of(products) == [first]
    assert first.stat().st_mtime_ns == written
    onnx.save(matrix_product(), products)
    assert made_of(products) != [first]


def test_a_model_in_two_parts_is_two_files(voice: Path) -> None:
    parts = made_of(voice)
    assert len(parts) == 2
    written = [part.stat().st_mtime_ns for part in parts]
    assert made_of(voice) == parts
    assert [part.stat().st_mtime_ns for part in parts] == written
    for part in parts:
        assert onnxruntime.InferenceSession(part, providers=["CPUExecutionProvider"]).get_inputs()


def test_of_what_was_cut_short_the_rest_is_made(voice: Path) -> None:
    parts = made_of(voice)
    parts[1].unlink()
    assert made_of(voice) == parts
    assert parts[1].is_file()


@pytest.mark.parametrize("form", ["signed", "exact"])
def test_what_an_earlier_version_made_goes(form: str, products: Path) -> None:
    (made,) = made_of(products)
    earlier = [made.with_suffix(f".{form}1"), made.with_suffix(f".{form}4-2")]
    for path in earlier:
        path.write_bytes(b"old")
    voices = made.with_suffix(f".{form}4-voices")
    voices.mkdir()
    (voices / "a.npz").write_bytes(b"old")
    others = [made.with_name("another.onnx.0123456789ab.signed1"), voices.with_suffix(".txt")]
    for path in others:
        path.write_bytes(b"not ours")
    made.unlink()
    assert made_of(products) == [made]
    assert {path.name for path in made.parent.iterdir()} == {
        path.name for path in (products, made, *others)
    }


def test_a_folder_that_cannot_be_written_is_no_obstacle(
    voice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, contents: bytes) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    parts = preparation.prepared(voice).parts
    assert len(parts) == 2
    for part in parts:
        assert isinstance(part, bytes)
        assert onnxruntime.InferenceSession(part, providers=["CPUExecutionProvider"]).get_inputs()


def test_processes_that_make_the_same_at_once_do_not_disturb_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, write = tmp_path / "model.onnx", Path.write_bytes

    def write_and_be_overtaken(path: Path, contents: bytes) -> int:
        written = write(path, contents)
        monkeypatch.setattr(Path, "write_bytes", write)
        assert preparation._kept(b"theirs", place) == place
        return written

    monkeypatch.setattr(Path, "write_bytes", write_and_be_overtaken)
    assert preparation._kept(b"ours", place) == place
    assert place.read_bytes() == b"ours"
    assert list(tmp_path.iterdir()) == [place]
