"""Local GGUF language models through llama-cpp-python for LiveKit Agents."""

from livekit.agents import Plugin

from .backend import Backend
from .errors import (
    ContextOverflowError,
    DecodeError,
    ModelLoadError,
    PromptError,
    RequestError,
    RuntimeClosedError,
)
from .llm import LLM, LLMStream
from .log import logger
from .models import download
from .prompt import FORMATS
from .quantize import requantize
from .request import Request, Usage
from .runtime import Runtime
from .sampling import Sampling
from .version import __version__

__all__ = [
    "FORMATS",
    "LLM",
    "Backend",
    "ContextOverflowError",
    "DecodeError",
    "LLMStream",
    "ModelLoadError",
    "PromptError",
    "Request",
    "RequestError",
    "Runtime",
    "RuntimeClosedError",
    "Sampling",
    "Usage",
    "__version__",
    "requantize",
]


class LlamaCppPlugin(Plugin):
    def __init__(self) -> None:
        super().__init__(__name__, __version__, __package__, logger)

    def download_files(self) -> None:
        download()


Plugin.register_plugin(LlamaCppPlugin())

_module = dir()
NOT_IN_ALL = [name for name in _module if name not in __all__]

__pdoc__ = dict.fromkeys(NOT_IN_ALL, False)
