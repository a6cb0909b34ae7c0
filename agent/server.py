"""The LiveKit worker around the room interpreters."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from typing import NoReturn
from urllib.parse import urlsplit

import aiohttp
from livekit.agents import (
    AgentServer,
    AutoSubscribe,
    JobContext,
    JobExecutorType,
    JobProcess,
    JobRequest,
)
from livekit.agents.types import NOT_GIVEN, NotGivenOr

from livekit import api, rtc
from livekit.plugins.cascade import CascadeEvent

from .audience import subscriber
from .config import Settings, missing_credentials
from .encryption import KeysError, encryption_of, read_keys
from .engines import EngineError, EngineSet, Holder
from .keeping_up import LagWatch
from .load import Load, LoadMeter
from .room import RoomInterpreter
from .server_access import FAILURES, participants
from .telemetry import EventsFile, Observers, RoomMetrics, header, process_metrics
from .unseen import lookout

logger = logging.getLogger("interpreter.worker")

IDENTITY = "interpreter"
# A first start may have to fetch gigabytes; runners that start meanwhile wait for it.
_LOAD_SECONDS = 3600.0
# Idle threads cost nothing, and LiveKit takes only as many rooms at a time as there are.
_IDLE_RUNNERS = 4
_RETRY_SECONDS = 1.0
_REQUEST_SECONDS = 5.0


class StartError(RuntimeError):
    """The worker cannot start; the text names the setting and the fix."""


class InterpreterServer(AgentServer):
    """A worker that serves rooms with one set of engines.

    Before it registers, it makes sure that the server takes its key and loads the engines; if
    either fails the process ends with the reason and exit status 1.

    Args:
        load_engines: loads the engines; blocks; called once, outside the event loop.
    """

    def __init__(self, settings: Settings, load_engines: Callable[[], EngineSet]) -> None:
        super().__init__(
            # One copy of each model for all rooms.
            job_executor_type=JobExecutorType.THREAD,
            num_idle_processes=_IDLE_RUNNERS,
            initialize_process_timeout=_LOAD_SECONDS,
            session_end_timeout=settings.worker.finish_seconds + 10.0,
            drain_timeout=settings.worker.drain_seconds,
            load_fnc=self._load,
            load_threshold=settings.worker.load_threshold,
            job_memory_warn_mb=0,
            ws_url=settings.livekit_url or None,
            api_key=settings.livekit_api_key or None,
            api_secret=settings.livekit_api_secret.get_secret_value() or None,
            host=settings.host,
            port=settings.port,
            prometheus_port=settings.metrics_port,
            setup_fnc=self._prewarm,
            log_level=settings.log_level,
        )
        self._settings = settings
        self._engines = Holder(load_engines)
        self._meter: LoadMeter | None = None
        self._started = False
        self._full = False
        self._rooms: dict[str, RoomInterpreter] = {}
        self._events_file: EventsFile | None = None
        self.rtc_session(
            self._interpret,
            agent_name=settings.agent_name,
            on_request=self._answer,
            on_session_end=self._finish,
        )

    async def run(self, *, devmode: bool = False, unregistered: bool = False) -> None:
        """Serve until closed. A worker that cannot start ends the process with the reason."""
        try:
            if not unregistered:
                await self._check_server()
            await asyncio.to_thread(read_keys, self._settings.encryption.keys_file)
            self._events_file = await asyncio.to_thread(self._open_events_file)
            _start_native_client()
            await _in_daemon_thread(self._engines.get)
            self._meter = LoadMeter(self._engines.get().busy_seconds)
            # Served from the start, not from the first room on.
            process_metrics()
            self._started = True
            await super().run(devmode=devmode, unregistered=unregistered)
        except (StartError, KeysError, EngineError) as error:
            await _exit(str(error))
        except OSError as error:
            await _exit(
                "INTERPRETER_HOST, INTERPRETER_PORT or INTERPRETER_METRICS_PORT: "
                f"{error.strerror}; give others, or port 0 for one that is free"
            )
        except RuntimeError as error:
            await self.aclose()
            await _exit(f"LIVEKIT_URL: {self._ws_url}: {error}")

    async def drain(self, timeout: NotGivenOr[int | None] = NOT_GIVEN) -> None:
        """See the base class; a worker that has not come to serving has nothing to finish."""
        if self._started:
            await super().drain(timeout)

    async def aclose(self) -> None:
        """Close all rooms, and after them the engines and the events file."""
        if self._started:
            await super().aclose()
            await asyncio.to_thread(self._engines.close)
        if self._events_file is not None:
            await asyncio.to_thread(self._events_file.close)
            self._events_file = None

    async def _check_server(self) -> None:
        # Address and key may also have come from LiveKit's command line.
        access = self._ws_url, self._api_key, self._api_secret
        if missing := missing_credentials(*access):
            raise StartError("\n".join(missing))
        patience = self._settings.worker.connect_seconds
        await check_server(*access, patience=patience, proxy=self._http_proxy)

    def _open_events_file(self) -> EventsFile | None:
        path = self._settings.events_file
        if path is None:
            return None
        shown = self._settings.model_dump(
            mode="json", exclude={"livekit_url", "livekit_api_key", "livekit_api_secret"}
        )
        try:
            return EventsFile(path, header(shown))
        except OSError as error:
            raise StartError(
                f"INTERPRETER_EVENTS_FILE: {path} cannot be written ({error.strerror}); "
                "give another path, or none"
            ) from None

    def _load(self) -> float:
        load = self._meter() if self._meter else Load(0.0, "nothing")
        was_full, self._full = self._full, load.share >= self._settings.worker.load_threshold
        if self._full and not was_full:
            logger.warning(
                "%s is at its limit (%.0f %%): no further room is taken until it has "
                "room again; start another worker, or raise INTERPRETER_WORKER__LOAD_THRESHOLD",
                load.of,
                100 * load.share,
            )
        return load.share

    def _prewarm(self, process: JobProcess) -> None:
        # Runs for every job, in its thread; only the first call loads anything.
        process.userdata["engines"] = self._engines.get()

    async def _answer(self, request: JobRequest) -> None:
        """Take the room unless an interpreter of this name is there already."""
        identity = self._settings.agent_name or IDENTITY
        if await self._is_in_room(request.room.name, identity):
            logger.info("the room has an interpreter already", extra={"job_id": request.id})
            await request.reject()
            return
        await request.accept(identity=identity, name="Interpreter")

    async def _is_in_room(self, room: str, identity: str) -> bool:
        try:
            there = await participants(self._access, room)
        except FAILURES:
            # Joining under the same identity replaces the other, which is no worse.
            return False
        return any(participant.identity == identity for participant in there)

    def _access(self) -> api.LiveKitAPI:
        return Connection(self._ws_url, self._api_key, self._api_secret, self._http_proxy)

    async def _interpret(self, context: JobContext) -> None:
        try:
            encryption = await asyncio.to_thread(
                encryption_of, self._settings.encryption, context.job.room.name
            )
        except KeysError as error:
            # Without its key the room could be joined, and nobody in it understood.
            logger.error("a room is not interpreted: %s", error)
            context.shutdown()
            return
        await context.connect(encryption=encryption, auto_subscribe=AutoSubscribe.SUBSCRIBE_NONE)
        metrics = process_metrics()
        interpreter = RoomInterpreter(
            context.room,
            context.proc.userdata["engines"],
            self._settings,
            on_event=self._observers(metrics.on_event, LagWatch().on_event),
            metrics=RoomMetrics(metrics),
            subscribe=subscriber(self._access, context.room.name),
            look=lookout(self._access, context.room.name),
        )
        self._rooms[context.job.id] = interpreter
        interpreter.start()
        await interpreter.announce()

    def _observers(self, *observers: Callable[[CascadeEvent], None]) -> Observers:
        file = self._events_file
        return Observers(*observers, *((file.on_event,) if file else ()))

    async def _finish(self, context: JobContext) -> None:
        """The last moment at which the room is still connected."""
        if (interpreter := self._rooms.pop(context.job.id, None)) is not None:
            await interpreter.finish()


def _start_native_client() -> None:
    """Start LiveKit's native client once, before rooms use it from threads of their own.

    It starts at its first use, unguarded (livekit-rtc 1.1.21): of two rooms that open at the same
    moment one would wait for its connection until the client panics and ends the process.
    """
    rtc.AudioResampler(48_000, 16_000)


async def _in_daemon_thread(work: Callable[[], object]) -> None:
    """Run ``work`` on a thread that does not keep a stopped process alive.

    Loading may be a download of many minutes, which the next start goes on with.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: Exception | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        error: Exception | None = None
        try:
            work()
        except Exception as raised:  # noqa: BLE001 - it is raised again where it is awaited
            error = raised
        # The loop may have been closed while this thread was at work.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, error)

    threading.Thread(target=run, name="load-engines", daemon=True).start()
    await done


async def _exit(reason: str) -> NoReturn:
    """End the event loop, and with it the process, with exit status 1.

    LiveKit's command line only logs an exception of the worker and then exits with status 0; a
    ``SystemExit`` in a task would be logged as an error of asyncio as well.
    """

    def leave() -> NoReturn:
        raise SystemExit(f"error: {reason}")

    loop = asyncio.get_running_loop()
    loop.call_soon(leave)
    await loop.create_future()
    raise AssertionError("the loop has ended")


class Connection(api.LiveKitAPI):
    """Requests to the server by the way that LiveKit's worker goes.

    Args:
        proxy: the address of one to go through; None or empty for none.
    """

    def __init__(self, url: str, key: str, secret: str, proxy: str | None) -> None:
        timeout = aiohttp.ClientTimeout(total=_REQUEST_SECONDS)
        self._own = aiohttp.ClientSession(proxy=proxy or None, timeout=timeout)
        super().__init__(url, key, secret, session=self._own)

    async def aclose(self) -> None:
        """See the base class, which leaves a session open that it was given."""
        await super().aclose()
        await self._own.close()


def _shown(proxy: str) -> str:
    """A proxy's address without the login that may be in it.

    Raises:
        StartError: it is no address.
    """
    try:
        parts = urlsplit(proxy)
        if parts.scheme in ("http", "https") and parts.hostname:
            return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        # No address either.
        pass
    raise StartError("HTTPS_PROXY, HTTP_PROXY: the proxy has to be given as http://HOST:PORT")


async def check_server(
    url: str, key: str, secret: str, *, patience: float, proxy: str | None = None
) -> None:
    """See that a LiveKit server answers and takes the key.

    Args:
        patience: seconds to wait for a server that does not answer.
        proxy: see :class:`Connection`.

    Raises:
        StartError: it does not; naming the setting and the fix.
    """
    way = f" through the proxy {_shown(proxy)} (HTTPS_PROXY, HTTP_PROXY)" if proxy else ""
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        try:
            await _list_rooms(url, key, secret, proxy)
            return
        except api.TwirpError as error:
            raise StartError(_refused(url, way, error)) from None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            if asyncio.get_running_loop().time() >= deadline:
                raise StartError(
                    f"LIVEKIT_URL: no LiveKit server answers at {url}{way} ({_said(error)}); "
                    "start it, or correct the address"
                ) from None
            logger.warning("no LiveKit server answers at %s%s yet, trying again", url, way)
            await asyncio.sleep(_RETRY_SECONDS)


def _said(error: Exception) -> str:
    # The text of such an answer shows the address of a proxy, with the login that may be in it.
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{error.status} {error.message}"
    return str(error)


async def _list_rooms(url: str, key: str, secret: str, proxy: str | None) -> None:
    async with Connection(url, key, secret, proxy) as server:
        await server.room.list_rooms(api.ListRoomsRequest(names=[IDENTITY]))


def _refused(url: str, way: str, error: api.TwirpError) -> str:
    if error.status == 401:
        return (
            f"LIVEKIT_API_KEY, LIVEKIT_API_SECRET: the server at {url} refuses them "
            f"({error.message}); use a pair from its configuration (`keys:` or LIVEKIT_KEYS)"
        )
    said = error.message or f"status {error.status}"
    return f"LIVEKIT_URL: {url}{way} does not answer like a LiveKit server ({said})"
