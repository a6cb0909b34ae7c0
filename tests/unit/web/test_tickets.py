"""What a visitor of the page may do."""

import pytest
from livekit.api.access_token import Claims
from pydantic import ValidationError

from agent.local.errors import LocalRunError
from agent.local.languages import parse_languages
from agent.web.tickets import Visitor, ticket
from livekit import api

pytestmark = pytest.mark.unit

KEY, SECRET = "APIkey", "s" * 48


def claims(agent_name: str = "", **wishes: str) -> Claims:
    visitor = Visitor.model_validate({"name": "Lia", "room": "main", "hears": "es", **wishes})
    token = ticket(visitor, api_key=KEY, api_secret=SECRET, agent_name=agent_name)
    return api.TokenVerifier(KEY, SECRET).verify(token)


def test_who_only_listens_may_publish_nothing() -> None:
    listener = claims()
    assert listener.video is not None
    assert listener.video.room == "main"
    assert not listener.video.can_publish
    assert not listener.video.can_publish_data
    assert listener.video.can_update_own_metadata
    assert listener.attributes == {"interpreter.hears": "es"}


def test_who_speaks_publishes_a_microphone_and_says_the_language() -> None:
    speaker = claims(speaks="en")
    assert speaker.video is not None
    assert speaker.video.can_publish
    assert not speaker.video.can_publish_data, "nobody writes captions but the interpreter"
    assert speaker.video.can_publish_sources == ["microphone"]
    assert speaker.attributes == {"interpreter.hears": "es", "interpreter.speaks": "en"}


def test_who_speaks_may_wish_for_a_voice() -> None:
    wishes = claims(speaks="en", voice="male").attributes
    assert wishes is not None and wishes["interpreter.voice"] == "male"
    assert claims(voice="male").attributes == {"interpreter.hears": "es"}


def test_who_speaks_may_name_as_many_languages_as_whisper_knows() -> None:
    every = ",".join(["pt-BR"] * 100)
    attributes = claims(speaks=every).attributes
    assert attributes is not None and attributes["interpreter.speaks"] == every


def test_an_interpreter_with_a_name_is_dispatched() -> None:
    config = claims(agent_name="voices").room_config
    assert config is not None
    assert [agent.agent_name for agent in config.agents] == ["voices"]
    assert claims().room_config is None


def test_two_of_one_name_are_two_participants() -> None:
    assert claims().name == claims().name == "Lia"
    assert claims().identity != claims().identity


@pytest.mark.parametrize("wrong", [{"name": " "}, {"room": ""}, {"hears": "x" * 65}])
def test_a_wish_that_cannot_be_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        claims(**wrong)


def test_languages_are_normalised_and_each_is_offered_once() -> None:
    assert parse_languages("en, es,EN", "LANGUAGES") == ("en", "es")
    with pytest.raises(LocalRunError, match="LANGUAGES=en,es"):
        parse_languages("en,", "LANGUAGES")
