import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from agent.evaluation.command import main
from agent.evaluation.emissions import LOG_NAME
from agent.evaluation.report import read_report, write_report
from agent.evaluation.scores import score_run
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
    assert read_report(data)[0].routes[0].spans == run.routes[0].spans


def test_comparison_finds_a_second_of_delay(run_dir: Path, slower_run: Path) -> None:
    rows = compare([score_run(run_dir)], [score_run(slower_run)])
    by_name = {row.figure: row for row in rows}
    assert by_name["ear-voice span p50"].change.estimate == pytest.approx(1.0)
    assert by_name["EndOffset"].change.estimate == pytest.approx(1.0)
    assert by_name["WER"].change.estimate == 0


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
