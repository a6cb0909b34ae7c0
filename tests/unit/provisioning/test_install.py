"""livekit-server from a release whose checksum fits, else from Go, else a message that helps."""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.provisioning import LiveKitServerUnavailable, PlainProgress, ensure_livekit_server
from agent.provisioning.install import VERSION, listed_checksum, release_asset

from .http_files import Files, Reply, serve

pytestmark = pytest.mark.unit

ASSET = f"livekit_{VERSION}_linux_amd64.tar.gz"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An x86-64 Linux with an empty cache and no Go."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


@pytest.fixture
def release() -> Iterator[Files]:
    archive = _archive({"LICENSE": b"text", "livekit-server": b"released"})
    checksum = hashlib.sha256(archive).hexdigest()
    listing = f"0000  other.tar.gz\n{checksum}  {ASSET}\n".encode()
    with serve({"/checksums.txt": Reply(listing), f"/{ASSET}": Reply(archive)}) as files:
        yield files


def _archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, contents in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(contents)
            archive.addfile(entry, io.BytesIO(contents))
    return buffer.getvalue()


def _fake_go(folder: Path, script: str) -> None:
    (folder / "bin").mkdir()
    program = folder / "bin" / "go"
    program.write_text(f"#!/bin/sh\nPATH={os.defpath}\n{script}\n")
    program.chmod(0o755)


def _ensure(files: Files, said: list[str]) -> Path:
    return ensure_livekit_server(PlainProgress(said.append), releases=f"{files.address}/")


def test_the_released_executable_is_kept(release: Files, said: list[str]) -> None:
    path = _ensure(release, said)
    assert path.read_bytes() == b"released"
    assert os.access(path, os.X_OK)
    assert [p.name for p in path.parent.iterdir()] == ["livekit-server"]
    asked = len(release.asked)
    assert _ensure(release, said) == path
    assert len(release.asked) == asked


def test_a_wrong_checksum_is_refused_and_go_builds(
    release: Files, said: list[str], tmp_path: Path
) -> None:
    release.replies[f"/{ASSET}"] = Reply(_archive({"livekit-server": b"forged"}))
    _fake_go(tmp_path, 'printf %s "$*" > "$GOBIN/server"; chmod +x "$GOBIN/server"')
    path = _ensure(release, said)
    assert path.name == "livekit-server"
    assert path.read_text() == f"install github.com/livekit/livekit-server/cmd/server@v{VERSION}"
    assert any("checksums.txt says" in line for line in said)


def test_without_any_way_each_reason_and_the_fix_are_given(release: Files, said: list[str]) -> None:
    release.replies.clear()
    with pytest.raises(LiveKitServerUnavailable) as raised:
        _ensure(release, said)
    for part in ("HTTP status 404", "Go is not installed", "INTERPRETER_LIVEKIT_SERVER"):
        assert part in str(raised.value)


def test_a_failing_build_says_why(release: Files, said: list[str], tmp_path: Path) -> None:
    release.replies.clear()
    _fake_go(tmp_path, "echo 'go: module lookup disabled' >&2; exit 1")
    with pytest.raises(LiveKitServerUnavailable, match="go: module lookup disabled"):
        _ensure(release, said)


def test_a_cache_that_cannot_be_written_is_named(
    release: Files, said: list[str], tmp_path: Path
) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(LiveKitServerUnavailable) as raised:
        _ensure(release, said)
    for part in (f"{tmp_path / 'cache'}/", "cannot be written", "INTERPRETER_LIVEKIT_SERVER"):
        assert part in str(raised.value)


def test_assets_by_machine() -> None:
    assert release_asset("Linux", "x86_64") == ASSET
    assert release_asset("Linux", "aarch64") == f"livekit_{VERSION}_linux_arm64.tar.gz"
    assert release_asset("Darwin", "arm64") is None
    assert release_asset("Linux", "riscv64") is None


def test_checksum_lists() -> None:
    listing = "AB12  a.tar.gz\ncd34 *b.tar.gz\nnonsense\n"
    assert listed_checksum(listing, "a.tar.gz") == "ab12"
    assert listed_checksum(listing, "b.tar.gz") == "cd34"
    assert listed_checksum(listing, "c.tar.gz") is None
