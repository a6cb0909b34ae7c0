import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agent.evaluation.emissions import LOG_NAME
from agent.evaluation.report import write_report
from agent.evaluation.scores import from_json, score_run, to_json
from agent.evaluation.summary import BLEU, CHRF
from agent.evaluation.tables import latency_table, work_table

pytestmark = pytest.mark.unit

WriteRun = Callable[..., Path]
Lines = list[dict[str, Any]]
KEPT = ("header", "speaker", "source")


def test_a_run_is_scored_from_its_log_alone(run_dir: Path) -> None:
    run = score_run(run_dir)
    (route,) = run.routes
    assert run.name == "run"
    assert route.text.target == "AAAA BBBB CCCC"
    assert route.quality.recognition and route.quality.recognition.percent == 0
    assert route.quality.translation and route.quality.translation.chrf.score == pytest.approx(100)
    assert route.quality.heard_chrf is None
    # Words were written at 2, 3 and 5 s of 5 s of source: LAAL = mean of 2, 3 - 5/3, 5 - 10/3.
    assert route.lagging and route.lagging.ca.laal == pytest.approx(5 / 3)
    assert route.lagging.cu.laal < route.lagging.ca.laal


def test_quality_is_that_of_the_reference_s_segments_where_they_are_known(
    write_run: WriteRun,
) -> None:
    said = ["one two three four", "five six seven eight"]
    segments = [[text, 2.5 * index, 2.5] for index, text in enumerate(said)]

    def write(*texts: str) -> Callable[[Lines], Lines]:
        def change(lines: Lines) -> Lines:
            lines[0]["material"]["references"] = {"es": " ".join(said)}
            lines[0]["material"]["reference_segments"] = {"es": segments}
            commits = [line for line in lines if line["kind"] == "commit"]
            for line, text in zip((commits[1], commits[2]), texts, strict=True):
                line["data"] |= {"text": text, "total": text}
            return [line for line in lines if line is not commits[0]]

        return change

    in_order, swapped = (
        score_run(write_run(name, write(*texts))).routes[0]
        for name, texts in {"in-order": said, "swapped": said[::-1]}.items()
    )
    for figure in (CHRF, BLEU):
        assert figure.read(in_order) == pytest.approx(100)
        assert (figure.read(swapped) or 0) < 75
    whole = swapped.quality.translation
    assert whole and whole.chrf.score > 80


def test_recognised_output_is_compared_with_the_captions(run_dir: Path) -> None:
    line = {"kind": "recognised", "stream": "ana", "language": "es", "text": "aaaa bbbb cccc"}
    with (run_dir / LOG_NAME).open("a") as file:
        file.write(json.dumps(line) + "\n")
    quality = score_run(run_dir).routes[0].quality
    assert quality.heard_chrf is not None
    assert quality.heard and quality.heard.missing == ()


def test_a_run_without_words_says_so(run_dir: Path) -> None:
    log = run_dir / LOG_NAME
    log.write_text(log.read_text().splitlines()[0])
    with pytest.raises(ValueError, match="nothing was recognised"):
        score_run(run_dir)


def test_a_run_without_translation_is_scored_for_recognition(write_run: WriteRun) -> None:
    folder = write_run("stt", lambda lines: [x for x in lines if x["kind"] in KEPT])
    run = score_run(folder)
    (speaker,) = run.recognition
    assert run.routes == ()
    assert speaker.words and speaker.words.percent == 0
    assert speaker.delay.median == pytest.approx(0.6)
    assert speaker.delay_cu.median == pytest.approx(0.5)
    assert write_report([run], folder / "out")


def test_scores_survive_json(run_dir: Path) -> None:
    lines = (run_dir / LOG_NAME).read_text().splitlines(keepends=True)
    (run_dir / LOG_NAME).write_text("".join(x for x in lines if '"synthesis"' not in x))
    runs = (score_run(run_dir),)
    text = json.dumps(to_json(runs), allow_nan=False)
    assert "NaN" in text
    assert to_json(from_json(json.loads(text))) == to_json(runs)


def test_tables_show_the_figures(run_dir: Path) -> None:
    routes = score_run(run_dir).routes
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(latency_table(routes), work_table(routes))
    text = console.export_text()
    assert "en → es" in text
    assert "ear-voice span" in text
    assert "3.00" in text
