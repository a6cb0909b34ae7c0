"""Where a model's file can come from: the hub, a release, or this machine.

A source writes the file and says which SHA-256 its origin vouches for; checking is the store's.
"""

from __future__ import annotations

import fnmatch
import hashlib
import importlib.util
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from agent.provisioning.progress import Progress
from agent.provisioning.web import DownloadFailed, download

from .errors import SourceUnavailable
from .model import HubFile, Model, ModelFile, Requantised

if TYPE_CHECKING:
    from huggingface_hub import HfFileMetadata

_Result = TypeVar("_Result")

_HUB_TIMEOUT_SECONDS = 10.0
_POLL_SECONDS = 0.25
_SHA256_DIGITS = 64


class Source(Protocol):
    """One way to get a file."""

    name: str

    def offers(self, file: ModelFile) -> bool:
        """Whether the catalogue says that the file can come from here."""
        ...

    def fetch(
        self, model: Model, file: ModelFile, destination: Path, staging: Path, progress: Progress
    ) -> str | None:
        """Write the file to `destination`; what may be used again on a later try to `staging`.

        Returns:
            The SHA-256 its origin gives for it, or None.

        Raises:
            SourceUnavailable: It cannot give it now. Asking it for a file that it does not offer
                is one such case.
        """
        ...


class HubSource:
    """The Hugging Face hub, where huggingface_hub is installed.

    A hub that did not answer is not asked again by this object: each try costs seconds.

    Args:
        endpoint: Address of the hub; the default is the library's own (`HF_ENDPOINT`).
    """

    name = "model hub"

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = endpoint
        self._unreachable: str | None = None

    def offers(self, file: ModelFile) -> bool:
        return file.hub is not None

    def fetch(
        self, model: Model, file: ModelFile, destination: Path, staging: Path, progress: Progress
    ) -> str | None:
        if file.hub is None:
            raise SourceUnavailable("not offered")
        if importlib.util.find_spec("huggingface_hub") is None:
            raise SourceUnavailable(
                "huggingface_hub is not installed (pip install huggingface-hub)"
            )
        if self._unreachable is not None:
            raise SourceUnavailable(self._unreachable)
        try:
            return self._fetch(model, file.hub, destination, staging, progress)
        except _transport_errors() as error:
            reason = _hub_reason(error)
            if not _answered(error):
                self._unreachable = reason
            raise SourceUnavailable(reason) from None

    def _fetch(
        self, model: Model, hub: HubFile, destination: Path, staging: Path, progress: Progress
    ) -> str | None:
        import huggingface_hub
        from huggingface_hub.utils.tqdm import disable_progress_bars

        disable_progress_bars()
        filename = self._resolve(hub)
        url = huggingface_hub.hf_hub_url(
            hub.repository, filename, revision=hub.revision, endpoint=self._endpoint
        )
        # Asked for first, since it fails at once where the download itself retries for 20 s.
        metadata = huggingface_hub.get_hf_file_metadata(url, timeout=_HUB_TIMEOUT_SECONDS)
        folder = staging / "hub"

        def work() -> str:
            return huggingface_hub.hf_hub_download(
                hub.repository,
                filename,
                revision=metadata.commit_hash,
                local_dir=folder,
                endpoint=self._endpoint,
            )

        description = f"{model.name}: {filename} from the model hub"
        with progress.task(description, metadata.size) as task:
            path = _watched(work, lambda: task.update(folder_size(folder)))
        Path(path).replace(destination)
        return _checksum(metadata, destination)

    def _resolve(self, hub: HubFile) -> str:
        if "*" not in hub.filename:
            return hub.filename
        import huggingface_hub

        api = huggingface_hub.HfApi(endpoint=self._endpoint)
        names = api.list_repo_files(hub.repository, revision=hub.revision)
        fitting = fnmatch.filter(names, hub.filename)
        if len(fitting) != 1:
            raise SourceUnavailable(
                f"{len(fitting)} files of {hub.repository} fit {hub.filename}: {', '.join(names)}"
            )
        return fitting[0]


def _checksum(metadata: HfFileMetadata, path: Path) -> str | None:
    """The hub's SHA-256 of a large file; a small one carries a git hash, compared here."""
    etag = metadata.etag
    if etag is None or len(etag) == _SHA256_DIGITS:
        return etag
    contents = path.read_bytes()
    if hashlib.sha1(b"blob %d\0" % len(contents) + contents).hexdigest() != etag:
        path.unlink()
        raise SourceUnavailable(f"what it sent does not have the checksum {etag} that it gives")
    return hashlib.sha256(contents).hexdigest()


def _transport_errors() -> tuple[type[Exception], ...]:
    """What huggingface_hub raises.

    Its own errors are OSError. Its HTTP client was requests (OSError), then httpx, then httpx2; its
    own transport, hf_xet, raises RuntimeError.
    """
    clients = (sys.modules.get(name) for name in ("httpx", "httpx2"))
    return (OSError, RuntimeError, *(client.HTTPError for client in clients if client))


def _hub_reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _answered(error: Exception) -> bool:
    # Where the class of such errors is differs between versions of huggingface_hub.
    return getattr(error, "response", None) is not None


class ReleaseSource:
    """A file under a fixed address."""

    name = "release"

    def offers(self, file: ModelFile) -> bool:
        return file.release is not None

    def fetch(
        self, model: Model, file: ModelFile, destination: Path, staging: Path, progress: Progress
    ) -> str | None:
        if file.release is None:
            raise SourceUnavailable("not offered")
        partial = staging / f"{destination.name}.release"
        try:
            download(file.release.url, partial, progress, f"{model.name}: {file.path}")
        except DownloadFailed as error:
            raise SourceUnavailable(str(error)) from None
        partial.replace(destination)
        return None


class RequantisedSource:
    """Made here from another model of the catalogue.

    Args:
        ensure: Gives the folder of a model that is there and verified.
        requantise: Takes input, output, how it is made, and what to call meanwhile.
    """

    name = "requantisation"

    def __init__(
        self,
        ensure: Callable[[str, Progress], Path],
        requantise: Callable[[Path, Path, Requantised, Callable[[], None]], None],
    ) -> None:
        self._ensure = ensure
        self._requantise = requantise

    def offers(self, file: ModelFile) -> bool:
        return file.made is not None

    def fetch(
        self, model: Model, file: ModelFile, destination: Path, staging: Path, progress: Progress
    ) -> str | None:
        made = file.made
        if made is None:
            raise SourceUnavailable("not offered")
        original = self._ensure(made.model, progress) / "model.gguf"
        with progress.task(f"{model.name}: requantising {made.model}", None) as task:
            self._requantise(original, destination, made, lambda: task.update(0))
        return None


def _watched(work: Callable[[], _Result], on_poll: Callable[[], None]) -> _Result:
    """Run blocking work in a thread of its own, calling `on_poll` meanwhile.

    The thread is a daemon, so that ^C does not wait for the end of a download.
    """
    future: Future[_Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again by `future.result`
            future.set_exception(error)

    threading.Thread(target=run, name="models", daemon=True).start()
    while not future.done():
        on_poll()
        wait([future], timeout=_POLL_SECONDS)
    return future.result()


def folder_size(folder: Path) -> int:
    """Bytes of all files below a folder that others may be writing to."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total
