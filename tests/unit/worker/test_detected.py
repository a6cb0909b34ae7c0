"""The language of each microphone, for as long as it matters."""

import pytest

from agent.detected import DetectedLanguages

pytestmark = pytest.mark.unit


def test_a_language_has_the_code_that_it_was_first_heard_under() -> None:
    detected = DetectedLanguages()
    for language in ("no", "nb", "nn-NO"):
        detected.take("TR_ana", language)
    assert detected.by_track == {"TR_ana": "no"}
    detected.take("TR_ana", "de")
    assert detected.by_track == {"TR_ana": "de"}


def test_microphones_that_are_not_kept_are_forgotten() -> None:
    detected = DetectedLanguages()
    for sid in ("TR_ana", "TR_ben", "TR_eva"):
        detected.take(sid, "en")
    detected.keep({"TR_ben", "TR_other"})
    assert detected.by_track == {"TR_ben": "en"}
