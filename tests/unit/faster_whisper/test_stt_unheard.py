from livekit.plugins.faster_whisper.agreement import Word
from livekit.plugins.faster_whisper.unheard import in_order, unheard


def said(start: float, end: float) -> Word:
    return Word(" word", start, end)


def test_speech_that_every_word_of_was_heard() -> None:
    words = (said(0.2, 0.6), said(0.6, 1.4), said(3.5, 4.0))
    assert unheard(words, [(0.0, 1.5), (3.4, 4.1)], 0.0, 10.0) == []


def test_speech_between_words_and_after_the_last_one() -> None:
    words = (said(0.2, 0.6), said(6.0, 6.5))
    assert unheard(words, [(0.0, 9.0)], 0.0, 9.5) == [(0.6, 6.0), (6.5, 9.5)]


def test_speech_before_the_first_word_and_without_any() -> None:
    assert unheard((said(4.0, 4.5),), [(1.0, 4.5)], 0.0, 4.5) == [(0.0, 4.0)]
    assert unheard((), [(1.0, 4.5)], 0.0, 5.0) == [(0.0, 5.0)]


def test_a_long_silence_and_a_short_sound_are_no_speech() -> None:
    words = (said(0.0, 0.5), said(20.0, 20.5))
    assert unheard(words, [(0.0, 0.6), (5.0, 6.5), (19.9, 20.5)], 0.0, 21.0) == []


def test_sounds_of_one_gap_count_together() -> None:
    words = (said(0.0, 0.5), said(9.0, 9.5))
    assert unheard(words, [(1.0, 2.5), (4.0, 5.5)], 0.0, 9.5) == [(0.5, 9.0)]


def test_words_of_several_stretches_are_put_in_order() -> None:
    early, late = said(0.0, 0.5), said(9.0, 9.5)
    assert in_order((late, early)) == (early, late)


def test_a_part_of_the_audio() -> None:
    assert unheard((said(5.0, 5.5),), [(0.0, 20.0)], 4.0, 9.0) == [(5.5, 9.0)]
