"""A small made-up run: two sentences, English to Spanish, with every figure known by hand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ORIGIN = 1000.0


def event(
    kind: str, segment: str, media: float, wall: float, language: str = "es", **data: object
) -> dict[str, Any]:
    return {
        "kind": kind,
        "stream": "ana",
        "language": language,
        "segment_id": segment,
        "media_time": media,
        "wall_time": ORIGIN + wall,
        "data": data,
    }


def played(
    segment: str, text: str, start: float, end: float, *, source_end: float, queue: float
) -> dict[str, Any]:
    return event(
        "played",
        segment,
        source_end,
        end,
        text=text,
        wall_start=ORIGIN + start,
        wall_end=ORIGIN + end,
        queue_seconds=queue,
        speed=1.1,
        source_end=source_end,
    )


def run_lines() -> list[dict[str, Any]]:
    first = [["aaaa", 0.5, 1.0], ["bbbb", 1.0, 2.0]]
    second = [["cccc", 3.0, 4.0]]
    return [
        {
            "kind": "header",
            "versions": {"agent": "0.1.0"},
            "settings": {"policy": "agreement"},
            "machine": {"cpus": 2},
            "material": {
                "name": "two sentences",
                "source_text": "aaaa bbbb. cccc",
                "references": {"es": "AAAA BBBB CCCC"},
            },
        },
        {"kind": "speaker", "stream": "ana", "wall_time": ORIGIN, "seconds": 5.0},
        event("source", "S1", 1.5, 1.6, "en", committed=first[:1], tail=[], final=False),
        event("source", "S1", 2.5, 2.7, "en", committed=first, tail=[], final=True),
        event("hypothesis", "S1", 2.5, 2.9, text="AAAA BBBB", seconds=0.2),
        event("commit", "S1", 1.5, 2.0, text="AAAA", total="AAAA", source_words=1, source_end=1.0),
        event(
            "commit", "S1", 2.5, 3.0, text=" BBBB", total="AAAA BBBB", source_words=2, source_end=2
        ),
        event("segment_final", "S1", 2.5, 3.0, source="aaaa bbbb", target="AAAA BBBB"),
        event(
            "synthesis",
            "S1",
            2,
            3.4,
            text="AAAA BBBB",
            audio_seconds=2.0,
            seconds=0.5,
            first_audio_seconds=0.5,
            speed=1.0,
        ),
        played("S1", "AAAA BBBB", 4.0, 6.0, source_end=2.0, queue=1.5),
        event("source", "S2", 4.5, 4.6, "en", committed=second, tail=[], final=True),
        event("commit", "S2", 4.5, 5.0, text="CCCC", total="CCCC", source_words=1, source_end=4.0),
        event("segment_final", "S2", 4.5, 5.0, source="cccc", target="CCCC"),
        played("S2", "CCCC", 7.0, 8.0, source_end=4.0, queue=0.5),
        {"kind": "end"},
    ]


Lines = list[dict[str, Any]]


@pytest.fixture
def write_run(tmp_path: Path) -> Callable[..., Path]:
    """Writes the made-up run, changed by a function, to a folder of the given name."""

    def write(name: str, change: Callable[[Lines], Lines] = lambda lines: lines) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        text = "".join(json.dumps(line) + "\n" for line in change(run_lines()))
        (folder / "events.jsonl").write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def run_dir(write_run: Callable[..., Path]) -> Path:
    return write_run("run")
