"""Many runs by one command: every variant on every recording, alternated."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

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


@dataclass(frozen=True, slots=True)
class Setup:
    """What all runs of a command share: where they go, and what they are made with.

    ``settings`` are the worker's; ``hashes`` those of the models in use.
    """

    folder: Path
    console: Console
    settings: Mapping[str, Any] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)

    def header(self, system: str, timing: Timing, material: Material) -> Header:
        """First line of one run's log."""
        settings = {"system": system, "time": timing, **self.settings}
        header = provenance.header(settings=settings, material=material)
        return header.model_copy(update={"models": dict(self.hashes)})


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
    """
    if plan.timing != "real" and any(v.system.name == "room" for v in plan.variants):
        raise ValueError(f"a room runs in real time; leave out --time {plan.timing} or room")
    offline: dict[Path, list[Offline]] = {}
    for number in range(1, plan.runs + 1):
        for clip in plan.clips:
            if plan.check and clip.path not in offline:
                offline[clip.path] = _offline(plan, clip, setup.console)
            for variant in plan.variants:
                texts = offline.get(clip.path, ())
                yield _replay(plan, clip, variant, number, texts, setup)


def _replay(
    plan: Plan,
    clip: Clip,
    variant: Variant,
    number: int,
    offline: Sequence[Offline],
    setup: Setup,
) -> Path:
    name = "-".join(filter(None, (clip.name, "+".join(plan.targets), variant.name, str(number))))

    async def work() -> None:
        await replay(single, variant.engines())

    with _progress(setup.console) as progress:
        single = Replay(
            clip=clip,
            targets=plan.targets,
            system=variant.system,
            folder=setup.folder / name,
            header=setup.header(variant.name, plan.timing, clip.material),
            progress=_bar(progress, name, decoded_seconds(clip.path)),
            recognise=plan.check,
            offline=offline,
        )
        if variant.system.name == "room":
            interpret_in_room(single, variant.engines)
        else:
            run(work(), virtual=plan.timing != "real", work_is_free=plan.timing == "free")
    return single.folder


def _offline(plan: Plan, clip: Clip, console: Console) -> list[Offline]:
    async def work() -> list[Offline]:
        return await offline_texts(clip, plan.targets, plan.variants[0].engines())

    with console.status(f"{clip.name}: the same models, offline"):
        return run(work(), virtual=False)


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
            yield _simulate(talk, policy, translator, setup)


def _simulate(
    talk: TimedTalk,
    policy: Policy,
    translator: Callable[[str, str], Translator],
    setup: Setup,
) -> Path:
    name = f"{talk.name}-{policy.name}".replace(" ", "-").replace("(", "").replace(")", "")
    folder = setup.folder / name

    async def work() -> None:
        engine = translator(talk.source_language, talk.target_language)
        header = setup.header(policy.name, "free", material_of(talk))
        await simulate(talk, policy, engine, log, header=header, progress=bar)

    with _progress(setup.console) as progress, EmissionsWriter(folder / LOG_NAME) as log:
        bar = _bar(progress, name, talk.seconds)
        run(work(), virtual=True, work_is_free=True)
    return folder


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} s"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console)


def _bar(progress: Progress, name: str, seconds: float) -> Callable[[float], None]:
    task = progress.add_task(name, total=seconds)
    return lambda done: progress.update(task, completed=min(done, seconds))
