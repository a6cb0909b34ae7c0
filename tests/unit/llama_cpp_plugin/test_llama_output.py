"""Text is passed on as soon as it is certain, and never broken."""

import numpy as np
import pytest

from livekit.plugins.llama_cpp import Sampling
from livekit.plugins.llama_cpp.output import OutputText
from livekit.plugins.llama_cpp.sampling import Sampler

pytestmark = pytest.mark.unit


def fed(output: OutputText, text: str) -> list[str]:
    """Fed byte by byte, the worst a tokeniser can do."""
    return [output.feed(bytes([byte])) for byte in text.encode()]


def test_characters_come_whole() -> None:
    output = OutputText()
    parts = fed(output, "我们👍é")
    assert [part for part in parts if part] == ["我", "们", "👍", "é"]


def test_an_unfinished_character_is_dropped_at_the_end() -> None:
    output = OutputText()
    assert output.feed("我".encode()[:2]) == ""
    assert output.finish() == ""


def test_a_stop_string_ends_the_text_wherever_tokens_cut_it() -> None:
    output = OutputText(("\n\n", "END"))
    assert "".join(fed(output, "one\ntwo\n\nthree")) == "one\ntwo"
    assert output.stopped and output.finish() == ""


def test_what_only_looked_like_a_stop_string_is_passed_on() -> None:
    output = OutputText(("END",))
    assert "".join(fed(output, "an EN")) == "an "
    assert output.feed(b"V") == "ENV"
    assert output.feed(b"E") == ""
    assert output.finish() == "E"


def test_white_space_is_skipped_at_the_beginning_only() -> None:
    output = OutputText(skip_space=True)
    assert fed(output, "  a b") == ["", "", "a", " ", "b"]


def test_temperature_zero_takes_the_likeliest() -> None:
    assert Sampler(Sampling()).draw(np.array([0.1, 3.0, 2.9], dtype=np.float32)) == 1


def test_sampling_keeps_to_the_nucleus_and_to_the_seed() -> None:
    logits = np.array([5.0, 4.5, 1.0, -2.0], dtype=np.float32)
    sampler = Sampler(Sampling(temperature=1.0, top_k=3, top_p=0.9, seed=7))
    drawn = [sampler.draw(logits) for _ in range(200)]
    assert set(drawn) == {0, 1}
    again = Sampler(Sampling(temperature=1.0, top_k=3, top_p=0.9, seed=7))
    assert [again.draw(logits) for _ in range(200)] == drawn


def test_sampling_follows_the_probabilities() -> None:
    logits = np.log(np.array([0.7, 0.2, 0.1], dtype=np.float32))
    sampler = Sampler(Sampling(temperature=1.0, top_k=0, top_p=1.0, seed=1))
    drawn = [sampler.draw(logits) for _ in range(3000)]
    shares = [drawn.count(token) / len(drawn) for token in range(3)]
    assert shares == pytest.approx([0.7, 0.2, 0.1], abs=0.03)


@pytest.mark.parametrize("wrong", [{"temperature": -1}, {"top_p": 0}, {"top_k": -1}])
def test_values_out_of_range_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Sampling(**wrong)  # type: ignore[arg-type]
