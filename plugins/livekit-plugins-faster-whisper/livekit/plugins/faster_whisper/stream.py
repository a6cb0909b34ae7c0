"""One streaming recognition: voice activity gates, the transcriber decides, a thread decodes."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from livekit.agents import APIConnectOptions, LanguageCode, stt, utils, vad
from livekit.agents.utils import aio

from livekit import rtc

from .agreement import Decision, Policy, Words
from .audio_buffer import SAMPLE_RATE, AudioBuffer
from .decoding import DecodeRequest, Hypothesis, Task
from .errors import as_api_error, too_slow
from .frames import mono
from .language import SpokenLanguage
from .options import StreamOptions
from .recognizer import Recognizer
from .transcriber import Transcriber
from .transcript import joined, speech_data
from .utterances import Endpointer, Utterance

# Silero judges windows of 32 ms; a shorter rest is never judged.
_VAD_WINDOW_SECONDS = 0.032
# Audio the detector hears again when it is started anew after an error, to settle its state.
_VAD_LEAD_SECONDS = 0.3
# Below this Silero's own hysteresis counts a window as silence.
_VOICED_PROBABILITY = 0.35
# Whisper takes 30 s; more has piled up only after a stall and is decoded in pieces.
_LONGEST_DECODE_SECONDS = 25.0
# Long speech reports its usage this often.
_USAGE_SECONDS = 10.0
# Part of a step that must be new where a hush is decoded at once.
_HUSH_STEP = 0.5
# Audio that is no longer needed is dropped in pieces of this size.
_DROP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Decoding:
    utterance: Utterance
    request: DecodeRequest
    answer: asyncio.Future[Hypothesis]


def _result(decoding: _Decoding) -> Hypothesis:
    try:
        return decoding.answer.result()
    except (RuntimeError, ValueError, MemoryError, OSError) as error:
        raise as_api_error(error) from error


class SpeechStream(stt.RecognizeStream):
    """Emits a FINAL for each batch of newly committed words and an INTERIM with what follows them.

    All state lives on the object and not in :meth:`_run`: the base class runs it again after an
    error, and audio taken from the input channel by then is not replayed.
    """

    def __init__(
        self,
        *,
        stt: "stt.STT[Any]",
        recognizer: Recognizer,
        detector: vad.VAD,
        language: SpokenLanguage,
        policy: Policy,
        options: StreamOptions,
        conn_options: APIConnectOptions,
        task: Task,
        keyterms: tuple[str, ...],
    ) -> None:
        super().__init__(stt=stt, conn_options=conn_options, sample_rate=SAMPLE_RATE)
        self._progressed = asyncio.Event()
        self._task.add_done_callback(lambda _: self._progressed.set())
        self._recognizer = recognizer
        self._detector = detector
        self._options = options
        self._audio = AudioBuffer()
        self._endpointer = Endpointer(
            pre_roll=options.pre_roll_seconds, end_silence=options.end_silence_seconds
        )
        self._transcriber = Transcriber(self._audio, policy, language, options.window, task=task)
        self._translates = task == "translate"
        self.update_keyterms(keyterms)
        self._cuts: list[float] = []
        self._heard_all = False
        self._wake = asyncio.Event()
        self._resting = False
        self._given_up: _Decoding | None = None
        self._timeouts = 0
        self._announced: Utterance | None = None
        self._request_id = ""
        self._step_seconds = options.step_seconds
        self._decoded_until = 0.0
        self._reported_until = 0.0
        self._interim = ""
        self._media_offset = 0.0

    # The base class adds the time lost to a retry to its offset. Media time here counts samples and
    # goes on over a retry, so that only what the caller set is added.
    @property
    def start_time_offset(self) -> float:
        """Seconds added to every word time."""
        return self._media_offset

    @start_time_offset.setter
    def start_time_offset(self, value: float) -> None:
        if value < 0:
            raise ValueError("start_time_offset must be non-negative")
        self._media_offset = value

    def update_keyterms(self, keyterms: tuple[str, ...]) -> None:
        """Expect these words from the next decode on."""
        self._transcriber.keyterms = keyterms

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        """Push 16-bit audio of any rate; several channels are mixed to one."""
        super().push_frame(mono(frame))

    async def caught_up(self) -> None:
        """Wait until the audio pushed so far was heard and every step that is due was taken.

        With it audio can be pushed as fast as the machine recognises it, and no faster. Less than
        a detector window at the end stays unheard. Returns as well when the stream has ended, which
        who reads it is told the reason of.
        """
        while not (self._is_idle or self._task.done()):
            self._progressed.clear()
            await self._progressed.wait()

    @property
    def _is_idle(self) -> bool:
        heard = self._endpointer.heard_until > self._audio.end - _VAD_WINDOW_SECONDS
        nothing_new = self._input_ch.empty() and not self._wake.is_set()
        return heard and nothing_new and self._resting

    async def _run(self) -> None:
        detection = self._detector.stream()
        origin = max(self._audio.start, self._endpointer.heard_until - _VAD_LEAD_SECONDS)
        self._replay(detection, origin)
        tasks = [
            asyncio.create_task(self._forward(detection), name="faster_whisper.forward"),
            asyncio.create_task(self._listen(detection, origin), name="faster_whisper.listen"),
            asyncio.create_task(self._recognise(), name="faster_whisper.recognise"),
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            await aio.cancel_and_wait(*tasks)
            await detection.aclose()

    def _replay(self, detection: vad.VADStream, origin: float) -> None:
        """Give the detector the audio that an earlier one had not judged."""
        samples = self._audio.read(origin, self._audio.end)
        if len(samples):
            data = (samples * 32768.0).astype(np.int16).tobytes()
            detection.push_frame(rtc.AudioFrame(data, SAMPLE_RATE, 1, len(samples)))

    async def _forward(self, detection: vad.VADStream) -> None:
        async for item in self._input_ch:
            if isinstance(item, rtc.AudioFrame):
                self._audio.append(np.frombuffer(item.data, dtype=np.int16))
                detection.push_frame(item)
                # Less than a window gives no event of the detector's.
                self._progressed.set()
            else:
                self._cuts.append(self._audio.end)
                self._cut_where_heard()
        detection.end_input()

    async def _listen(self, detection: vad.VADStream, origin: float) -> None:
        async for event in detection:
            self._hear(event, origin + event.timestamp)
            self._cut_where_heard()
            self._forget()
            self._wake.set()
        self._endpointer.cut(self._audio.end)
        self._heard_all = True
        self._wake.set()

    def _hear(self, event: vad.VADEvent, at: float) -> None:
        match event.type:
            case vad.VADEventType.INFERENCE_DONE if at > self._endpointer.heard_until:
                voiced = event.probability > _VOICED_PROBABILITY
                self._endpointer.heard(at, speaking=event.speaking, voiced=voiced)
            case vad.VADEventType.START_OF_SPEECH:
                self._endpointer.speech_started(at, event.speech_duration)
            case vad.VADEventType.END_OF_SPEECH:
                self._endpointer.speech_ended(at)
            case _:
                return

    def _cut_where_heard(self) -> None:
        """Honour each flush once the detector has judged the audio pushed before it."""
        while self._cuts and self._endpointer.heard_until > self._cuts[0] - _VAD_WINDOW_SECONDS:
            self._endpointer.cut(self._cuts.pop(0))
            self._wake.set()

    def _forget(self) -> None:
        """Drop audio that neither a decode nor a restarted detector will ask for."""
        heard = self._endpointer.heard_until
        if self._announced is None:
            needed = self._transcriber.needed_from(self._endpointer.keep_from)
        else:
            needed = self._transcriber.window_start
        needed = min(needed, heard - _VAD_LEAD_SECONDS)
        if needed - self._audio.start > _DROP_SECONDS:
            self._audio.drop_before(needed)

    async def _recognise(self) -> None:
        while not (self._heard_all and self._endpointer.current is None):
            self._wake.clear()
            utterance = self._endpointer.current
            if utterance is None or not self._is_due(utterance):
                await self._rest()
                continue
            await self._step(utterance)

    async def _rest(self) -> None:
        self._resting = True
        self._progressed.set()
        await self._wake.wait()
        self._resting = False

    def _is_due(self, utterance: Utterance) -> bool:
        if utterance is not self._announced:
            self._announce(utterance)
        heard = self._endpointer.heard_until
        new = heard - self._decoded_until
        if utterance.end is not None or new >= self._step_seconds:
            return True
        hushed = heard - utterance.speech_end >= self._options.hush_seconds
        worth_it = new >= self._step_seconds * _HUSH_STEP
        return hushed and worth_it and not self._transcriber.has_heard_out(utterance.speech_end)

    async def _step(self, utterance: Utterance) -> None:
        """Recognise what was heard so far; an utterance's last step commits all of it."""
        heard = self._endpointer.heard_until if utterance.end is None else utterance.end
        until = min(heard, self._transcriber.window_start + _LONGEST_DECODE_SECONDS)
        final = until == utterance.end
        if final and self._transcriber.has_heard_out(utterance.speech_end):
            self._emit_text(self._transcriber.finish())
        else:
            await self._recognise_up_to(until, utterance, final=final)
        self._decoded_until = until
        if final:
            self._finish(utterance)
        if final or until - self._reported_until >= _USAGE_SECONDS:
            self._report_usage(until)

    async def _recognise_up_to(self, until: float, utterance: Utterance, *, final: bool) -> None:
        # The loop's clock: where an evaluation says that work is free, steps do not stretch.
        clock = asyncio.get_running_loop().time
        started = clock()
        await self._take_given_up(utterance)
        decision = None
        while decision is None:
            pauses = self._endpointer.pauses
            request = self._transcriber.request(until, utterance.speech_end, pauses)
            hypothesis = await self._decode(request, utterance)
            decision = self._transcriber.apply(request, hypothesis, final=final)
        share = (clock() - started) / self._options.decode_share
        self._step_seconds = max(self._options.step_seconds, share)
        self._emit_text(decision)

    async def _decode(self, request: DecodeRequest, utterance: Utterance) -> Hypothesis:
        try:
            answer = self._recognizer.submit(lambda: self._recognizer.decode(request))
        except RuntimeError as error:
            raise as_api_error(error) from error
        # One that is given up and never asked for again fails in silence.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        decoding = _Decoding(utterance, request, answer)
        if not await self._is_done(decoding):
            self._given_up = decoding
            # LiveKit counts no failure that took as long as this.
            self._timeouts += 1
            retryable = self._timeouts <= self._conn_options.max_retry
            raise too_slow(self._conn_options.timeout, retryable=retryable)
        self._timeouts = 0
        return _result(decoding)

    async def _take_given_up(self, utterance: Utterance) -> None:
        """What a decode of ``utterance`` has found that was given up; never are two under way."""
        if self._given_up is None:
            return
        if not await self._is_done(self._given_up):
            raise too_slow(self._conn_options.timeout, retryable=False)
        late, self._given_up = self._given_up, None
        if late.utterance is not utterance:
            return
        decision = self._transcriber.apply(late.request, _result(late), final=False)
        if decision is not None:
            self._emit_text(decision)

    async def _is_done(self, decoding: _Decoding) -> bool:
        await asyncio.wait([decoding.answer], timeout=self._conn_options.timeout)
        return decoding.answer.done()

    def _announce(self, utterance: Utterance) -> None:
        self._announced = utterance
        self._request_id = utils.shortuuid("STT_")
        self._transcriber.begin(utterance.start)
        self._decoded_until = min(
            utterance.start + self._options.pre_roll_seconds, self._endpointer.heard_until
        )
        self._reported_until = max(self._reported_until, utterance.start)
        self._emit(
            stt.SpeechEvent(
                type=stt.SpeechEventType.START_OF_SPEECH,
                request_id=self._request_id,
                speech_start_time=self._wall_time(self._decoded_until),
            )
        )

    def _finish(self, utterance: Utterance) -> None:
        self._endpointer.finish_current()
        self._announced = None
        self._interim = ""
        self._emit(
            stt.SpeechEvent(
                type=stt.SpeechEventType.END_OF_SPEECH,
                request_id=self._request_id,
                speech_end_time=self._wall_time(utterance.speech_end),
            )
        )

    def _emit_text(self, decision: Decision) -> None:
        if decision.commit:
            self._emit_words(stt.SpeechEventType.FINAL_TRANSCRIPT, decision.commit)
            # It stands in place of the interim before it.
            self._interim = ""
        text = joined(decision.tail)
        # An empty one takes back what nobody has said after all: a session would answer it.
        if text != self._interim:
            self._emit_words(stt.SpeechEventType.INTERIM_TRANSCRIPT, decision.tail)
        self._interim = text

    def _emit_words(self, kind: stt.SpeechEventType, words: Words) -> None:
        data = speech_data(words, self._written, self._media_offset)
        self._emit(stt.SpeechEvent(type=kind, request_id=self._request_id, alternatives=[data]))

    @property
    def _written(self) -> LanguageCode:
        """The language of the text."""
        if self._translates:
            return LanguageCode("en")
        spoken = self._transcriber.language
        return spoken.written(spoken.code or "")

    def _report_usage(self, until: float) -> None:
        usage = stt.RecognitionUsage(audio_duration=max(until - self._reported_until, 0.0))
        self._reported_until = max(until, self._reported_until)
        self._emit(
            stt.SpeechEvent(
                type=stt.SpeechEventType.RECOGNITION_USAGE,
                request_id=self._request_id,
                recognition_usage=usage,
            )
        )

    def _emit(self, event: stt.SpeechEvent) -> None:
        self._event_ch.send_nowait(event)

    def _wall_time(self, media_time: float) -> float:
        """When the audio at ``media_time`` arrived, for audio that is pushed as it is spoken."""
        return time.time() - max(self._audio.end - media_time, 0.0)
