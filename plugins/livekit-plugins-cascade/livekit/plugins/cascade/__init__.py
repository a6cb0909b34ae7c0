"""Simultaneous speech translation: a streaming STT, LLM and TTS joined into a cascade.

One :class:`SourceStream` per speaker, one :class:`TargetStream` per speaker and target language.
:class:`CascadeTranslationModel` offers the same as a ``livekit.agents.beta.translation`` model.
"""

from livekit.agents import Plugin

from .chunker import ChunkerOptions
from .delivery import CALM, PROMPT, Delivery
from .direct import DIRECT_POLICY, DirectTranslator
from .errors import CascadeError
from .hypothesis import Hypothesis, OnPartial, TranslationRequest
from .log import logger
from .pacing import PacingOptions
from .policy import PolicyOptions
from .reader import SegmentReader
from .segmenter import SegmenterOptions
from .source import SourceStream
from .target import TargetOptions, TargetStream
from .translation_model import CascadeTranslationModel
from .translator import LLMTranslator, Translator
from .types import Caption, CascadeEvent, EventKind, SentencePair, SourceSegment, Word, join_words
from .version import __version__
from .voice import AudioOutput

__all__ = [
    "CALM",
    "DIRECT_POLICY",
    "PROMPT",
    "AudioOutput",
    "Caption",
    "CascadeError",
    "CascadeEvent",
    "CascadeTranslationModel",
    "ChunkerOptions",
    "Delivery",
    "DirectTranslator",
    "EventKind",
    "Hypothesis",
    "LLMTranslator",
    "OnPartial",
    "PacingOptions",
    "PolicyOptions",
    "SegmentReader",
    "SegmenterOptions",
    "SentencePair",
    "SourceSegment",
    "SourceStream",
    "TargetOptions",
    "TargetStream",
    "TranslationRequest",
    "Translator",
    "Word",
    "__version__",
    "join_words",
]


class CascadePlugin(Plugin):
    def __init__(self) -> None:
        super().__init__(__name__, __version__, __package__, logger)


Plugin.register_plugin(CascadePlugin())
