"""`python -m agent.web`, which is what `make web` runs: server, worker and page until ^C."""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from agent.config import comma_separated, load_settings
from agent.engines import check_recognisers, check_voices
from agent.local.errors import LocalRunError
from agent.local.languages import parse_languages
from agent.local.preparation import REASONS, ensure_models, server_environment
from agent.local.program import exit_status
from agent.local.worker_process import LOADING, REGISTRATION_SECONDS, WorkerProcess
from agent.models import Store
from agent.provisioning import (
    LiveKitServer,
    Progress,
    console_progress,
    ensure_livekit_server,
    own_address,
)
from agent.provisioning.progress import say

from .logs import log_folder
from .page_only import show, site_of
from .site import CLIENT, HOST, Site, serving

_LANGUAGES = "en,es,fr,it"
_HOST_NAME = re.compile(r"[\w-]+(\.[\w-]+)*")


@dataclass(frozen=True)
class _Parts:
    server: Path
    client: Path
    has_key: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until ^C; returns the exit status."""
    console, options = Console(), parser().parse_args(arguments)
    return exit_status(
        lambda: asyncio.run(_start(options, console)), console, interrupted="stopped"
    )


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    options = argparse.ArgumentParser(
        prog="python -m agent.web",
        description="Speak and listen in a browser: livekit-server, the worker and a page, all on "
        "this machine.",
    )
    options.add_argument(
        "--languages", help=f"to speak and to hear (default: {_LANGUAGES}, or the settings')"
    )
    options.add_argument("--port", type=int, default=8080, help="of the page (default: 8080)")
    options.add_argument(
        "--host",
        default=HOST,
        help="address the page listens on (default: this machine alone); whoever reaches it may "
        "join any room, if they reach the server as well, which without --page-only is on this "
        "machine's loopback address",
    )
    options.add_argument(
        "--host-name",
        action="extend",
        default=[],
        type=_host_names,
        metavar="NAME",
        help="by which a proxy in front of the page asks for it, such as rooms.example; several "
        "are separated by commas (default: no name, only addresses in figures and localhost)",
    )
    options.add_argument(
        "--page-only",
        action="store_true",
        help="the page for the server in LIVEKIT_URL, where an interpreter runs already",
    )
    return options


def _host_names(text: str) -> tuple[str, ...]:
    names = comma_separated(text)
    if wrong := [name for name in names if not _HOST_NAME.fullmatch(name)]:
        raise argparse.ArgumentTypeError(
            f"{wrong[0]!r} is no host name; write it as rooms.example, without https:// or a port"
        )
    return names


def _start(options: argparse.Namespace, console: Console) -> Coroutine[None, None, None]:
    """Prepare what was asked for; the rest runs until it is cancelled.

    Raises:
        LocalRunError: something cannot be used or cannot be got.
    """
    progress, given = console_progress(console), options.languages
    if options.page_only:
        chosen = parse_languages(given, "LANGUAGES") if given else ()
        site = site_of(chosen, options.host_name, progress)
        return show(site, options.host, options.port, console)
    languages = parse_languages(given or _LANGUAGES, "LANGUAGES")
    parts = _prepare(languages, progress)
    return _run(parts, languages, options, console)


def _prepare(languages: Sequence[str], progress: Progress) -> _Parts:
    """Check everything and get what is missing; minutes on a machine that has nothing.

    Raises:
        LocalRunError: something cannot be used or cannot be got.
    """
    try:
        settings = load_settings()
        for language in languages:
            check_recognisers(settings, language, variable="LANGUAGES")
        check_voices(settings, languages, variable="LANGUAGES")
        store = Store.from_settings(settings)
        client = store.ensure(CLIENT, progress)
        ensure_models(store, settings, progress)
        server = ensure_livekit_server(progress, settings.livekit_server)
    except REASONS as error:
        raise LocalRunError(str(error)) from None
    return _Parts(server, client, has_key=bool(settings.encryption.key))


async def _run(
    parts: _Parts, languages: tuple[str, ...], options: argparse.Namespace, console: Console
) -> None:
    """Start everything, and say where the page is.

    Raises:
        LocalRunError: the port is taken, or the worker ended.
        LiveKitServerError: the server did not start.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(log_folder())
        say(console, "livekit-server starts, for this machine alone")
        server = LiveKitServer(parts.server, folder, media_address=own_address())
        await stack.enter_async_context(server)
        access = server.url, server.api_key, server.api_secret
        names = tuple(options.host_name)
        site = Site(*access, languages, parts.client, parts.has_key, host_names=names)
        address = await stack.enter_async_context(serving(site, options.port, host=options.host))
        log = folder / "worker.log"
        say(console, f"the worker starts and loads its models (log: {log})")
        worker = WorkerProcess(
            _environment(server, languages), log, on_line=lambda line: _pass_on(line, console)
        )
        await stack.enter_async_context(worker)
        await worker.wait_registered(REGISTRATION_SECONDS)
        say(console, "")
        for line in site.tell(address):
            say(console, line)
        say(console, "A language is translated from the first moment somebody listens to it.")
        say(console, "^C ends everything.")
        await worker.wait_ended()


def _environment(server: LiveKitServer, languages: Sequence[str]) -> dict[str, str]:
    """What the worker is told: whoever speaks says what, and nothing is translated that nobody
    listens to."""
    return {
        **server_environment(server),
        "INTERPRETER_SOURCE_LANGUAGE": "auto",
        "INTERPRETER_TARGET_LANGUAGES": "none",
        "INTERPRETER_ON_DEMAND_LANGUAGES": ",".join(languages),
    }


def _pass_on(line: str, console: Console) -> None:
    """What the worker's log says that concerns who tries it: loading, and falling behind."""
    if line.startswith(LOADING) or " behind" in line:
        say(console, f"  {line}")
