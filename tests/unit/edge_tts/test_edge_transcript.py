"""Boundaries of the service against the text that was sent."""

import pytest
from livekit.agents.types import NotGivenOr
from livekit.agents.utils import is_given

from livekit.plugins.edge_tts.transcript import Aligner, Boundary

pytestmark = pytest.mark.unit


def seconds(time: NotGivenOr[float]) -> float:
    assert is_given(time)
    return time


def spoken(text: str, words: list[str]) -> list[tuple[str, float, float]]:
    aligner = Aligner(text)
    pieces = []
    for index, word in enumerate(words):
        pieces += aligner.push(Boundary(word, index * 2_000_000, 1_000_000))
    pieces += aligner.finish()
    return [(str(piece), seconds(piece.start_time), seconds(piece.end_time)) for piece in pieces]


def test_pieces_joined_are_the_text_with_its_punctuation() -> None:
    pieces = spoken("«Y así, amigos: no.»", ["Y", "así", "amigos", "no"])
    assert pieces == [
        ("«Y ", 0.0, 0.1),
        ("así, ", 0.2, pytest.approx(0.3)),
        ("amigos: ", 0.4, 0.5),
        ("no.»", pytest.approx(0.6), pytest.approx(0.7)),
    ]


def test_a_repeated_word_is_found_where_it_is_spoken() -> None:
    assert [piece[0] for piece in spoken("no, no, no", ["no", "no", "no"])] == [
        "no, ",
        "no, ",
        "no",
    ]


def test_a_boundary_that_is_not_in_the_text_loses_no_text() -> None:
    assert "".join(p[0] for p in spoken("a 3 b", ["a", "three", "b"])) == "a 3 b"


def test_without_boundaries_there_is_no_timed_transcript() -> None:
    assert spoken("hola", []) == []
