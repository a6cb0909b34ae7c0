"""A run: server, worker, one speaker, one listener per language, until all is heard."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from agent.evaluation.recording import Samples, WavRecorder
from agent.local.errors import LocalRunError
from agent.local.worker_process import LOADING, REGISTRATION_SECONDS, WorkerProcess
from agent.provisioning import LiveKitServer, LiveKitServerError
from agent.provisioning.progress import say

from .captions import CaptionBoard
from .event_tail import follow
from .options import DemoOptions
from .output import writing_to
from .participants import RECORDING_RATE, Listener, RoomAddress, Speaker
from .preparation import Preparation, worker_environment
from .progress import RunProgress, patience
from .results import Recordings
from .speech import SAMPLE_RATE
from .terminal import CaptionView

_JOIN_SECONDS = 60.0
_CHECK_SECONDS = 0.1
_ROOM = "demo"

T = TypeVar("T")


class Run:
    """One run of the demo, in order: start, speak, listen to the end, close.

    Args:
        console: takes captions and what is being done.
    """

    def __init__(self, options: DemoOptions, ready: Preparation, console: Console) -> None:
        self._options = options
        self._speech = ready.speech
        self._binary = ready.server_binary
        self._console = console
        self._board = CaptionBoard()
        self.progress = RunProgress(options.targets)
        self.blocked = 0

    @property
    def events(self) -> Path:
        """The emissions log that the worker writes."""
        return self._options.output / "worker-events.jsonl"

    async def interpret(self) -> Recordings:
        """Everything from the start of the server to the last translated word.

        Raises:
            LocalRunError: a part failed, or took much too long.
        """
        with writing_to(self._options.output):
            self.events.unlink(missing_ok=True)
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(self._server())
            worker = await stack.enter_async_context(self._worker(server))
            address = RoomAddress(server.url, server.api_key, server.api_secret, _ROOM)
            recordings = await _unless_ended(worker, self._talk(address))
            self.blocked = worker.blocked
            return recordings

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[LiveKitServer]:
        say(self._console, "livekit-server starts on loopback")
        try:
            async with LiveKitServer(self._binary, self._options.output) as server:
                yield server
        except LiveKitServerError as error:
            raise LocalRunError(str(error)) from None

    @asynccontextmanager
    async def _worker(self, server: LiveKitServer) -> AsyncIterator[WorkerProcess]:
        log = self._options.output / "worker.log"
        say(self._console, f"the worker starts and loads its models (log: {log})")
        environment = worker_environment(self._options, server, self.events)
        async with WorkerProcess(environment, log, on_line=self._worker_said) as worker:
            await worker.wait_registered(REGISTRATION_SECONDS)
            yield worker

    def _worker_said(self, message: str) -> None:
        if message.startswith(LOADING):
            say(self._console, f"  {message}")

    async def _talk(self, address: RoomAddress) -> Recordings:
        speaker = Speaker(address, self._options.source)
        view = CaptionView(
            self._console,
            self._board,
            self.progress,
            source=self._options.source,
            targets=self._options.targets,
        )
        listeners = [
            Listener(address, language, on_caption=view.show, on_sound=self.progress.heard)
            for language in self._options.targets
        ]
        try:
            await self._gather(speaker, listeners)
            with view:
                return await self._speak_and_listen(speaker, listeners, view)
        finally:
            await asyncio.gather(speaker.leave(), *(listener.leave() for listener in listeners))

    async def _gather(self, speaker: Speaker, listeners: list[Listener]) -> None:
        """Bring everybody into the room, and the interpreter to the speaker."""
        for listener in listeners:
            await listener.enter()
        await speaker.enter()
        say(self._console, "waiting for the interpreter to join the room")
        await _within(
            REGISTRATION_SECONDS,
            speaker.wait_for_interpreter(),
            "the interpreter did not join the room",
        )
        await _within(_JOIN_SECONDS, speaker.open_microphone(), "nobody takes the speaker's audio")
        for listener in listeners:
            await _within(
                _JOIN_SECONDS,
                listener.wait_tuned_in(),
                f"the interpreter publishes no track in {listener.language}",
            )

    async def _speak_and_listen(
        self, speaker: Speaker, listeners: list[Listener], view: CaptionView
    ) -> Recordings:
        started_at = time.time()
        with _recorders(self._options.output, listeners, started_at) as files:
            following = asyncio.create_task(self._follow_events(), name="events")
            speaking = asyncio.create_task(self._speak(speaker, self._speech), name="speak")
            try:
                await self._until_finished(following, speaking, view)
            finally:
                following.cancel()
                speaking.cancel()
                await asyncio.gather(following, speaking, return_exceptions=True)
        return Recordings(self._speech, started_at, files)

    async def _until_finished(
        self, following: asyncio.Task[None], speaking: asyncio.Task[None], view: CaptionView
    ) -> None:
        """Return when all is interpreted and heard, at the latest when waiting is pointless."""
        seconds = len(self._speech) / SAMPLE_RATE
        deadline = time.time() + seconds + patience(seconds)
        while not self.progress.finished(time.time()):
            for task in (following, speaking):
                if task.done():
                    task.result()
            if time.time() > deadline:
                raise LocalRunError(self._overdue(seconds))
            view.refresh()
            await asyncio.sleep(_CHECK_SECONDS)
        view.refresh()

    def _overdue(self, seconds: float) -> str:
        waiting = self.progress.pending() or {"recognition": 1}
        what = ", ".join(f"{count} in {name}" for name, count in waiting.items())
        return (
            f"not everything was interpreted {patience(seconds):.0f} s after the end of speech "
            f"(sentences open: {what}). See {self._options.output / 'worker.log'}; a machine that "
            "is busy with something else may be too slow"
        )

    async def _speak(self, speaker: Speaker, samples: Samples) -> None:
        await speaker.speak(samples)
        self.progress.speech_ended_at = time.time()
        await speaker.stay_silent()

    async def _follow_events(self) -> None:
        async for event in follow(self.events):
            self.progress.take(event, time.time())

    def missing_captions(self) -> dict[str, int]:
        """Segments without a final caption, by language."""
        return self._board.unfinished(self._options.source, self._options.targets)


@contextmanager
def _recorders(
    folder: Path, listeners: list[Listener], started_at: float
) -> Iterator[dict[str, Path]]:
    """Record every listener from `started_at` on; gives the files by language."""
    with writing_to(folder), ExitStack() as stack:
        files = {}
        for listener in listeners:
            path = folder / f"{listener.language}.wav"
            recorder = WavRecorder(path, sample_rate=RECORDING_RATE, origin=started_at)
            listener.record(stack.enter_context(recorder))
            stack.callback(listener.record, None)
            files[listener.language] = path
        yield files


async def _within(seconds: float, awaitable: Awaitable[T], otherwise: str) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await awaitable
    except TimeoutError:
        raise LocalRunError(f"{otherwise} within {seconds:.0f} s; see worker.log") from None


async def _unless_ended(worker: WorkerProcess, work: Coroutine[Any, Any, T]) -> T:
    """Do `work`; a worker that ends meanwhile ends it.

    Raises:
        LocalRunError: the worker's end.
    """
    working = asyncio.create_task(work)
    ending = asyncio.create_task(worker.wait_ended())
    try:
        await asyncio.wait((working, ending), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            await ending
        return await working
    finally:
        for task in (working, ending):
            task.cancel()
        await asyncio.gather(working, ending, return_exceptions=True)
