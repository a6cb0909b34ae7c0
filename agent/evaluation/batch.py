"""Many runs by one command: every system on every recording, alternated, then scored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from livekit.plugins.cascade import Translator
from livekit.plugins.cascade.text import split_units

from . import provenance
from .emissions import LOG_NAME, EmissionsWriter, Header, Offline
from .material import Clip, decoded_seconds
from .offline import offline_texts
from .replay import Replay, replay
from .simulation import Agreement, Policy, SentenceWait, WaitK, material_of, simulate
from .systems import Engines, System
from .timed_text import TimedTalk
from .virtual_time import run

HOLDS = (0, 1, 2, 4)
LAGS = (1, 3, 5, 7, 9)


@dataclass(frozen=True, slots=True)
class Setup:
    """What all runs of a command share: where they go, and what they are made with.

    ``settings`` are the worker's; ``models`` the files in use, whose hashes the logs carry.
    """

    folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, Path] = field(default_factory=dict)


def replay_all(
    clips: Sequence[Clip],
    *,
    targets: Sequence[str],
    systems: Sequence[System],
    runs: int,
    virtual: bool,
    recognise: bool,
    engines: Callable[[], Engines],
    setup: Setup,
    console: Console,
) -> Iterator[Path]:
    """Run every system on every clip, ``runs`` times; yields each run's folder when it is done.

    Systems alternate, so that a machine that grows warm or busy does not favour one. Engines are
    made anew for each run, inside its event loop; what they share is their loader's business.
    """
    hashes = provenance.hashes(setup.models)
    offline: dict[str, list[Offline]] = {}
    for number in range(1, runs + 1):
        for clip in clips:
            if recognise and clip.name not in offline:
                with console.status(f"{clip.name}: the same models, offline"):
                    offline[clip.name] = run(_offline(clip, targets, engines), virtual=False)
            for system in systems:
                name = f"{clip.name}-{'+'.join(targets)}-{system.name}-{number}"
                settings = {"system": system.name, "virtual_time": virtual, **setup.settings}
                header = provenance.header(settings=settings, material=clip.material)
                header = header.model_copy(update={"models": hashes})
                with _progress(console) as progress:
                    bar = _bar(progress, name, decoded_seconds(clip.path))
                    plan = Replay(
                        clip=clip,
                        targets=targets,
                        system=system,
                        folder=setup.folder / name,
                        header=header,
                        progress=bar,
                        recognise=recognise,
                        offline=offline.get(clip.name, ()),
                    )
                    run(_replay(plan, engines), virtual=virtual)
                yield plan.folder


async def _replay(plan: Replay, engines: Callable[[], Engines]) -> None:
    await replay(plan, engines())


async def _offline(
    clip: Clip, targets: Sequence[str], engines: Callable[[], Engines]
) -> list[Offline]:
    return await offline_texts(clip, targets, engines())


def policies_for(talk: TimedTalk) -> list[Policy]:
    """The cascade's policy at several holds, wait-k at several lags, and sentence-wait."""
    rate = _length(talk) / max(len(talk.words), 1)
    return [
        Agreement(),
        *(Agreement(hold) for hold in HOLDS),
        *(WaitK(k, rate) for k in LAGS),
        SentenceWait(),
    ]


def _length(talk: TimedTalk) -> int:
    return len(split_units(talk.reference_text, talk.target_language))


def simulate_all(
    talks: Sequence[TimedTalk],
    *,
    policies: Callable[[TimedTalk], Sequence[Policy]],
    translator: Callable[[str, str], Translator],
    setup: Setup,
    console: Console,
) -> Iterator[Path]:
    """Run every policy on every talk, with free work; yields each run's folder when it is done."""
    hashes = provenance.hashes(setup.models)
    for talk in talks:
        for policy in policies(talk):
            name = f"{talk.name}-{policy.name}".replace(" ", "-").replace("(", "").replace(")", "")
            settings = {"system": policy.name, "virtual_time": True, **setup.settings}
            header = provenance.header(settings=settings, material=material_of(talk))
            header = header.model_copy(update={"models": hashes})
            folder = setup.folder / name
            with _progress(console) as progress, EmissionsWriter(folder / LOG_NAME) as log:
                bar = _bar(progress, name, talk.seconds)
                work = _simulate(talk, policy, translator, log, header, bar)
                run(work, virtual=True, work_is_free=True)
            yield folder


async def _simulate(
    talk: TimedTalk,
    policy: Policy,
    translator: Callable[[str, str], Translator],
    log: EmissionsWriter,
    header: Header,
    progress: Callable[[float], None],
) -> None:
    engine = translator(talk.source_language, talk.target_language)
    await simulate(talk, policy, engine, log, header=header, progress=progress)


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
