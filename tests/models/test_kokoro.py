"""Kokoro's real weights, heard by Whisper."""

import asyncio
import re
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import onnxruntime
import pytest
from livekit.agents import APIConnectOptions
from numpy.typing import NDArray

from livekit.plugins.kokoro import LANGUAGES, TTS, Engine, gender_of, voices_of
from livekit.plugins.kokoro.phonemes import require
from livekit.plugins.kokoro.speech_model import WholeModel
from tests.speeches import CANNOT_READ, kokoro_engine, kokoro_files, listener

pytestmark = pytest.mark.models

PATIENT = APIConnectOptions(max_retry=0, timeout=60.0)
SENTENCES = {
    "en": "And so, my fellow Americans, ask not what your country can do for you.",
    "es": "No pregunten qué puede hacer su país por ustedes, pregunten qué pueden hacer ustedes.",
    "fr": "Ne demandez pas ce que votre pays peut faire pour vous, demandez ce que vous pouvez.",
    "pt": "O senhor pode perguntar o que o seu país pode fazer por todos nós.",
    "it": "Buongiorno a tutti, la riunione comincia alle tre del pomeriggio.",
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    loaded = kokoro_engine()
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def whisper() -> Any:
    return listener()


async def spoken(
    engine: Engine, language: str, text: str, speed: float = 1.0, name: str | None = None
) -> NDArray[np.int16]:
    voice = TTS(language=language, engine=engine, speed=speed, voice=name)
    async with voice.synthesize(text, conn_options=PATIENT) as stream:
        frame = await stream.collect()
    assert frame.sample_rate == voice.sample_rate
    return np.frombuffer(frame.data, np.int16)


def recognised(whisper: Any, pcm: NDArray[np.int16], language: str) -> str:
    at = np.arange(0, len(pcm), 24_000 / 16_000)
    samples = np.interp(at, np.arange(len(pcm)), pcm / 32768).astype(np.float32)
    segments, _ = whisper.transcribe(samples, language=language, beam_size=5)
    return "".join(segment.text for segment in segments)


def words(text: str) -> str:
    """Lower case, without punctuation and accents: Whisper writes "que" for "qué"."""
    plain = unicodedata.normalize("NFD", text.lower()).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"\w+", plain))


@pytest.mark.parametrize("language", sorted(SENTENCES))
async def test_what_is_said_is_recognised(engine: Engine, whisper: Any, language: str) -> None:
    text = SENTENCES[language]
    heard = recognised(whisper, await spoken(engine, language, text), language)
    assert jiwer.wer(words(text), words(heard)) <= 0.15, heard


@pytest.mark.parametrize("language", ["en", "es", "fr", "it", "pt"])
async def test_other_voices_are_other_people(engine: Engine, whisper: Any, language: str) -> None:
    text = SENTENCES[language]
    woman, man = voices_of(language)[:2]
    assert (gender_of(woman), gender_of(man)) == ("female", "male")
    high, low = [await spoken(engine, language, text, name=name) for name in (woman, man)]
    heard = recognised(whisper, low, language)
    assert jiwer.wer(words(text), words(heard)) <= 0.15, heard
    assert pitch(low) < 0.8 * pitch(high)


def test_every_voice_is_in_the_file(engine: Engine) -> None:
    for language in (*LANGUAGES, "en-GB", "es-MX"):
        for name in voices_of(language):
            engine.check_voice(name)


async def test_foreign_words_are_spoken_as_they_are(engine: Engine, whisper: Any) -> None:
    text = "Ce weekend, j'ai reçu un email de mon manager."
    heard = recognised(whisper, await spoken(engine, "fr", text), "fr")
    assert words(heard).replace("week end", "weekend") == words(text)


@pytest.mark.parametrize("language", ["en", "es", "fr", "it", "pt"])
async def test_all_voices_are_equally_loud(engine: Engine, language: str) -> None:
    names = voices_of(language)
    heard = [
        loudness(await spoken(engine, language, SENTENCES[language], name=name)) for name in names
    ]
    assert all(-24 < level < -18 for level in heard), dict(zip(names, heard, strict=True))


def loudness(pcm: NDArray[np.int16]) -> float:
    """Of speech without its pauses, in dB of full scale."""
    windows = (pcm[: len(pcm) // 480 * 480].reshape(-1, 480) / 32768) ** 2
    levels = windows.mean(axis=1)
    return 10 * float(np.log10(levels[levels > levels.max() / 100].mean()))


def pitch(pcm: NDArray[np.int16]) -> float:
    """Median of the fundamental frequency in Hz, by autocorrelation of voiced windows."""
    rate, window = 24_000, 1200
    shortest, longest = rate // 400, rate // 70
    found = []
    for start in range(0, len(pcm) - window, window):
        part = pcm[start : start + window].astype(float)
        alike = np.correlate(part, part, "full")[window - 1 :]
        lag = shortest + int(np.argmax(alike[shortest:longest]))
        if alike[lag] > 0.5 * alike[0] > 0:
            found.append(rate / lag)
    return float(np.median(found))


def sounds(text: str, language: str) -> str:
    """Characters; of Mandarin syllables, since Whisper writes either of its scripts."""
    characters = re.sub(r"\W", "", text)
    if language != "zh":
        return " ".join(characters)
    from pypinyin import lazy_pinyin

    return " ".join(lazy_pinyin(characters))


@pytest.mark.filterwarnings(*CANNOT_READ)
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja", "今日の会議は三時に始まります。"),
        ("ja", "売上は12.5%増えて1200万円になりました。"),
        ("zh", "大家早上好，今天的会议三点钟开始。"),
    ],
)
async def test_japanese_and_mandarin_are_recognised(
    engine: Engine, whisper: Any, language: str, text: str
) -> None:
    try:
        require({"ja": "ja", "zh": "cmn"}[language])
    except ValueError as error:
        pytest.skip(str(error))
    heard = recognised(whisper, await spoken(engine, language, text), language)
    reference, hypothesis = (sounds(part, language) for part in (text, heard))
    assert jiwer.wer(reference, hypothesis) <= 0.35, heard


@pytest.mark.parametrize("speed", [1.1, 1.2, 1.3, 1.45])
async def test_speech_is_as_much_shorter_as_its_speed_says(engine: Engine, speed: float) -> None:
    text = "puedes reproducir los archivos subidos"
    natural, fast = [len(await spoken(engine, "es", text, s)) for s in (1.0, speed)]
    assert natural / fast == pytest.approx(speed, rel=0.03)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "La reunión se ha aplazado al jueves porque dos de los ponentes no podían venir"),
        ("it", "La riunione è stata spostata a giovedì perché due dei relatori non possono venire"),
    ],
)
async def test_pieces_of_a_sentence_are_said_at_its_pace(
    engine: Engine, language: str, text: str
) -> None:
    words = text.split()
    pieces = [" ".join(words[at : at + 3]) for at in range(0, len(words), 3)]
    whole = len(await spoken(engine, language, text))
    lengths = [len(await spoken(engine, language, piece)) for piece in pieces]
    assert sum(lengths) <= 1.13 * whole


async def test_joined_clauses_have_neither_clicks_nor_long_gaps(engine: Engine) -> None:
    pcm = (await spoken(engine, "es", SENTENCES["es"])).astype(np.float64) / 32768
    envelope = np.abs(pcm[: len(pcm) // 240 * 240]).reshape(-1, 240).max(axis=1)
    quiet = "".join("q" if level < 0.01 else "." for level in envelope)
    assert max(map(len, re.findall("q+", quiet))) * 0.01 < 0.35
    assert len(quiet) - len(quiet.lstrip("q")) <= 5 and len(quiet) - len(quiet.rstrip("q")) <= 12
    # A click is a step out of, or into, silence.
    steps = np.abs(np.diff(pcm))
    next_to_silence = np.concatenate([steps[: 24 * 5], steps[-24 * 5 :]])
    assert next_to_silence.max() < 0.02


class Announcing(onnxruntime.InferenceSession):  # type: ignore[misc]
    """The real model, which says when it begins and how it ended."""

    def __init__(self, model: Path) -> None:
        super().__init__(str(model), providers=["CPUExecutionProvider"])
        self.begun = threading.Event()
        self.outcomes: list[str] = []

    def run(self, *arguments: Any) -> Any:
        self.begun.set()
        try:
            outputs = super().run(*arguments)
        except Exception:
            self.outcomes.append("stopped")
            raise
        self.outcomes.append("finished")
        return outputs


async def test_closing_a_stream_stops_the_model_half_way() -> None:
    model, voices = kokoro_files()
    session = Announcing(model)
    with np.load(voices) as styles:
        engine = Engine(WholeModel(session), {"ef_dora": styles["ef_dora"]})
    try:
        long = " ".join(["palabra"] * 12)
        stream = TTS(language="es", engine=engine).synthesize(long, conn_options=PATIENT)
        assert await asyncio.to_thread(session.begun.wait, 10)
        await stream.aclose()
        following = await spoken(engine, "es", "Hola")
        assert len(following) > 0 and session.outcomes == ["stopped", "finished"]
    finally:
        engine.close()
