"""The emissions log, ``events.jsonl``: everything a run emitted, one JSON object a line.

Two clocks: *media time* is seconds of the speaker's audio since the recogniser's first sample,
*wall time* is Unix time in seconds. Every line has ``kind``. What the cascade emits (a
``CascadeEvent`` a line) also has ``stream`` (the speaker's identity), ``language``, ``segment_id``,
``media_time``, ``wall_time`` and ``data``:

=============  =================================================================================
kind           data
=============  =================================================================================
source         committed, tail: ``[[text, start, end], ...]`` of the whole segment; final, paused;
               ``language`` is that of the words: the target's where a recogniser writes it (a
               direct route), with segments of its own
hypothesis     text; seconds it took
commit         text newly committed; total committed of the segment; source_words it rests on;
               source_end, the media time of the last of them
segment_final  source, target; media_start, media_end
synthesis      text; audio_seconds; seconds it took; first_audio_seconds; speed of the engine
played         text; wall_start, wall_end; queue_seconds; source_end; speed at which it is heard
dropped        text; reason
guarded        text that a guard kept back from the translation of the finished segment
error          stage, message, recoverable
=============  =================================================================================

Lines that the program around the cascade adds, without ``data``:

=============  =================================================================================
header         first line: versions, settings, machine, models (name to sha256); optionally
               material (source_text, references by language, name)
speaker        stream; wall_time at which media time 0 was sent; seconds of audio; file
listener       stream; language; file recorded; wall_time of its first sample
recognised     stream; language; text recognised in the listener's file; model
offline        stage; language; text that the same models make of the whole recording
               (recognition), of the true transcript (translation), of what they recognised
               (interpretation)
end            last line of a run that came to its end without measuring its resources
memory         media_time; rss_bytes, the process's resident memory at that time
resources      cpu_seconds, wall_seconds, audio_seconds, peak_rss_bytes of the run; work by
               thread: calls, seconds
=============  =================================================================================

A reader passes over kinds and fields that it does not know, so old scorers read new logs.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Literal, Self, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from livekit.plugins.cascade.types import CascadeEvent

LOG_NAME = "events.jsonl"


class EmissionsError(ValueError):
    """A log that cannot be read: which file, which line, and why."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}, line {line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


TimedWord: TypeAlias = tuple[str, float, float]
"""Text, start and end in seconds of media time."""


class SourceData(_Record):
    committed: tuple[TimedWord, ...] = ()
    tail: tuple[TimedWord, ...] = ()
    final: bool = False


class HypothesisData(_Record):
    text: str = ""
    seconds: float = 0.0


class CommitData(_Record):
    text: str
    total: str
    source_words: int = 0
    source_end: float


class SegmentFinalData(_Record):
    source: str
    target: str
    media_start: float = 0.0
    media_end: float = 0.0


class SynthesisData(_Record):
    text: str
    audio_seconds: float
    seconds: float
    first_audio_seconds: float = 0.0
    speed: float = 1.0


class PlayedData(_Record):
    text: str
    wall_start: float
    wall_end: float
    queue_seconds: float = 0.0
    speed: float = 1.0
    source_end: float


class DroppedData(_Record):
    text: str
    reason: str = ""


class GuardedData(_Record):
    text: str


class ErrorData(_Record):
    stage: str
    message: str = ""
    recoverable: bool = True


class _Event(_Record):
    stream: str
    language: str = ""
    segment_id: str = ""
    media_time: float
    wall_time: float


class Source(_Event):
    kind: Literal["source"]
    data: SourceData


class Hypothesis(_Event):
    kind: Literal["hypothesis"]
    data: HypothesisData


class Commit(_Event):
    kind: Literal["commit"]
    data: CommitData


class SegmentFinal(_Event):
    kind: Literal["segment_final"]
    data: SegmentFinalData


class Synthesis(_Event):
    kind: Literal["synthesis"]
    data: SynthesisData


class Played(_Event):
    kind: Literal["played"]
    data: PlayedData


class Dropped(_Event):
    kind: Literal["dropped"]
    data: DroppedData


class Guarded(_Event):
    kind: Literal["guarded"]
    data: GuardedData


class Failure(_Event):
    kind: Literal["error"]
    data: ErrorData


class Material(_Record):
    """What was interpreted, where it is known: lets a log be scored for quality.

    ``reference_segments``: by language, the reference cut in time: text, offset and duration in
    seconds. ``quiet``: stretches, from and to in seconds, in which nobody speaks.
    """

    name: str = ""
    source_text: str = ""
    references: dict[str, str] = Field(default_factory=dict)
    reference_segments: dict[str, tuple[TimedWord, ...]] = Field(default_factory=dict)
    quiet: tuple[tuple[float, float], ...] = ()


class Header(_Record):
    kind: Literal["header"] = "header"
    versions: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
    machine: dict[str, Any] = Field(default_factory=dict)
    models: dict[str, str] = Field(default_factory=dict)
    material: Material = Material()


class Speaker(_Record):
    kind: Literal["speaker"] = "speaker"
    stream: str = ""
    wall_time: float
    seconds: float | None = None
    file: str = ""


class Listener(_Record):
    kind: Literal["listener"] = "listener"
    stream: str = ""
    language: str
    wall_time: float
    file: str = ""


class Recognised(_Record):
    kind: Literal["recognised"] = "recognised"
    stream: str = ""
    language: str
    text: str
    model: str = ""


class Offline(_Record):
    kind: Literal["offline"] = "offline"
    stage: Literal["recognition", "translation", "interpretation"]
    language: str
    text: str


class Memory(_Record):
    kind: Literal["memory"] = "memory"
    media_time: float
    rss_bytes: int


class Work(_Record):
    """Jobs of one engine's thread: how many, and how long in all."""

    calls: int = 0
    seconds: float = 0.0


class Resources(_Record):
    kind: Literal["resources"] = "resources"
    cpu_seconds: float
    wall_seconds: float
    audio_seconds: float
    peak_rss_bytes: int = 0
    work: dict[str, Work] = Field(default_factory=dict)


class End(_Record):
    kind: Literal["end"] = "end"


Line: TypeAlias = (
    Source
    | Hypothesis
    | Commit
    | SegmentFinal
    | Synthesis
    | Played
    | Dropped
    | Guarded
    | Failure
    | Header
    | Speaker
    | Listener
    | Recognised
    | Offline
    | Memory
    | Resources
    | End
)
_LINE: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="kind")])
LineT = TypeVar("LineT", bound=_Record)
KINDS = frozenset(
    "source hypothesis commit segment_final synthesis played dropped guarded error "
    "header speaker listener recognised offline memory resources end".split()
)


@dataclass(frozen=True, slots=True)
class EmissionsLog:
    """A parsed log. ``unknown`` counts the lines passed over, by kind."""

    path: Path
    lines: tuple[Line, ...]
    unknown: Mapping[str, int]

    @property
    def header(self) -> Header:
        """The header, or an empty one for a log without."""
        return next((line for line in self.lines if isinstance(line, Header)), Header())

    @property
    def complete(self) -> bool:
        """Whether the run came to its end; one that was interrupted has no closing line."""
        return any(isinstance(line, Resources | End) for line in self.lines)

    def of(self, kind: type[LineT]) -> tuple[LineT, ...]:
        """All lines of one kind, in order."""
        return tuple(line for line in self.lines if isinstance(line, kind))


def read_log(path: Path) -> EmissionsLog:
    """Parse a log file, or the ``events.jsonl`` of a run's folder.

    Raises:
        EmissionsError: not a log, or a line that breaks the schema.
        OSError: the file cannot be read.
    """
    path = path / LOG_NAME if path.is_dir() else path
    with path.open(encoding="utf-8") as file:
        return parse_log(file, path)


def parse_log(text_lines: Iterable[str], path: Path) -> EmissionsLog:
    """Parse the lines of a log; ``path`` is for messages. Raises EmissionsError."""
    lines: list[Line] = []
    unknown: Counter[str] = Counter()
    for number, text in enumerate(text_lines, start=1):
        if not text.strip():
            continue
        record = _json_object(text, path, number)
        kind = str(record.get("kind"))
        if kind not in KINDS:
            unknown[kind] += 1
            continue
        try:
            lines.append(_LINE.validate_python(record))
        except ValidationError as error:
            raise EmissionsError(path, number, _first_fault(error, kind)) from error
    return EmissionsLog(path, tuple(lines), dict(unknown))


def _json_object(text: str, path: Path, number: int) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise EmissionsError(path, number, f"not JSON ({error.msg})") from error
    if not isinstance(record, dict) or "kind" not in record:
        raise EmissionsError(path, number, 'not an event: an object with "kind" is expected')
    return record


def _first_fault(error: ValidationError, kind: str) -> str:
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"] if part != kind)
    return f"{kind} event: {where}: {fault['msg'].lower()}"


class EmissionsWriter:
    """Appends lines to a log as they come, so that a run that dies leaves what it emitted.

    Call from one thread. Lines are buffered a line at a time and never reordered.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8", buffering=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def event(self, event: CascadeEvent) -> None:
        """Write one event of the cascade; fits ``on_event`` of its streams."""
        self._write(asdict(event))

    def line(self, line: Line) -> None:
        """Write any other line: header, speaker, listener, ..."""
        self._write(line.model_dump(mode="json"))

    def close(self) -> None:
        self._file.close()

    def _write(self, record: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
