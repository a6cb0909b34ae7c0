"""Tokens that a language is never written with."""

import numpy as np
import pytest

from livekit.plugins.llama_cpp.sampling import Sampler, Sampling
from livekit.plugins.llama_cpp.scripts import is_foreign

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "foreign_to"),
    [
        ("era", ""),
        ("…", ""),
        ("—", ""),
        ("ñandú", ""),
        ("ไทย", ""),
        ("यही", ""),
        ("Привет", ""),
        ("🙂", ""),
        (" the蛮", "en ko"),
        ("，", "en ko"),
        ("ー", "en ko"),
        ("한국", "en zh ja"),
    ],
)
def test_only_scripts_that_no_other_language_needs_are_refused(text: str, foreign_to: str) -> None:
    languages = ("en", "zh", "ja", "ko")
    found = [language for language in languages if is_foreign(text.encode(), f"{language}-XX")]
    assert found == foreign_to.split()


@pytest.mark.parametrize(
    ("language", "foreign"),
    [
        ("cmn-Hans-CN", "한"),
        ("zho", "한"),
        ("zh_TW", "한"),
        ("yue-HK", "한"),
        ("wuu", "한"),
        ("jpn-JP", "한"),
        ("kor-KR", "蛮"),
        ("spa-MX", "蛮한"),
    ],
)
def test_a_language_is_known_by_each_of_its_codes(language: str, foreign: str) -> None:
    assert [c for c in "蛮한n" if is_foreign(c.encode(), language)] == list(foreign)


def test_the_beginning_of_a_foreign_character_is_refused() -> None:
    assert is_foreign("蛮".encode()[:2], "en")
    assert is_foreign("한".encode()[:2], "es")
    assert not is_foreign("…".encode()[:2], "en")


def test_the_likeliest_token_that_is_allowed_is_drawn() -> None:
    logits = np.array([0.0, 5.0, 4.0, 3.0], dtype=np.float32)
    assert Sampler(Sampling(), allows=lambda token: token < 1 or token > 2).draw(logits) == 3
    assert Sampler(Sampling(), allows=lambda token: False).draw(logits) == 1
    warm = Sampler(Sampling(temperature=1.0, top_k=0, seed=1), allows=lambda token: token == 2)
    assert {warm.draw(logits) for _ in range(20)} == {2}
