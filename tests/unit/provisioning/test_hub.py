"""The hub source: huggingface_hub itself against a server that speaks the hub's protocol."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants

from agent.models import Model, ModelFile
from agent.models.errors import SourceUnavailable
from agent.models.model import HubFile
from agent.models.sources import HubSource
from agent.provisioning import PlainProgress
from agent.provisioning.livekit_server import free_port

from .http_files import Files, Reply, serve

pytestmark = pytest.mark.unit

WEIGHTS = b"weights" * 1000
CONFIG = b'{"layers": 2}'
COMMIT = "c" * 40
SILENT = PlainProgress(lambda line: None)


def sha256(contents: bytes) -> str:
    return hashlib.sha256(contents).hexdigest()


def git_hash(contents: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(contents) + contents).hexdigest()


def hub_reply(contents: bytes, etag: str) -> Reply:
    return Reply(contents, headers={"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole run is offline from the real hub; the one asked here is on loopback."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def hub() -> Iterator[Files]:
    replies = {}
    for name, contents, etag in (
        ("model-Q4_K_M.gguf", WEIGHTS, sha256(WEIGHTS)),
        ("config.json", CONFIG, git_hash(CONFIG)),
    ):
        for revision in ("main", COMMIT):
            replies[f"/org/toy/resolve/{revision}/{name}"] = hub_reply(contents, etag)
    tree = [
        {"type": "file", "path": name, "size": 1, "oid": "0" * 40}
        for name in ("README.md", "config.json", "model-Q4_K_M.gguf", "model-Q8_0.gguf")
    ]
    replies["/api/models/org/toy/tree/main"] = Reply(json.dumps(tree).encode())
    with serve(replies) as files:
        yield files


def fetch(source: HubSource, filename: str, folder: Path) -> tuple[bytes, str | None]:
    file = ModelFile("f", None, None, hub=HubFile("org/toy", filename))
    model = Model("toy", "CC0", "", (file,))
    vouched = source.fetch(model, file, folder / "f", folder, SILENT)
    return (folder / "f").read_bytes(), vouched


def test_a_large_file_comes_with_the_hubs_sha256(hub: Files, tmp_path: Path) -> None:
    source = HubSource(hub.address)
    assert fetch(source, "model-Q4_K_M.gguf", tmp_path) == (WEIGHTS, sha256(WEIGHTS))


def test_a_small_file_is_held_against_its_git_hash(hub: Files, tmp_path: Path) -> None:
    assert fetch(HubSource(hub.address), "config.json", tmp_path) == (CONFIG, sha256(CONFIG))
    for revision in ("main", COMMIT):
        hub.replies[f"/org/toy/resolve/{revision}/config.json"] = hub_reply(CONFIG, "0" * 40)
    with pytest.raises(SourceUnavailable, match="checksum"):
        fetch(HubSource(hub.address), "config.json", tmp_path)


def test_a_pattern_finds_its_one_file(hub: Files, tmp_path: Path) -> None:
    contents, _ = fetch(HubSource(hub.address), "*[qQ]4_[kK]_[mM].gguf", tmp_path)
    assert contents == WEIGHTS


def test_an_ambiguous_pattern_lists_what_there_is(hub: Files, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"2 files of org/toy fit \*.gguf: .*Q8_0"):
        fetch(HubSource(hub.address), "*.gguf", tmp_path)


def test_a_hub_that_does_not_answer_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = HubSource(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SourceUnavailable, match="refused") as first:
        fetch(source, "config.json", tmp_path)
    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", _must_not_ask)
    with pytest.raises(SourceUnavailable) as second:
        fetch(source, "config.json", tmp_path)
    assert str(first.value) == str(second.value)


def _must_not_ask(url: str, **options: object) -> None:
    pytest.fail(f"{url} was asked for")


def test_a_missing_file_does_not_rule_out_the_next(hub: Files, tmp_path: Path) -> None:
    source = HubSource(hub.address)
    with pytest.raises(SourceUnavailable, match="404"):
        fetch(source, "absent.bin", tmp_path)
    assert fetch(source, "config.json", tmp_path)[0] == CONFIG


def test_the_library_is_asked_as_its_old_versions_are(
    hub: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = huggingface_hub.get_hf_file_metadata
    # Up to 0.33 it takes no endpoint, which is in the address.
    monkeypatch.setattr(
        huggingface_hub, "get_hf_file_metadata", lambda url, timeout: ask(url, timeout=timeout)
    )
    assert fetch(HubSource(hub.address), "config.json", tmp_path)[0] == CONFIG
