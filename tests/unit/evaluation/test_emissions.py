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
    "tail",
    [b'{"kind": "commit", "stre', '{"kind": "guarded", "data": {"text": "é'.encode()[:-1], b"{"],
)
def test_a_last_line_that_was_cut_off_is_left_out(run_dir: Path, tail: bytes) -> None:
    whole = read_log(run_dir)
    with (run_dir / LOG).open("ab") as file:
        file.write(tail)
    log = read_log(run_dir)
    assert log.lines == whole.lines
    assert whole.complete and not log.complete


def test_a_whole_last_line_needs_no_end_of_line(run_dir: Path) -> None:
    text = (run_dir / LOG).read_text()
    (run_dir / LOG).write_text(text.rstrip())
    assert read_log(run_dir).complete


def test_a_character_that_is_none_is_no_reason_to_read_nothing(run_dir: Path) -> None:
    data = (run_dir / LOG).read_bytes()
    (run_dir / LOG).write_bytes(data.replace(b'"text": "CCCC"', b'"text": "CCC\xff"'))
    assert [line.data.text for line in read_log(run_dir).of(Played)] == ["AAAA BBBB", "CCC\ufffd"]


def test_of_several_starts_the_last_is_read(run_dir: Path) -> None:
    """A killed one may have left a part of a line."""
    text = (run_dir / LOG).read_text()
    later = text.replace('"policy": "agreement"', '"policy": "other"').replace("AAAA", "aaaa")
    (run_dir / LOG).write_text(text + '{"kind": "played", "str\n' + later)
    log = read_log(run_dir)
    assert log.starts == 2
    assert log.header.settings == {"policy": "other"}
    assert [line.data.text for line in log.of(Played)] == ["aaaa BBBB", "CCCC"]
    fault = later.replace('"wall_start"', '"wall_begin"', 1)
    with pytest.raises(EmissionsError, match=f"line {len(text.splitlines()) + 10}:"):
        parse_log((text + fault).splitlines(), LOG)


@pytest.mark.parametrize(
    ("heard", "complete"), [((), False), (("es",), False), (("es", "fr"), True)]
)
@pytest.mark.parametrize("checked", [True, False])
def test_a_run_that_was_ended_while_it_was_checked_is_not_complete(
    heard: tuple[str, ...], complete: bool, checked: bool
) -> None:
    measured = {"cpu_seconds": 1, "wall_seconds": 1, "audio_seconds": 1}
    lines: list[dict[str, object]] = [{"kind": "header", "checked": checked}]
    lines += [{"kind": "listener", "language": name, "wall_time": 1} for name in ("es", "fr")]
    lines += [{"kind": "resources", **measured}]
    lines += [{"kind": "recognised", "language": name, "text": ""} for name in heard]
    log = parse_log(map(json.dumps, lines), LOG)
    # Without a word of it, as in older logs, something that was recognised tells.
    assert log.complete == (complete or not (checked or heard))


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
    with pytest.raises(EmissionsError, match=f"events.jsonl, line 2: .*{reason}"):
        parse_log(['{"kind": "header"}', line], LOG)
