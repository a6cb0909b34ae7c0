"""The image and the compose file keep in step with the worker, the page and each other."""

import json
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.config import Settings, WorkerSettings
from agent.web.command import parser as web_options
from agent.web.site import CLIENT

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
# A proxy that nobody may ask: there is none.
PROXY = "http://127.0.0.1:9"


def _read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker" / name).read_text())
    return loaded


def _interpolated(text: str) -> str:
    """As Compose has it where no variable is set; those inside others go first."""
    inner = re.compile(r"\$\{\w+:-([^{}]*)\}")
    while inner.search(text):
        text = inner.sub(r"\1", text)
    return text


def _services() -> dict[str, Any]:
    services: dict[str, Any] = _read("compose.yaml")["services"]
    return services


def _instructions() -> str:
    """The Dockerfile's, each on a line of its own."""
    return (ROOT / "docker/agent.Dockerfile").read_text().replace("\\\n", "")


def _health_check() -> list[str]:
    """The image's command."""
    given = re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", _instructions(), re.MULTILINE)
    assert given is not None
    command: list[str] = json.loads(given[1])
    return command


@contextmanager
def _answering(status: int) -> Iterator[int]:
    """A server on loopback that answers so; gives its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def _passes(command: list[str], environment: dict[str, str]) -> bool:
    assert command[0] == "python"
    environment = {"PATH": os.defpath, "http_proxy": PROXY, **environment}
    done = subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True)
    return done.returncode == 0


@pytest.mark.parametrize("host", [{}, *({"INTERPRETER_HOST": h} for h in ("", "0.0.0.0"))])
def test_the_health_check_asks_the_worker_where_it_listens(host: dict[str, str]) -> None:
    with _answering(200) as port:
        assert _passes(_health_check(), {"INTERPRETER_PORT": str(port), **host})


def test_a_worker_that_is_not_well_is_told_from_one_that_is() -> None:
    with _answering(503) as port:
        environment = {"INTERPRETER_PORT": str(port)}
        assert not _passes(_health_check(), environment)
    assert not _passes(_health_check(), environment)


def test_the_health_check_asks_the_page_and_no_proxy() -> None:
    _, *command = _services()["web"]["healthcheck"]["test"]
    with _answering(200) as port:
        assert _passes([part.replace("8080", str(port)) for part in command], {})
    with _answering(503) as port:
        assert not _passes([part.replace("8080", str(port)) for part in command], {})


def test_the_health_check_knows_the_default_and_composes_port() -> None:
    default = Settings.model_fields["port"].default
    assert f"'INTERPRETER_PORT') or {default}" in _health_check()[-1]
    assert _services()["agent"]["environment"]["INTERPRETER_PORT"] == str(default)
    assert _services()["agent"]["environment"]["INTERPRETER_HOST"] == "0.0.0.0"
    assert "healthcheck" not in _services()["agent"]


def test_the_page_waits_for_its_interpreter() -> None:
    assert _services()["web"]["depends_on"] == {"agent": {"condition": "service_healthy"}}


def test_an_image_with_models_has_the_pages_client() -> None:
    fetches = re.search(r"^RUN if \[ -n \"\$MODELS\" \].*$", _instructions(), re.MULTILINE)
    assert fetches is not None
    assert f"python -m agent.models {CLIENT};" in fetches[0]


def test_compose_leaves_time_to_finish_what_is_being_said() -> None:
    worker = WorkerSettings()
    # A room may take as long again to close.
    grace = float(_services()["agent"]["stop_grace_period"].removesuffix("s"))
    assert grace > worker.drain_seconds + 2 * worker.finish_seconds


def test_compose_starts_the_server_that_the_project_pins() -> None:
    services = _services()
    assert set(services) == {"livekit", "agent", "web"}
    pinned = re.search(
        r'^VERSION = "(.+)"$', (ROOT / "agent/provisioning/install.py").read_text(), re.MULTILINE
    )
    assert pinned is not None
    assert services["livekit"]["image"] == f"livekit/livekit-server:v{pinned.group(1)}"
    build = services["agent"]["build"]
    assert (ROOT / "docker" / build["context"] / build["dockerfile"]).is_file()
    mounted = services["livekit"]["volumes"][0].split(":")[0]
    assert (ROOT / "docker" / mounted).is_file()


def test_compose_shows_the_page_to_this_machine_alone() -> None:
    page, agent = _services()["web"], _services()["agent"]
    assert page["image"] == agent["image"]
    arguments = page["command"][page["command"].index("agent.web") + 1 :]
    options = web_options().parse_args([_interpolated(part) for part in arguments])
    assert page["ports"] == [f"127.0.0.1:{options.port}:{options.port}"]
    assert options.host_name == []
    for name in ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        assert page["environment"][name] == agent["environment"][name]


def test_compose_leads_visitors_of_the_page_to_its_server() -> None:
    address = _services()["web"]["environment"]["LIVEKIT_URL"]
    assert _interpolated(address) == "ws://127.0.0.1:7880"


def test_the_servers_ports_are_the_published_ones() -> None:
    config = _read("livekit.yaml")
    published = {port.split(":")[-1] for port in _services()["livekit"]["ports"]}
    rtc = config["rtc"]
    assert published == {str(config["port"]), str(rtc["tcp_port"]), f"{rtc['udp_port']}/udp"}


def test_the_servers_clients_ask_nobody_for_their_address() -> None:
    config = _read("livekit.yaml")
    # Without any, livekit-server names public ones.
    hosts = {server.split(":")[0] for server in config["rtc"]["stun_servers"]}
    assert hosts == {"127.0.0.1"}


def test_the_image_is_built_for_the_platform_that_is_asked_for() -> None:
    """With a default, a builder takes that for the platform, whichever it builds for."""
    pattern = re.compile(r"^ARG (TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)=", re.MULTILINE)
    assert pattern.search(_instructions()) is None


def _cmake_arguments(folder: Path, architecture: str) -> list[str]:
    """What llama.cpp is built with, as its build takes it: words of a shell."""
    step = re.search(r"^RUN (cmake_args=.*)$", _instructions(), re.MULTILINE)
    assert step is not None
    for name, says in {"dpkg": f"echo {architecture}", "uv": 'echo "$CMAKE_ARGS"'}.items():
        (folder / name).write_text(f"#!/bin/sh\n{says}\n")
        (folder / name).chmod(0o755)
    environment = {"PATH": f"{folder}:{os.defpath}"}
    done = subprocess.run(["sh", "-c", step[1]], env=environment, capture_output=True, check=True)
    return shlex.split(done.stdout.decode())


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_the_image_takes_up_nothing_of_its_builders_processor(
    tmp_path: Path, architecture: str
) -> None:
    arguments = _cmake_arguments(tmp_path, architecture)
    assert {"-DGGML_NATIVE=OFF", "-DGGML_OPENMP=OFF"} <= set(arguments)


def test_the_image_has_llama_cpps_variants_where_the_plugin_looks(tmp_path: Path) -> None:
    arguments = _cmake_arguments(tmp_path, "amd64")
    assert {"-DGGML_BACKEND_DL=ON", "-DGGML_CPU_ALL_VARIANTS=ON"} <= set(arguments)
    # With a type: CMake makes a path that has none absolute.
    assert "-DGGML_BACKEND_DIR:STRING=llama_cpp/lib" in arguments
    (flags,) = (argument for argument in arguments if "CMAKE_CXX_FLAGS" in argument)
    assert flags in (ROOT / "Makefile").read_text()


def test_the_image_copies_what_there_is_and_is_let_into_the_build() -> None:
    lines = re.findall(r"^COPY (?!--from)(.+)$", _instructions(), re.MULTILINE)
    copied = {part for line in lines for part in line.split()[:-1]}
    assert copied and [part for part in copied if not (ROOT / part).exists()] == []
    let_in = (ROOT / "docker/agent.Dockerfile.dockerignore").read_text().splitlines()
    assert copied <= {line.removeprefix("!") for line in let_in if line.startswith("!")}
