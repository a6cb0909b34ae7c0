"""A report in a few lines, for a README: how late and how good, with how it was measured."""

import re
from collections.abc import Sequence
from pathlib import Path

from .scores import RunScores
from .summary import FIGURES, Figure, Group, groups_of

BEGIN, END = "<!-- figures: {source} -->", "<!-- end of figures -->"
_ROWS = {
    "first audio": "first translated audio after the first word",
    "ear-voice span p50": "ear-voice span, median",
    "ear-voice span p95": "ear-voice span, 95th percentile",
    "EndOffset": "last translated audio after the end of the speech",
    "chrF": "chrF of the translation",
    "chrF kept": "chrF, of the same model's with the whole text at once",
    "WER": "word error rate of the recognition",
    "clauses dropped": "clauses dropped to keep up",
}
_SYSTEMS = {
    "room": "this project, in a room",
    "cascade": "this project",
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
    """
    groups = groups_of(runs)
    if not groups:
        raise DigestError("nothing was translated in the runs of this report")
    tasks = sorted({group.key.task for group in groups})
    tables = [_table([g for g in groups if g.key.task == task]) for task in tasks]
    return "\n\n".join([*tables, _provenance(runs)])


def insert(text: str, figures: str) -> str:
    """``text`` with ``figures`` between its two marks.

    Raises:
        DigestError: the marks are not there.
    """
    pattern = re.compile(f"({BEGIN.format(source='[^>]*')}\n).*?({END})", re.S)
    if not pattern.search(text):
        raise DigestError(f"no {BEGIN.format(source='FILE')} … {END} in it")
    return pattern.sub(lambda marks: f"{marks[1]}\n{figures}\n\n{marks[2]}", text, count=1)


def source_of(text: str) -> Path:
    """The report that the figures in ``text`` come from, as its mark names it.

    Raises:
        DigestError: there is no mark.
    """
    found = re.search(BEGIN.format(source="([^>]*?)"), text)
    if not found:
        raise DigestError(f"no {BEGIN.format(source='FILE')} in it")
    return Path(found[1])


def _table(groups: Sequence[Group]) -> str:
    """Systems side by side, those without a name of their own here last and as they are called."""
    known = list(_SYSTEMS)
    systems = sorted(
        groups, key=lambda g: known.index(g.key.system) if g.key.system in known else len(known)
    )
    key = systems[0].key
    head = f"{key.material}, {key.source_language} → {key.language}"
    columns = [head, *(_SYSTEMS.get(g.key.system, g.key.system) for g in systems)]
    lines = [columns, ["---"] * len(columns)]
    for figure in FIGURES:
        cells = [_cell(group, figure) for group in systems]
        if figure.name in _ROWS and any(cells):
            lines.append([_ROWS[figure.name], *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(group: Group, figure: Figure) -> str:
    """Median, and in brackets the least and the most."""
    values = group.values(figure)
    if not values:
        return ""
    unit = f" {figure.unit}" if figure.unit else ""
    low, high = min(values), max(values)
    spread = "" if low == high else f" ({low:.1f} to {high:.1f})"
    return f"{group.median(figure):.1f}{unit}{spread}"


def _provenance(runs: Sequence[RunScores]) -> str:
    header = runs[0].header
    machine, settings, versions = header.machine, header.settings, header.versions
    most = max(len(group.routes) for group in groups_of(runs))
    packages = ("faster-whisper", "llama-cpp-python", "kokoro-onnx", "livekit-agents")
    return (
        f"Medians of {most} runs, the systems in turn (least and most in brackets), in "
        f"{settings.get('time', 'real')} time on {machine.get('cores', '?')} cores of "
        f"{machine.get('processor', '?')}; profile {settings.get('profile', 'small')}; "
        f"{', '.join(f'{name} {versions[name]}' for name in packages if name in versions)}."
    )
