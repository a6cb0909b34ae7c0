"""A run of the evaluation through the demo's command, where that cannot go well."""

from functools import partial
from pathlib import Path

import pytest

from agent.evaluation.emissions import Header
from agent.evaluation.material import Clip
from agent.evaluation.replay import Replay
from agent.evaluation.room_run import RoomRunError, interpret_in_room
from agent.evaluation.systems import System
from tests.unit.evaluation.scripted import ScriptedEngines

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("clean_environment")]


def test_what_the_demo_complained_about_is_told(tmp_path: Path) -> None:
    audio = tmp_path / "nothing.wav"
    audio.write_bytes(b"not audio at all")
    run = Replay(
        clip=Clip("nothing", audio, "en", "", {}),
        targets=["es"],
        system=System("room"),
        folder=tmp_path / "run",
        header=Header(),
    )
    with pytest.raises(RoomRunError, match=r"status 1; see .*(?s:.)*nothing\.wav"):
        interpret_in_room(run, partial(ScriptedEngines, []))
