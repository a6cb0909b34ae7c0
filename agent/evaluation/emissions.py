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
played         text; wall_start, wall_end; queue_seconds; source_start, source_end; lag_seconds
               behind the end of its words; speed at which it is heard
spoken         nothing: all of the segment's audio has been handed to the output
dropped        reason; lag_seconds behind the end of its words. ``queue``: text of a clause that is
               not spoken, queue_seconds; ``translation``: a sentence that is not translated
guarded        text that a guard kept back from the translation of the finished segment
error          stage, message, recoverable; text of the clause where its synthesis failed
=============  =================================================================================

Lines that the program around the cascade adds, without ``data``:

=============  =================================================================================
header         first line: versions, settings, machine, models (name to sha256); optionally
               material (source_text, references by language, name); of a replay the languages
               from and into which it was to interpret, and whether what was heard is checked
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

A reader passes over kinds and fields that it does not know, so old scorers read new logs. Of a log
with several headers, which a worker has written at each of its starts, it reads the last start.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from livekit.plugins.cascade.types import CascadeEvent

from .event_data import (
    CommitData,
    DroppedData,
    ErrorData,
    GuardedData,
    HypothesisData,
    PlayedData,
    Record,
    SegmentFinalData,
    SourceData,
    SynthesisData,
    TimedWord,
)

LOG_NAME = "events.jsonl"


class EmissionsError(ValueError):
    """A log that cannot be read: which file, which line, and why."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}, line {line}: {reason}")


class _Event(Record):
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


class Material(Record):
    """What was interpreted, where it is known: lets a log be scored for quality.

    ``reference_segments``: by language, the reference cut in time: text, offset and duration in
    seconds. ``quiet``: stretches, from and to in seconds, in which nobody speaks.
    """

    name: str = ""
    source_text: str = ""
    references: dict[str, str] = Field(default_factory=dict)
    reference_segments: dict[str, tuple[TimedWord, ...]] = Field(default_factory=dict)
    quiet: tuple[tuple[float, float], ...] = ()


class Header(Record):
    kind: Literal["header"] = "header"
    versions: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
    machine: dict[str, Any] = Field(default_factory=dict)
    models: dict[str, str] = Field(default_factory=dict)
    material: Material = Material()
    # Logs of rooms, where this changes, and older ones have none.
    source_language: str = ""
    target_languages: tuple[str, ...] = ()
    checked: bool = False


class Speaker(Record):
    kind: Literal["speaker"] = "speaker"
    stream: str = ""
    wall_time: float
    seconds: float | None = None
    file: str = ""


class Listener(Record):
    kind: Literal["listener"] = "listener"
    stream: str = ""
    language: str
    wall_time: float
    file: str = ""


class Recognised(Record):
    kind: Literal["recognised"] = "recognised"
    stream: str = ""
    language: str
    text: str
    model: str = ""


class Offline(Record):
    kind: Literal["offline"] = "offline"
    stage: Literal["recognition", "translation", "interpretation"]
    language: str
    text: str


class Memory(Record):
    kind: Literal["memory"] = "memory"
    media_time: float
    rss_bytes: int


class Work(Record):
    """Jobs of one engine's thread: how many, and how long in all."""

    calls: int = 0
    seconds: float = 0.0


class Resources(Record):
    kind: Literal["resources"] = "resources"
    cpu_seconds: float
    wall_seconds: float
    audio_seconds: float
    peak_rss_bytes: int = 0
    work: dict[str, Work] = Field(default_factory=dict)


class End(Record):
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
_LineT = TypeVar("_LineT", bound=Record)
_KINDS = frozenset(
    "source hypothesis commit segment_final synthesis played dropped guarded error "
    "header speaker listener recognised offline memory resources end".split()
)


@dataclass(frozen=True, slots=True)
class EmissionsLog:
    """A parsed log.

    Attributes:
        unknown: number of lines passed over, by kind.
        starts: of the worker that wrote it; the lines are those of the last.
        cut_off: whether the last line is there in part, and so left out.
    """

    path: Path
    lines: tuple[Line, ...]
    unknown: Mapping[str, int]
    starts: int = 1
    cut_off: bool = False

    @property
    def header(self) -> Header:
        """The header, or an empty one for a log without."""
        return next((line for line in self.lines if isinstance(line, Header)), Header())

    @property
    def checked(self) -> bool:
        """Whether what was heard is recognised; older logs have no word of it in their header."""
        return self.header.checked or bool(self.of(Recognised))

    @property
    def complete(self) -> bool:
        """Whether the run came to its end, and what was heard has been recognised if it was to."""
        measured = bool(self.of(Resources)) and not self._unrecognised()
        return (measured or bool(self.of(End))) and not self.cut_off

    def of(self, kind: type[_LineT]) -> tuple[_LineT, ...]:
        """All lines of one kind, in order."""
        return tuple(line for line in self.lines if isinstance(line, kind))

    def _unrecognised(self) -> set[str]:
        """Languages of recordings that still are to be recognised."""
        heard = {line.language for line in self.of(Listener)} if self.checked else set()
        return heard - {line.language for line in self.of(Recognised)}


def read_log(path: Path) -> EmissionsLog:
    """Parse a log file, or the ``events.jsonl`` of a run's folder.

    Raises:
        EmissionsError: not a log, or a line that breaks the schema.
        OSError: the file cannot be read.
    """
    path = path / LOG_NAME if path.is_dir() else path
    *whole, last = path.read_text(encoding="utf-8", errors="replace").split("\n")
    # A full disk or a power cut leaves a part of a line.
    cut_off = bool(last.strip()) and _json(last) is None
    return replace(parse_log(whole if cut_off else [*whole, last], path), cut_off=cut_off)


def parse_log(text_lines: Iterable[str], path: Path) -> EmissionsLog:
    """Parse the lines of a log; ``path`` is for messages. Raises EmissionsError."""
    every = list(text_lines)
    headers = [index for index, text in enumerate(every) if _is_header(text)]
    first = headers[-1] if len(headers) > 1 else 0
    lines: list[Line] = []
    unknown: Counter[str] = Counter()
    for number, text in enumerate(every[first:], start=first + 1):
        if not text.strip():
            continue
        record = _json_object(text, path, number)
        kind = str(record.get("kind"))
        if kind not in _KINDS:
            unknown[kind] += 1
            continue
        try:
            lines.append(_LINE.validate_python(record))
        except ValidationError as error:
            raise EmissionsError(path, number, _first_fault(error, kind)) from error
    return EmissionsLog(path, tuple(lines), dict(unknown), starts=max(len(headers), 1))


def _is_header(text: str) -> bool:
    record = _json(text) if '"header"' in text else None
    return isinstance(record, dict) and record.get("kind") == "header"


def _json(text: str) -> Any:
    """None for what is no JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return None


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

    def __exit__(self, *_: object) -> None:
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
