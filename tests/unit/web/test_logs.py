"""Logs stay where something went wrong."""

import asyncio
import shutil

import pytest

from agent.web.logs import log_folder

pytestmark = pytest.mark.unit


def test_logs_stay_when_something_went_wrong() -> None:
    with pytest.raises(OSError, match="the worker ended"), log_folder() as folder:
        (folder / "worker.log").write_text("why")
        raise OSError("the worker ended")
    assert (folder / "worker.log").read_text() == "why"
    shutil.rmtree(folder)


@pytest.mark.parametrize("interruption", [asyncio.CancelledError, KeyboardInterrupt])
def test_logs_go_when_it_was_interrupted(interruption: type[BaseException]) -> None:
    with pytest.raises(interruption), log_folder() as folder:
        raise interruption
    assert not folder.exists()


def test_logs_go_when_all_went_well() -> None:
    with log_folder() as folder:
        assert folder.is_dir()
    assert not folder.exists()
