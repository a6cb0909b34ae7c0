"""How long an engine's thread has computed. Each plugin has the class, for it stands alone."""

import pytest

from livekit.plugins.faster_whisper.busy import BusyTime as RecognisersTime
from livekit.plugins.kokoro.busy import BusyTime as VoicesTime

pytestmark = [pytest.mark.unit, pytest.mark.parametrize("kind", [RecognisersTime, VoicesTime])]

Kind = type[RecognisersTime] | type[VoicesTime]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_work_counts_while_it_is_under_way_and_rest_does_not(kind: Kind) -> None:
    clock = Clock()
    busy = kind(clock)
    clock.now += 5.0
    assert not busy.now and busy.seconds == 0.0
    with busy:
        clock.now += 2.0
        assert busy.now and busy.seconds == 2.0
        clock.now += 1.0
    clock.now += 7.0
    assert not busy.now and busy.seconds == 3.0
    with busy:
        clock.now += 0.5
    assert busy.seconds == 3.5


def test_work_that_fails_was_work(kind: Kind) -> None:
    clock = Clock()
    busy = kind(clock)
    with pytest.raises(ValueError, match="broken"), busy:
        clock.now += 2.0
        raise ValueError("broken")
    assert not busy.now and busy.seconds == 2.0
