"""A request that cannot be worked on fails alone."""

import queue
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from livekit.plugins.llama_cpp import DecodeError, RequestError, Runtime
from livekit.plugins.llama_cpp.request import Event, Failed, Finished, Request, Text

from .scripted import ScriptedBackend, answers, broken, chat_context, requested

pytestmark = pytest.mark.unit

Events = queue.SimpleQueue[Event]


@pytest.fixture
def backend() -> ScriptedBackend:
    return ScriptedBackend(answers(lambda source: f"<{source}>"), n_sequences=2, gated=True)


@pytest.fixture
def runtime(backend: ScriptedBackend) -> Iterator[Runtime]:
    running = Runtime(backend)
    yield running
    backend.allow(10_000)
    running.close()


def request(source: str) -> Request:
    return requested(chat_context(source))


def submitted(runtime: Runtime, asked: Request) -> Events:
    events: Events = queue.SimpleQueue()
    runtime.submit(asked, events.put)
    return events


def outcome(events: Events) -> str | Exception:
    said = ""
    while True:
        match events.get(timeout=5):
            case Text(more):
                said += more
            case Failed(error):
                return error
            case Finished():
                return said


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"prompt": "half a character: \ud83d"}, id="read"),
        pytest.param({"stop": None}, id="begun"),
        pytest.param({"stop": (3,)}, id="answered"),
    ],
)
def test_others_go_on_beside_a_request_that_cannot_be_worked_on(
    runtime: Runtime,
    backend: ScriptedBackend,
    fault: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    neighbour = submitted(runtime, request("neighbour"))
    faulty = [submitted(runtime, replace(request("faulty"), **fault)) for _ in range(3)]
    waiting = submitted(runtime, request("waiting"))
    backend.allow(10_000)
    for error in map(outcome, faulty):
        assert isinstance(error, RequestError) and not error.retryable
    assert outcome(neighbour) == "<neighbour>"
    assert outcome(waiting) == "<waiting>"
    assert runtime.load_count == 0
    assert "could not work on a request" in caplog.text


def test_a_failed_pass_gives_each_request_an_error_of_its_own() -> None:
    """LiveKit marks the error of a request that has begun to answer as not to be tried again."""
    backend = ScriptedBackend(
        answers(lambda source: f"<{source}>"), n_sequences=2, gated=True, faults={2: broken()}
    )
    runtime = Runtime(backend)
    requests = [submitted(runtime, request(source)) for source in ("the one", "the other")]
    backend.allow(10_000)
    first, second = map(outcome, requests)
    runtime.close()
    assert isinstance(first, DecodeError)
    assert isinstance(second, DecodeError)
    assert first is not second
    assert str(first) == str(second)
