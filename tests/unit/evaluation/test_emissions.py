import json
from pathlib import Path

import pytest

from agent.evaluation.emissions import (
    Commit,
    EmissionsError,
    EmissionsWriter,
    Header,
    Played,
    Source,
    parse_log,
    read_log,
)
from livekit.plugins.cascade.types import CascadeEvent

pytestmark = pytest.mark.unit
LOG = Path("events.jsonl")


def test_reads_every_kind_of_the_run(run_dir: Path) -> None:
    log = read_log(run_dir)
    assert [p.data.text for p in log.of(Played)] == ["AAAA BBBB", "CCCC"]
    assert log.of(Source)[1].data.committed[1] == ("bbbb", 1.0, 2.0)
    assert log.header.settings == {"policy": "agreement"}
    assert not log.unknown


def test_what_the_writer_writes_the_reader_reads(tmp_path: Path) -> None:
    path = tmp_path / "new" / "events.jsonl"
    data = {"text": "hé", "total": "hé", "source_words": 1, "source_end": 2.0}
    with EmissionsWriter(path) as writer:
        writer.line(Header(versions={"agent": "1"}))
        writer.event(CascadeEvent("commit", "ana", "fr", "S1", 1.0, 2.0, data))
    log = read_log(path)
    assert log.header.versions == {"agent": "1"}
    assert log.of(Commit)[0].data.model_dump() == data


def test_unknown_kinds_and_fields_are_passed_over() -> None:
    lines = ['{"kind": "telepathy"}', "", '{"kind": "speaker", "wall_time": 1, "mood": "good"}']
    log = parse_log(lines, LOG)
    assert log.unknown == {"telepathy": 1}
    assert len(log.lines) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "not an event"),
        ('{"wall_time": 1}', "not an event"),
        ('{"kind": "speaker"}', "speaker event: wall_time: field required"),
        (
            json.dumps(
                {
                    "kind": "played",
                    "stream": "a",
                    "media_time": 0,
                    "wall_time": 0,
                    "data": {"text": "x", "wall_start": "soon", "wall_end": 1, "source_end": 0},
                }
            ),
            "played event: data.wall_start: input should be a valid number",
        ),
    ],
)
def test_a_bad_line_is_named(line: str, reason: str) -> None:
    with pytest.raises(EmissionsError, match=reason) as caught:
        parse_log(['{"kind": "header"}', line], LOG)
    assert caught.value.line == 2
    assert "events.jsonl, line 2" in str(caught.value)
