"""What a listener gets who would rather have whole phrases than every word at once."""

import pytest

from livekit.plugins.cascade import CALM, PROMPT, Delivery
from livekit.plugins.cascade.chunker import next_chunk
from livekit.plugins.cascade.pacing import speed

pytestmark = pytest.mark.unit

SENTENCE = "Hoy vamos todos a la escuela en autobús."


def first_piece(delivery: Delivery) -> str:
    """What is said first of a sentence that is written word by word."""
    words = SENTENCE.split()
    for count in range(1, len(words)):
        length = next_chunk(
            " ".join(words[:count]),
            complete=False,
            language="es",
            buffered_seconds=0.0,
            synthesis_seconds=0.5,
            options=delivery.chunker,
        )
        if length:
            return SENTENCE[:length]
    return SENTENCE


def settled(lag: float, delivery: Delivery) -> float:
    rate = 1.0
    for _ in range(20):
        rate = speed(1.0, lag_seconds=lag, previous=rate, options=delivery.pacing)
    return rate


def test_a_calm_voice_waits_for_a_phrase() -> None:
    assert first_piece(PROMPT) == "Hoy vamos todos"
    assert first_piece(CALM) == "Hoy vamos todos a la escuela"


@pytest.mark.parametrize(
    ("lag", "prompt", "calm"),
    [(0.5, 1.0, 1.0), (1.5, 1.3, 1.1), (3.0, 1.45, 1.25), (6.0, 1.45, 1.45)],
)
def test_a_calm_voice_hurries_as_much_as_it_is_late(lag: float, prompt: float, calm: float) -> None:
    assert settled(lag, PROMPT) == pytest.approx(prompt)
    assert settled(lag, CALM) == pytest.approx(calm)


@pytest.mark.parametrize("delivery", [PROMPT, CALM])
def test_none_is_faster_than_it_may_be(delivery: Delivery) -> None:
    assert settled(60.0, delivery.at_most(1.2)) == pytest.approx(1.2)
