"""The worker with scripted engines: ``python -m livekit.agents start`` runs this file."""

from agent.config import load_settings
from agent.server import InterpreterServer
from tests.fakes.engines import FakeEngines

server = InterpreterServer(load_settings(), FakeEngines)
