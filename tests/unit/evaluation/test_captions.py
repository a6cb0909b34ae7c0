import pytest

from agent.evaluation.captions import Cue, srt, tidy, webvtt, wrap

pytestmark = pytest.mark.unit
CUES = [Cue(3661.5, 3663.25, "Second"), Cue(0.0, 1.5, "Fish & chips <now>"), Cue(5, 6, "  ")]


def test_webvtt() -> None:
    assert webvtt(CUES, language="en") == (
        "WEBVTT\nLanguage: en\n\n"
        "00:00:00.000 --> 00:00:01.500\nFish &amp; chips &lt;now&gt;\n\n"
        "01:01:01.500 --> 01:01:03.250\nSecond\n"
    )


def test_srt() -> None:
    assert srt(CUES) == (
        "1\n00:00:00,000 --> 00:00:01,500\nFish & chips <now>\n\n"
        "2\n01:01:01,500 --> 01:01:03,250\nSecond\n"
    )


def test_cues_never_overlap_and_are_long_enough_to_read() -> None:
    cues = tidy([Cue(0.0, 5.0, "a"), Cue(2.0, 2.1, "b")])
    assert cues == [Cue(0.0, 2.0, "a"), Cue(2.0, 3.0, "b")]


@pytest.mark.parametrize("starts", [(5.0, 5.0), (5.0, 5.0004), (-2.0, -1.0)])
def test_what_starts_at_the_same_time_is_all_shown(starts: tuple[float, float]) -> None:
    first, second = (Cue(at, at, text) for at, text in zip(starts, ("one", "two"), strict=True))
    start = max(starts[0], 0.0)
    assert tidy([first, second, Cue(9.0, 10.0, "three")]) == [
        Cue(start, start + 1.0, "one two"),
        Cue(9.0, 10.0, "three"),
    ]


def test_long_text_is_wrapped_at_spaces() -> None:
    text = "word " * 20
    assert max(map(len, wrap(text).splitlines())) <= 42
    assert wrap(text).split() == text.split()
