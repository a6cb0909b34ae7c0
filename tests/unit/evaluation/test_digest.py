"""The README's figures are those of a report, and nobody has to copy them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.evaluation.command import main
from agent.evaluation.digest import BEGIN, DigestError, digest, insert
from agent.evaluation.report import read_report
from agent.evaluation.scores import score_run

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
CLOCKS = {"small": "real", "quality": "virtual"}


def system(name: str) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    def rename(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        header, *rest = lines
        settings = {**header.get("settings", {}), "system": name, "time": "real"}
        return [{**header, "settings": settings}, *rest]

    return rename


def test_systems_stand_side_by_side(write_run: Callable[..., Path]) -> None:
    runs = [score_run(write_run(name, system(name))) for name in ("cascade", "utterance")]
    first, *_ = lines = digest(runs).splitlines()
    assert "| this project | waits for a pause |" in first
    assert any(line.startswith("| ear-voice span, median |") for line in lines)
    assert "real time on" in lines[-1]


@pytest.mark.parametrize(
    ("name", "column"),
    [("direct", "the recogniser translates"), ("wait-k (3)", "wait-k (3)")],
)
def test_every_system_has_a_column(write_run: Callable[..., Path], name: str, column: str) -> None:
    runs = [score_run(write_run(n, system(n))) for n in (name, "cascade")]
    assert f"| this project | {column} |" in digest(runs).splitlines()[0]


def test_a_column_of_fewer_runs_says_so(write_run: Callable[..., Path]) -> None:
    names = {"one": "cascade", "two": "cascade", "three": "utterance"}
    runs = [score_run(write_run(folder, system(name))) for folder, name in names.items()]
    first, *_, last = digest(runs).splitlines()
    assert "| this project | waits for a pause, 1 run |" in first
    assert "Medians of 2 runs" in last


def test_all_that_runs_were_made_with_is_told(write_run: Callable[..., Path]) -> None:
    def made(time: str, profile: str) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
        def change(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
            lines[0]["settings"] = {"system": profile, "time": time, "profile": profile}
            return lines

        return change

    runs = [score_run(write_run(name, made(time, name))) for name, time in CLOCKS.items()]
    last = digest(runs).splitlines()[-1]
    assert "in real and virtual time" in last and "profile small and quality" in last


def test_runs_without_a_translation_have_no_figures(write_run: Callable[..., Path]) -> None:
    words = ("header", "speaker", "source")
    run = score_run(write_run("stt", lambda lines: [x for x in lines if x["kind"] in words]))
    with pytest.raises(DigestError, match="nothing was translated"):
        digest([run])


def test_figures_go_between_the_marks() -> None:
    text = "a\n<!-- figures: x.json -->\nold\n<!-- end of figures -->\nb"
    new = insert(text, "new \\1")
    assert new == "a\n<!-- figures: x.json -->\n\nnew \\1\n\n<!-- end of figures -->\nb"
    assert insert(new, "new \\1") == new
    with pytest.raises(DigestError):
        insert("no marks", "new")


def test_the_command_writes_into_a_file(run_dir: Path, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("<!-- figures: r.json -->\n<!-- end of figures -->\n")
    assert main(["report", str(run_dir), "--out", str(tmp_path), "--name", "r"]) == 0
    assert main(["digest", str(tmp_path / "r.json"), "--into", str(readme)]) == 0
    assert "ear-voice span, median" in readme.read_text()


def test_the_readme_has_the_figures_of_its_report() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    mark = re.search(BEGIN.format(source="(.*)"), readme)
    assert mark is not None
    assert insert(readme, digest(read_report(ROOT / mark[1]))) == readme
