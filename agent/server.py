"""The LiveKit worker around the room interpreters."""

import asyncio
import contextlib
import errno
import logging
import math
import threading
from collections.abc import Callable, Sequence
from typing import NoReturn

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
from .environment import (
    SettingsError,
    check_certificates,
    is_reached_directly,
    leave_proxy,
    lend_proxy_to_web_sockets,
)
from .keeping_up import LagWatch
from .load import Load, LoadMeter
from .log_tokens import hide_tokens
from .patrol import Patrol, StandIn, dismiss, free_identity, is_interpreter, stand_in
from .room import RoomInterpreter
from .server_access import FAILURES, Connection, StartError, check_server, participants
from .telemetry import EventsFile, Observers, RoomMetrics, header, process_metrics
from .unseen import lookout

logger = logging.getLogger("interpreter.worker")

_IDENTITY = "interpreter"
# A first start may have to fetch gigabytes; runners that start meanwhile wait for it.
_LOAD_SECONDS = 3600.0
# Idle threads cost nothing, and LiveKit takes only as many rooms at a time as there are.
_IDLE_RUNNERS = 4
# Of the second of two workers that come to a room at once, the first is thrown out.
_JOINING_SECONDS = 10.0
_BINDING = {errno.EADDRINUSE, errno.EADDRNOTAVAIL}


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
        # Jobs whose room has sent the interpreter away.
        self._dismissed: set[str] = set()
        # By job.
        self._stand_ins: dict[str, StandIn] = {}
        # When, by the sid of a room.
        self._accepted: dict[str, float] = {}
        self._events_file: EventsFile | None = None
        self.rtc_session(
            self._interpret,
            agent_name=settings.agent_name,
            on_request=self._answer,
            on_session_end=self._finish,
        )
        self._patrol = Patrol(
            self._access,
            identity=self._identity,
            # LiveKit's own variables may have given it another.
            agent_name=self._agent_name,
            seconds=settings.worker.patrol_seconds,
            is_free=lambda: not (self._full or self.draining),
            stand_ins=lambda: tuple(self._stand_ins.values()),
        )
        self.on("worker_registered", lambda *_: self._patrol.start())

    async def run(self, *, devmode: bool = False, unregistered: bool = False) -> None:
        """Serve until closed. A worker that cannot start ends the process with the reason."""
        hide_tokens()
        try:
            check_certificates()
            if not unregistered:
                await self._check_server(self._settings.worker.connect_seconds)
            await self._check_ports()
            await asyncio.to_thread(read_keys, self._settings.encryption.keys_file)
            self._events_file = await asyncio.to_thread(self._open_events_file)
            _start_native_client()
            await _in_daemon_thread(self._engines.get)
            self._share_proxies()
            self._meter = LoadMeter(self._engines.get().busy_seconds)
            # Served from the start, not from the first room on.
            process_metrics()
            self._started = True
            await super().run(devmode=devmode, unregistered=unregistered)
        except (StartError, SettingsError, KeysError, EngineError) as error:
            await _exit(str(error))
        except Exception as error:  # noqa: BLE001 - LiveKit would log it and exit with status 0
            reason = await self._why_ended(error)
            try:
                await self.aclose()
            finally:
                await _exit(reason)

    async def drain(self, timeout: NotGivenOr[int | None] = NOT_GIVEN) -> None:
        """See the base class; a worker that has not come to serving has nothing to finish."""
        if self._started:
            await super().drain(timeout)

    async def aclose(self) -> None:
        """Close all rooms, and after them the engines and the events file."""
        await self._patrol.aclose()
        if self._started:
            await super().aclose()
            await asyncio.to_thread(self._engines.close)
        if self._events_file is not None:
            await asyncio.to_thread(self._events_file.close)
            self._events_file = None

    async def _why_ended(self, error: Exception) -> str:
        """LiveKit does not tell keys that are refused from a server that is gone: ask once more."""
        if not self._connection_failed:
            return _reason(error)
        try:
            await self._check_server()
        except StartError as found:
            return str(found)
        return f"LIVEKIT_URL: {self._ws_url}: {error}"

    async def _check_server(self, patience: float = 0.0) -> None:
        # Address and key may also have come from LiveKit's command line.
        if is_reached_directly(self._ws_url):
            self._http_proxy = None
        access = self._ws_url, self._api_key, self._api_secret
        if missing := missing_credentials(*access):
            raise StartError("\n".join(missing))
        await check_server(*access, patience=patience, proxy=self._http_proxy)

    async def _check_ports(self) -> None:
        """Before anything is loaded or written."""
        host, loop = self._settings.host, asyncio.get_running_loop()
        ports = {
            "INTERPRETER_PORT": self._settings.port,
            "INTERPRETER_METRICS_PORT": self._settings.metrics_port,
        }
        for name, port in ports.items():
            if port is None:
                continue
            try:
                (await loop.create_server(asyncio.Protocol, host, port)).close()
            except (OSError, UnicodeError) as error:
                raise StartError(_not_listening(f"INTERPRETER_HOST, {name}", error)) from None

    def _share_proxies(self) -> None:
        """When models are there, which come through any proxy, and no room is open yet."""
        lend_proxy_to_web_sockets()
        if is_reached_directly(self._ws_url):
            leave_proxy(self._ws_url)

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
        """Take the room unless an interpreter of this name is there already, or on its way."""
        now = asyncio.get_running_loop().time()
        is_coming = now - self._accepted.get(request.room.sid, -math.inf) < _JOINING_SECONDS
        there = await self._people(request.room.name)
        if is_coming or any(is_interpreter(one, self._identity) for one in there):
            logger.info("the room has an interpreter already", extra={"job_id": request.id})
            await request.reject()
            return
        self._accepted = {
            sid: at for sid, at in self._accepted.items() if now - at < _JOINING_SECONDS
        }
        self._accepted[request.room.sid] = now
        identity = free_identity(self._identity, there)
        await request.accept(identity=identity, name="Interpreter")

    async def _people(self, room: str) -> Sequence[api.ParticipantInfo]:
        try:
            return await participants(self._access, room)
        except FAILURES:
            # Joining under the same identity replaces the other interpreter, which is no worse.
            return ()

    def _access(self) -> api.LiveKitAPI:
        return Connection(self._ws_url, self._api_key, self._api_secret, self._http_proxy)

    @property
    def _identity(self) -> str:
        return self._settings.agent_name or _IDENTITY

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

        job = context.job
        if (stands_in := stand_in(job.room.name, job.dispatch_id, job.metadata)) is not None:
            self._stand_ins[job.id] = stands_in

        def see_why(reason: int) -> None:
            if reason == rtc.DisconnectReason.PARTICIPANT_REMOVED:
                self._dismissed.add(job.id)

        context.room.on("disconnected", see_why)
        await context.connect(encryption=encryption, auto_subscribe=AutoSubscribe.SUBSCRIBE_NONE)
        metrics = RoomMetrics(process_metrics())
        interpreter = RoomInterpreter(
            context.room,
            context.proc.userdata["engines"],
            self._settings,
            on_event=self._observers(metrics.on_event, LagWatch().on_event),
            metrics=metrics,
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
        self._stand_ins.pop(context.job.id, None)
        if context.job.id in self._dismissed:
            self._dismissed.discard(context.job.id)
            await dismiss(self._access, context.job.room.name, self._agent_name)


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


def _reason(error: Exception) -> str:
    """What to say of an error that the worker ends with; one that nobody expects is logged."""
    if isinstance(error, OSError) and error.errno in _BINDING:
        return _not_listening(
            "INTERPRETER_HOST, INTERPRETER_PORT or INTERPRETER_METRICS_PORT", error
        )
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    logger.error("the worker cannot go on", exc_info=error)
    return f"{type(error).__name__}: {error}"


def _not_listening(names: str, error: OSError | UnicodeError) -> str:
    said = error.strerror if isinstance(error, OSError) else error
    return f"{names}: {said}; give others, or port 0 for one that is free"


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
