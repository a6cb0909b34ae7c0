"""A web server on loopback for tests of downloads."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Reply:
    """What one path answers.

    Attributes:
        promised: Content-Length to send where it is not that of `body`.
        ranges: Whether a Range request is honoured.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    ranges: bool = True


@dataclass
class Files:
    """A running server: its replies by path, and what was asked."""

    address: str
    replies: dict[str, Reply]
    asked: list[tuple[str, str, str | None]]


@contextmanager
def serve(replies: dict[str, Reply]) -> Iterator[Files]:
    """Serve `replies` on a free port of 127.0.0.1."""
    asked: list[tuple[str, str, str | None]] = []
    handler = type("Handler", (_Handler,), {"replies": replies, "asked": asked})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Files(f"http://127.0.0.1:{server.server_address[1]}", replies, asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    replies: dict[str, Reply]
    asked: list[tuple[str, str, str | None]]

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Tests look at `asked`."""

    def _answer(self, *, with_body: bool) -> None:
        path, wanted = self.path.partition("?")[0], self.headers.get("Range")
        self.asked.append((self.command, path, wanted))
        reply = self.replies.get(path, Reply(status=404))
        body, status = reply.body, reply.status
        if wanted is not None and reply.ranges and status == 200:
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            body, status = body[start:], 206
        self.send_response(status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        promised = len(body) if reply.promised is None else reply.promised
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{start + promised - 1}/*")
        self.send_header("Content-Length", str(promised))
        self.end_headers()
        if with_body:
            self.wfile.write(body)
