"""Tokens do not reach the log, in whatever they stand."""

import asyncio
import io
import logging
from collections.abc import Iterator

import pytest

from agent.config import Settings
from agent.log_tokens import hide_tokens
from agent.server import InterpreterServer
from livekit import api
from tests.fakes.engines import FakeEngines

pytestmark = pytest.mark.unit

TOKEN = api.AccessToken("key", "a secret of no less than 32 characters").to_jwt()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a handler of the process has written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(
        logging.Formatter("%(levelname)s %(message)s %(address)s", defaults={"address": ""})
    )
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def test_a_token_is_hidden_in_message_fields_and_traceback(log: io.StringIO) -> None:
    hide_tokens()
    hide_tokens()
    try:
        raise ConnectionError(f"401: invalid token: {TOKEN}, error: not verified")
    except ConnectionError:
        logging.getLogger("livekit").exception(
            "refused: %s",
            TOKEN,
            extra={"address": f"ws://host/rtc?access_token={TOKEN}&sdk=python"},
        )
    said = log.getvalue()
    assert "eyJ" not in said and TOKEN.split(".")[2] not in said
    assert said.startswith("ERROR refused: (token) ws://host/rtc?access_token=(token)&sdk=python\n")
    assert said.endswith("ConnectionError: 401: invalid token: (token), error: not verified\n")


@pytest.mark.usefixtures("clean_environment")
def test_a_worker_hides_them(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERPRETER_PORT", "0")

    def load() -> FakeEngines:
        raise ConnectionError(f"invalid token: {TOKEN}")

    with pytest.raises(SystemExit):
        asyncio.run(InterpreterServer(Settings(), load).run(unregistered=True))
    assert "ConnectionError: invalid token: (token)" in log.getvalue()
