"""What a run of the demo finds of the one before."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from agent.config import Settings
from agent.demo.options import DemoOptions
from agent.demo.preparation import Preparation
from agent.demo.session import Run
from agent.local.errors import LocalRunError

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("clean_environment")]


async def test_events_of_an_earlier_run_are_gone_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker goes on behind what it finds in the file."""

    def fails(run: Run) -> None:
        assert not run.events.exists()
        raise LocalRunError("no server")

    monkeypatch.setattr(Run, "_server", fails)
    ready = Preparation(Settings(), np.zeros(1, dtype=np.int16), tmp_path / "livekit-server")
    run = Run(DemoOptions(None, "en", ("es",), tmp_path), ready, Console())
    run.events.write_text('{"kind": "header"}\n')
    with pytest.raises(LocalRunError, match="no server"):
        await run.interpret()
