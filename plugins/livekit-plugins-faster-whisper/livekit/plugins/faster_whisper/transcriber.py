"""The text of one stream: what to decode next and what its answer commits. No clock, no model."""

import math
from dataclasses import dataclass, replace

from .agreement import Decision, Policy, Word, Words, monotone
from .audio_buffer import AudioBuffer
from .decoding import DecodeRequest, Hypothesis, Task
from .language import SpokenLanguage
from .marks import SENTENCE_ENDS
from .utterances import Pause

# Audio decoded after the last voiced window; more of it invites hallucinations.
_TRAILING_SECONDS = 0.3
# A decode with so much audio after the last voiced window heard the last word out.
_HEARD_OUT_SECONDS = 0.15
_CONTEXT_TOKENS = 40


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """How much audio one decode covers, in seconds.

    A decode's time grows with its text, so the window is cut at a committed word once it is longer
    than ``longest``, and what is left is ``kept`` or a little more. A window in which nothing was
    committed is cut by force at ``forced``. Over a pause of up to ``bridge`` the window goes on, so
    that a sentence spoken with pauses is heard as one. ``carry_context`` gives the decoder the text
    before the window; a misheard word then tends to be misheard again.
    """

    kept: float = 3.0
    longest: float = 4.5
    forced: float = 15.0
    bridge: float = 2.0
    carry_context: bool = True


class Transcriber:
    """Recognition state of one stream; survives silence, errors and new utterances."""

    def __init__(
        self,
        audio: AudioBuffer,
        policy: Policy,
        language: SpokenLanguage,
        options: WindowOptions,
        *,
        task: Task = "transcribe",
    ) -> None:
        self._audio = audio
        self._policy = policy
        self._options = options
        self._task = task
        self.language = language
        self.keyterms: tuple[str, ...] = ()
        self._start = 0.0
        self._committed: list[Word] = []
        self._tail: Words = ()
        self._last_end = 0.0
        self._decoded_until = -math.inf
        self._context: tuple[int, ...] = ()
        self._before: tuple[float, list[Word]] | None = None

    @property
    def window_start(self) -> float:
        """Media time from which audio is still needed."""
        return self._before[0] if self._before else self._start

    def needed_from(self, next_start: float) -> float:
        """Media time from which audio is needed if no utterance begins before ``next_start``."""
        return self.window_start if self._bridges(next_start) else next_start

    def begin(self, start: float) -> None:
        """A new utterance begins at ``start``."""
        self._policy.reset()
        self._tail = ()
        self._before = None
        self.language.begin()
        if self._bridges(start) and self._committed:
            self._committed[-1] = _open_ended(self._committed[-1])
            self._leave(self._audio.start)
            if not self.language.is_open:
                return
            # What was said before tells nothing of the language, and comes back if it goes on.
            self._before = self._start, self._committed
        else:
            self._remember(self._committed)
        self._committed = []
        self._start = start

    def _leave(self, audio_start: float) -> None:
        """Begin the window where the audio does.

        A committed word whose audio is gone would, as a prefix, make the decoder say it again.
        """
        if audio_start <= self._start:
            return
        gone = sum(1 for word in self._committed if (word.start + word.end) / 2 < audio_start)
        self._remember(self._committed[:gone])
        self._committed = self._committed[gone:]
        self._start = audio_start

    def _bridges(self, start: float) -> bool:
        return start - self._decoded_until <= self._options.bridge

    def request(
        self, until: float, speech_end: float, pauses: tuple[Pause, ...] = ()
    ) -> DecodeRequest:
        """The decode of everything up to ``until``, of which ``speech_end`` was the last voice."""
        until = min(until, max(speech_end + _TRAILING_SECONDS, self._start))
        return DecodeRequest(
            audio=self._audio.read(self._start, until),
            offset=max(self._start, self._audio.start),
            speech_end=min(speech_end, until),
            committed=tuple(self._committed),
            force_prefix=self._policy.forces_prefix,
            context_tokens=self._context if self._options.carry_context else (),
            keyterms=self.keyterms,
            language=self.language.code,
            detect=not self.language.is_given,
            candidates=self.language.candidates,
            tag=self.language.tag,
            task=self._task,
            pauses=tuple(pause for pause in pauses if pause[1] > self._start),
        )

    def apply(
        self, request: DecodeRequest, hypothesis: Hypothesis, *, final: bool
    ) -> Decision | None:
        """Commit what ``hypothesis`` settles; everything when it is the utterance's last.

        Returns:
            None where another language proved to be spoken: decode again.
        """
        self.language.observe(hypothesis, seconds=request.speech_end - request.offset, final=final)
        if not self.language.is_open and not self._understand(hypothesis.language):
            return None
        words = monotone(hypothesis.words, self._last_end)
        decision = self._decide(words, request.audio_end, final=final)
        self._decoded_until = request.audio_end
        self._take(decision)
        return decision

    def _understand(self, language: str) -> bool:
        """Whether it is what is spoken, now that this is known."""
        goes_on = language == self.language.code
        if self._before is not None and goes_on:
            self._start, self._committed = self._before
        elif not goes_on:
            # Text in one language makes the decoder write another one in it.
            self._context, self._committed = (), []
            self._start = max(self._start, self._last_end)
        self._before = None
        return goes_on

    def has_heard_out(self, speech_end: float) -> bool:
        """Whether the last decode heard all of the speech up to ``speech_end``."""
        heard_out = self._decoded_until >= speech_end + _HEARD_OUT_SECONDS
        return heard_out and not self.language.is_open

    def finish(self) -> Decision:
        """Commit what the last decode left open; the utterance ends where it did."""
        decision = Decision(self._tail, ())
        self._take(decision)
        return decision

    def _take(self, decision: Decision) -> None:
        self._committed += decision.commit
        self._tail = decision.tail
        if decision.commit:
            self._last_end = decision.commit[-1].end
        self._trim(self._decoded_until)

    def _decide(self, words: Words, audio_end: float, *, final: bool) -> Decision:
        if final:
            return Decision(words, ())
        if self.language.is_open:
            return Decision((), ())
        decision = self._policy.decide(words, audio_end=audio_end)
        stuck = not self._committed and audio_end - self._start > self._options.forced
        if stuck and not decision.commit:
            # The last word may go on; where it is the only one, its audio is about to go.
            settled = max(len(words) - 1, 1)
            return Decision(words[:settled], words[settled:])
        return decision

    def _trim(self, audio_end: float) -> None:
        if audio_end - self._start <= self._options.longest:
            return
        cut = _cut_after(self._committed, audio_end - self._options.kept)
        if cut:
            self._remember(self._committed[:cut])
            self._start = self._committed[cut - 1].end
            self._committed = self._committed[cut:]
        elif audio_end - self._start > self._options.forced:
            self._start = audio_end - self._options.kept

    def _remember(self, words: list[Word]) -> None:
        tokens = tuple(token for word in words for token in word.tokens)
        self._context = (self._context + tokens)[-_CONTEXT_TOKENS:]


def _cut_after(committed: list[Word], latest: float) -> int:
    """How many committed words to drop: to a sentence end if there is one, else all that may go."""
    count = sum(1 for word in committed if word.end <= latest)
    for index in range(count, 0, -1):
        if committed[index - 1].text.rstrip().endswith(SENTENCE_ENDS):
            return index
    return count


def _open_ended(word: Word) -> Word:
    """The word without its final mark, so that the sentence may go on after a pause.

    Whisper writes a mark as a token of its own.
    """
    if word.text.rstrip().endswith(SENTENCE_ENDS) and len(word.tokens) > 1:
        return replace(word, tokens=word.tokens[:-1])
    return word
