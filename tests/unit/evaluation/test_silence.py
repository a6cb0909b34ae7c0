"""What did not come out is no better than what came out late or wrong."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.evaluation.command import main
from agent.evaluation.digest import digest
from agent.evaluation.report import differences, markdown, read_report, write_report
from agent.evaluation.scores import RouteScores, RunScores, score_run
from agent.evaluation.summary import FIGURES, compare, groups_of

from .conftest import Lines, event

pytestmark = pytest.mark.unit

WriteRun = Callable[..., Path]
Change = Callable[[Lines], Lines]
SPOKEN = ("played", "synthesis")
BEGUN = ("header", "speaker", "end")
TEXT = "Uno dos tres cuatro cinco, seis siete ocho nueve diez."


def long_captions(lines: Lines) -> Lines:
    """Two clauses that are long enough to be missed."""
    commits = [line["data"] for line in lines if line["kind"] == "commit"]
    for data, text in zip(commits, ("", TEXT, ""), strict=True):
        data |= {"text": text, "total": text}
    return lines


def wanting(**header: Any) -> Change:
    def change(lines: Lines) -> Lines:
        return [{**lines[0], **header}, *lines[1:]]

    return change


def without(*kinds: str) -> Change:
    return lambda lines: [line for line in lines if line["kind"] not in kinds]


def only(*kinds: str) -> Change:
    return lambda lines: [line for line in lines if line["kind"] in kinds]


def heard(text: str) -> Change:
    line = {"kind": "recognised", "stream": "ana", "language": "es", "text": text}
    return lambda lines: [*lines[:-1], line, lines[-1]]


def chain(*changes: Change) -> Change:
    def change(lines: Lines) -> Lines:
        for one in changes:
            lines = one(lines)
        return lines

    return change


def figure(route: RouteScores, name: str) -> float | None:
    value = next(known for known in FIGURES if known.name == name).read(route)
    return None if value is None or math.isnan(value) else value


@pytest.fixture
def scored(write_run: WriteRun) -> Callable[..., RunScores]:
    def score(name: str, *changes: Change) -> RunScores:
        return score_run(write_run(name, chain(*changes)))

    return score


Scored = Callable[..., RunScores]


@pytest.mark.parametrize(
    ("changes", "chrf", "faults"),
    [
        ((heard(TEXT),), pytest.approx(100), 0),
        ((heard(""),), 0, 2),
        ((without(*SPOKEN), wanting(checked=True)), 0, 2),
        ((without(*SPOKEN),), None, None),
        ((), None, None),
    ],
)
def test_what_was_not_heard_is_missing_and_what_was_not_checked_is_not_known(
    scored: Scored, changes: tuple[Change, ...], chrf: float | None, faults: float | None
) -> None:
    (route,) = scored("run", long_captions, *changes).routes
    assert figure(route, "chrF of what was heard") == chrf
    assert figure(route, "clauses twice or missing") == faults


def test_without_a_voice_there_is_no_figure_of_it(scored: Scored) -> None:
    names = {"gaps, total", "synthesis RTF", "clauses dropped", "ear-voice span p50", "EndOffset"}
    voiced, dead = scored("voiced"), scored("dead", without(*SPOKEN))
    assert {figure(dead.routes[0], name) for name in names} == {None}
    rows = [row for row in compare(2 * [voiced], 2 * [dead]) if row.figure.name in names]
    assert {row.figure.name for row in rows} == names
    for shown in differences(rows).rows:
        assert shown[2] == "2 and 0" and shown[4:] == ["–", "–", "–", ""]


def test_nothing_that_is_dead_is_an_improvement(scored: Scored) -> None:
    """All that a comparison has a change for is worse, and there is such."""
    alive = scored("alive", long_captions, heard(TEXT))
    dead = scored("dead", long_captions, without(*SPOKEN), wanting(checked=True))
    changes = {row.figure.name: row.change.estimate for row in compare([alive], [dead])}
    assert {name: change for name, change in changes.items() if abs(change) > 0} == {
        "chrF of what was heard": pytest.approx(-100),
        "clauses twice or missing": 2,
    }


def test_a_language_in_which_nothing_came_out_has_a_route(scored: Scored, tmp_path: Path) -> None:
    def with_reference(lines: Lines) -> Lines:
        lines[0]["material"]["references"]["fr"] = "aaaa"
        return lines

    wanted = wanting(target_languages=["es", "fr"], source_language="en")
    run = scored("run", wanted, with_reference)
    spanish, french = run.routes
    assert (spanish.language, french.language) == ("es", "fr")
    assert figure(spanish, "chrF") == pytest.approx(100)
    assert (figure(french, "chrF"), figure(french, "WER")) == (0, 0)
    assert figure(french, "translation RTF") is None
    assert french.text.source == spanish.text.source
    # It is drawn, written and read back like any other.
    _, data, _ = write_report([run], tmp_path)
    assert [route.language for route in read_report(data)[0].routes] == ["es", "fr"]


def test_a_code_that_is_written_otherwise_is_the_same_language(scored: Scored) -> None:
    def mexican(lines: Lines) -> Lines:
        return [line | {"language": "es-MX"} if "data" in line else line for line in lines]

    run = scored("run", mexican, wanting(target_languages=["es_MX"]))
    assert [route.language for route in run.routes] == ["es-MX"]


def test_a_failure_tells_that_a_language_was_wanted(scored: Scored) -> None:
    def failing(lines: Lines) -> Lines:
        failures = [
            event("error", "S1", 2, 3, "fr", stage="translation"),
            event("error", "S2", 2, 3, "fr", stage="translation"),
            event("error", "", 2, 3, "en", stage="stt"),
        ]
        return [*lines[:-1], *failures, lines[-1]]

    run = scored("run", failing)
    assert {r.language: figure(r, "failures of engines") for r in run.routes} == {"es": 1, "fr": 3}
    assert "| failures of engines | 1.00 | 3.00 |" in markdown([run])


def test_where_nothing_was_recognised_every_word_is_an_error(
    scored: Scored, tmp_path: Path
) -> None:
    deaf = scored("deaf", only(*BEGUN), wanting(target_languages=["es"], source_language="en"))
    (speaker,), (route,) = deaf.recognition, deaf.routes
    assert speaker.words and speaker.words.percent == 100
    assert (figure(route, "WER"), figure(route, "chrF")) == (100, 0)
    (group,) = groups_of([scored("well"), deaf])
    assert len(group.routes) == 2
    unwanted = scored("no-header", only("speaker", "end"))
    assert unwanted.routes == () and unwanted.recognition[0].words is None
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    assert len(read_report(tmp_path / "out/report.json")) == 3


def test_a_median_of_some_runs_says_of_how_many(scored: Scored) -> None:
    runs = [*(scored(f"well-{n}") for n in range(3)), scored("dead", without(*SPOKEN))]
    assert "| ear-voice span p50, s | 3.00 (3 of 4) |" in markdown(runs)
    assert "| ear-voice span, median | 3.0 s (3 of 4 runs) |" in digest(runs)


@pytest.mark.parametrize("segments", [[["", 0, 2.5], [" ", 2.5, 2.5]], [["", 0, 5]]])
def test_segments_without_a_word_are_none(scored: Scored, segments: list[Any]) -> None:
    def change(lines: Lines) -> Lines:
        lines[0]["material"]["reference_segments"] = {"es": segments}
        return lines

    (route,) = scored("run", change).routes
    assert route.quality.by_segment is None
    assert figure(route, "chrF") == pytest.approx(100)
