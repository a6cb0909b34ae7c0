"""The language of a stream is settled once."""

import pytest

from livekit.plugins.faster_whisper.decoding import Hypothesis
from livekit.plugins.faster_whisper.examples import example_for
from livekit.plugins.faster_whisper.language import LanguageLock, whisper_code

pytestmark = pytest.mark.unit

KNOWN = frozenset({"en", "es", "no", "zh"})


def heard(**probabilities: float) -> Hypothesis:
    best = max(probabilities, key=probabilities.__getitem__)
    return Hypothesis((), best, probabilities)


@pytest.mark.parametrize(
    ("language", "code"), [("en", "en"), ("es-MX", "es"), ("nb-NO", "no"), ("zh-TW", "zh")]
)
def test_bcp47_becomes_whispers_code(language: str, code: str) -> None:
    assert whisper_code(language, KNOWN) == code


def test_an_unknown_language_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'tlh'.*en, es, no, zh"):
        whisper_code("tlh", KNOWN)


@pytest.mark.parametrize(("language", "script"), [("zh", "会议"), ("zh-CN", "会议")])
def test_chinese_is_asked_for_in_its_script(language: str, script: str) -> None:
    assert script in example_for(language)
    assert script not in example_for("zh-TW") and example_for("zh-Hant-HK")


def test_most_languages_need_no_example() -> None:
    assert example_for("ja").endswith("。")
    assert not any(map(example_for, ("en", "es-MX", "fr", "")))


def test_sure_after_a_second_and_a_half() -> None:
    lock = LanguageLock()
    lock.observe(heard(es=0.95, en=0.05), seconds=1.0, final=False)
    assert lock.code is None
    lock.observe(heard(es=0.95, en=0.05), seconds=1.6, final=False)
    assert lock.code == "es"


def test_unsure_takes_the_sum_after_five_seconds() -> None:
    lock = LanguageLock()
    lock.observe(heard(es=0.6, en=0.4), seconds=2.0, final=False)
    lock.observe(heard(es=0.7, en=0.3), seconds=3.0, final=False)
    lock.observe(heard(es=0.45, en=0.55), seconds=5.0, final=False)
    assert lock.code == "es"


def test_the_end_of_an_utterance_settles_it() -> None:
    lock = LanguageLock()
    lock.observe(heard(es=0.6, en=0.4), seconds=0.8, final=True)
    assert lock.code == "es"


def test_a_settled_language_never_flips() -> None:
    lock = LanguageLock("en")
    lock.observe(heard(es=0.99, en=0.01), seconds=9.0, final=True)
    assert lock.code == "en"
