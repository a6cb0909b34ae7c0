"""A run of the evaluation through a real livekit-server, scored like any other."""

from pathlib import Path

import pytest

from agent.evaluation.demo_clip import demo_clip
from agent.evaluation.emissions import Header, Recognised, read_log
from agent.evaluation.replay import Replay
from agent.evaluation.room_run import interpret_in_room
from agent.evaluation.scores import score_run
from agent.evaluation.systems import System
from tests.unit.evaluation.scripted import ScriptedEngines

pytestmark = [pytest.mark.models, pytest.mark.timeout(300)]


def test_a_room_is_scored_like_a_replay(tmp_path: Path) -> None:
    clip = demo_clip()
    told: list[float] = []
    run = Replay(
        clip=clip,
        targets=["es"],
        system=System("room"),
        folder=tmp_path / "run",
        header=Header(settings={"system": "room"}, material=clip.material),
        progress=told.append,
    )
    interpret_in_room(run, lambda: ScriptedEngines([], heard="no pregunten"))
    scores = score_run(run.folder)
    (route,) = scores.routes
    assert told
    assert scores.header.settings == {"system": "room"}
    assert route.quality.translation is not None
    assert 0 < route.latency.ear_voice_span.median < 60
    assert [line.text for line in read_log(run.folder).of(Recognised)] == ["no pregunten"]
