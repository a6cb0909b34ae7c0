"""Which language is spoken is settled at the beginning of an utterance."""

import pytest

from livekit.plugins.faster_whisper.decoding import Hypothesis
from livekit.plugins.faster_whisper.examples import example_for
from livekit.plugins.faster_whisper.language import SpokenLanguage, among, whisper_code

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
    spoken = SpokenLanguage()
    spoken.observe(heard(es=0.95, en=0.05), seconds=1.0, final=False)
    assert spoken.is_open
    spoken.observe(heard(es=0.95, en=0.05), seconds=1.6, final=False)
    assert (spoken.code, spoken.is_open) == ("es", False)


def test_unsure_takes_the_sum_after_three_seconds() -> None:
    spoken = SpokenLanguage()
    spoken.observe(heard(es=0.6, en=0.4), seconds=2.0, final=False)
    spoken.observe(heard(es=0.7, en=0.3), seconds=2.5, final=False)
    spoken.observe(heard(es=0.45, en=0.55), seconds=3.0, final=False)
    assert spoken.code == "es"


def test_the_end_of_an_utterance_settles_it() -> None:
    spoken = SpokenLanguage()
    spoken.observe(heard(es=0.6, en=0.4), seconds=0.8, final=True)
    assert spoken.code == "es"


def test_within_an_utterance_only_what_is_sure_changes_the_language() -> None:
    spoken = after("es")
    spoken.observe(heard(es=0.2, en=0.8), seconds=4.0, final=False)
    spoken.observe(heard(en=0.99), seconds=1.0, final=True)
    assert spoken.code == "es"
    spoken.observe(heard(en=0.99), seconds=4.0, final=False)
    assert spoken.code == "en"


def test_a_given_language_stays() -> None:
    spoken = SpokenLanguage({"es": "es-MX"})
    spoken.begin()
    spoken.observe(heard(en=0.99), seconds=9.0, final=True)
    assert (spoken.code, spoken.tag, spoken.is_open) == ("es", "es-MX", False)


def test_what_was_spoken_before_is_believed_sooner_than_something_else() -> None:
    same, other = after("es"), after("es")
    same.begin()
    other.begin()
    same.observe(heard(es=0.95), seconds=0.8, final=False)
    other.observe(heard(en=0.95), seconds=0.8, final=False)
    assert (same.is_open, other.is_open) == (False, True)
    other.observe(heard(en=0.95), seconds=1.5, final=False)
    assert other.code == "en"


def test_a_short_answer_changes_the_language_only_if_it_is_sure() -> None:
    unsure, sure = after("es"), after("es")
    unsure.begin()
    sure.begin()
    unsure.observe(heard(es=0.3, en=0.7), seconds=0.4, final=True)
    sure.observe(heard(es=0.05, en=0.95), seconds=0.4, final=True)
    assert (unsure.code, sure.code) == ("es", "en")


def test_what_nobody_named_is_not_spoken() -> None:
    assert among({"en": 0.5, "es": 0.125, "ca": 0.375}, ["en", "es"]) == {"en": 0.8, "es": 0.2}
    assert among({"en": 0.3, "ca": 0.7}, []) == {"en": 0.3, "ca": 0.7}


def after(code: str) -> SpokenLanguage:
    """A stream in which ``code`` was spoken."""
    spoken = SpokenLanguage({"en": "en-GB", "es": "es-MX"})
    spoken.observe(heard(**{code: 0.95}), seconds=2.0, final=True)
    return spoken
