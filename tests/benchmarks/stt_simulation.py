"""Streaming recognition on a virtual clock: the delay of each word in media time, and the compute.

The stream's own parts (detector, endpointer, transcriber, policy, model) run over a recording as
fast as they can. A step begins every ``step_seconds`` of audio whatever the last one cost, so the
delays are those of an idle machine and do not change from run to run; the compute is measured.
"""

import re
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import av
import jiwer
import numpy as np
import numpy.typing as npt
from livekit.agents import vad

from livekit import rtc
from livekit.plugins import silero
from livekit.plugins.faster_whisper import Policy, Recognizer, StreamOptions, Word
from livekit.plugins.faster_whisper.audio_buffer import SAMPLE_RATE, AudioBuffer
from livekit.plugins.faster_whisper.language import SpokenLanguage
from livekit.plugins.faster_whisper.transcriber import Transcriber
from livekit.plugins.faster_whisper.utterances import Endpointer, Utterance

_VOICED = 0.35


@dataclass(frozen=True)
class Score:
    """WER in percent, delays in seconds of media time, compute in CPU seconds."""

    text: str
    wer: float
    delays: tuple[float, ...]
    step_seconds: tuple[float, ...]
    compute_per_second: float

    def __str__(self) -> str:
        p50, p90, most = np.quantile(self.delays, [0.5, 0.9, 1.0])
        return (
            f"WER {self.wer:5.1f} %  delay p50 {p50:.2f} p90 {p90:.2f} max {most:.2f} s  "
            f"step p50 {np.median(self.step_seconds):.2f} CPU seconds  "
            f"{self.compute_per_second:.2f} CPU seconds per second of audio"
        )


class Simulation:
    """One recording through one stream's state."""

    def __init__(
        self, recognizer: Recognizer, policy: Policy, language: str, options: StreamOptions
    ) -> None:
        self._recognizer = recognizer
        self._step = options.step_seconds
        self._audio = AudioBuffer()
        self._endpointer = Endpointer(
            pre_roll=options.pre_roll_seconds, end_silence=options.end_silence_seconds
        )
        spoken = SpokenLanguage({language: language})
        self._transcriber = Transcriber(self._audio, policy, spoken, options.window)
        self._begun: Utterance | None = None
        self._decoded_until = 0.0
        self.committed: list[tuple[Word, float]] = []
        self.compute: list[float] = []

    def hear(self, samples: npt.NDArray[np.int16], events: list[vad.VADEvent]) -> None:
        """Take the whole recording and what the detector said about it."""
        self._audio.append(samples)
        for event in events:
            self._apply(event)
            self._decode_what_is_due()
        self._endpointer.cut(self._audio.end)
        self._decode_what_is_due()

    def _apply(self, event: vad.VADEvent) -> None:
        match event.type:
            case vad.VADEventType.INFERENCE_DONE:
                voiced = event.probability > _VOICED
                self._endpointer.heard(event.timestamp, speaking=event.speaking, voiced=voiced)
            case vad.VADEventType.START_OF_SPEECH:
                self._endpointer.speech_started(event.timestamp, event.speech_duration)
            case vad.VADEventType.END_OF_SPEECH:
                self._endpointer.speech_ended(event.timestamp)

    def _decode_what_is_due(self) -> None:
        utterance = self._endpointer.current
        if utterance is None:
            return
        if utterance is not self._begun:
            self._begun = utterance
            self._transcriber.begin(utterance.start)
            self._decoded_until = self._endpointer.heard_until
        if utterance.end is not None:
            self._decode(utterance, utterance.end)
            self._endpointer.finish_current()
        elif self._endpointer.heard_until - self._decoded_until >= self._step:
            self._decode(utterance, self._endpointer.heard_until)

    def _decode(self, utterance: Utterance, until: float) -> None:
        request = self._transcriber.request(until, utterance.speech_end, self._endpointer.pauses)
        began = time.process_time()
        hypothesis = self._recognizer.decode(request)
        self.compute.append(time.process_time() - began)
        final = utterance.end is not None
        decision = self._transcriber.apply(request, hypothesis, final=final)
        assert decision is not None, "the language is given"
        self.committed += [(word, until) for word in decision.commit]
        self._decoded_until = until


async def simulate(
    recording: Path,
    reference: str,
    *,
    recognizer: Recognizer,
    policy: Policy,
    language: str,
    options: StreamOptions,
) -> Score:
    """Run ``recording`` through a policy and score it against ``reference``."""
    samples = read_audio(recording)
    simulation = Simulation(recognizer, policy, language, options)
    simulation.hear(samples, await _detect(samples, options))
    text = "".join(word.text for word, _ in simulation.committed)
    return Score(
        text=text,
        wer=100 * jiwer.wer(normalised(reference), normalised(text) or "-"),
        delays=tuple(at - word.end for word, at in simulation.committed) or (0.0,),
        step_seconds=tuple(simulation.compute) or (0.0,),
        compute_per_second=sum(simulation.compute) / (len(samples) / SAMPLE_RATE),
    )


async def _detect(samples: npt.NDArray[np.int16], options: StreamOptions) -> list[vad.VADEvent]:
    detector = silero.VAD.load(
        min_silence_duration=options.end_silence_seconds, prefix_padding_duration=0.0
    )
    stream = detector.stream()
    stream.push_frame(rtc.AudioFrame(samples.tobytes(), SAMPLE_RATE, 1, len(samples)))
    stream.end_input()
    events = [event async for event in stream]
    await stream.aclose()
    return events


def read_audio(path: Path) -> npt.NDArray[np.int16]:
    """A recording as 16 kHz mono."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    parts: list[npt.NDArray[np.int16]] = []
    with av.open(str(path)) as container:
        for frame in [*container.decode(audio=0), None]:
            for out in resampler.resample(frame):
                parts.append(out.to_ndarray().reshape(-1).astype(np.int16))
    return np.concatenate(parts)


def normalised(text: str) -> str:
    """Words without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w]+", " ", letters).split())
