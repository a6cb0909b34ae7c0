"""The server's life: ready, ended, port taken, cancelled. A small program stands in for it."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from agent.provisioning import (
    LiveKitServer,
    LiveKitServerError,
    find_livekit_server,
    own_address,
)
from agent.provisioning.livekit_server import server_config

pytestmark = pytest.mark.unit

_HEADER = f"#!{sys.executable}\nimport json, os, pathlib, signal, sys, time\n"
_PID = "pathlib.Path(__file__).with_name('pids').open('a').write(f'{os.getpid()}\\n')\n"
_SERVE = """
import http.server
config = json.loads(pathlib.Path(sys.argv[2]).read_text())
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", config["port"]), Handler).serve_forever()
"""


def _program(folder: Path, body: str) -> Path:
    path = folder / "livekit-server"
    path.write_text(_HEADER + _PID + body)
    path.chmod(0o755)
    return path


def _alive(folder: Path) -> list[int]:
    return [pid for pid in _pids(folder) if Path(f"/proc/{pid}").exists()]


def _pids(folder: Path) -> list[int]:
    path = folder / "pids"
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def test_serves_and_ends_with_its_owner(tmp_path: Path) -> None:
    with LiveKitServer(_program(tmp_path, _SERVE), tmp_path / "run") as server:
        assert server.running
        assert server.url == f"ws://127.0.0.1:{server.port}"
        assert len(server.api_secret) >= 32
        assert len(_alive(tmp_path)) == 1
    assert not server.running
    assert _alive(tmp_path) == []


def test_one_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    stubborn = _program(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)" + _SERVE)
    with LiveKitServer(stubborn, tmp_path / "run", stop_timeout=0.2):
        pass
    assert _alive(tmp_path) == []


def test_failure_shows_the_log(tmp_path: Path) -> None:
    broken = _program(tmp_path, "print('bad key file', flush=True); sys.exit(1)")
    with pytest.raises(LiveKitServerError, match="ended while starting(.|\n)*bad key file"):
        LiveKitServer(broken, tmp_path / "run").start()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    program = _program(tmp_path, _SERVE)
    with pytest.raises(LiveKitServerError, match=rf"^{program}/run cannot be written \(Not a dir"):
        LiveKitServer(program, program / "run").start()


def test_silence_is_reported_and_leaves_nothing(tmp_path: Path) -> None:
    silent = _program(tmp_path, "time.sleep(60)")
    with pytest.raises(LiveKitServerError, match=r"did not answer in 0.5 s"):
        LiveKitServer(silent, tmp_path / "run", ready_timeout=0.5).start()
    assert _alive(tmp_path) == []


def test_a_taken_port_is_chosen_again(tmp_path: Path) -> None:
    taken_once = """
first = pathlib.Path(__file__).with_name("first")
if not first.exists():
    first.touch(); print("listen: bind: address already in use", flush=True); sys.exit(1)
"""
    with LiveKitServer(_program(tmp_path, taken_once + _SERVE), tmp_path / "run") as server:
        assert server.running
    assert len(_pids(tmp_path)) == 2


async def test_cancelled_while_starting_leaves_nothing(tmp_path: Path) -> None:
    server = LiveKitServer(_program(tmp_path, "time.sleep(60)"), tmp_path / "run")
    entering = asyncio.create_task(server.__aenter__())
    while not _alive(tmp_path):  # noqa: ASYNC110 - another process sets it
        await asyncio.sleep(0.01)
    entering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await entering
    assert not server.running
    assert _alive(tmp_path) == []


@pytest.mark.parametrize("media_address", ["127.0.0.1", "192.0.2.7"])
def test_configuration_lets_this_machine_alone_in(media_address: str) -> None:
    config = server_config(
        port=1, udp_port=2, api_key="k", api_secret="s", media_address=media_address
    )
    assert config["bind_addresses"] == ["127.0.0.1"]
    assert config["rtc"]["tcp_port"] == 0
    # Without any, clients are sent to public ones.
    assert [server.split(":")[0] for server in config["rtc"]["stun_servers"]] == ["127.0.0.1"]
    assert config["rtc"]["node_ip"] == media_address
    assert config["rtc"]["ips"] == {"includes": [f"{media_address}/32"]}
    assert config["keys"] == {"k": "s"}


def test_the_own_address_is_of_this_machine() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.bind((own_address(), 0))


def test_the_own_address_without_a_network_is_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    # No socket that did not ask for it may send to everybody.
    everybody = ("255.255.255.255", 9)
    monkeypatch.setattr("agent.provisioning.livekit_server._ELSEWHERE", everybody)
    assert own_address() == "127.0.0.1"


def test_a_configured_path_is_used_or_named_in_the_error(tmp_path: Path) -> None:
    assert find_livekit_server(_program(tmp_path, "")) == tmp_path / "livekit-server"
    with pytest.raises(FileNotFoundError, match="INTERPRETER_LIVEKIT_SERVER"):
        find_livekit_server(tmp_path / "absent")


def test_found_on_path_before_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    program = _program(tmp_path / "bin", "")
    cached = tmp_path / "cache" / "livekit-interpreter" / "bin" / "livekit-server"
    cached.parent.mkdir(parents=True)
    cached.symlink_to(program)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find_livekit_server() == program
    monkeypatch.setenv("PATH", os.devnull)
    assert find_livekit_server() == cached
