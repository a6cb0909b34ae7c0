"""The published scores of omnisteval's own example are the proof that our path adds nothing."""

import csv
import json
import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
import yaml
from omnisteval import Word
from omnisteval.data import fix_emission_ca

from agent.evaluation.lagging import (
    EmittedWord,
    LaggingScores,
    Recording,
    ReferenceSegment,
    align,
    score_lagging,
)

pytestmark = pytest.mark.unit
FIXTURE = (
    Path(os.environ.get("INTERPRETER_DATA", "../shared/data")) / "metric_fixtures/omnisteval_speech"
)


def published_recordings() -> Iterator[Recording]:
    """The example's log and references, with elapsed times made incremental as it says it did."""
    segments = yaml.safe_load((FIXTURE / "ref_segments.yaml").read_text())
    references = (FIXTURE / "references.txt").read_text().splitlines()
    logs = [json.loads(line) for line in (FIXTURE / "instances.log").read_text().splitlines()]
    by_file = {Path(log["source"][0]).name: log for log in logs}
    rows = zip(segments, references, strict=True)
    for file, group in groupby(rows, key=lambda row: row[0]["wav"]):
        log = by_file[file]
        yield Recording(
            words=_emitted(log),
            segments=[
                ReferenceSegment(text, float(segment["offset"]), float(segment["duration"]))
                for segment, text in group
            ],
        )


def _emitted(log: dict[str, list[float]]) -> list[EmittedWord]:
    rows = zip(str(log["prediction"]).split(), log["delays"], log["elapsed"], strict=True)
    words = [Word(text, emission_cu=cu, emission_ca=ca) for text, cu, ca in rows]
    return [
        EmittedWord(word.text, word.emission_cu / 1000, word.emission_ca / 1000)
        for word in fix_emission_ca(words)
    ]


@pytest.mark.skipif(not FIXTURE.is_dir(), reason="INTERPRETER_DATA has no metric_fixtures")
def test_published_scores_are_reproduced() -> None:
    with (FIXTURE / "scores.tsv").open() as file:
        published = {
            row["metric"]: float(row["value"]) for row in csv.DictReader(file, delimiter="\t")
        }
    scores = score_lagging(align(list(published_recordings()), "de"))
    for name, ours in _by_published_name(scores).items():
        assert ours == pytest.approx(published[name], abs=1e-3), name


def _by_published_name(scores: LaggingScores) -> dict[str, float]:
    named = {}
    for clock, lagging in (("CU", scores.cu), ("CA", scores.ca)):
        named[f"LongYAAL ({clock})"] = lagging.long_yaal * 1000
        named[f"LongAL ({clock})"] = lagging.average_lagging * 1000
        named[f"LongLAAL ({clock})"] = lagging.laal * 1000
        named[f"LongDAL ({clock})"] = lagging.differentiable * 1000
        named[f"LongAP ({clock})"] = lagging.average_proportion
    return named


def recording(delays: list[float], text: str = "a b c d", seconds: float = 4.0) -> Recording:
    words = [EmittedWord(w, d, d + 1) for w, d in zip(text.split(), delays, strict=True)]
    return Recording(words, [ReferenceSegment(text, 0.0, seconds)])


def test_output_in_step_lags_by_its_delay_on_both_clocks() -> None:
    scores = score_lagging(align([recording([1.0, 2.0, 3.0, 4.0])], "de"))
    assert scores.cu.laal == pytest.approx(1.0)
    assert scores.ca.long_yaal == pytest.approx(2.0)
    assert abs(scores.expected_words - scores.simultaneous_words) < 20


def test_one_early_word_and_the_rest_at_the_end_only_looks_simultaneous() -> None:
    scores = score_lagging(align([recording([0.1, 4.1, 4.1, 4.1])], "de"))
    assert abs(scores.expected_words - scores.simultaneous_words) > 20


def test_unspaced_languages_are_scored_by_character() -> None:
    words = [EmittedWord(c, d, d) for c, d in zip("你好世界", [1.0, 2.0, 3.0, 4.0], strict=True)]
    scores = score_lagging(align([Recording(words, [ReferenceSegment("你好 世界", 0, 4.0)])], "zh"))
    assert scores.cu.laal == pytest.approx(1.0)


def test_full_width_marks_are_scored_as_they_are() -> None:
    text = "你好，世界。"
    words = [EmittedWord(c, d, d) for d, c in enumerate(text, start=1)]
    scores = score_lagging(align([Recording(words, [ReferenceSegment(text, 0, 6.0)])], "zh"))
    assert scores.cu.laal == pytest.approx(1.0)


def test_no_reference_is_an_error() -> None:
    with pytest.raises(ValueError, match="reference segment"):
        score_lagging(align([Recording([], [])], "de"))


def test_several_segments_are_scored_each_on_its_own_clock() -> None:
    text = "eins zwei drei vier".split()
    words = [EmittedWord(w, d, d) for w, d in zip(text, [1, 2, 11, 12], strict=True)]
    segments = [ReferenceSegment("eins zwei", 0, 2.0), ReferenceSegment("drei vier", 10, 2.0)]
    assert score_lagging(align([Recording(words, segments)], "de")).cu.laal == pytest.approx(1.0)


def test_scoring_never_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork of a process whose threads hold locks may stand still for ever."""

    def forked() -> int:
        raise AssertionError("forked")

    monkeypatch.setattr(os, "fork", forked)
    words = [EmittedWord(word, 1.0, 1.0) for word in ("eins", "zwei")]
    segments = [ReferenceSegment("eins", 0, 1.0), ReferenceSegment("zwei", 1, 1.0)]
    score_lagging(align([Recording(words, segments)], "de"))
