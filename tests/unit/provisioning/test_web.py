"""Downloads: whole, resumed, refused, broken off."""

from pathlib import Path

import pytest

from agent.provisioning import PlainProgress
from agent.provisioning.livekit_server import free_port
from agent.provisioning.web import DownloadFailed, download

from .http_files import Reply, serve

pytestmark = pytest.mark.unit

BODY = bytes(range(256)) * 4
SILENT = PlainProgress(lambda line: None)


def test_the_whole_file(tmp_path: Path) -> None:
    with serve({"/f": Reply(BODY)}) as files:
        download(f"{files.address}/f", tmp_path / "f", SILENT, "f")
    assert (tmp_path / "f").read_bytes() == BODY


def test_what_is_there_is_continued(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(BODY[:100])
    with serve({"/f": Reply(BODY)}) as files:
        download(f"{files.address}/f", tmp_path / "f", SILENT, "f")
        assert files.asked == [("GET", "/f", "bytes=100-")]
    assert (tmp_path / "f").read_bytes() == BODY


def test_a_server_without_ranges_sends_all_again(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"other")
    with serve({"/f": Reply(BODY, ranges=False)}) as files:
        download(f"{files.address}/f", tmp_path / "f", SILENT, "f")
    assert (tmp_path / "f").read_bytes() == BODY


def test_a_broken_connection_keeps_what_came_for_the_next_try(tmp_path: Path) -> None:
    with serve({"/f": Reply(BODY[:300], promised=len(BODY))}) as files:
        with pytest.raises(DownloadFailed, match="/f"):
            download(f"{files.address}/f", tmp_path / "f", SILENT, "f")
        assert (tmp_path / "f").read_bytes() == BODY[:300]
        files.replies["/f"] = Reply(BODY)
        download(f"{files.address}/f", tmp_path / "f", SILENT, "f")
    assert (tmp_path / "f").read_bytes() == BODY


def test_a_complete_leftover_is_fetched_afresh(tmp_path: Path) -> None:
    """Asked to go on behind the end of a file, a server answers 416."""
    (tmp_path / "f").write_bytes(BODY)
    with serve({"/f": Reply(status=416)}) as files:
        with pytest.raises(DownloadFailed, match="416"):
            download(f"{files.address}/f", tmp_path / "f", SILENT, "f")
    assert not (tmp_path / "f").exists()


def test_refusal_and_silence_name_the_address(tmp_path: Path) -> None:
    with serve({}) as files, pytest.raises(DownloadFailed, match=r"/absent: HTTP status 404"):
        download(f"{files.address}/absent", tmp_path / "f", SILENT, "f")
    with pytest.raises(DownloadFailed, match="refused"):
        download(f"http://127.0.0.1:{free_port()}/f", tmp_path / "f", SILENT, "f")
