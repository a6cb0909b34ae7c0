"""A worker whose engines never finish loading."""

import logging
import threading

from agent.config import load_settings
from agent.engines import EngineSet
from agent.server import InterpreterServer
from tests.fakes.engines import FakeEngines


def _load() -> EngineSet:
    logging.getLogger("interpreter.engines").info("loading a very large model")
    threading.Event().wait()
    return FakeEngines()


server = InterpreterServer(load_settings(), _load)
