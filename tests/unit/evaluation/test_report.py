import html
import json
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from agent.evaluation import plots
from agent.evaluation.command import main
from agent.evaluation.emissions import LOG_NAME, Material
from agent.evaluation.report import differences, read_report, write_report
from agent.evaluation.scores import RunScores, score_run
from agent.evaluation.summary import compare

pytestmark = pytest.mark.unit


@pytest.fixture
def slower_run(write_run: Callable[..., Path]) -> Path:
    """The same run with all audio a second later."""

    def delay(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for data in (line["data"] for line in lines if line["kind"] == "played"):
            data["wall_start"] += 1
            data["wall_end"] += 1
        return lines

    return write_run("slower", delay)


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.external: list[str] = []
        self.svgs = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.svgs += tag == "svg"
        loads = ("src", "href") if tag in {"link", "script", "img", "a"} else ()
        self.external += [value or "" for name, value in attrs if name in loads]


def test_report_is_three_files_and_the_page_needs_nothing_else(run_dir: Path) -> None:
    markdown, data, page = write_report([score_run(run_dir)], run_dir / "out")
    text = markdown.read_text()
    for expected in ("ear-voice span p50", "agent", "0.1.0", "policy", "nc:6\\|nw:0", "cpus"):
        assert expected in text
    assert json.loads(data.read_text())["runs"][0]["name"] == "run"
    links = Links()
    links.feed(page.read_text())
    assert links.svgs == 3
    assert links.external == []


def test_report_is_read_back(run_dir: Path) -> None:
    run = score_run(run_dir)
    _, data, _ = write_report([run], run_dir / "out")
    assert read_report(data)[0].routes[0].delays == run.routes[0].delays


@pytest.mark.parametrize("text", ["costs $5, or 20% of $25", "$\\frac$", "gana $5^ y $10"])
def test_text_with_dollars_is_drawn_as_it_is(run_dir: Path, text: str) -> None:
    run = score_run(run_dir)
    header = run.header.model_copy(update={"material": Material(name=text)})
    route = replace(run.routes[0], timeline=((0.0, 2.0, text),), source_timeline=())
    *_, page = write_report([replace(run, header=header, routes=(route,))], run_dir / "out")
    # In the legend of each plot, in the timeline and its title.
    assert page.read_text().count(f"{html.escape(text, quote=False)}") >= 4


def test_the_figures_are_written_even_if_the_plots_cannot_be_drawn(run_dir: Path) -> None:
    with (
        mock.patch.object(plots, "timeline", side_effect=ValueError("no plot")),
        pytest.raises(ValueError, match="no plot"),
    ):
        write_report([score_run(run_dir)], run_dir / "out")
    assert {path.name for path in (run_dir / "out").iterdir()} == {"report.md", "report.json"}


def test_comparison_finds_a_second_of_delay(run_dir: Path, slower_run: Path) -> None:
    rows = compare(5 * [score_run(run_dir)], 5 * [score_run(slower_run)])
    changes = {row.figure.name: row.change for row in rows}
    for figure in ("ear-voice span p50", "EndOffset"):
        assert changes[figure].estimate == pytest.approx(1.0)
        assert changes[figure].excludes_zero
    assert changes["WER"].estimate == 0 and not changes["WER"].excludes_zero


@pytest.mark.parametrize(("first", "second"), [(1, 1), (4, 5), (5, 4)])
def test_with_few_runs_there_is_a_difference_and_no_certainty(
    run_dir: Path, slower_run: Path, first: int, second: int
) -> None:
    rows = compare(first * [score_run(run_dir)], second * [score_run(slower_run)])
    assert not any(row.change.excludes_zero for row in rows)
    span = next(row for row in rows if row.figure.name == "ear-voice span p50")
    assert span.runs == (first, second) and span.change.estimate == pytest.approx(1.0)
    assert differences([span]).rows[0][-2:] == ["–", ""]


def test_each_system_is_compared_with_itself(write_run: Callable[..., Path]) -> None:
    def of(system: str) -> RunScores:
        run = score_run(write_run(system))
        header = run.header.model_copy(update={"settings": {"system": system}})
        return replace(run, header=header)

    ours, waiting, theirs = (of(name) for name in ("cascade", "sentence-wait", "example"))
    rows = compare([ours, waiting], [waiting, theirs, ours])
    assert {row.key.system for row in rows} == {"cascade", "sentence-wait"}
    assert {row.change.estimate for row in rows if row.change.estimate} == set()
    assert "sentence-wait, two sentences" in differences(rows).rows[-1][0]
    with pytest.raises(ValueError, match="in common"):
        compare([ours], [waiting])


def test_comparison_needs_a_common_task(write_run: Callable[..., Path]) -> None:
    def rename(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        lines[0]["material"] = {"name": "another recording"}
        return lines

    runs = [[score_run(write_run("one"))], [score_run(write_run("two", rename))]]
    with pytest.raises(ValueError, match="in common"):
        compare(*runs)


def test_commands(run_dir: Path, slower_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(run_dir.parent / "reports")
    assert main(["score", str(run_dir)]) == 0
    assert main(["report", str(run_dir.parent), "--out", out, "--name", "both"]) == 0
    assert main(["report", str(slower_run), "--out", out, "--name", "slow"]) == 0
    assert main(["compare", f"{out}/both.json", f"{out}/slow.json"]) == 0
    assert "ear-voice span" in capsys.readouterr().out


def test_an_interrupted_run_is_named_and_in_no_report(
    run_dir: Path, write_run: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    write_run("part", lambda lines: lines[:5])
    write_run("nothing", lambda lines: lines[:1])
    out = str(run_dir.parent / "reports")
    assert main(["report", str(run_dir.parent), "--out", out]) == 0
    said = capsys.readouterr().err
    assert "part has no closing line" in said and "nothing has no closing line" in said
    assert [run.name for run in read_report(Path(out) / "report.json")] == ["run"]
    assert main(["report", str(run_dir.parent / "part"), "--out", out]) == 1
    assert main(["score", str(run_dir.parent / "part")]) == 0
    assert "figures of a part" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["{", '{"kind": "speaker"}', ""])
def test_a_bad_log_is_an_error_that_names_it(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / LOG_NAME).write_text(content)
    assert main(["score", str(tmp_path)]) == 1
    assert LOG_NAME in capsys.readouterr().err


def test_a_missing_run_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(tmp_path / "nowhere")]) == 1
    assert main(["score", str(tmp_path)]) == 1
    assert main(["compare", __file__, __file__]) == 1
    assert "not a report" in capsys.readouterr().err
