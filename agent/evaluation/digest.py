"""A report in a few lines, for a README: how late and how good, with how it was measured."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .scores import RunScores
from .summary import FIGURES, Figure, Group, groups_of

BEGIN, END = "<!-- figures: {source} -->", "<!-- end of figures -->"
_ROWS = {
    "first audio": "first translated audio after the first word",
    "ear-voice span p50": "ear-voice span, median",
    "ear-voice span p95": "ear-voice span, 95th percentile",
    "EndOffset": "last translated audio after the end of the speech",
    "mean speed": "speed of the voice, mean",
    "words at once, mean": "words that the voice says at once, mean",
    "chrF": "chrF of the translation",
    "chrF kept": "chrF, of the same model's with the whole text at once",
    "chrF of what was heard": "chrF of the voice recognised again, of its captions",
    "WER": "word error rate of the recognition",
    "clauses dropped": "clauses dropped to keep up",
}
_SYSTEMS = {
    "room": "this project, in a room",
    "cascade": "this project",
    "calm": "this project, calm",
    "sentence-wait": "waits for the sentence",
    "example": "LiveKit's example's way",
    "utterance": "waits for a pause",
    "direct": "the recogniser translates",
}


class DigestError(ValueError):
    """A text without a place for the figures, or a report without any."""


def digest(runs: Sequence[RunScores]) -> str:
    """Markdown: one table for each recording and language pair, and what it was measured with.

    Raises:
        DigestError: nothing was translated in these runs.
        ValueError: runs that would be taken together were made in different ways.
    """
    groups = groups_of(runs)
    if not groups:
        raise DigestError("nothing was translated in the runs of this report")
    tasks = sorted({group.key.task for group in groups})
    most = max(len(group.routes) for group in groups)
    tables = [_table([g for g in groups if g.key.task == task], most) for task in tasks]
    return "\n\n".join([*tables, _provenance(runs, most)])


def insert(text: str, figures: str) -> str:
    """``text`` with ``figures`` between its two marks.

    Raises:
        DigestError: the marks are not there.
    """
    pattern = re.compile(f"({BEGIN.format(source='[^>]*')}\n).*?({END})", re.S)
    if not pattern.search(text):
        raise DigestError(f"no {BEGIN.format(source='FILE')} … {END} in it")
    return pattern.sub(lambda marks: f"{marks[1]}\n{figures}\n\n{marks[2]}", text, count=1)


def _table(groups: Sequence[Group], most: int) -> str:
    """Systems side by side, those without a name of their own here last and as they are called.

    Those with fewer than ``most`` runs say how many.
    """
    known = list(_SYSTEMS)
    systems = sorted(
        groups, key=lambda g: known.index(g.key.system) if g.key.system in known else len(known)
    )
    key = systems[0].key
    head = f"{key.material}, {key.source_language} → {key.language}"
    columns = [head, *(_column(group, most) for group in systems)]
    lines = [columns, ["---"] * len(columns)]
    for figure in FIGURES:
        cells = [_cell(group, figure) for group in systems]
        if figure.name in _ROWS and any(cells):
            lines.append([_ROWS[figure.name], *(cell or "–" for cell in cells)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _column(group: Group, most: int) -> str:
    runs = len(group.routes)
    name = _SYSTEMS.get(group.key.system, group.key.system)
    return name if runs == most else f"{name}, {runs} {'run' if runs == 1 else 'runs'}"


def _cell(group: Group, figure: Figure) -> str:
    """Median, and in brackets the least and the most, and of how many runs if not of all."""
    values, runs = group.values(figure), len(group.routes)
    if not values:
        return ""
    unit = f" {figure.unit}" if figure.unit else ""
    low, high = min(values), max(values)
    notes = [] if low == high else [f"{low:.1f} to {high:.1f}"]
    notes += [] if len(values) == runs else [f"{len(values)} of {runs} runs"]
    return f"{group.median(figure):.1f}{unit}" + (f" ({', '.join(notes)})" if notes else "")


def _provenance(runs: Sequence[RunScores], most: int) -> str:
    settings = [run.header.settings for run in runs]
    machines = [run.header.machine for run in runs]
    versions = [run.header.versions for run in runs]
    packages = ("faster-whisper", "llama-cpp-python", "kokoro-onnx", "livekit-agents")
    installed = [name for name in packages if any(name in version for version in versions)]
    return (
        f"Medians of {most} runs, the systems in turn (least and most in brackets), in "
        f"{_every(settings, 'time', 'real')} time on {_every(machines, 'cores', '?')} cores of "
        f"{_every(machines, 'processor', '?')}; profile {_every(settings, 'profile', 'small')}; "
        f"{', '.join(f'{name} {_every(versions, name)}' for name in installed)}."
    )


def _every(records: Sequence[Mapping[str, Any]], key: str, otherwise: str = "none") -> str:
    """All values that the runs have for a key."""
    return " and ".join(dict.fromkeys(str(record.get(key, otherwise)) for record in records))
