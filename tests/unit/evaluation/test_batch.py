"""The commands that run engines, with engines that know what will be said."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from agent.evaluation.batch import Plan, Setup, Variant, replay_all, simulate_all
from agent.evaluation.emissions import read_log
from agent.evaluation.material import Clip
from agent.evaluation.plots import curves
from agent.evaluation.recording import write_wav
from agent.evaluation.report import page, write_report
from agent.evaluation.scores import score_run
from agent.evaluation.simulation import policies_for
from agent.evaluation.summary import groups_of
from agent.evaluation.systems import System
from agent.evaluation.timed_text import load_talk

from .scripted import ScriptedEngines, UpperTranslator

pytestmark = pytest.mark.unit

SCRIPT = [(word, 0.5 * i, 0.5 * i + 0.4) for i, word in enumerate("one two three four.".split())]


def test_systems_alternate_and_logs_say_what_they_were_made_with(tmp_path: Path) -> None:
    audio = tmp_path / "talk.wav"
    write_wav(audio, np.ones(40_000, dtype=np.int16), 16_000)
    engines = partial(ScriptedEngines, SCRIPT, heard="one two three for")
    plan = Plan(
        clips=[Clip("talk", audio, "en", "one two three four.", {"es": "ONE TWO THREE FOUR."})],
        variants=[
            Variant("cascade", engines),
            Variant("sentence-wait", engines, System("sentence-wait")),
        ],
        targets=["es", "fr"],
        runs=2,
        timing="virtual",
    )
    setup = Setup(tmp_path, Console(quiet=True), {"beam": 1}, {"stt": "abc"})
    folders = list(replay_all(plan, setup))
    systems = [read_log(folder).header.settings["system"] for folder in folders]
    assert systems == ["cascade", "sentence-wait"] * 2
    header = read_log(folders[0]).header
    assert header.settings["beam"] == 1
    assert header.models == {"stt": "abc"}
    run = score_run(folders[1])
    assert run.recognition[0].offline and run.recognition[0].offline.percent == 25
    kept = {route.language: route.quality.relative_chrf for route in run.routes}
    assert kept == {"es": pytest.approx(100), "fr": None}
    (spanish,) = (route for route in run.routes if route.language == "es")
    misheard = spanish.quality.offline_interpreted_chrf
    assert misheard is not None and misheard < 100 == spanish.quality.offline_chrf
    groups = groups_of(score_run(folder) for folder in folders)
    assert [len(group.routes) for group in groups] == [2, 2, 2, 2]


def test_a_room_takes_the_time_that_it_takes(tmp_path: Path) -> None:
    engines = partial(ScriptedEngines, SCRIPT)
    clip = Clip("talk", tmp_path / "talk.wav", "en", "", {})
    plan = Plan([clip], [Variant("room", engines, System("room"))], ["es"], timing="virtual")
    with pytest.raises(ValueError, match="real time"):
        list(replay_all(plan, Setup(tmp_path, Console(quiet=True))))


def test_policies_make_a_curve_each(tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    text = "one two three four five six seven eight nine ten."
    clause = {"sub_start_time": 0, "sub_end_time": 5000, "sub_src_text": text}
    segment = {"start_time": 0, "end_time": 5000, "src_text": text, "trg_text": text.upper()}
    talk = {"vid": "en2es-1", "duration": 5000, "segment": [segment | {"utterance": [clause]}]}
    path.write_text(json.dumps(talk))
    folders = simulate_all(
        [load_talk(path)],
        policies=policies_for,
        translator=UpperTranslator,
        setup=Setup(tmp_path, Console(quiet=True)),
    )
    runs = [score_run(folder) for folder in folders]
    lines = curves(groups_of(runs))
    assert {name: len(points) for name, points in lines.items()} == {
        "cascade, en → es": 5,
        "sentence-wait, en → es": 1,
        "wait-k, en → es": 5,
    }
    assert "Policies: quality against lag" in page(runs)
    assert len(write_report(runs, tmp_path / "reports")) == 3
