"""Texts to be spoken by Kokoro, in which voices, and what Whisper hears of them."""

import re
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from livekit.plugins.kokoro import Engine
from livekit.plugins.kokoro.models import MODEL_FILE, VOICES_FILE, default_folder
from livekit.plugins.kokoro.preparation import prepared
from tests.whisper_base import whisper_base

RATE = 24_000
# Warnings of the packages with which Kokoro reads Japanese and Mandarin.
CANNOT_READ = ("ignore:invalid escape sequence", "ignore:pkg_resources is deprecated")
VOICES = {"en": ("af_heart", "en-us"), "es": ("ef_dora", "es"), "fr": ("ff_siwis", "fr-fr")}
TEXTS = {
    "en": "The meeting was moved to Thursday because two of the speakers could not come. Please "
    "send your questions in advance, so that we can prepare the answers with the doctors. "
    "Nobody has to decide today whether the old building will be sold or repaired. What we do "
    "know is that the roof must be closed before the first snow falls in November.",
    "es": "La reunión se ha aplazado al jueves porque dos de los ponentes no podían venir. Envíen "
    "sus preguntas con antelación para que podamos preparar las respuestas con los médicos. "
    "Nadie tiene que decidir hoy si el edificio antiguo se venderá o se reparará. Lo que sí "
    "sabemos es que el tejado debe estar cerrado antes de la primera nevada de noviembre.",
    "fr": "La réunion a été reportée à jeudi parce que deux des intervenants ne pouvaient pas "
    "venir. Envoyez vos questions à l'avance pour que nous puissions préparer les réponses avec "
    "les médecins. Personne ne doit décider aujourd'hui si le vieux bâtiment sera vendu ou "
    "réparé. Ce que nous savons, c'est que le toit doit être fermé avant la première neige de "
    "novembre.",
}


def kokoro_files() -> tuple[Path, Path]:
    """Kokoro's model and voices; a test that asks where there are none is skipped."""
    folder = default_folder()
    if not (folder / MODEL_FILE).is_file():
        pytest.skip(f"no Kokoro model in {folder}")
    return folder / MODEL_FILE, folder / VOICES_FILE


def kokoro_engine() -> Engine:
    model, voices = kokoro_files()
    return Engine.load(model=model, voices=voices)


def kokoro_parts() -> list[onnxruntime.InferenceSession]:
    """Kokoro's model, on one thread."""
    file, _ = kokoro_files()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return [
        onnxruntime.InferenceSession(part, options, providers=["CPUExecutionProvider"])
        for part in prepared(file).parts
    ]


def listener() -> WhisperModel:
    """Who hears it; a test that asks where there is no model is skipped."""
    return WhisperModel(str(whisper_base()), device="cpu", compute_type="int8", cpu_threads=1)


def heard(whisper: WhisperModel, samples: NDArray[np.int16], language: str) -> str:
    at = np.arange(0, len(samples), RATE / 16_000)
    audio = np.interp(at, np.arange(len(samples)), samples / 32768).astype(np.float32)
    segments, _ = whisper.transcribe(
        audio, language=language, beam_size=5, condition_on_previous_text=False
    )
    return "".join(segment.text for segment in segments)


def plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
