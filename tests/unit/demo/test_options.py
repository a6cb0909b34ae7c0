"""The demo's command line."""

from pathlib import Path

import pytest

from agent.demo.options import parse_options
from agent.local.errors import LocalRunError

pytestmark = pytest.mark.unit


def test_defaults_interpret_english_into_spanish_and_french() -> None:
    options = parse_options([])
    assert (options.audio, options.source, options.targets) == (None, "en", ("es", "fr"))


def test_own_recording_and_languages() -> None:
    options = parse_options(["--audio", "talk.wav", "--source", "en-US", "--targets", "es, it,es"])
    assert options.audio == Path("talk.wav")
    assert (options.source, options.targets) == ("en-US", ("es", "it"))


def test_a_target_that_is_spoken_already_is_named() -> None:
    with pytest.raises(LocalRunError, match="TARGETS contains en"):
        parse_options(["--targets", "es,en"])


@pytest.mark.parametrize("targets", ["", "es,,fr", " "])
def test_an_empty_language_is_an_error(targets: str) -> None:
    with pytest.raises(LocalRunError, match="TARGETS=es,fr"):
        parse_options(["--targets", targets])


def test_a_word_that_is_no_language_is_an_error() -> None:
    with pytest.raises(LocalRunError, match="'klingonish' is no language"):
        parse_options(["--targets", "klingonish"])
