"""Which pieces of a text's audio are computed one after the other."""

import pytest

from livekit.plugins.kokoro.windows import REACH, windows

pytestmark = pytest.mark.unit

SHARES = (0.05, 0.3, 0.7, 1.0, 1.5, 4.0)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("frames", [1, 5, 12, 23, 24, 49, 50, 68, 100, 132, 400])
def test_what_is_heard_of_them_is_everything_once(frames: int, share: float) -> None:
    found = windows(frames, share)
    heard = [frame for window in found for frame in range(window.first, window.last)]
    assert heard == list(range(frames))


@pytest.mark.parametrize("share", SHARES)
def test_each_sees_as_much_of_its_neighbours_as_reaches_into_it(share: float) -> None:
    for window in windows(132, share):
        assert window.begin == max(window.first - REACH, 0)
        assert window.end == min(window.last + REACH, 132)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.75])
@pytest.mark.parametrize("frames", [68, 132, 200])
def test_each_is_computed_while_the_one_before_is_heard(frames: int, share: float) -> None:
    found = windows(frames, share)
    assert len(found) > 1
    for before, after in zip(found, found[1:], strict=False):
        assert share * (after.end - after.begin) <= before.last - before.first


@pytest.mark.parametrize("frames", [68, 132])
def test_the_first_is_the_shorter_the_faster_the_machine_is(frames: int) -> None:
    firsts = [windows(frames, share)[0].last for share in (0.2, 0.4, 0.6, 0.8, 1.2)]
    assert firsts == sorted(firsts)
    assert firsts[0] < firsts[-1] < frames


def test_a_short_text_is_one() -> None:
    assert len(windows(30, 0.5)) == 1


def test_no_window_is_so_short_that_it_is_not_worth_it() -> None:
    for frames in range(36, 300, 7):
        assert min(window.last - window.first for window in windows(frames, 0.3)) >= 12
