"""`python -m agent.demo`, which is what `make demo` runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from rich.console import Console

from agent.environment import leave_proxy
from agent.local.errors import LocalRunError
from agent.local.program import exit_status
from agent.provisioning import console_progress
from agent.provisioning.progress import say

from .options import DemoOptions, parse_options
from .output import writing_to
from .preparation import prepare
from .results import show_results, write_results
from .session import Run

_LOOPBACK = "ws://127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; returns the exit status."""
    console = Console()
    return exit_status(
        lambda: _demo(parse_options(arguments), console),
        console,
        interrupted="interrupted; livekit-server and the worker have been stopped",
    )


def _demo(options: DemoOptions, console: Console) -> None:
    started_at = time.time()
    ready = prepare(options, console_progress(console))
    # For speaker and listeners; the worker sees to that by itself.
    leave_proxy(_LOOPBACK)
    run = Run(options, ready, console)
    recordings = asyncio.run(run.interpret())
    if not run.progress.recognised:
        name = options.audio or "the recording"
        raise LocalRunError(
            f"no speech was recognised in {name}. Is somebody speaking in it, and in the language "
            f"SOURCE={options.source}?"
        )
    settings = ready.settings.model_dump(mode="json", exclude={"livekit_api_secret", "openai"})
    with writing_to(options.output):
        scores, files = write_results(options.output, run.events, recordings, settings)
    show_results(console, scores, files, options.targets)
    _judge(run, options)
    say(console, f"Speaking began {recordings.started_at - started_at:.0f} s after the start.")
    if run.blocked:
        say(console, f"The worker's event loop stood still for over 0.1 s {run.blocked} time(s).")


def _judge(run: Run, options: DemoOptions) -> None:
    """Complain about what a listener would.

    Raises:
        LocalRunError: something was not interpreted.
    """
    problems = [
        f"{count} sentence(s) without a final caption in {language}"
        for language, count in run.missing_captions().items()
    ]
    problems += run.progress.failures
    if problems:
        raise LocalRunError(f"{'; '.join(problems)}. See {options.output / 'worker.log'}")
