"""What is decoded next, and what an answer commits."""

import numpy as np
import pytest

from livekit.plugins.faster_whisper import (
    AlignedHoldBack,
    Hypothesis,
    LocalAgreement,
    Policy,
    WindowOptions,
    Word,
)
from livekit.plugins.faster_whisper.agreement import Words
from livekit.plugins.faster_whisper.audio_buffer import SAMPLE_RATE, AudioBuffer
from livekit.plugins.faster_whisper.language import SpokenLanguage
from livekit.plugins.faster_whisper.transcriber import Transcriber

pytestmark = pytest.mark.unit


def transcriber(
    seconds: float,
    *,
    policy: Policy | None = None,
    language: str | None = "en",
    options: WindowOptions | None = None,
) -> Transcriber:
    audio = AudioBuffer()
    audio.append(np.ones(round(seconds * SAMPLE_RATE), dtype=np.int16))
    return Transcriber(
        audio,
        policy or AlignedHoldBack(),
        SpokenLanguage({language: language} if language else {}),
        options or WindowOptions(),
    )


def words(text: str, *, start: float = 0.0, each: float = 0.5) -> Words:
    return tuple(
        Word(f" {word}", start + i * each, start + (i + 1) * each, tokens=(100 + i, 7))
        for i, word in enumerate(text.split())
    )


def said(text: str, *, start: float = 0.0, each: float = 0.5) -> Hypothesis:
    return Hypothesis(words(text, start=start, each=each), "en")


def step(
    subject: Transcriber, until: float, hypothesis: Hypothesis, *, final: bool = False
) -> tuple[str, str]:
    decision = subject.apply(subject.request(until, until), hypothesis, final=final)
    assert decision is not None
    return _text(decision.commit), _text(decision.tail)


def _text(found: Words) -> str:
    return "".join(word.text for word in found).strip()


def test_committed_words_become_the_prefix_of_the_next_decode() -> None:
    subject = transcriber(5)
    subject.begin(0.0)
    assert step(subject, 2.0, said("a b c d")) == ("a b c", "d")
    request = subject.request(2.5, 2.5)
    assert request.force_prefix
    assert _text(request.committed) == "a b c"
    assert len(request.audio) == 2.5 * SAMPLE_RATE


def test_agreement_decodes_without_a_prefix() -> None:
    subject = transcriber(5, policy=LocalAgreement())
    subject.begin(0.0)
    assert not subject.request(1.0, 1.0).force_prefix


def test_the_last_decode_of_an_utterance_commits_everything() -> None:
    subject = transcriber(5)
    subject.begin(0.0)
    assert step(subject, 2.0, said("a b c d"), final=True) == ("a b c d", "")


def test_what_a_decode_heard_out_needs_no_other_to_be_committed() -> None:
    subject = transcriber(5)
    subject.begin(0.0)
    subject.apply(subject.request(2.1, 2.0), said("a b c d"), final=False)
    assert not subject.has_heard_out(2.0), "the last word may be cut short"
    subject.apply(subject.request(2.2, 2.0), said("d", start=1.5), final=False)
    assert subject.has_heard_out(2.0)
    assert _text(subject.finish().commit) == "d"
    assert subject.finish().commit == ()
    assert not subject.has_heard_out(2.5)


def test_nothing_is_heard_out_before_the_language_is_known() -> None:
    subject = transcriber(5, language=None)
    subject.begin(0.0)
    step(subject, 2.0, Hypothesis(words("a b c d"), "en", {"en": 0.5}))
    assert not subject.has_heard_out(1.0)


def test_silence_after_the_last_voice_is_not_decoded() -> None:
    subject = transcriber(5)
    subject.begin(0.0)
    request = subject.request(4.0, 2.0)
    assert len(request.audio) == pytest.approx(2.3 * SAMPLE_RATE, abs=1)
    assert request.speech_end == 2.0


def test_nothing_is_committed_before_the_language_is_known() -> None:
    subject = transcriber(5, language=None)
    subject.begin(0.0)
    unsure = Hypothesis(words("a b c d"), "en", {"en": 0.5, "es": 0.4})
    assert step(subject, 2.0, unsure) == ("", "")
    sure = Hypothesis(words("a b c d"), "en", {"en": 0.99})
    assert step(subject, 2.5, sure) == ("a b c", "d")
    assert subject.request(3.0, 3.0).language == "en"


def changed(subject: Transcriber, until: float, hypothesis: Hypothesis) -> bool:
    return subject.apply(subject.request(until, until), hypothesis, final=False) is None


def test_what_is_said_in_another_language_is_decoded_again_without_what_came_before() -> None:
    subject = transcriber(9, language=None)
    subject.begin(0.0)
    step(subject, 2.0, Hypothesis(words("a b c d"), "en", {"en": 0.99}), final=True)
    subject.begin(2.5)
    request = subject.request(4.5, 4.5)
    assert (request.offset, request.language, request.detect) == (2.5, "en", True)
    assert request.committed == ()
    assert changed(subject, 4.5, Hypothesis(words("x y", start=2.5), "en", {"es": 0.99}))
    request = subject.request(4.5, 4.5)
    assert (request.offset, request.language) == (2.5, "es")
    assert request.context_tokens == ()
    spanish = Hypothesis(words("e f g", start=2.5), "es")
    assert step(subject, 4.5, spanish, final=True) == ("e f g", "")


def test_what_came_before_is_heard_again_when_the_language_goes_on() -> None:
    subject = transcriber(9, language=None)
    subject.begin(0.0)
    step(subject, 2.0, Hypothesis(words("a b c d"), "en", {"en": 0.99}), final=True)
    subject.begin(2.5)
    assert subject.window_start == 0.0, "its audio is kept"
    assert subject.request(3.5, 3.5).offset == 2.5
    goes_on = Hypothesis(words("e f g h", start=2.5), "en", {"en": 0.99})
    assert step(subject, 4.5, goes_on) == ("e f g", "h")
    request = subject.request(5.0, 5.0)
    assert request.offset == 0.0
    assert _text(request.committed) == "a b c d e f g"


def test_who_falls_into_another_language_is_heard_in_it_from_the_last_word_on() -> None:
    subject = transcriber(9, language=None)
    subject.begin(0.0)
    step(subject, 3.0, Hypothesis(words("a b c d"), "en", {"en": 0.99}))
    assert changed(subject, 4.0, Hypothesis(words("x y z", start=1.5), "en", {"es": 0.99}))
    request = subject.request(4.0, 4.0)
    assert (request.offset, request.language, request.committed) == (1.5, "es", ())


def test_a_guess_that_proves_wrong_is_decoded_again() -> None:
    subject = transcriber(9, language=None)
    subject.begin(0.0)
    for until, chance in ((1.0, 0.8), (2.0, 0.8)):
        step(subject, until, Hypothesis(words("x"), "es", {"es": chance, "en": 1 - chance}))
    assert changed(subject, 3.0, Hypothesis(words("x"), "en", {"es": 0.4, "en": 0.6}))
    assert subject.request(3.0, 3.0).language == "es"


def test_a_long_window_is_cut_at_the_end_of_a_committed_sentence() -> None:
    subject = transcriber(20, options=WindowOptions(kept=3.0, longest=8.0, carry_context=True))
    subject.begin(0.0)
    step(subject, 9.0, said("a b. c d e f g h i j k l m n o p q", each=0.5))
    assert subject.window_start == 1.0
    request = subject.request(9.5, 9.5)
    assert _text(request.committed).startswith("c d e")
    assert request.offset == 1.0
    assert request.context_tokens == (100, 7, 101, 7)


def test_a_long_window_without_a_sentence_end_keeps_what_it_must() -> None:
    subject = transcriber(20, options=WindowOptions(kept=3.0, longest=8.0))
    subject.begin(0.0)
    step(subject, 9.0, said("a b c d e f g h i j k l m n o p q", each=0.5))
    assert subject.window_start == 6.0


def test_context_can_be_left_out() -> None:
    subject = transcriber(20, options=WindowOptions(kept=3.0, longest=8.0, carry_context=False))
    subject.begin(0.0)
    step(subject, 9.0, said("a b c d e f g h i j k l m n o p q", each=0.5))
    assert subject.request(9.5, 9.5).context_tokens == ()


def test_a_window_in_which_nothing_settles_is_committed_by_force() -> None:
    subject = transcriber(30, policy=LocalAgreement(), options=WindowOptions(forced=15.0))
    subject.begin(0.0)
    assert step(subject, 14.0, said("a b c")) == ("", "a b c")
    assert step(subject, 16.0, said("x y z")) == ("x y", "z")


def test_a_word_that_never_ends_is_committed_before_its_audio_goes() -> None:
    subject = transcriber(30, options=WindowOptions(forced=15.0))
    subject.begin(0.0)
    assert step(subject, 16.0, said("abc")) == ("abc", "")


def test_a_window_without_any_text_moves_on() -> None:
    subject = transcriber(30, options=WindowOptions(kept=5.0, forced=15.0))
    subject.begin(0.0)
    step(subject, 16.0, Hypothesis((), "en"))
    assert subject.window_start == 11.0


def test_a_short_pause_does_not_end_the_window_nor_its_sentence() -> None:
    subject = transcriber(10, options=WindowOptions(bridge=2.0))
    subject.begin(0.0)
    step(subject, 1.0, said("ask not."), final=True)
    subject.begin(1.8)
    request = subject.request(3.0, 3.0)
    assert request.offset == 0.0
    assert _text(request.committed) == "ask not."
    # Without the full stop, so that the decoder may go on in the sentence.
    assert request.committed[-1].tokens == (101,)
    assert subject.needed_from(2.5) == 0.0


def test_a_word_whose_audio_is_gone_leaves_the_prefix_for_the_context() -> None:
    audio = AudioBuffer()
    audio.append(np.ones(10 * SAMPLE_RATE, dtype=np.int16))
    options = WindowOptions(carry_context=True)
    subject = Transcriber(audio, AlignedHoldBack(), SpokenLanguage({"en": "en"}), options)
    subject.begin(0.0)
    step(subject, 2.0, said("a b c d"), final=True)
    audio.drop_before(1.0)
    subject.begin(2.8)
    request = subject.request(4.0, 4.0)
    assert (request.offset, _text(request.committed)) == (1.0, "c d")
    assert request.context_tokens == (100, 7, 101, 7)


def test_a_long_pause_ends_the_window() -> None:
    subject = transcriber(10, options=WindowOptions(bridge=2.0))
    subject.begin(0.0)
    step(subject, 1.0, said("ask not."), final=True)
    assert subject.needed_from(6.0) == 6.0
    subject.begin(5.5)
    request = subject.request(7.0, 7.0)
    assert (request.offset, request.committed) == (5.5, ())


def test_times_never_run_backwards_between_two_decodes() -> None:
    subject = transcriber(10)
    subject.begin(0.0)
    step(subject, 2.0, said("a b c d"))
    decision = subject.apply(subject.request(3.0, 3.0), said("d e f", start=1.0), final=True)
    assert decision is not None
    assert decision.commit[0].start == 1.5
    assert all(word.end >= word.start for word in decision.commit)


def test_a_decode_is_told_the_pauses_in_its_audio() -> None:
    subject = transcriber(4.0)
    subject.begin(1.0)
    pauses = ((0.2, 0.5), (0.9, 1.2), (2.0, 2.3))
    assert subject.request(3.0, 3.0, pauses).pauses == pauses[1:]
