"""How the settings let a voice speak."""

import pytest

from agent.config import SettingsError, TtsSettings, load_settings
from agent.delivery import delivery_for
from livekit.plugins.cascade import CALM, PROMPT

pytestmark = pytest.mark.unit


def test_a_voice_is_prompt_unless_it_is_to_be_calm() -> None:
    assert delivery_for(TtsSettings()) == PROMPT
    assert delivery_for(TtsSettings(delivery="calm")) == CALM


def test_a_lower_speed_holds_for_either() -> None:
    assert delivery_for(TtsSettings(highest_speed=1.2)) == PROMPT.at_most(1.2)
    calm = delivery_for(TtsSettings(delivery="calm", highest_speed=1.2))
    assert calm.chunker == CALM.chunker
    assert calm.pacing.hard_cap == 1.2


def test_an_unknown_manner_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERPRETER_TTS__DELIVERY", "slow")
    with pytest.raises(SettingsError, match=r"INTERPRETER_TTS__DELIVERY: .*'prompt' or 'calm'"):
        load_settings()
