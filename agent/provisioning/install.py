"""Getting livekit-server where there is none: a release's executable, else built with Go."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from .commands import CommandFailed, run_watched
from .livekit_binary import find_livekit_server, livekit_server_cache
from .progress import Progress
from .web import DownloadFailed, download

VERSION = "1.13.5"
"""Later ones replace modules in go.mod, which `go install …@version` refuses."""

_RELEASES = f"https://github.com/livekit/livekit/releases/download/v{VERSION}/"
_GO_PACKAGE = f"github.com/livekit/livekit-server/cmd/server@v{VERSION}"
_ELSE = "or set INTERPRETER_LIVEKIT_SERVER to the executable."
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class LiveKitServerUnavailable(RuntimeError):
    """There is no livekit-server and none could be got; the message says why and what to do."""


def ensure_livekit_server(
    progress: Progress, explicit: Path | None = None, *, releases: str = _RELEASES
) -> Path:
    """The livekit-server executable, which is fetched or built where it is missing.

    Args:
        progress: Told what is done; building takes about two minutes.
        explicit: A path that was configured; used or refused, never passed over.
        releases: Address, with a slash at the end, that the release's files are under.

    Raises:
        FileNotFoundError: `explicit` is not an executable file.
        LiveKitServerUnavailable: Neither the release nor Go could give one, or it cannot be kept.
    """
    found = find_livekit_server(explicit)
    if found is not None:
        return found
    target = livekit_server_cache()
    progress.note(f"livekit-server is not installed; getting version {VERSION} into {target}")
    try:
        _keep(target, releases, progress)
    except OSError as error:
        raise LiveKitServerUnavailable(
            f"livekit-server cannot be kept: {error.filename or target} cannot be written "
            f"({error.strerror}). Make it writable and make room, {_ELSE}"
        ) from None
    return target


def _keep(target: Path, releases: str, progress: Progress) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="incoming-") as name:
        _obtain(Path(name), releases, progress).replace(target)


def release_asset(system: str, machine: str) -> str | None:
    """Name of the release's archive for a machine as `platform` describes it; None: there is none.

    LiveKit publishes Linux archives (macOS has Homebrew).
    """
    architecture = _MACHINES.get(machine.lower())
    if system != "Linux" or architecture is None:
        return None
    return f"livekit_{VERSION}_linux_{architecture}.tar.gz"


def listed_checksum(checksums: str, name: str) -> str | None:
    """SHA-256 of a file in a `<hash>  <name>` list."""
    for line in checksums.splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[1].lstrip("*") == name:
            return fields[0].lower()
    return None


def _obtain(folder: Path, releases: str, progress: Progress) -> Path:
    reasons = []
    try:
        return _from_release(folder, releases, progress)
    except (DownloadFailed, _Refused) as error:
        reasons.append(f"release: {error}")
        progress.note(f"no release archive ({error}); building with Go instead")
    try:
        return _build(folder, progress)
    except CommandFailed as error:
        reasons.append(f"go install: {error}")
    listed = "\n".join(f"  - {reason}" for reason in reasons)
    raise LiveKitServerUnavailable(
        f"livekit-server could not be got:\n{listed}\n"
        "Install it so that `livekit-server` is on PATH (docs.livekit.io, self-hosting), or "
        f"install Go 1.26 or later, {_ELSE}"
    )


class _Refused(Exception):
    """The release has nothing fitting, or its checksum does not match."""


def _from_release(folder: Path, releases: str, progress: Progress) -> Path:
    asset = release_asset(platform.system(), platform.machine())
    if asset is None:
        raise _Refused(f"none for {platform.system()} on {platform.machine()}")
    checksums, archive = folder / "checksums.txt", folder / asset
    download(releases + checksums.name, checksums, progress, "livekit-server: checksums")
    download(releases + asset, archive, progress, f"livekit-server: {asset}")
    expected = listed_checksum(checksums.read_text(), asset)
    actual = hashlib.sha256(archive.read_bytes()).hexdigest()
    if actual != expected:
        raise _Refused(f"{asset} has sha256 {actual}, checksums.txt says {expected}")
    return _unpack(archive, folder / "livekit-server")


def _unpack(archive: Path, target: Path) -> Path:
    with tarfile.open(archive) as opened:
        for entry in opened:
            contents = opened.extractfile(entry)
            if contents is not None and Path(entry.name).name == "livekit-server":
                with target.open("wb") as output:
                    shutil.copyfileobj(contents, output)
                target.chmod(0o755)
                return target
    raise _Refused(f"{archive.name} has no livekit-server in it")


def _build(folder: Path, progress: Progress) -> Path:
    if shutil.which("go") is None:
        raise CommandFailed("Go is not installed")
    with progress.task("livekit-server: building with Go, about 2 minutes", None) as task:
        run_watched(
            ["go", "install", _GO_PACKAGE],
            on_poll=lambda: task.update(0),
            extra_environment={"GOBIN": str(folder)},
        )
    suffix = ".exe" if sys.platform == "win32" else ""
    built = folder / f"server{suffix}"
    if not os.access(built, os.X_OK):
        raise CommandFailed(f"it left no {built.name}")
    return built
