"""A livekit-server for this machine, with its own keys and ports, that ends with its owner."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path
from typing import IO, Any, Self

logger = logging.getLogger("interpreter.provisioning")

_START_ATTEMPTS = 3
_POLL_SECONDS = 0.05
_LOG_TAIL_LINES = 15
_LOOPBACK = "127.0.0.1"
# STUN's own port, since browsers refuse some others. On this machine a client needs no answer.
_NOBODY = f"{_LOOPBACK}:3478"
# Kept for documentation (RFC 5737): the way there is the way to anywhere else.
_ELSEWHERE = ("198.51.100.1", 9)


class LiveKitServerError(RuntimeError):
    """livekit-server did not start, or ended before it was told to."""


def server_config(
    *, port: int, udp_port: int, api_key: str, api_secret: str, media_address: str
) -> dict[str, Any]:
    """The configuration of a server in whose rooms only this machine can be.

    `tcp_port: 0` turns off ICE over TCP, which would listen on every interface whatever
    `bind_addresses` says; a given `node_ip` keeps the server from asking a public STUN server, and
    `stun_servers` keeps it from sending its clients to Google's and Twilio's, as it does by itself.
    A client whose negotiation gets stuck, as happens on a loaded machine, hears no new track; with
    `reconnect_on_subscription_error` it joins anew.
    """
    rtc: dict[str, Any] = {
        "tcp_port": 0,
        "udp_port": udp_port,
        "node_ip": media_address,
        # Else it listens on every interface.
        "ips": {"includes": [f"{media_address}/32"]},
        "use_external_ip": False,
        "stun_servers": [_NOBODY],
        "enable_loopback_candidate": True,
        "reconnect_on_subscription_error": True,
    }
    return {
        "port": port,
        "bind_addresses": [_LOOPBACK],
        "rtc": rtc,
        "keys": {api_key: api_secret},
        "logging": {"level": "info", "json": False},
    }


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_address() -> str:
    """This machine's address towards others; the loopback address where it has no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Chooses a route; nothing is sent.
            probe.connect(_ELSEWHERE)
        except OSError:
            return _LOOPBACK
        return str(probe.getsockname()[0])


class LiveKitServer:
    """One livekit-server process; a context manager, synchronous or asynchronous.

    Args:
        binary: The livekit-server executable.
        workdir: Folder for the configuration and the log; made when missing.
        media_address: Of this machine, where sound comes and goes. Firefox uses no loopback address
            for that, see `own_address`. Whoever else reaches it gets no answer without having
            joined a room, which is over loopback.
        ready_timeout: Seconds to wait until the server answers HTTP.
        stop_timeout: Seconds to wait after SIGTERM before SIGKILL.

    Entering raises:
        LiveKitServerError: It ended, or did not answer in time; the message ends with its log. Or
            the folder cannot be written.
    """

    def __init__(
        self,
        binary: Path,
        workdir: Path,
        *,
        media_address: str = _LOOPBACK,
        ready_timeout: float = 30.0,
        stop_timeout: float = 5.0,
    ) -> None:
        self._binary = binary
        self._workdir = workdir
        self._media_address = media_address
        self._ready_timeout = ready_timeout
        self._stop_timeout = stop_timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._abandoned = threading.Event()
        self.port = 0
        self.api_key = "API" + secrets.token_hex(6)
        self.api_secret = secrets.token_hex(24)
        """Hexadecimal, 48 characters: PyJWT warns about an HMAC key below 32."""

    @property
    def url(self) -> str:
        """Websocket URL; valid once started."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def log_path(self) -> Path:
        return self._workdir / "livekit-server.log"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until the server answers; blocks.

        Another process may take a port between the choice and the bind, so a server that ends
        at once is started again on other ports.
        """
        for attempt in range(1, _START_ATTEMPTS + 1):
            self._spawn()
            if self._wait_ready():
                logger.info("livekit-server is ready", extra={"url": self.url})
                return
            ended = not self.running
            self.stop()
            if not ended or "address already in use" not in self.log_tail():
                break
            logger.warning("a port was taken meanwhile", extra={"attempt": attempt})
        raise LiveKitServerError(self._failure(ended))

    def stop(self) -> None:
        """End the process and wait for it; blocks. Harmless when it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(self._stop_timeout)
        except subprocess.TimeoutExpired:
            logger.warning("livekit-server ignored SIGTERM and is killed")
            process.kill()
            process.wait()

    def log_tail(self, lines: int = _LOG_TAIL_LINES) -> str:
        """Last lines of the server's log; empty when there is none yet."""
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def _spawn(self) -> None:
        self.port = free_port()
        config = server_config(
            port=self.port,
            udp_port=free_port(socket.SOCK_DGRAM),
            api_key=self.api_key,
            api_secret=self.api_secret,
            media_address=self._media_address,
        )
        path = self._workdir / "livekit.yaml"
        try:
            self._workdir.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(json.dumps(config, indent=2))  # JSON is YAML
            log = self.log_path.open("wb")
        except OSError as error:
            raise LiveKitServerError(
                f"{error.filename or path} cannot be written ({error.strerror}): make it writable "
                "and make room"
            ) from None
        with log:
            self._run(path, log)

    def _run(self, config: Path, log: IO[bytes]) -> None:
        try:
            # A session of its own keeps ^C in the terminal for the owner, which then closes what
            # it runs in order.
            self._process = subprocess.Popen(
                [self._binary, "--config", config],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise LiveKitServerError(f"{self._binary} cannot be run: {error}") from None

    def _wait_ready(self) -> bool:
        deadline = time.monotonic() + self._ready_timeout
        try:
            while self.running and time.monotonic() < deadline:
                if self._answers():
                    return True
                if self._abandoned.wait(_POLL_SECONDS):
                    return False
        except BaseException:  # ^C while waiting must not leave the process behind
            self.stop()
            raise
        return False

    def _answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with contextlib.suppress(OSError):
            with opener.open(f"http://127.0.0.1:{self.port}/", timeout=1.0) as response:
                return bool(response.status == 200)
        return False

    def _failure(self, ended: bool) -> str:
        what = "ended while starting" if ended else f"did not answer in {self._ready_timeout:g} s"
        return f"livekit-server {what}; the end of its log ({self.log_path}):\n{self.log_tail()}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        starting = asyncio.ensure_future(asyncio.to_thread(self.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            # A thread cannot be cancelled: tell it, wait for it, then end what it started.
            self._abandoned.set()
            await asyncio.wait([starting])
            self.stop()
            # That it was not started is no news.
            starting.exception()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)
