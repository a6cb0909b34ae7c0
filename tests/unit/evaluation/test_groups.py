"""Which runs are taken together, and which compared."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.evaluation.command import main
from agent.evaluation.emissions import Material
from agent.evaluation.plots import curves, policy_curves
from agent.evaluation.quality import MetricScore, TranslationQuality
from agent.evaluation.report import write_report
from agent.evaluation.scores import RunScores, score_run
from agent.evaluation.summary import compare, groups_of, remarks

pytestmark = pytest.mark.unit

Made = Callable[..., RunScores]


@pytest.fixture
def made(run_dir: Path) -> Made:
    """The made-up run with another header, and of another quality."""
    run = score_run(run_dir)
    (route,) = run.routes

    def make(
        system: str = "cascade", *, talk: str = "talk", chrf: float = 100.0, **header: Any
    ) -> RunScores:
        settings = {"system": system, **header.pop("settings", {})}
        update = {"settings": settings, "material": Material(name=talk), **header}
        score = MetricScore(chrf, "")
        quality = replace(route.quality, translation=TranslationQuality(score, score))
        return replace(
            run,
            name=f"{talk}-{system}",
            header=run.header.model_copy(update=update),
            routes=(replace(route, quality=quality),),
        )

    return make


@pytest.mark.parametrize(
    ("condition", "first", "second", "said"),
    [
        ("time", {"settings": {"time": "free"}}, {}, r"\(free; real\)"),
        ("profile", {"settings": {"profile": "quality"}}, {}, r"\(quality; not known\)"),
        (
            "models",
            {"models": {"stt": "a", "mt": "b"}},
            {"models": {"mt": "c", "stt": "a"}},
            "mt c",
        ),
    ],
)
def test_runs_that_were_made_otherwise_have_no_median(
    made: Made, condition: str, first: Any, second: Any, said: str
) -> None:
    with pytest.raises(ValueError, match=f"the {condition} of .* differ .*{said}"):
        groups_of([made(**first), made(**second)])
    assert len(groups_of([made(**first), made("other", **second)])) == 2
    assert compare([made(**first)], [made(**second)])


def test_a_comparison_tells_of_other_clocks_and_of_what_it_leaves_out(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = [made(settings={"time": "free"}), made("utterance"), made("direct")]
    second = [made(), made("direct"), made(talk="[other]")]
    told = [
        "only the first report has utterance, talk, en → es",
        "only the second report has cascade, [other], en → es",
        "cascade, talk, en → es: free time in the first report, real time in the second",
    ]
    assert remarks(first, second) == told
    assert remarks(first, first) == []
    for name, runs in {"a": first, "b": second}.items():
        write_report(runs, tmp_path, name)
    assert main(["compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")]) == 0
    assert capsys.readouterr().err.splitlines() == told


def test_policies_are_compared_on_the_talks_that_all_have(made: Made) -> None:
    """Talks are not equally hard, and who stops a simulation stops it in the middle of one."""
    runs = [
        made(system, talk=talk, chrf=chrf)
        for talk, chrf in {"easy": 80.0, "fair": 60.0, "hard": 20.0}.items()
        for system in ("cascade (hold 1)", "wait-k (1)")
    ]
    means = curves(groups_of(runs[:-1]))
    assert [chrf for points in means.values() for _, chrf in points] == [70.0, 70.0]
    assert "en → es: means over 2 of 3 talks" in policy_curves(groups_of(runs[:-1]))
    means = curves(groups_of(runs))
    assert [chrf for points in means.values() for _, chrf in points] == [pytest.approx(160 / 3)] * 2


def test_policies_without_a_talk_in_common_have_no_curve(made: Made) -> None:
    groups = groups_of([made("cascade"), made("wait-k (1)", talk="other")])
    assert curves(groups) == {}
    assert "means over 0 of 2 talks" in policy_curves(groups)
