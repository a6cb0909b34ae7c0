"""Voice activity becomes utterances that never overlap."""

import pytest

from livekit.plugins.faster_whisper.utterances import Endpointer, Utterance

pytestmark = pytest.mark.unit


def endpointer() -> Endpointer:
    return Endpointer(pre_roll=0.5, end_silence=0.45)


def test_an_utterance_begins_with_its_pre_roll() -> None:
    ends = endpointer()
    ends.speech_started(2.0, 0.1)
    assert ends.current == Utterance(start=1.4, speech_end=2.0)
    assert ends.keep_from == 1.4


def test_pre_roll_never_reaches_before_the_stream() -> None:
    ends = endpointer()
    ends.speech_started(0.2, 0.1)
    assert ends.current is not None and ends.current.start == 0.0


def test_pre_roll_never_reaches_into_the_utterance_before() -> None:
    ends = endpointer()
    ends.speech_started(1.0, 0.1)
    ends.speech_ended(3.0)
    ends.speech_started(3.2, 0.1)
    ends.finish_current()
    assert ends.current is not None and ends.current.start == 3.0


def test_a_second_start_does_not_open_a_second_utterance() -> None:
    ends = endpointer()
    ends.speech_started(1.0, 0.1)
    ends.speech_started(1.5, 0.1)
    ends.speech_ended(2.0)
    ends.finish_current()
    assert ends.current is None


def test_speech_end_is_the_last_voiced_window() -> None:
    ends = endpointer()
    ends.speech_started(1.0, 0.1)
    ends.heard(1.5, speaking=True, voiced=True)
    ends.heard(1.7, speaking=True, voiced=False)
    ends.speech_ended(1.95)
    assert ends.current == Utterance(start=0.4, speech_end=1.5, end=1.95)


def test_a_detector_that_started_in_the_silence_still_ends_the_utterance() -> None:
    ends = endpointer()
    ends.speech_started(1.0, 0.1)
    ends.heard(1.4, speaking=False, voiced=False)
    assert ends.open is not None
    ends.heard(1.5, speaking=False, voiced=False)
    assert ends.open is None


def test_after_a_cut_the_rest_of_the_speech_is_a_new_utterance() -> None:
    ends = endpointer()
    ends.speech_started(1.0, 0.1)
    ends.cut(2.0)
    ends.heard(2.1, speaking=True, voiced=True)
    assert ends.current is not None and ends.current.end == 2.0
    ends.finish_current()
    assert ends.current == Utterance(start=2.0, speech_end=2.1)


def test_a_cut_in_silence_opens_nothing() -> None:
    ends = endpointer()
    ends.cut(2.0)
    ends.heard(2.1, speaking=False, voiced=False)
    assert ends.current is None
    assert ends.keep_from == 2.0


def test_in_silence_only_the_pre_roll_is_kept() -> None:
    ends = endpointer()
    ends.heard(60.0, speaking=False, voiced=False)
    assert ends.keep_from == 59.5


def heard(ends: Endpointer, *windows: tuple[float, bool]) -> None:
    for until, voiced in windows:
        ends.heard(until, speaking=True, voiced=voiced)


def test_a_rest_between_two_voices_is_a_pause() -> None:
    ends = endpointer()
    heard(ends, (1.0, True), (1.1, False), (1.3, False), (1.4, True))
    assert ends.pauses == ((1.0, 1.3),)


def test_a_rest_inside_a_word_is_none_and_neither_is_the_silence_before_anyone_spoke() -> None:
    ends = endpointer()
    heard(ends, (0.5, False), (1.0, True), (1.15, False), (1.2, True), (1.5, False))
    assert ends.pauses == ()


def test_a_rest_that_ends_an_utterance_is_no_pause_in_it() -> None:
    ends = endpointer()
    heard(ends, (1.0, True), (1.5, False))
    ends.speech_ended(1.5)
    heard(ends, (1.7, False), (1.8, True))
    assert ends.pauses == ()
