"""One decode with a Whisper model: encode once, generate, align; again where the text is odd."""

import math
import re
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np

from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, merge_punctuations

from .agreement import Word, Words, after_committed, bare, monotone
from .audio_buffer import SAMPLE_RATE
from .decoding import FRAMES_PER_SECOND, UNSPACED_LANGUAGES, DecodeRequest, Hypothesis, most_tokens
from .examples import example_for
from .filters import Confidence, cut_loop, first_repeat, is_hallucination, is_loop, restarts
from .keyterms import as_said
from .marks import MARKS, SENTENCE_ENDS, MarkRestorer, is_unmarked, mark_chance

_PREPENDED = "\"'“¿([{-"
_APPENDED = "\"'.。,，!！?？:：”)]}、"
_MAX_LENGTH = 448
_CUT = "\0"
# Inside a word of a spaced script: "Speech", "-", "to".
_ANY_PART = re.compile(rf"{_CUT}[^ ]")
# Inside a name or a number in a script without spaces: "3.", "5"; "G", "P", "T".
LATIN_PART = re.compile(rf"[A-Za-z0-9][.,:]?{_CUT}[A-Za-z0-9]")
# Text that ends this long before the speech does is incomplete: the decoder ended early.
_EARLY_END_SECONDS = 0.8
# A repetition this long is looked at twice; shorter ones are common in speech.
_REPEATED_WORDS = 4
_REPEATED_CHARACTERS = 10


@dataclass(frozen=True, slots=True)
class _Text:
    """Generated tokens and what they are worth; ``looped`` when they go round in circles."""

    tokens: tuple[int, ...]
    words: Words
    confidence: Confidence
    looped: bool


class WhisperDecode:
    """Answers one :class:`DecodeRequest` over ``frames`` frames of padded audio."""

    def __init__(
        self,
        model: WhisperModel,
        tokenizer: Tokenizer,
        request: DecodeRequest,
        encoded: Any,
        *,
        beam_size: int = 1,
    ) -> None:
        self._model = model
        self._beam_size = beam_size
        self._tokenizer = tokenizer
        self._request = request
        self._encoded = encoded
        self._translates = request.task == "translate"
        # That of the text; "translate" writes English.
        self._language = "en" if self._translates else tokenizer.language_code
        self.looped = False

    def run(self) -> Hypothesis:
        request = self._request
        text = self._continue() if request.force_prefix else self._anew()
        if request.force_prefix and request.committed and self._ends_early(text.words):
            text = self._go_on(text)
        text = self._without_repeats(text)
        self.looped = text.looped
        words = () if is_hallucination(text.words, text.confidence) else text.words
        return Hypothesis(
            words=self._begun(words),
            language=self._tokenizer.language_code,
            confidence=text.confidence,
        )

    def _begun(self, words: Words) -> Words:
        """The words, with a capital where they begin a sentence.

        A first word in small letters, once it is the decoder's prefix, makes it write on without
        capitals and full stops.
        """
        said = (*self._request.context_tokens, *self._committed_tokens)[-1:]
        begins = all(self._marks.get(token) in SENTENCE_ENDS for token in said)
        # What follows a full stop without a space is part of a name or a number ("livekit.io").
        if not words or not begins or not words[0].text[:1].isspace():
            return words
        return (self._capitalised(words[0]), *words[1:])

    def _continue(self) -> _Text:
        """Generate with the committed words as the decoder's prefix."""
        request = self._request
        prefix = self._committed_tokens
        since = request.committed[-1].end if request.committed else request.offset
        seconds = request.audio_end - since
        text = self._generate(prefix, most_tokens(seconds, self._language))
        if restarts(text.words, request.committed, audio_end=request.audio_end):
            return self._anew()
        return text

    def _anew(self, *, context: bool = True) -> _Text:
        """Generate over the whole buffer and keep what follows the committed words."""
        request = self._request
        seconds = request.audio_end - request.offset
        text = self._generate((), most_tokens(seconds, self._language), context=context)
        new = after_committed(text.words, request.committed)
        if restarts(new, request.committed, audio_end=request.audio_end):
            new = ()
        return replace(text, words=new)

    def _ends_early(self, words: Words) -> bool:
        if self._translates:
            # A translation waits where the other language has its verb: an end is no mistake.
            return False
        end = words[-1].end if words else self._committed_end()
        return self._request.speech_end - end > _EARLY_END_SECONDS

    @property
    def _committed_tokens(self) -> tuple[int, ...]:
        return tuple(token for word in self._request.committed for token in word.tokens)

    def _committed_end(self) -> float:
        committed = self._request.committed
        return committed[-1].end if committed else self._request.offset

    def _go_on(self, text: _Text) -> _Text:
        """The text and what the decoder says after it when it may not end there; else anew.

        With its text as the prefix the decoder's first token cannot be the end of the text.
        """
        said = (*self._committed_tokens, *text.tokens)
        since = text.words[-1].end if text.words else self._committed_end()
        seconds = self._request.audio_end - since
        more = self._generate(said, most_tokens(seconds, self._language))
        words = monotone((*text.words, *more.words), self._committed_end())
        if more.words and not more.looped and _end(words) <= self._request.audio_end:
            return replace(more, tokens=(*text.tokens, *more.tokens), words=words)
        again = self._anew()
        return again if not again.looped and _end(again.words) > _end(text.words) else text

    def _without_repeats(self, text: _Text) -> _Text:
        """A clause said before is believed when two decodes hear it and there is audio for it."""
        said, run = self._said(), self._repeat_run
        if self._request.force_prefix and first_repeat(text.words, said, run=run) < len(text.words):
            again = self._anew(context=False)
            unlike = first_repeat(again.words, said, run=run) == len(again.words)
            if unlike and not again.looped and not self._ends_early(again.words):
                text = again
        squeezed = first_repeat(text.words, said, run=run, squeezed=True)
        return replace(text, words=text.words[:squeezed])

    def _said(self) -> list[str]:
        """The words before this audio and the committed ones in it."""
        context = self._tokenizer.decode(list(self._request.context_tokens)).split()
        return [bare(text) for text in (*context, *(word.text for word in self._request.committed))]

    @property
    def _guidance(self) -> list[int]:
        """What stands before everything said: an example of the writing, and words to expect."""
        if self._translates:
            return []
        example = example_for(self._request.tag or self._language)
        text = (f" {example}" if example else "") + as_said(self._request.keyterms)
        return self._tokenizer.encode(text) if text else []

    @property
    def _repeat_run(self) -> int:
        return _REPEATED_CHARACTERS if self._language in UNSPACED_LANGUAGES else _REPEATED_WORDS

    def _generate(self, prefix: tuple[int, ...], budget: int, *, context: bool = True) -> _Text:
        tokenizer = self._tokenizer
        prompt = self._prompt(prefix, context=context)
        result = self._model.model.generate(
            self._encoded,
            [prompt],
            beam_size=self._beam_size,
            max_length=_longest_sequence(len(prompt), len(prefix), budget),
            suppress_blank=True,
            suppress_tokens=list(get_suppressed_tokens(tokenizer, [-1])),
            return_scores=True,
            return_logits_vocab=self._knows_chances,
            return_no_speech_prob=True,
        )[0]
        tokens = tuple(token for token in result.sequences_ids[0] if token < tokenizer.eot)
        logits = result.logits[0] if result.logits else []
        if prefix and tokens[: len(prefix)] == prefix:
            tokens, logits = tokens[len(prefix) :], logits[len(prefix) :]
        if len(tokens) >= budget:
            tokens = tokens[: _believed(len(prompt), len(prefix), budget)]
        cut_off = len(tokens) >= budget
        looped = cut_off or is_loop(tokenizer.decode(list(tokens)))
        words = cut_loop(self._align(prefix, tokens))
        if words and logits:
            words = self._marked(words, prefix, logits)
        return _Text(
            tokens,
            words,
            Confidence(result.scores[0], result.no_speech_prob),
            looped,
        )

    def _marked(self, words: Words, prefix: tuple[int, ...], logits: Any) -> Words:
        """The words with the marks that the decoder nearly wrote between them."""
        marks = self._marks
        positions = accumulate((len(word.tokens) for word in words[:-1]), initial=0)
        chances = [mark_chance(np.asarray(logits[at]), marks) for at in positions]
        committed = self._request.committed
        before = committed[-1] if committed and prefix == self._committed_tokens else None
        # What is written in another language has its marks elsewhere.
        pauses = () if self._translates else self._request.pauses
        return MarkRestorer(marks, self._capitalised).restore(words, before, chances, pauses)

    @property
    def _knows_chances(self) -> bool:
        """Whether the logits can be had: CTranslate2 has them for greedy decoding, here on a CPU.

        On other devices they lie in its memory, in types that NumPy may not have.
        """
        return self._beam_size == 1 and self._model.model.device == "cpu"

    @cached_property
    def _marks(self) -> dict[int, str]:
        encoded = ((mark, self._tokenizer.encode(mark)) for mark in MARKS)
        return {tokens[0]: mark for mark, tokens in encoded if len(tokens) == 1}

    def _capitalised(self, word: Word) -> Word:
        text = capitalised(word.text)
        if text == word.text:
            return word
        return replace(word, text=text, tokens=tuple(self._tokenizer.encode(text)))

    def _prompt(self, prefix: tuple[int, ...], *, context: bool) -> list[int]:
        tokenizer = self._tokenizer
        previous = (*self._guidance, *(self._request.context_tokens if context else ()))
        start = [tokenizer.sot_prev, *previous] if previous else []
        return [*start, *tokenizer.sot_sequence, tokenizer.no_timestamps, *prefix]

    def _align(self, prefix: tuple[int, ...], tokens: tuple[int, ...]) -> Words:
        """Words of ``tokens``, with times from the cross-attention over prefix and tokens."""
        if not tokens:
            return ()
        frames = int(len(self._request.audio) / SAMPLE_RATE * FRAMES_PER_SECOND)
        found = self._model.find_alignment(
            self._tokenizer, [[*prefix, *tokens]], self._encoded, frames
        )[0]
        merge_punctuations(found, _PREPENDED, _APPENDED)
        words = self._after_prefix(found, len(prefix))
        unspaced = self._language in UNSPACED_LANGUAGES
        words = join_words(words, LATIN_PART if unspaced else _ANY_PART)
        return monotone(words, self._committed_end() if prefix else self._request.offset)

    def _after_prefix(self, found: list[dict[str, Any]], prefix_length: int) -> Words:
        """The aligned words beyond the prefix.

        A mark that the decoder puts after the last committed word comes too late for that word; its
        tokens stay with the next word, so that the next prefix is what the decoder wrote, and so
        does the mark (". Ask") where the committed word has none.
        """
        words: list[Word] = []
        late: tuple[int, ...] = ()
        # A longer prefix ends with words that may still change.
        committed = len(self._committed_tokens)
        seen = 0
        for item in found:
            inside = max(prefix_length - seen, 0)
            seen += len(item["tokens"])
            tokens = tuple(item["tokens"][inside:])
            if not tokens:
                continue
            text = self._tokenizer.decode(list(tokens)) if inside else item["word"]
            if not words and not bare(text):
                late += tokens
                continue
            mark = self._late_mark(late) if late and prefix_length == committed else ""
            words.append(self._word(item, mark + text, late + tokens))
            late = ()
        return tuple(words)

    def _late_mark(self, tokens: tuple[int, ...]) -> str:
        """The one mark that the tokens are, if the last committed word has none."""
        mark = self._tokenizer.decode(list(tokens)).strip()
        unmarked = self._request.committed and is_unmarked(self._request.committed[-1])
        return mark if unmarked and len(mark) == 1 and mark in MARKS else ""

    def _word(self, item: dict[str, Any], text: str, tokens: tuple[int, ...]) -> Word:
        offset = self._request.offset
        return Word(
            text=text,
            start=offset + float(item["start"]),
            end=offset + float(item["end"]),
            probability=float(item["probability"]),
            tokens=tokens,
        )


def _longest_sequence(prompt: int, prefix: int, budget: int) -> int:
    """CTranslate2's ``max_length`` for ``budget`` new tokens.

    It allows so many tokens with the prompt, and half as many without what stands before the prefix
    (the ``sample_len`` of OpenAI's Whisper).
    """
    return min(max(prompt + budget, 2 * (prefix + budget)), _MAX_LENGTH)


def _believed(prompt: int, prefix: int, budget: int) -> int:
    """How many new tokens count of a text that does not end by itself.

    It goes round in circles, as a rule from some word on. A shorter beginning, with little before
    it, needs no second decode over the full context: the guards against repetitions find the rest.
    """
    return max(min(budget, (prompt + budget) // 2 - prefix), 1)


def _end(words: Words) -> float:
    return words[-1].end if words else -math.inf


def capitalised(text: str) -> str:
    """``text`` with its first letter in upper case, whatever marks stand before it.

    Georgian has capitals, but begins no sentence with one: its title case is the small letter.
    """
    start = next((index for index, letter in enumerate(text) if letter.isalnum()), 0)
    return text[:start] + text[start : start + 1].title() + text[start + 1 :]


def join_words(words: Words, joint: re.Pattern[str]) -> Words:
    """Join words that Whisper's splitter cut where ``joint`` is found across the cut."""
    joined: list[Word] = []
    for word in words:
        if joined and joint.search(f"{joined[-1].text}{_CUT}{word.text}"):
            last = joined[-1]
            joined[-1] = Word(
                last.text + word.text,
                last.start,
                word.end,
                min(last.probability, word.probability),
                last.tokens + word.tokens,
            )
        else:
            joined.append(word)
    return tuple(joined)


def as_float32(features: Any, frames: int) -> Any:
    """Log-mel features cut or zero-padded to ``frames``; shape (1, mels, frames)."""
    padded = np.zeros((1, features.shape[0], frames), dtype=np.float32)
    count = min(features.shape[1], frames)
    padded[0, :, :count] = features[:, :count]
    return padded
