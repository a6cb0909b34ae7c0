"""Many runs by one command: every variant on every recording, alternated."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

from livekit.agents import APIError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from agent.models import ModelError
from livekit.plugins.cascade import Translator

from . import provenance
from .emissions import LOG_NAME, EmissionsWriter, Header, Material, Offline
from .material import Clip, decoded_seconds
from .offline import offline_texts
from .replay import Replay, replay
from .room_run import interpret_in_room
from .simulation import Policy, material_of, simulate
from .systems import Engines, System
from .timed_text import TimedTalk
from .virtual_time import run

Timing: TypeAlias = Literal["real", "virtual", "free"]
"""How time passes: as it does; waiting is free; waiting and work are free."""

RUN_ERRORS = (APIError, ModelError, ValueError, OSError)
"""What may end one run without being a fault of the program."""


def _raise(name: str, error: Exception) -> None:
    raise error


@dataclass(frozen=True, slots=True)
class Task:
    """What one run is to interpret; ``checked`` if a recogniser hears what comes out."""

    material: Material
    source_language: str
    target_languages: Sequence[str]
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """What all runs of a command share: where they go, and what they are made with.

    ``settings`` are the worker's; ``hashes`` those of the models in use. ``failed`` is told of each
    run that fails, by name, and why; if it returns, which by default it does not, others go on.
    """

    folder: Path
    console: Console
    settings: Mapping[str, Any] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    failed: Callable[[str, Exception], None] = _raise

    def header(self, system: str, timing: Timing, task: Task) -> Header:
        """First line of one run's log."""
        settings = {"system": system, "time": timing, **self.settings}
        header = provenance.header(settings=settings, material=task.material)
        update = {
            "models": dict(self.hashes),
            "source_language": task.source_language,
            "target_languages": tuple(task.target_languages),
            "checked": task.checked,
        }
        return header.model_copy(update=update)


@dataclass(frozen=True, slots=True)
class Variant:
    """A way of interpreting under comparison.

    ``engines`` makes them anew for each run, inside its event loop; models are shared.
    """

    name: str
    engines: Callable[[], Engines]
    system: System = System("cascade")


@dataclass(frozen=True, slots=True)
class Plan:
    """Which runs to make. ``check`` adds what the models make of it all offline."""

    clips: Sequence[Clip]
    variants: Sequence[Variant]
    targets: Sequence[str] = ()
    runs: int = 1
    timing: Timing = "real"
    check: bool = True


def replay_all(plan: Plan, setup: Setup) -> Iterator[Path]:
    """Make every run of ``plan``; yields each run's folder when it is done.

    Variants alternate, so that a machine that grows warm or busy favours none.

    Raises:
        ValueError: a room was asked for in other than real time.
        RUN_ERRORS: a run failed, if ``setup`` has it so.
    """
    if plan.timing != "real" and any(v.system.name == "room" for v in plan.variants):
        raise ValueError(f"a room runs in real time; leave out --time {plan.timing} or room")
    offline: dict[Path, list[Offline]] = {}
    for number in range(1, plan.runs + 1):
        for clip in plan.clips:
            if plan.check and clip.path not in offline:
                offline[clip.path] = _offline(plan, clip, setup)
            for variant in plan.variants:
                parts = (clip.name, "+".join(plan.targets), variant.name, str(number))
                folder = setup.folder / "-".join(filter(None, parts))
                texts = offline.get(clip.path, ())
                work = partial(_replay, plan, clip, variant, folder, texts, setup)
                yield from _done(folder, work, setup)


def _done(folder: Path, work: Callable[[], None], setup: Setup) -> Iterator[Path]:
    """The folder when ``work`` is done; nothing if it failed."""
    try:
        work()
    except RUN_ERRORS as error:
        setup.failed(folder.name, error)
    else:
        yield folder


def _replay(
    plan: Plan,
    clip: Clip,
    variant: Variant,
    folder: Path,
    offline: Sequence[Offline],
    setup: Setup,
) -> None:
    async def work() -> None:
        await replay(single, variant.engines())

    task = Task(clip.material, clip.language, plan.targets, checked=plan.check)
    with _progress(setup.console) as progress:
        single = Replay(
            clip=clip,
            targets=plan.targets,
            system=variant.system,
            folder=folder,
            header=setup.header(variant.name, plan.timing, task),
            progress=_bar(progress, folder.name, decoded_seconds(clip.path)),
            recognise=plan.check,
            offline=offline,
        )
        if variant.system.name == "room":
            interpret_in_room(single, variant.engines)
        else:
            run(work(), virtual=plan.timing != "real", work_is_free=plan.timing == "free")


def _offline(plan: Plan, clip: Clip, setup: Setup) -> list[Offline]:
    """What the models make of a clip offline; nothing if they fail, since runs do without."""

    async def work() -> list[Offline]:
        return await offline_texts(clip, plan.targets, plan.variants[0].engines())

    with setup.console.status(escape(f"{clip.name}: the same models, offline")):
        try:
            return run(work(), virtual=False)
        except RUN_ERRORS as error:
            setup.failed(f"{clip.name}, offline", error)
            return []


def simulate_all(
    talks: Sequence[TimedTalk],
    *,
    policies: Callable[[TimedTalk], Sequence[Policy]],
    translator: Callable[[str, str], Translator],
    setup: Setup,
) -> Iterator[Path]:
    """Run every policy on every talk, with free work; yields each run's folder when it is done."""
    for talk in talks:
        for policy in policies(talk):
            name = f"{talk.name}-{policy.name}".replace(" ", "-").replace("(", "").replace(")", "")
            folder = setup.folder / name
            work = partial(_simulate, talk, policy, translator, folder, setup)
            yield from _done(folder, work, setup)


def _simulate(
    talk: TimedTalk,
    policy: Policy,
    translator: Callable[[str, str], Translator],
    folder: Path,
    setup: Setup,
) -> None:
    task = Task(material_of(talk), talk.source_language, [talk.target_language])

    async def work() -> None:
        engine = translator(talk.source_language, talk.target_language)
        header = setup.header(policy.name, "free", task)
        await simulate(talk, policy, engine, log, header=header, progress=bar)

    with _progress(setup.console) as progress, EmissionsWriter(folder / LOG_NAME) as log:
        bar = _bar(progress, folder.name, talk.seconds)
        run(work(), virtual=True, work_is_free=True)


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} s"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console)


def _bar(progress: Progress, name: str, seconds: float) -> Callable[[float], None]:
    task = progress.add_task(name, total=seconds)
    return lambda done: progress.update(task, completed=min(done, seconds))
